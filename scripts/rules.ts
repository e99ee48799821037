import { listNewsletterRules } from '../src/ledger/releases/membership-store.ts';
import { deleteRule, insertRule, parseRule } from '../src/newsletters/rule-store.ts';
import { chooseNewsletter } from './choose.ts';
import { columns, type Command } from './command.ts';
import { withStore } from './open.ts';

const help = 'A rule is include or exclude, then source, category, tag, author or title, then a pattern (* stands for anything).';

/** `gazette rules add`. */
export const rulesAdd: Command = {
  name: 'rules add',
  summary: `Say which posts of its sources a newsletter takes. ${help}`,
  positionals: '<newsletter> <effect> <field> <pattern>',
  examples: ['rules add weekly exclude category website-only', 'rules add weekly include author "Marta *"'],
  run: (args, context) =>
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
    }),
};

/** `gazette rules list`. */
export const rulesList: Command = {
  name: 'rules list',
  summary: 'List the rules of a newsletter.',
  positionals: '<newsletter>',
  options: { json: { help: 'One JSON document.' } },
  examples: ['rules list weekly', 'rules list weekly --json'],
  run: (args, context) =>
    withStore(context, async ({ database }) => {
      const rules = await listNewsletterRules(database, (await chooseNewsletter(database, args.positionals[0])).id);
      if (args.has('json')) context.print(JSON.stringify(rules, null, 2));
      else if (rules.length === 0) context.print('No rules: the newsletter takes every post of its sources.');
      else
        for (const line of columns([['EFFECT', 'FIELD', 'PATTERN'], ...rules.map((rule) => [rule.effect, rule.field, rule.pattern])]))
          context.print(line);
      return 0;
    }),
};

/** `gazette rules remove`. */
export const rulesRemove: Command = {
  name: 'rules remove',
  summary: 'Remove a rule.',
  positionals: '<newsletter> <effect> <field> <pattern>',
  examples: ['rules remove weekly exclude category website-only', 'rules remove weekly include author "Marta *"'],
  exitCodes: '1 when there is no such rule.',
  run: (args, context) =>
    withStore(context, async ({ database }) => {
      const [slug, effect, field, pattern] = args.positionals as [string, string, string, string];
      const isGone = await deleteRule(database, (await chooseNewsletter(database, slug)).id, parseRule(effect, field, pattern));
      context.print(isGone ? 'Removed.' : 'There is no such rule.');
      return isGone ? 0 : 1;
    }),
};
