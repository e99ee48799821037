import { addRule, listRules, removeRule, type TypedRule } from '../src/newsletters/rules/change-rules.ts';
import { columns, type Arguments, type Run } from './command.ts';
import { withStore } from './open.ts';

function readRule(args: Arguments): TypedRule {
  const [newsletter, effect, field, pattern] = args.positionals as [string, string, string, string];
  return { newsletter, effect, field, pattern };
}

/** What `gazette rules add` does. */
export const rulesAdd: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const typed = readRule(args);
    const { newsletter, effect, field, pattern } = typed;
    const { isChanged } = await addRule(database, typed);
    context.print(
      isChanged
        ? `"${newsletter}" now has the rule ${effect} ${field} "${pattern}". "gazette posts list" shows what it does.`
        : 'The rule was there already.',
    );
    return 0;
  });

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
  withStore(context, async ({ database }) => {
    const { isChanged } = await removeRule(database, readRule(args));
    context.print(isChanged ? 'Removed.' : 'There is no such rule.');
    return isChanged ? 0 : 1;
  });
