import { createAppReader } from '../src/app/open-reader.ts';
import { createGroupRenderer } from '../src/editions/digests/render-releases.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { releaseCorrection } from '../src/ledger/releases/release-posts.ts';
import { retractPost, undoRetraction } from '../src/ledger/retract-post.ts';
import { checkPost } from '../src/posts/check-post.ts';
import { holdByStaff, releaseByStaff } from '../src/posts/decide-posts.ts';
import { listReleasableIds } from '../src/posts/staff-store.ts';
import { choosePost, listPosts, showPost, type ListedPost } from '../src/posts/list-posts.ts';
import { postStates } from '../src/posts/post.ts';
import { chooseSource } from '../src/sources/source-store.ts';
import { shownUrl } from '../src/reading/source-url.ts';
import { chooseNewsletter } from './choose.ts';
import { columns, type Command } from './command.ts';
import { parseId } from './deliveries.ts';
import { withEditing, withStore } from './open.ts';
import { version } from './version.ts';

/** `gazette posts list`. */
export const postsList: Command = {
  name: 'posts list',
  summary: 'List posts, newest first, with the newsletters that take them and the rules that keep them out.',
  options: {
    state: { value: 'state', help: `Only in this state: ${postStates.join(', ')}.` },
    newsletter: { value: 'newsletter', help: 'Only of the sources of this newsletter.' },
    source: { value: 'source', help: 'Only of this source.' },
    limit: { value: 'n', help: 'How many to list at most.', default: '50' },
    before: { value: 'id', help: 'Only posts with a lower id: the next page.' },
    json: { help: 'One JSON document.' },
  },
  examples: ['posts list --state held', 'posts list --newsletter weekly --limit 20'],
  run: (args, context) =>
    withStore(context, async ({ database }) => {
      const state = postStates.find((each) => each === args.text('state'));
      if (args.text('state') !== undefined && !state)
        throw new UsageError(`Expected --state ${postStates.join(', ')}, got "${args.text('state')}"`);
      const [newsletter, source, before] = [args.text('newsletter'), args.text('source'), args.text('before')];
      const posts = await listPosts(database, {
        limit: args.integer('limit', { atLeast: 1 }) ?? 50,
        state,
        newsletterId: newsletter === undefined ? undefined : (await chooseNewsletter(database, newsletter)).id,
        sourceId: source === undefined ? undefined : (await chooseSource(database, source)).id,
        beforeId: before === undefined ? undefined : parseId(before),
      });
      if (args.has('json')) context.print(JSON.stringify(posts, null, 2));
      else if (posts.length === 0) context.print('No post.');
      else
        for (const line of columns([['ID', 'STATE', 'POSITION', 'DATE', 'NEWSLETTERS', 'TITLE'], ...posts.map(cells)])) context.print(line);
      return 0;
    }),
};

function cells(post: ListedPost): string[] {
  const newsletters = post.newsletters.map((each) =>
    each.admitted ? each.newsletter : `not ${each.newsletter} (${each.because ?? 'a rule'})`,
  );
  return [
    post.id,
    post.reason ? `${post.state}: ${post.reason}` : post.state,
    post.position ?? '',
    post.publishedAt?.toISOString().slice(0, 10) ?? '',
    newsletters.join(', '),
    post.title || '(no title)',
  ];
}

/** `gazette posts show`. */
export const postsShow: Command = {
  name: 'posts show',
  summary: 'Everything known of one post: sources, revisions, topics, documents.',
  positionals: '<post>',
  options: { json: { help: 'One JSON document.' } },
  examples: ['posts show 41', 'posts show https://example.org/2026/05/a-post/'],
  run: (args, context) =>
    withStore(context, async ({ database }) => {
      const post = await showPost(database, args.positionals[0]!);
      if (args.has('json')) {
        context.print(JSON.stringify(post, null, 2));
        return 0;
      }
      const facts: [string, string][] = [
        ['Title', post.title || '(no title)'],
        ['Page', post.url ?? ''],
        ['State', post.reason ? `${post.state}: ${post.reason}` : post.state],
        ['Position', post.position ?? 'never released'],
        ['Id in feeds', post.content.tagId],
        ['Topics', post.content.topics.map((topic) => topic.name).join(', ')],
        ['Categories', post.categories.join(', ')],
        [
          'Newsletters',
          post.newsletters
            .map((each) => `${each.newsletter}: ${each.admitted ? 'takes it' : `keeps it out (${each.because ?? 'a rule'})`}`)
            .join('; '),
        ],
        ['Sources', post.sources.map((source) => shownUrl(source.url)).join(', ')],
        ['Revisions', String(post.revisions.length)],
        ['Documents', post.content.attachments.map((attachment) => `${attachment.title} <${attachment.url}>`).join(', ')],
        ['Summary', post.content.summary],
      ];
      for (const [name, value] of facts) if (value !== '') context.print(`${name.padEnd(12)} ${value}`);
      return 0;
    }),
};

