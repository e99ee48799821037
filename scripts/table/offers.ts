import type { Command } from '../command.ts';

/** `gazette offers list`. */
export const offersList: Command = {
  name: 'offers list',
  summary: 'Posts that gained a topic, were let in by a rule, were corrected, or are retracted no more, and that are not offered yet.',
  options: { json: { help: 'One JSON document.' } },
  examples: ['offers list', 'offers list --json'],
  run: async (...given) => (await import('../offers.ts')).offersList(...given),
};

/** `gazette offers release`. */
export const offersRelease: Command = {
  name: 'offers release',
  changes: true,
  summary: 'Release held offers: the posts go to everyone who follows their topic and has not received them.',
  positionals: '[<offer>...]',
  options: { all: { help: 'All that are held.' } },
  examples: ['offers release 3 4', 'offers release --all'],
  run: async (...given) => (await import('../offers.ts')).offersRelease(...given),
};
