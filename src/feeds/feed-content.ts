import type { Attachment } from '../content/content.ts';
import type { PostContent } from '../posts/post.ts';
import { writeHtml } from '../content/html/write-html.ts';
import { parseOwnHtml } from '../content/html/parse-html.ts';
import { topLevelBlocks } from '../content/html/blocks.ts';
import { element, elementsOf, text, type HtmlNode } from '../content/html/html-tree.ts';
import { visibleTextOfHtml } from '../content/html/visible-text.ts';
import { isRightToLeft } from '../kernel/text/direction.ts';
import { displayTitle } from '../content/title.ts';
import type { FeedDocument, FeedEntry } from './feed.ts';
import type { FeedHead } from './feed-store.ts';

/** The feed of a newsletter from its posts, newest first. `updated` is that of the newest change in it, or of the newsletter while it is empty. */
export function feedFromPosts(
  head: FeedHead,
  posts: readonly PostContent[],
  urls: { readonly selfUrl: string; readonly alternateUrl: string },
): FeedDocument {
  return {
    id: head.feedId,
    title: head.name,
    language: head.language,
    author: head.senderName,
    ...urls,
    updatedAt: new Date(Math.max(...(posts.length > 0 ? posts.map((post) => post.updatedAt) : [head.createdAt]).map(Number))),
    entries: posts.map((post) => entryFromPost(post, head.language)),
  };
}

function entryFromPost(post: PostContent, feedLanguage: string): FeedEntry {
  return {
    id: post.tagId,
    title: displayTitle({ ...post, language: post.language ?? feedLanguage }),
    ...(post.url === null ? {} : { url: post.url }),
    authors: post.authors,
    ...(post.publishedAt === null ? {} : { publishedAt: post.publishedAt }),
    updatedAt: post.updatedAt,
    summary: post.summary,
    html: withDirection(htmlWithDocuments(post.html, post.attachments), post.language ?? feedLanguage),
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

/**
 * A post's html with a link to each of its documents at its place: they were taken out of the text to become buttons, and many readers
 * show one enclosure or none.
 */
function htmlWithDocuments(html: string, attachments: readonly Attachment[]): string {
  if (attachments.length === 0) return html;
  const nodes = parseOwnHtml(html);
  const addresses = elementsOf(nodes).flatMap(({ attributes }) => [attributes['href'] ?? '', attributes['src'] ?? '']);
  const linked = new Set(addresses.map((address) => withoutFragment(address)));
  const missing = attachments.filter((attachment) => !linked.has(withoutFragment(attachment.url)));
  const blocks = topLevelBlocks(nodes);
  const placeOf = (attachment: Attachment) => Math.min(attachment.afterBlock ?? blocks.length, blocks.length);
  const documentsAt = (place: number) => missing.filter((attachment) => placeOf(attachment) === place).map(documentLink);
  return writeHtml([...documentsAt(0), ...blocks.flatMap((block, index) => [...block, ...documentsAt(index + 1)])]);
}

/** Atom states no direction: html that is read from right to left says so itself. */
function withDirection(html: string, language: string): string {
  return isRightToLeft(visibleTextOfHtml(html), language) ? `<div dir="rtl">${html}</div>` : html;
}

/** The page at which a link opens a paper makes it no other paper. */
function withoutFragment(address: string): string {
  return address.split('#', 1)[0]!;
}

function documentLink({ url, title }: Attachment): HtmlNode {
  return element('p', {}, [element('a', { href: url }, [text(title)])]);
}
