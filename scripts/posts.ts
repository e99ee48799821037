import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import { dayOf } from './dates.ts';
import { noteDone } from './staff.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { holdByStaff, releaseByStaff } from '../src/posts/by-staff/decide-posts.ts';
import { choosePosts, listPosts, showPost } from '../src/posts/list-posts.ts';
import { postStates } from '../src/posts/post.ts';
import type { PublicPost, PublicPostSource } from '../src/posts/public-post.ts';
import type { RecognitionRule } from '../src/posts/identity/stored-post.ts';
import { listPostsOfSource } from '../src/sources/list-posts-of-source.ts';
import { releaseHeldOf } from '../src/sources/release-held.ts';
import { columns, pairs, type Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';
import { cutToLimit, sayRest } from './rest-of-list.ts';
import { listBounds, listLimits } from './table/list-limits.ts';

/** What `gazette posts list` does. */
export const postsList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const state = postStates.find((each) => each === args.text('state'));
    if (args.text('state') !== undefined && !state)
      throw new UsageError(`Expected --state ${postStates.join(', ')}, got "${args.text('state')}"`);
    const [source, before] = [args.text('source'), args.text('before')];
    const limit = args.integer('limit', listBounds) ?? listLimits.posts;
    const query = {
      limit: limit + 1,
      state,
      newsletter: args.text('newsletter'),
      beforeId: before === undefined ? undefined : parseId(before),
    };
    const read = source === undefined ? await listPosts(database, query) : await listPostsOfSource(database, source, query);
    const { rows: posts, rest } = cutToLimit(read, { limit, goesOn: 'before', idOf: ({ id }) => id, isFurther: before !== undefined });
    const asJson = args.has('json');
    if (asJson) context.print(JSON.stringify(posts, null, 2));
    else if (posts.length === 0) context.print('No post.');
    else
      for (const line of columns([['ID', 'STATE', 'POSITION', 'DATE', 'NEWSLETTERS', 'TITLE'], ...posts.map(cells)])) context.print(line);
    sayRest(context, rest, { asJson });
    return 0;
  });

function cells(post: PublicPost): string[] {
  const newsletters = post.newsletters.map((each) =>
    each.admitted ? each.newsletter : `not ${each.newsletter} (${each.because ?? 'a rule'})`,
  );
  return [
    post.id,
    post.reason ? `${post.state}: ${post.reason}` : post.state,
    post.position ?? '',
    post.publishedAt ? dayOf(post.publishedAt) : '',
    newsletters.join(', '),
    post.title || '(no title)',
  ];
}

/** What `gazette posts show` does. */
export const postsShow: Run = (args, context) =>
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
      ['Sources', post.sources.map((source) => source.url).join(', ')],
      ['Revisions', String(post.revisions.length)],
      ['Documents', post.content.attachments.map((attachment) => `${attachment.title} <${attachment.url}>`).join(', ')],
      ['Summary', post.content.summary],
    ];
    facts.push(...post.sources.map((source): [string, string] => ['Recognised', describeSource(source)]));
    pairs(
      facts.filter(([, value]) => value !== ''),
      '',
    ).forEach(context.print);
    return 0;
  });

const ruleWords: Readonly<Record<RecognitionRule, string>> = {
  new: 'a new post: nothing known was like it',
  replaced: 'a new post: its source put another text under an id that it had used before',
  twin: 'the same document stated the same title, text and minute twice',
  words: 'its source had said the same words before, under another id or link',
  guid: 'the same id, and what both say agrees',
  link: 'the same page, and what both say agrees',
  title_and_minute: 'the same title and minute, and what both say agrees',
  text: 'the same beginning of the text, and what both say agrees',
};

function describeSource({ url, entryId, recognisedBy, goneAt }: PublicPostSource): string {
  const rule = recognisedBy === null ? 'known from before the rules were kept' : ruleWords[recognisedBy];
  return `${entryId} of ${url}: ${rule}${goneAt === null ? '' : `; not listed since ${utcMoment(goneAt)}`}`;
}

/** What `gazette posts release` does. */
export const postsRelease: Run = async (args, context) => {
  const heldOf = args.text('held-of');
  if ((heldOf === undefined) === (args.positionals.length === 0)) throw new UsageError('Expected posts, or --held-of with a source');
  return withStore(context, async ({ database, clock }) => {
    const released =
      heldOf === undefined
        ? await releaseByStaff(database, await choosePosts(database, args.positionals), clock())
        : await releaseHeldOf(database, heldOf, clock());
    await noteDone(context, database, { post: released.map(({ id }) => id) });
    context.print(`Released ${countOf(released.length, 'post')}.`);
    return 0;
  });
};

/** What `gazette posts hold` does. */
export const postsHold: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const ids = await choosePosts(database, args.positionals);
    await holdByStaff(database, ids, args.text('reason') ?? 'held by staff');
    await noteDone(context, database, { post: ids });
    context.print(`Held ${countOf(ids.length, 'post')}.`);
    return 0;
  });
