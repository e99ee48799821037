import { countOf } from '../src/kernel/count-of.ts';
import {
  countLeftOut,
  exportSubscriptions,
  exportSuppressions,
  type ExportFormat,
  type ExportText,
} from '../src/subscribers/exporting/export-people.ts';
import { workAsUsage, type Arguments, type CommandContext, type Run } from './command.ts';
import { withStore } from './open.ts';
import { readChoice } from './subscribers.ts';
import { writePieces } from './write-file.ts';

/** What `gazette subscribers export` does. */
export const subscribersExport: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const choice = await readChoice(args, database);
    await hand(await workAsUsage(exportSubscriptions(database, choice, formatOf(args))), args, context);
    return 0;
  });

/** What `gazette suppressions export` does. */
export const suppressionsExport: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const withUnknown = args.has('keys');
    await hand(exportSuppressions(database, { withUnknown }, formatOf(args)), args, context);
    const leftOut = withUnknown ? 0 : await countLeftOut(database);
    if (leftOut > 0)
      context.warn(
        `Left out: ${countOf(leftOut, 'suppression')} of addresses that nobody here has, erased people among them. --keys exports them by their keyed hashes.`,
      );
    return 0;
  });

const formatOf = (args: Arguments): ExportFormat => (args.has('json') ? 'json' : 'csv');

/** Into the file that was asked for, else to who reads us, for as long as they do. */
async function hand(text: ExportText, args: Arguments, context: CommandContext): Promise<void> {
  const path = args.text('out');
  if (path !== undefined) {
    await writePieces(path, formatOf(args) === 'csv' ? marked(text) : text);
    context.warn(`Written: ${path}`);
    return;
  }
  for await (const piece of text) if (!(await context.write(piece))) return;
}

/** With the mark by which spreadsheet programs know utf-8. */
async function* marked(text: ExportText): ExportText {
  yield '\uFEFF';
  yield* text;
}
