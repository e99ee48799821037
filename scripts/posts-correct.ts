import { noteDone } from './staff.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { correctPost, planCorrection, takeBackByStaff } from '../src/posts/by-staff/correct-posts.ts';
import type { PublicCorrectionPlan, PublicTakenBack } from '../src/posts/public-correction.ts';
import type { Run } from './command.ts';
import { withStore } from './open.ts';

/** What `gazette posts correct` does. */
export const postsCorrect: Run = async (args, context) => {
  const [post, note] = [args.positionals[0]!, args.text('note')];
  if (args.has('undo')) return undo(args, context);
  if (note === undefined) throw new UsageError('Expected --note: what was corrected, in a sentence that its readers will read');
  return withStore(context, async ({ database, clock }) => {
    const plan = await planCorrection(database, post, note);
    const say = args.has('json') ? (): void => {} : context.print;
    describe(plan).forEach(say);
    const count = audienceOf(plan);
    if (count === 0 && plan.drafts.length === 0) {
      if (args.has('json')) context.print(JSON.stringify(plan, null, 2));
      context.warn('Nobody has it in an older text: there is nothing to tell.');
      return 1;
    }
    if (args.has('dry-run')) {
      if (args.has('json')) context.print(JSON.stringify(plan, null, 2));
      return 0;
    }
    if (!args.has('yes') && !context.isTerminal) throw new UsageError('Expected --yes where there is no terminal to ask');
    const whom = count > 0 ? countOf(count, 'reader') : `who gets edition ${plan.drafts.join(', ')}`;
    if (!args.has('yes') && !(await context.confirm(`Tell ${whom}?`))) return 1;
    const corrected = await correctPost(database, post, { note, now: clock() });
    await noteDone(context, database, { post: [corrected.post.id] });
    if (args.has('json')) context.print(JSON.stringify(corrected, null, 2));
    say(
      `Released at position ${corrected.position}. It goes with their next edition, or at once with "gazette send"; "gazette posts correct ${corrected.post.id} --undo" takes it back until then.`,
    );
    return 0;
  });
};

const undo: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const result = await takeBackByStaff(database, args.positionals[0]!, clock());
    if (result.kind === 'taken_back') await noteDone(context, database, { post: [result.post.id] });
    if (args.has('json')) context.print(JSON.stringify(result, null, 2));
    else if (result.kind === 'taken_back') context.print(takenBack(result));
    if (result.kind === 'none') context.warn('It has no correction to take back: nothing was changed.');
    if (result.kind === 'told')
      context.warn(`Nobody waits for its correction any more (${countOf(result.carriedCount, 'message')} with it): nothing was changed.`);
    return result.kind === 'taken_back' ? 0 : 1;
  });

function takenBack({ carriedCount }: Extract<PublicTakenBack, { kind: 'taken_back' }>): string {
  return carriedCount === 0
    ? 'Taken back: nobody was sent it.'
    : `Taken back: nobody more is sent it. It is in ${countOf(carriedCount, 'message')}, of which those that still wait in the queue go without it.`;
}

function audienceOf({ holders }: PublicCorrectionPlan): number {
  return holders.reduce((sum, { count }) => sum + count, 0);
}

/** Who holds it and what they will read. */
function describe(plan: PublicCorrectionPlan): string[] {
  const { post, note, holders, drafts, pruned } = plan;
  const readers = audienceOf(plan);
  const where = holders.map(({ newsletter, count }) => `${count} of ${newsletter}`).join(', ');
  return [
    `${countOf(readers, 'reader')} ${readers === 1 ? 'holds' : 'hold'} "${post.title}" in an older text${where === '' ? '' : ` (${where})`}.`,
    `They will read, below "Corrections" in their next edition: ${post.title}: ${note}`,
    ...drafts.map((edition) => `Edition ${edition} goes out with the older text: who gets it there is told with the edition after.`),
    ...pruned.map(
      ({ newsletter, editions }) =>
        `Nobody of ${newsletter} is told, because who has it is not known any more: the deliveries of edition ${editions.join(', ')} were deleted.`,
    ),
  ];
}
