import { postStates } from '../../src/posts/post.ts';
import type { Command } from '../command.ts';
import { limitOption, listLimits } from './list-limits.ts';

/** `gazette posts list`. */
export const postsList: Command = {
  name: 'posts list',
  summary: 'List posts, newest first, with the newsletters that take them and the rules that keep them out.',
  options: {
    state: { value: 'state', help: `Only in this state: ${postStates.join(', ')}.` },
    newsletter: { value: 'newsletter', help: 'Only of the sources of this newsletter.' },
    source: { value: 'source', help: 'Only of this source.' },
    limit: limitOption(listLimits.posts),
    before: { value: 'id', help: 'Only posts with a lower id: the next page.' },
    json: { help: 'One JSON document.' },
  },
  examples: ['posts list --state held', 'posts list --newsletter weekly --limit 20'],
  run: async (...given) => (await import('../posts.ts')).postsList(...given),
};

/** `gazette posts show`. */
export const postsShow: Command = {
  name: 'posts show',
  summary: 'Everything known of one post: sources, revisions, topics, documents.',
  positionals: '<post>',
  options: { json: { help: 'One JSON document.' } },
  examples: ['posts show 41', 'posts show https://example.org/2026/05/a-post/'],
  run: async (...given) => (await import('../posts.ts')).postsShow(...given),
};

/** `gazette posts release`. */
export const postsRelease: Command = {
  name: 'posts release',
  changes: true,
  summary: 'Release held or known posts: they go out with the next editions, oldest first.',
  positionals: '[<post>...]',
  options: { 'held-of': { value: 'source', help: 'All that are held of this source, such as what a flood brought.' } },
  examples: ['posts release 41 42', 'posts release https://example.org/2026/05/a-post/', 'posts release --held-of 3'],
  run: async (...given) => (await import('../posts.ts')).postsRelease(...given),
};

/** `gazette posts hold`. */
export const postsHold: Command = {
  name: 'posts hold',
  changes: true,
  summary: 'Keep posts back that were not released yet.',
  positionals: '<post>...',
  options: { reason: { value: 'text', help: 'Why, for the record.', default: 'held by staff' } },
  examples: ['posts hold 41', 'posts hold 41 --reason "embargo until Monday"'],
  run: async (...given) => (await import('../posts.ts')).postsHold(...given),
};

/** `gazette posts retract`. */
export const postsRetract: Command = {
  name: 'posts retract',
  changes: true,
  summary: 'Withdraw a post: it leaves open editions and feeds, and is never sent; --undo takes that back.',
  positionals: '<post>',
  options: {
    reason: { value: 'text', help: 'Why, for the record.', default: 'retracted by staff' },
    undo: { help: 'Undo a retraction: whoever missed the post in the meantime is offered it.' },
    'if-gone': { help: 'Only when its page answers 410.' },
  },
  examples: ['posts retract 41 --reason "published by mistake"', 'posts retract 41 --undo'],
  exitCodes: '1 when nothing was changed.',
  run: async (...given) => (await import('../posts-retract.ts')).postsRetract(...given),
};

/** `gazette posts correct`. */
export const postsCorrect: Command = {
  name: 'posts correct',
  changes: true,
  summary:
    'Tell those who have a post in an older text that it was corrected: one short line in their next digest. Shows how many, and asks.',
  positionals: '<post>',
  options: {
    note: { value: 'text', help: 'What was corrected, in a sentence that they will read.' },
    undo: { help: 'Take the newest correction back, while somebody is still to be sent it.' },
    'dry-run': { help: 'Only say how many have it and what they would read.' },
    yes: { help: 'Do not ask.' },
    json: { help: 'One JSON document.' },
  },
  examples: ['posts correct 41 --note "The date of the lecture was wrong: it is 18 June."', 'posts correct 41 --undo'],
  exitCodes: '1 when nothing was changed.',
  run: async (...given) => (await import('../posts-correct.ts')).postsCorrect(...given),
};
