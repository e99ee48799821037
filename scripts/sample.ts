import { noteDone } from './staff.ts';
import { removeSample } from '../src/app/demo/set-up-sample.ts';
import { listPublicNewsletters } from '../src/newsletters/list-newsletters.ts';
import type { Run } from './command.ts';
import { withStore } from './open.ts';

/** What `gazette sample remove` does. */
export const sampleRemove: Run = (args, context) =>
  withStore(context, async (store) => {
    if (args.has('dry-run')) {
      const newsletter = (await listPublicNewsletters(store.database, { withClosed: true })).find((each) => each.isSample);
      context.print(
        newsletter ? `Would remove "${newsletter.slug}" with its readers, sources, posts and history.` : 'There is no sample to remove.',
      );
      return 0;
    }
    if (
      !args.has('yes') &&
      context.isTerminal &&
      !(await context.confirm('Remove the sample newsletter with everything that belongs to it?'))
    )
      return 1;
    const removed = await removeSample(store);
    if (removed !== undefined) await noteDone(context, store.database, { newsletter: [removed] });
    context.print(removed !== undefined ? 'Removed the sample. The messages in the outbox stay.' : 'There is no sample to remove.');
    return 0;
  });
