import type { Command } from '../command.ts';

/** `gazette topics list`. */
export const topicsList: Command = {
  name: 'topics list',
  summary: 'List topics in their order, and categories of sources that wait for a decision.',
  options: { all: { help: 'Also categories that are mapped or ignored.' }, json: { help: 'One JSON document.' } },
  examples: ['topics list', 'topics list --all'],
  run: async (...given) => (await import('../topics.ts')).topicsList(...given),
};

/** `gazette topics map`. */
export const topicsMap: Command = {
  name: 'topics map',
  changes: true,
  summary: 'Map a category of the sources to a topic; a topic that does not exist yet is created.',
  positionals: '<category> <topic>',
  options: { name: { value: 'text', help: 'Name of a new topic.', default: 'that of the category' } },
  examples: ['topics map leadership-development leadership --name "Leadership"', 'topics map tag:research research'],
  run: async (...given) => (await import('../topics.ts')).topicsMap(...given),
};

/** `gazette topics ignore`. */
export const topicsIgnore: Command = {
  name: 'topics ignore',
  changes: true,
  summary: 'Decide that a category maps to no topic, and stop asking about it.',
  positionals: '<category>',
  examples: ['topics ignore announcements', 'topics ignore tag:2026'],
  run: async (...given) => (await import('../topics.ts')).topicsIgnore(...given),
};

/** `gazette topics merge`. */
export const topicsMerge: Command = {
  name: 'topics merge',
  changes: true,
  summary: 'Merge a topic into another: its categories and followers go there.',
  positionals: '<from> <into>',
  examples: ['topics merge leading leadership', 'topics merge papers research'],
  run: async (...given) => (await import('../topics.ts')).topicsMerge(...given),
};

/** `gazette topics rename`. */
export const topicsRename: Command = {
  name: 'topics rename',
  changes: true,
  summary: 'Change the name that readers see.',
  positionals: '<topic> <name>',
  examples: ['topics rename leadership "Leadership Development"', 'topics rename news "Foundation News"'],
  run: async (...given) => (await import('../topics.ts')).topicsRename(...given),
};

/** `gazette topics hide`. */
export const topicsHide: Command = {
  name: 'topics hide',
  changes: true,
  summary: 'Stop offering a topic to readers; --show offers it again.',
  positionals: '<topic>',
  options: { show: { help: 'Offer it again.' } },
  examples: ['topics hide archive', 'topics hide archive --show'],
  run: async (...given) => (await import('../topics.ts')).topicsHide(...given),
};

/** `gazette topics order`. */
export const topicsOrder: Command = {
  name: 'topics order',
  changes: true,
  summary: 'Put topics in the order of digests: for all newsletters, or for one.',
  positionals: '<topic>...',
  options: { newsletter: { value: 'newsletter', help: 'Only in this newsletter.' } },
  examples: ['topics order leadership research news', 'topics order news research --newsletter weekly'],
  run: async (...given) => (await import('../topics.ts')).topicsOrder(...given),
};
