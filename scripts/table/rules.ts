import type { Command } from '../command.ts';

const offering = {
  decline: { help: 'Do not offer the posts that are let in by it to readers whose digests have passed them.' },
  yes: { help: 'Offer them without asking.' },
  'dry-run': { help: 'Say what would be let in, and change nothing.' },
} as const;

const help = 'A rule is include or exclude, then source, category, tag, author or title, then a pattern (* stands for anything).';

/** `gazette rules add`. */
export const rulesAdd: Command = {
  name: 'rules add',
  changes: true,
  summary: `Say which posts of its sources a newsletter takes. ${help}`,
  positionals: '<newsletter> <effect> <field> <pattern>',
  options: offering,
  examples: ['rules add weekly exclude category website-only', 'rules add weekly include author "Marta *"'],
  exitCodes: '1 while an edition is being frozen.',
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
  changes: true,
  summary: 'Remove a rule. What it kept out is offered to readers, if you do not decline.',
  positionals: '<newsletter> <effect> <field> <pattern>',
  options: offering,
  examples: ['rules remove weekly exclude category website-only', 'rules remove weekly exclude author "Marta *" --decline'],
  exitCodes: '1 when there is no such rule, or while an edition is being frozen.',
  run: async (...given) => (await import('../rules.ts')).rulesRemove(...given),
};
