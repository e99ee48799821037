import { countOf } from '../src/kernel/count-of.ts';
import { countLeftOut, exportSubscriptions, exportSuppressions, type ExportFormat } from '../src/subscribers/exporting/export-people.ts';
import { workAsUsage, type Arguments, type Run } from './command.ts';
import { withStore } from './open.ts';
import { readChoice } from './subscribers.ts';
import { handOver } from './write-file.ts';

/** What `gazette subscribers export` does. */
export const subscribersExport: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const choice = await readChoice(args, database);
    const text = await workAsUsage(exportSubscriptions(database, choice, formatOf(args)));
    await handOver(text, { path: args.text('out'), isTable: !args.has('json') }, context);
    return 0;
  });

/** What `gazette suppressions export` does. */
export const suppressionsExport: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const withUnknown = args.has('keys');
    const text = exportSuppressions(database, { withUnknown }, formatOf(args));
    await handOver(text, { path: args.text('out'), isTable: !args.has('json') }, context);
    const leftOut = withUnknown ? 0 : await countLeftOut(database);
    if (leftOut > 0)
      context.warn(
        `Left out: ${countOf(leftOut, 'suppression')} of addresses that nobody here has, erased people among them. --keys exports them by their keyed hashes.`,
      );
    return 0;
  });

const formatOf = (args: Arguments): ExportFormat => (args.has('json') ? 'json' : 'csv');
