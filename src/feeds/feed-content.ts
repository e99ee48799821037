import { htmlWithoutClutter, withoutClutter } from '../content/clutter/clutter.ts';
import { repetitionsIn, type PostingHabits } from '../content/clutter/repeats.ts';
import { shownSummary } from '../content/shown-summary.ts';
import type { Attachment } from '../content/content.ts';
import type { PostContent } from '../posts/post.ts';
import { writeHtml } from '../content/html/write-html.ts';
import { parseOwnHtml } from '../content/html/parse-html.ts';
import { topLevelBlocks } from '../content/html/blocks.ts';
import { element, elementsOf, text, type HtmlNode } from '../content/html/html-tree.ts';
import { eventText, type EventReader } from '../content/text/event-date.ts';
import { displayTitle } from '../content/title.ts';
import type { FeedDocument, FeedEntry } from './feed.ts';
import type { FeedHead } from './feed-store.ts';

/** The feed of a newsletter from its posts, newest first, and what the sources of these repeat, by post id. `updated` is that of the newest change in it, or of the newsletter while it is empty. */
export function feedFromPosts(
  head: FeedHead,
  posts: readonly PostContent[],
  urls: { readonly selfUrl: string; readonly alternateUrl: string },
  habits: ReadonlyMap<string, PostingHabits> = new Map(),
): FeedDocument {
  return {
    id: head.feedId,
    title: head.name,
    language: head.language,
    author: head.senderName,
    ...urls,
    updatedAt: new Date(Math.max(...(posts.length > 0 ? posts.map((post) => post.updatedAt) : [head.createdAt]).map(Number))),
    entries: posts.map((post) => entryFromPost(post, head, habits.get(post.postId))),
  };
}

function entryFromPost(
  post: PostContent,
  { language: feedLanguage, timeZone }: FeedHead,
  habits: PostingHabits = { repeats: [], trims: false },
): FeedEntry {
  return {
    id: post.tagId,
    title: displayTitle({ ...post, html: htmlWithoutClutter(post.html), language: post.language ?? feedLanguage }),
    ...(post.url === null ? {} : { url: post.url }),
    authors: post.authors,
    ...(post.publishedAt === null ? {} : { publishedAt: post.publishedAt }),
    updatedAt: post.updatedAt,
    summary: shownSummary(post, habits.repeats),
    html: `${eventHtml(post, { language: feedLanguage, timeZone })}${shownHtml(post, habits)}`,
    ...(post.language === null ? {} : { language: post.language }),
    categories: post.topics.filter((topic) => !topic.isHidden).map((topic) => ({ term: topic.slug, label: topic.name })),
    enclosures: post.attachments.map(({ url, title, mediaType, lengthBytes }) => ({
      url,
      title,
      mediaType,
      ...(lengthBytes === undefined ? {} : { lengthBytes }),
    })),
  };
}

/** When and where what a post tells of takes place, above its text: Atom has no field for it. */
function eventHtml({ event }: PostContent, reader: EventReader): string {
  return event === null ? '' : writeHtml([element('p', {}, [text(eventText(event, reader))])]);
}

/**
 * A post's html as digests show it in full: without what its system added and what staff want trimmed, and with a link to each of its documents at its
 * place: they were taken out of the text to become buttons, and many readers show one enclosure or none.
 */
function shownHtml({ html, attachments }: Pick<PostContent, 'html' | 'attachments'>, habits: PostingHabits): string {
  const trimmed = habits.trims ? habits.repeats : [];
  if (attachments.length === 0 && trimmed.length === 0) return htmlWithoutClutter(html);
  const nodes = parseOwnHtml(html);
  const blocks = topLevelBlocks(nodes);
  const repetitions = repetitionsIn(blocks, trimmed);
  const shown = blocks.map((block, index) => (repetitions[index] === 'all' ? [] : withoutClutter(block)));
  const addresses = elementsOf(shown.flat()).flatMap(({ attributes }) => [attributes['href'] ?? '', attributes['src'] ?? '']);
  const linked = new Set(addresses.map((address) => withoutFragment(address)));
  const missing = attachments.filter((attachment) => !linked.has(withoutFragment(attachment.url)));
  const placeOf = (attachment: Attachment) => Math.min(attachment.afterBlock ?? blocks.length, blocks.length);
  const documentsAt = (place: number) => missing.filter((attachment) => placeOf(attachment) === place).map(documentLink);
  return writeHtml([...documentsAt(0), ...shown.flatMap((block, index) => [...block, ...documentsAt(index + 1)])]);
}

/** The page at which a link opens a paper makes it no other paper. */
function withoutFragment(address: string): string {
  return address.split('#', 1)[0]!;
}

function documentLink({ url, title }: Attachment): HtmlNode {
  return element('p', {}, [element('a', { href: url }, [text(title)])]);
}
