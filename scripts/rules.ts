import { listNewsletterRules } from '../src/ledger/releases/membership-store.ts';
import { deleteRule, insertRule, parseRule } from '../src/newsletters/rule-store.ts';
import { chooseNewsletter } from './choose.ts';
import { columns, type Run } from './command.ts';
import { withStore } from './open.ts';

/** What `gazette rules add` does. */
export const rulesAdd: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const [slug, effect, field, pattern] = args.positionals as [string, string, string, string];
    const newsletter = await chooseNewsletter(database, slug);
    const isNew = await insertRule(database, newsletter.id, parseRule(effect, field, pattern));
    context.print(
      isNew
        ? `"${slug}" now has the rule ${effect} ${field} "${pattern}". "gazette posts list" shows what it does.`
        : 'The rule was there already.',
    );
    return 0;
  });

/** What `gazette rules list` does. */
export const rulesList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const rules = await listNewsletterRules(database, (await chooseNewsletter(database, args.positionals[0])).id);
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
    const [slug, effect, field, pattern] = args.positionals as [string, string, string, string];
    const isGone = await deleteRule(database, (await chooseNewsletter(database, slug)).id, parseRule(effect, field, pattern));
    context.print(isGone ? 'Removed.' : 'There is no such rule.');
    return isGone ? 0 : 1;
  });
