import { keepBounds } from '../src/app/config.ts';
import { listPublicPrunable, pruneEditions } from '../src/editions/prune-editions.ts';
import type { PublicPrunableEdition } from '../src/editions/public-edition.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import { columns, type Run } from './command.ts';
import { withStore } from './open.ts';
import { noteDone } from './staff.ts';

/** What `gazette editions prune` does. */
export const editionsPrune: Run = (args, context) =>
  withStore(context, async ({ database, config, clock }) => {
    const olderThanDays = args.integer('older-than', keepBounds) ?? config.KEEP_DELIVERIES;
    if (olderThanDays === 'forever')
      throw new UsageError('expected --older-than with a number of days: KEEP_DELIVERIES keeps deliveries for ever');
    const age = { olderThanDays, now: clock() };
    const prunable = await listPublicPrunable(database, age);
    const isTrial = args.has('dry-run');
    if (args.has('json')) context.print(JSON.stringify(prunable, null, 2));
    else describe(prunable, olderThanDays).forEach(context.print);
    if (prunable.length === 0 || isTrial) return 0;
    if (!args.has('yes') && !context.isTerminal) throw new UsageError('expected --yes where there is no terminal to ask');
    if (!args.has('yes') && !(await context.confirm('Delete them for good?'))) {
      context.warn('Nothing was deleted: you did not agree.');
      return 1;
    }
    const { editionIds, prunedCount } = await context.saying('deleting deliveries', () => pruneEditions(database, age));
    await noteDone(context, database, { edition: editionIds });
    const words = `${countOf(prunedCount, 'delivery', 'deliveries')} of ${countOf(editionIds.length, 'edition')} deleted.`;
    if (args.has('json')) context.warn(words);
    else context.print(words);
    return 0;
  });

function describe(prunable: readonly PublicPrunableEdition[], days: number): string[] {
  const age = `ended more than ${countOf(days, 'day')} ago`;
  if (prunable.length === 0) return [`No edition with deliveries ${age}.`];
  const total = prunable.reduce((sum, { deliveryCount }) => sum + deliveryCount, 0);
  const rows = prunable.map(({ id, newsletter, endedAt, deliveryCount, prunedAt }) => [
    id,
    newsletter,
    utcMoment(endedAt),
    String(deliveryCount),
    prunedAt === null ? '' : 'begun',
  ]);
  return [
    ...columns([['EDITION', 'NEWSLETTER', 'ENDED', 'DELIVERIES', 'PRUNING'], ...rows]),
    '',
    `${countOf(prunable.length, 'edition')} ${age}: of ${countOf(total, 'delivery', 'deliveries')} only the counts are kept. Who got which is not known any more, so that their posts are offered and corrected to nobody again. Archive and feeds stay as they are.`,
  ];
}