/** `gazette posts release`. */
export const postsRelease: Command = {
  name: 'posts release',
  summary: 'Release held or known posts: they go out with the next editions, oldest first.',
  positionals: '[<post>...]',
  options: { 'held-of': { value: 'source', help: 'All that are held of this source, such as what a flood brought.' } },
  examples: ['posts release 41 42', 'posts release https://example.org/2026/05/a-post/', 'posts release --held-of 3'],
  async run(args, context) {
    const heldOf = args.text('held-of');
    if ((heldOf === undefined) === (args.positionals.length === 0)) throw new UsageError('Expected posts, or --held-of with a source');
    return withStore(context, async ({ database, clock }) => {
      const ids =
        heldOf === undefined
          ? await Promise.all(args.positionals.map((text) => choosePost(database, text)))
          : await listReleasableIds(database, (await chooseSource(database, heldOf)).id);
      const positions = await releaseByStaff(database, ids, clock());
      context.print(`Released ${positions.size} ${positions.size === 1 ? 'post' : 'posts'}.`);
      return 0;
    });
  },
};

/** `gazette posts hold`. */
export const postsHold: Command = {
  name: 'posts hold',
  summary: 'Keep posts back that were not released yet.',
  positionals: '<post>...',
  options: { reason: { value: 'text', help: 'Why, for the record.', default: 'held by staff' } },
  examples: ['posts hold 41', 'posts hold 41 --reason "embargo until Monday"'],
  run: (args, context) =>
    withStore(context, async ({ database }) => {
      const ids = await Promise.all(args.positionals.map((text) => choosePost(database, text)));
      await holdByStaff(database, ids, args.text('reason') ?? 'held by staff');
      context.print(`Held ${ids.length} ${ids.length === 1 ? 'post' : 'posts'}.`);
      return 0;
    }),
};

/** `gazette posts retract`. */
export const postsRetract: Command = {
  name: 'posts retract',
  summary: 'Withdraw a post: it leaves open editions and feeds, and is never sent; --undo takes that back.',
  positionals: '<post>',
  options: {
    reason: { value: 'text', help: 'Why, for the record.', default: 'retracted by staff' },
    undo: { help: 'Undo a retraction: whoever missed the post in the meantime is offered it.' },
    'if-gone': { help: 'Only when its page answers 410.' },
  },
  examples: ['posts retract 41 --reason "published by mistake"', 'posts retract 41 --undo'],
  exitCodes: '1 when nothing was changed.',
  run: (args, context) =>
    withEditing(context, async (store, ports) => {
      const { database, clock } = store;
      const id = await choosePost(database, args.positionals[0]!);
      if (args.has('undo')) {
        const undone = await undoRetraction(database, id, clock());
        if (undone.kind === 'undone') context.print('The retraction is undone.');
        else
          context.warn(
            undone.kind === 'waits'
              ? `Edition ${undone.forEditionId} is being frozen; try again in a minute.`
              : 'The post is not retracted: nothing was changed.',
          );
        return undone.kind === 'undone' ? 0 : 1;
      }
      const renderRendition = createGroupRenderer(ports);
      if (args.has('if-gone')) {
        const reader = createAppReader(store.config, { version: version() });
        try {
          const found = await checkPost({ database, reader, clock, renderRendition }, id);
          const words = {
            retracted: 'Its page answers 410: retracted.',
            present: 'Its page is still there: nothing was changed.',
            unclear: 'Unclear: nothing was changed.',
            no_page: 'It has no page to ask.',
          };
          context.print(found.kind === 'unclear' ? `${words.unclear} (${found.reason})` : words[found.kind]);
          return found.kind === 'retracted' ? 0 : 1;
        } finally {
          await reader.close();
        }
      }
      const isRetracted = await retractPost(database, id, {
        reason: args.text('reason') ?? 'retracted by staff',
        now: clock(),
        renderRendition,
      });
      context.print(
        isRetracted ? 'Retracted: it leaves what is not sent yet, and the feeds.' : 'It was retracted before: nothing was changed.',
      );
      return isRetracted ? 0 : 1;
    }),
};

/** `gazette posts correct`. */
export const postsCorrect: Command = {
  name: 'posts correct',
  summary: 'Tell those who got a post that it was corrected: one short line in their next digest.',
  positionals: '<post>',
  options: { note: { value: 'text', help: 'What was corrected, in a sentence.' } },
  examples: ['posts correct 41 --note "The date of the lecture was wrong: it is 18 June."', 'posts correct 41'],
  run: (args, context) =>
    withStore(context, async ({ database, clock }) => {
      const post = await showPost(database, args.positionals[0]!);
      const position = await database.transaction((tx) =>
        releaseCorrection(tx, { postId: post.id, revision: post.revision, note: args.text('note'), now: clock() }),
      );
      context.print(`A correction of "${post.title}" is released at position ${position}.`);
      return 0;
    }),
};
