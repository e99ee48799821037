import type { Command } from '../command.ts';

/** `gazette sources add`. */
export const sourcesAdd: Command = {
  name: 'sources add',
  changes: true,
  summary: 'Add a source: a feed, a WordPress site, a JSON API with a field mapping, or a page that leads to a feed.',
  positionals: '<url>',
  options: {
    newsletter: { value: 'newsletter', help: 'A newsletter that takes its posts.', multiple: true },
    first: {
      value: 'how',
      help: 'What the first read does with what is there: known (never mailed), release, or latest:N.',
      default: 'known',
    },
    wordpress: { help: 'Read the WordPress REST API of this site (falls back to its feed).' },
    mapping: { value: 'file', help: 'A JSON file that says where a plain JSON API has items, title and the rest.' },
    unchecked: { help: 'Add it without looking at it first.' },
    zone: { value: 'zone', help: 'Time zone of dates that state none.', default: 'UTC' },
    guard: { value: 'n', help: 'More new posts than this in one read are held for your decision.', default: '20' },
  },
  examples: [
    'sources add https://example.org/feed/ --newsletter weekly',
    'sources add https://example.org --wordpress --newsletter weekly --first latest:5',
  ],
  exitCodes: '1 when the address cannot be read as a source, or is a page with several feeds to choose from.',
  run: async (...given) => (await import('../sources-add.ts')).sourcesAdd(...given),
};

/** `gazette sources list`. */
export const sourcesList: Command = {
  name: 'sources list',
  summary: 'List sources with what their last read came to.',
  options: { json: { help: 'One JSON document.' } },
  examples: ['sources list', 'sources list --json'],
  run: async (...given) => (await import('../sources.ts')).sourcesList(...given),
};

/** `gazette sources show`. */
export const sourcesShow: Command = {
  name: 'sources show',
  summary: 'Everything known of one source: validators, next read, failures, what its posts repeat.',
  positionals: '<source>',
  options: { json: { help: 'One JSON document.' } },
  examples: ['sources show 1', 'sources show https://example.org/feed/ --json'],
  run: async (...given) => (await import('../sources.ts')).sourcesShow(...given),
};

/** `gazette sources set`. */
export const sourcesSet: Command = {
  name: 'sources set',
  changes: true,
  summary: 'Decide what becomes of a post that vanishes from a source before it was mailed, and of what its posts repeat.',
  positionals: '<source>',
  options: {
    'when-gone': {
      value: 'what',
      help: 'hold: withdrawn until the source lists it again, staff are told; warn: staff are told; ignore: mailed all the same. A new source holds.',
    },
    trim: { help: 'Show full posts without the paragraphs that "gazette sources show" lists as repeated; stored posts keep them.' },
    'no-trim': { help: 'Show full posts with them, as a new source does. Leads and summaries never have them.' },
  },
  examples: ['sources set 1 --when-gone warn', 'sources set https://example.org/feed/ --when-gone ignore', 'sources set 1 --trim'],
  run: async (...given) => (await import('../sources-set.ts')).sourcesSet(...given),
};

/** `gazette sources pause`. */
export const sourcesPause: Command = {
  name: 'sources pause',
  changes: true,
  summary: 'Stop reading a source until it is resumed.',
  positionals: '<source>',
  examples: ['sources pause 1', 'sources pause https://example.org/feed/'],
  run: async (...given) => (await import('../sources.ts')).sourcesPause(...given),
};

/** `gazette sources resume`. */
export const sourcesResume: Command = {
  name: 'sources resume',
  changes: true,
  summary: 'Read a paused or gone source again, now.',
  positionals: '<source>',
  examples: ['sources resume 1', 'sources resume https://example.org/feed/'],
  run: async (...given) => (await import('../sources.ts')).sourcesResume(...given),
};

/** `gazette sources remove`. */
export const sourcesRemove: Command = {
  name: 'sources remove',
  changes: true,
  summary: 'Stop reading a source for good; its posts stay.',
  positionals: '<source>',
  examples: ['sources remove 1', 'sources remove https://example.org/feed/'],
  run: async (...given) => (await import('../sources.ts')).sourcesRemove(...given),
};

/** `gazette sources check`. */
export const sourcesCheck: Command = {
  name: 'sources check',
  summary: 'Explain what Gazette sees at an address or in a file, without storing anything.',
  positionals: '<url|file>',
  options: {
    wordpress: { help: 'As a WordPress site.' },
    mapping: { value: 'file', help: 'As a plain JSON API, with this field mapping.' },
    json: { help: 'The normalised entries as JSON.' },
  },
  examples: ['sources check https://example.org', 'sources check ./feed.xml --json'],
  exitCodes: '1 when there is nothing to read.',
  run: async (...given) => (await import('../sources-add.ts')).sourcesCheck(...given),
};

/** `gazette collect`. */
export const collect: Command = {
  name: 'collect',
  changes: true,
  summary: 'Read the sources that are due, or the named ones now.',
  positionals: '[<source>...]',
  options: { force: { help: 'Read all now, due or not; validators are sent all the same.' }, json: { help: 'One JSON document.' } },
  examples: ['collect', 'collect --force', 'collect 3 https://example.org/feed/'],
  exitCodes: '1 when a source could not be read, or another process reads it at present.',
  run: async (...given) => (await import('../collect.ts')).collect(...given),
};
