import type { Command } from '../command.ts';

const help = 'A rule is include or exclude, then source, category, tag, author or title, then a pattern (* stands for anything).';

/** `gazette rules add`. */
export const rulesAdd: Command = {
  name: 'rules add',
  summary: `Say which posts of its sources a newsletter takes. ${help}`,
  positionals: '<newsletter> <effect> <field> <pattern>',
  examples: ['rules add weekly exclude category website-only', 'rules add weekly include author "Marta *"'],
  run: async (...given) => (await import('../rules.ts')).rulesAdd(...given),
};

/** `gazette rules list`. */
export const rulesList: Command = {
  name: 'rules list',
  summary: 'List the rules of a newsletter.',
  positionals: '<newsletter>',
  options: { json: { help: 'One JSON document.' } },
  examples: ['rules list weekly', 'rules list weekly --json'],
  run: async (...given) => (await import('../rules.ts')).rulesList(...given),
};

/** `gazette rules remove`. */
export const rulesRemove: Command = {
  name: 'rules remove',
  summary: 'Remove a rule.',
  positionals: '<newsletter> <effect> <field> <pattern>',
  examples: ['rules remove weekly exclude category website-only', 'rules remove weekly include author "Marta *"'],
  exitCodes: '1 when there is no such rule.',
  run: async (...given) => (await import('../rules.ts')).rulesRemove(...given),
};
