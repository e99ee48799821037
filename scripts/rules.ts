import type { Database } from '../src/db/db.ts';
import { noteDone } from './staff.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { addRule, listRules, removeRule, type RuleChange, type TypedRule } from '../src/newsletters/rules/change-rules.ts';
import { columns, type Arguments, type CommandContext, type Run } from './command.ts';
import { withStore } from './open.ts';

function readRule(args: Arguments): TypedRule {
  const [newsletter, effect, field, pattern] = args.positionals as [string, string, string, string];
  return { newsletter, effect, field, pattern };
}

/** What `gazette rules add` does. */
export const rulesAdd: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const typed = readRule(args);
    const { newsletter, effect, field, pattern } = typed;
    const change = await offering(args, context, (options) => addRule(database, typed, { now: clock(), ...options }));
    await noteRule(args, context, database, change);
    if (change.kind === 'waits') return tryLater(change, context);
    if (!args.has('dry-run'))
      context.print(
        change.kind === 'changed'
          ? `"${newsletter}" now has the rule ${effect} ${field} "${pattern}". "gazette posts list" shows what it does.`
          : 'The rule was there already.',
      );
    return 0;
  });

async function noteRule(args: Arguments, context: CommandContext, database: Database, change: RuleChange): Promise<void> {
  if (change.kind === 'changed' && !args.has('dry-run')) await noteDone(context, database, { newsletter: [change.newsletterId] });
}

/** So many titles say what a rule kept out. */
const mostTitles = 10;

/** Says what a change would let in and asks whether to offer it; where nobody can be asked it is offered, as a gained topic is. */
async function offering(
  args: Arguments,
  context: CommandContext,
  change: (options: { offers: boolean; isDryRun?: boolean }) => Promise<RuleChange>,
): Promise<RuleChange> {
  const planned = await change({ offers: false, isDryRun: true });
  if (planned.kind !== 'changed') return planned;
  const { admitted } = planned;
  const posts = countOf(admitted.length, 'released post');
  if (admitted.length > 0) {
    context.print(`It lets in ${posts} that digests have passed:`);
    for (const { postId, title } of admitted.slice(0, mostTitles)) context.print(`  ${postId}  ${title}`);
    if (admitted.length > mostTitles) context.print(`  and ${admitted.length - mostTitles} more`);
  } else if (args.has('dry-run')) context.print('It lets in nothing that digests have passed.');
  if (args.has('dry-run')) return planned;
  const asks = admitted.length > 0 && context.isTerminal && !args.has('yes') && !args.has('decline');
  const offers = !args.has('decline') && (!asks || (await context.confirm('Offer them to readers who have not had them?')));
  const changed = await change({ offers });
  if (changed.kind === 'changed' && changed.admitted.length > 0)
    context.print(
      offers
        ? 'They will be offered within a minute; many at once wait for you in "gazette offers list".'
        : 'They are offered to nobody whose digests have passed them.',
    );
  return changed;
}

function tryLater({ forEditionId }: Extract<RuleChange, { kind: 'waits' }>, context: CommandContext): number {
  context.warn(`Edition ${forEditionId} is being frozen: nothing was changed. Try again in a minute.`);
  return 1;
}

/** What `gazette rules list` does. */
export const rulesList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const rules = await listRules(database, args.positionals[0]!);
    if (args.has('json')) context.print(JSON.stringify(rules, null, 2));
    else if (rules.length === 0) context.print('No rules: the newsletter takes every post of its sources.');
    else
      for (const line of columns([['EFFECT', 'FIELD', 'PATTERN'], ...rules.map((rule) => [rule.effect, rule.field, rule.pattern])]))
        context.print(line);
    return 0;
  });

/** What `gazette rules remove` does. */
export const rulesRemove: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const change = await offering(args, context, (options) => removeRule(database, readRule(args), { now: clock(), ...options }));
    await noteRule(args, context, database, change);
    if (change.kind === 'waits') return tryLater(change, context);
    if (change.kind === 'unchanged') {
      context.warn('gazette rules remove: there is no such rule');
      return 2;
    }
    if (!args.has('dry-run')) context.print('Removed.');
    return 0;
  });
