import { noteDone } from './staff.ts';
import { createAppReader } from '../src/app/open-reader.ts';
import { createGroupRenderer } from '../src/editions/digests/render-releases.ts';
import type { PageCheck } from '../src/posts/by-staff/check-page.ts';
import { retractByStaff, retractIfGone, undoByStaff, type RetractionPorts } from '../src/posts/by-staff/retract-posts.ts';
import type { Arguments, CommandContext, Run } from './command.ts';
import { withEditing } from './with-editing.ts';
import { version } from './version.ts';

/** What `gazette posts retract` does. */
export const postsRetract: Run = (args, context) =>
  withEditing(context, async ({ database, clock, config }, editing) => {
    const ports: RetractionPorts = { database, clock, renderRendition: createGroupRenderer(editing) };
    if (args.has('undo')) return undo(ports, args, context);
    if (!args.has('if-gone')) return retract(ports, args, context);
    const reader = createAppReader(config, { version: version() });
    try {
      const { page, post } = await retractIfGone({ ...ports, reader }, args.positionals[0]!);
      if (page.kind === 'gone') await noteDone(context, database, { post: [post.id] });
      context.print(describePage(page));
      return page.kind === 'gone' ? 0 : 1;
    } finally {
      await reader.close();
    }
  });

async function retract(ports: RetractionPorts, args: Arguments, context: CommandContext): Promise<number> {
  const { isRetracted, post } = await retractByStaff(ports, args.positionals[0]!, args.text('reason') ?? 'retracted by staff');
  if (isRetracted) await noteDone(context, ports.database, { post: [post.id] });
  context.print(
    isRetracted ? 'Retracted: it leaves what is not sent yet, and the feeds.' : 'It was retracted before: nothing was changed.',
  );
  return isRetracted ? 0 : 1;
}

async function undo({ database, clock }: RetractionPorts, args: Arguments, context: CommandContext): Promise<number> {
  const { print, warn } = context;
  const { outcome, post } = await undoByStaff(database, args.positionals[0]!, clock());
  switch (outcome.kind) {
    case 'undone':
      await noteDone(context, database, { post: [post.id] });
      print('The retraction is undone.');
      return 0;
    case 'waits':
      warn(`Edition ${outcome.forEditionId} is being frozen; try again in a minute.`);
      return 1;
    case 'not_retracted':
      warn('The post is not retracted: nothing was changed.');
      return 1;
  }
}

function describePage(page: PageCheck): string {
  switch (page.kind) {
    case 'gone':
      return 'Its page answers 410: retracted.';
    case 'present':
      return 'Its page is still there: nothing was changed.';
    case 'unclear':
      return `Unclear: nothing was changed. (${page.reason})`;
    case 'no_page':
      return 'It has no page to ask.';
  }
}
