import { noteDone } from './staff.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import type { PublicDoubt } from '../src/deliveries/by-staff/public-doubt.ts';
import { countInDoubt, resendInDoubt } from '../src/deliveries/by-staff/resend-in-doubt.ts';
import { hasLivingWorker } from '../src/ledger/find-living-worker.ts';
import type { Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';

/** What `gazette deliveries resend` does. */
export const deliveriesResend: Run = async (args, context) => {
  const editionId = parseId(args.positionals[0]!);
  if (!args.has('in-doubt')) throw new UsageError('expected --in-doubt: nothing else is sent again');
  return withStore(context, async ({ database, queue, clock }) => {
    const doubtful = await countInDoubt(database, editionId);
    const count = doubtful.mailable;
    if (count === 0 || args.has('dry-run')) {
      const readers = count === 1 ? 'a reader' : 'readers';
      context.print(
        `${countOf(count, 'delivery', 'deliveries')} of edition ${editionId} ended in doubt with ${readers} who may be mailed now.`,
      );
      describeLeft(doubtful).forEach(context.print);
      return 0;
    }
    if (!args.has('yes') && !context.isTerminal) throw new UsageError('expected --yes where there is no terminal to ask');
    if (!args.has('yes') && !(await context.confirm(`Send ${countOf(count, 'message')} again? Some readers may have it already.`)))
      return 1;
    await queue.prepare();
    const reopenedCount = await resendInDoubt({ database, enqueue: queue.enqueue, clock }, editionId);
    if (reopenedCount === 0) {
      context.warn(`Nothing was sent again: edition ${editionId} was cancelled, or somebody was faster.`);
      return 1;
    }
    await noteDone(context, database, { edition: [editionId] });
    context.print(`${countOf(reopenedCount, 'delivery', 'deliveries')} of edition ${editionId} queued again.`);
    describeLeft(doubtful).forEach(context.print);
    if (doubtful.edition.state === 'paused')
      context.warn(`Edition ${editionId} is paused: "gazette editions resume ${editionId}" lets them go.`);
    if (!(await hasLivingWorker(database)))
      context.warn('No worker is running: nothing goes out until "gazette serve" or "gazette worker" runs.');
    return 0;
  });
};

const readerWords = {
  erased: 'erased',
  left: 'not subscribed any more',
  suppressed: 'suppressed',
  paused: 'paused',
} as const satisfies Readonly<Record<keyof PublicDoubt['unmailable'], string>>;
const ends = Object.keys(readerWords) as readonly (keyof typeof readerWords)[];

/** What ended in doubt and is not sent again, a line where there is any. */
function describeLeft({ unmailable }: PublicDoubt): string[] {
  const count = ends.reduce((sum, end) => sum + unmailable[end], 0);
  if (count === 0) return [];
  const [are, readers] = count === 1 ? ['is left as it is', 'its reader'] : ['are left as they are', 'their readers'];
  const why = ends.filter((end) => unmailable[end] > 0).map((end) => `${unmailable[end]} ${readerWords[end]}`);
  return [`${countOf(count, 'delivery', 'deliveries')} ${are}, because nothing may be mailed to ${readers} now: ${why.join(', ')}.`];
}
