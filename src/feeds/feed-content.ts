import { htmlWithoutClutter, withoutClutter } from '../content/clutter/clutter.ts';
import { repetitionsIn, type PostingHabits } from '../content/clutter/repeats.ts';
import { shownSummary } from '../content/shown-summary.ts';
import type { Attachment, PostImage } from '../content/content.ts';
import type { PostContent } from '../posts/post.ts';
import { writeHtml } from '../content/html/write-html.ts';
import { parseOwnHtml } from '../content/html/parse-html.ts';
import { topLevelBlocks } from '../content/html/blocks.ts';
import { element, elementsOf, text, type HtmlNode } from '../content/html/html-tree.ts';
import { eventText, type EventReader } from '../content/text/event-date.ts';
import { imageKey } from '../content/pictures/picture-address.ts';
import { kindWord, recordingLabel } from '../content/text/kind-words.ts';
import { displayTitle, documentTitle } from '../content/title.ts';
import { isRightToLeft } from '../kernel/text/direction.ts';
import { visibleText } from '../content/html/visible-text.ts';
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
    updatedAt: new Date(Math.max(...(posts.length > 0 ? posts.map(updatedAtOf) : [head.createdAt]).map(Number))),
    entries: posts.map((post) => entryFromPost(post, head, habits.get(post.postId))),
  };
}

/** A source may date a post ahead, and change nothing of it since: it is not updated before it is published. */
function updatedAtOf({ publishedAt, updatedAt }: PostContent): Date {
  return publishedAt !== null && publishedAt > updatedAt ? publishedAt : updatedAt;
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
    updatedAt: updatedAtOf(post),
    summary: shownSummary(post, habits.repeats),
    html: withDirection(
      `${eventHtml(post, { language: feedLanguage, timeZone })}${shownHtml(post, habits, post.language ?? feedLanguage)}`,
      post.language ?? feedLanguage,
    ),
    ...(post.language === null ? {} : { language: post.language }),
    categories: post.topics.filter((topic) => !topic.isHidden).map((topic) => ({ term: topic.slug, label: topic.name })),
    enclosures: post.attachments.map(({ url, title, mediaType, lengthBytes }) => ({
      url,
      title: documentTitle({ url, title }) ?? title,
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
 * A post's html as digests show it in full: without what its system added and what staff want trimmed, with the picture that is stated beside the text
 * above it, and with a link to each of its documents at its place: they were taken out of the text to become buttons, and many readers show one
 * enclosure or none.
 */
function shownHtml({ html, attachments, image, url }: PostContent, habits: PostingHabits, language: string): string {
  const trimmed = habits.trims ? habits.repeats : [];
  if (attachments.length === 0 && image === null && trimmed.length === 0) return htmlWithoutClutter(html);
  const nodes = parseOwnHtml(html);
  const blocks = topLevelBlocks(nodes);
  const repetitions = repetitionsIn(blocks, trimmed);
  const shown = blocks.map((block, index) => (repetitions[index] === 'all' ? [] : withoutClutter(block)));
  const elements = elementsOf(shown.flat());
  const linked = new Set(elements.flatMap(({ attributes }) => [attributes['href'] ?? '', attributes['src'] ?? '']).map(withoutFragment));
  const missing = attachments.filter((attachment) => !linked.has(withoutFragment(attachment.url)));
  const isPictureShown =
    image === null || elements.some(({ tag, attributes }) => tag === 'img' && imageKey(attributes['src'] ?? '') === imageKey(image.url));
  const placeOf = (attachment: Attachment) => Math.min(attachment.afterBlock ?? blocks.length, blocks.length);
  const documentsAt = (place: number) =>
    missing.filter((attachment) => placeOf(attachment) === place).map((attachment) => documentLink(attachment, language));
  const picture = isPictureShown ? [] : [pictureOfPost(image, url)];
  return writeHtml([...picture, ...documentsAt(0), ...shown.flatMap((block, index) => [...block, ...documentsAt(index + 1)])]);
}

/** As above a post in a digest: it leads to the post's page. */
function pictureOfPost({ url: src, alt }: PostImage, url: string | null): HtmlNode {
  const picture = element('img', { src, alt });
  return element('figure', {}, [url === null ? picture : element('a', { href: url }, [picture])]);
}

/** Atom states no direction: html that is read from right to left says so itself. */
function withDirection(html: string, language: string): string {
  return isRightToLeft(visibleText(parseOwnHtml(html)), language) ? `<div dir="rtl">${html}</div>` : html;
}

/** The page at which a link opens a paper makes it no other paper. */
function withoutFragment(address: string): string {
  return address.split('#', 1)[0]!;
}

/** A recording's link says what it is, as its button in a digest does: its title is often the post's. */
function documentLink(attachment: Attachment, language: string): HtmlNode {
  const title = documentTitle(attachment) ?? attachment.title;
  const kind = /^(audio|video)\//.exec(attachment.mediaType)?.[1] as 'audio' | 'video' | undefined;
  const label = kind === undefined ? title : title === '' ? kindWord(kind, language) : recordingLabel(kind, title, language);
  return element('p', {}, [element('a', { href: attachment.url }, [text(label)])]);
}
