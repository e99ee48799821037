import type { Command } from '../command.ts';
import { limitOption, listLimits } from './list-limits.ts';

/** `gazette explain`. */
export const explainCommand: Command = {
  name: 'explain',
  summary: 'Why a subscriber got a post, when, or why not, in one paragraph.',
  positionals: '<post> <address>',
  options: {
    newsletter: { value: 'newsletter', help: 'Which newsletter, where there are several.' },
    json: { help: 'One JSON document: the paragraph, and the facts behind it.' },
  },
  examples: ['explain 41 ann@example.org', 'explain 41 ann@example.org --newsletter weekly'],
  run: async (...given) => (await import('../explain.ts')).explainCommand(...given),
};

/** `gazette log`. */
export const logCommand: Command = {
  name: 'log',
  summary: 'What staff changed: when, who, by which command or mailed link, and the ids of what they changed; newest first.',
  options: {
    limit: limitOption(listLimits.log),
    before: { value: 'id', help: 'Only lines with a lower id: the next page.' },
    after: { value: 'id', help: 'Instead those that followed this line, oldest first.' },
    json: { help: 'One JSON document.' },
  },
  examples: ['log', 'log --after 120 --json'],
  run: async (...given) => (await import('../log.ts')).logCommand(...given),
};

/** `gazette doctor`. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'Print the settings in force (secrets masked) and check everything that a send needs.',
  options: { json: { help: 'One JSON document.' } },
  examples: ['doctor', 'doctor --json'],
  exitCodes: '1 when something fails.',
  run: async (...given) => (await import('../doctor.ts')).doctor(...given),
};

/** `gazette secrets accept`. */
export const secretsAccept: Command = {
  name: 'secrets accept',
  changes: true,
  summary: 'Go on with other token keys where the old ones are lost; links in mail already sent then lead nowhere.',
  options: { yes: { help: 'Do not ask. Needed where there is no terminal.' } },
  examples: ['secrets accept', 'secrets accept --yes'],
  exitCodes: '1 when you did not agree.',
  run: async (...given) => (await import('../secrets.ts')).secretsAccept(...given),
};

/** `gazette sample remove`. */
export const sampleRemove: Command = {
  name: 'sample remove',
  changes: true,
  summary: 'Remove the sample newsletter with its readers, posts and history.',
  options: { yes: { help: 'Do not ask.' }, 'dry-run': { help: 'Say what would be removed; remove nothing.' } },
  examples: ['sample remove', 'sample remove --yes'],
  run: async (...given) => (await import('../sample.ts')).sampleRemove(...given),
};
