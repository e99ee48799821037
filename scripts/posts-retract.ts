import { createAppReader } from '../src/app/open-reader.ts';
import { createGroupRenderer } from '../src/editions/digests/render-releases.ts';
import { retractPost, undoRetraction } from '../src/ledger/retract-post.ts';
import { checkPost } from '../src/posts/check-post.ts';
import { choosePost } from '../src/posts/list-posts.ts';
import type { Run } from './command.ts';
import { withEditing } from './open-editing.ts';
import { version } from './version.ts';

/** What `gazette posts retract` does. */
export const postsRetract: Run = (args, context) =>
  withEditing(context, async (store, ports) => {
    const { database, clock } = store;
    const id = await choosePost(database, args.positionals[0]!);
    if (args.has('undo')) {
      const undone = await undoRetraction(database, id, clock());
      if (undone.kind === 'undone') context.print('The retraction is undone.');
      else
        context.warn(
          undone.kind === 'waits'
            ? `Edition ${undone.forEditionId} is being frozen; try again in a minute.`
            : 'The post is not retracted: nothing was changed.',
        );
      return undone.kind === 'undone' ? 0 : 1;
    }
    const renderRendition = createGroupRenderer(ports);
    if (args.has('if-gone')) {
      const reader = createAppReader(store.config, { version: version() });
      try {
        const found = await checkPost({ database, reader, clock, renderRendition }, id);
        const words = {
          retracted: 'Its page answers 410: retracted.',
          present: 'Its page is still there: nothing was changed.',
          unclear: 'Unclear: nothing was changed.',
          no_page: 'It has no page to ask.',
        };
        context.print(found.kind === 'unclear' ? `${words.unclear} (${found.reason})` : words[found.kind]);
        return found.kind === 'retracted' ? 0 : 1;
      } finally {
        await reader.close();
      }
    }
    const isRetracted = await retractPost(database, id, {
      reason: args.text('reason') ?? 'retracted by staff',
      now: clock(),
      renderRendition,
    });
    context.print(
      isRetracted ? 'Retracted: it leaves what is not sent yet, and the feeds.' : 'It was retracted before: nothing was changed.',
    );
    return isRetracted ? 0 : 1;
  });
