/*
 * Editions: from a due slot to deliveries. The ledger decides who gets which releases; here stands what a digest of these releases shows and
 * in which order, what must hold before it goes, and who has to agree. Nothing in a digest depends on one reader (P5): a post stands under
 * its first topic in the newsletter's order, what is personal is a placeholder.
 */
import { htmlWithoutClutter, withoutClutter } from '../../content/clutter/clutter.ts';
import type { PostingHabits } from '../../content/clutter/repeats.ts';
import { parseOwnHtml } from '../../content/html/parse-html.ts';
import { visibleLine } from '../../content/html/visible-text.ts';
import type { CarriedRelease } from '../../ledger/releases/release.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import type { PostContent } from '../../posts/post.ts';
import { readingMinutes } from '../../content/text/reading-time.ts';
import type { DigestAttachment, DigestCorrection, DigestImage, DigestModel, DigestPost, DigestTopic } from '../../render/digest.ts';
import { shownSummary } from '../../content/shown-summary.ts';
import { displayTitle, documentTitle } from '../../content/title.ts';

/** A topic of the newsletter with its place in the newsletter's order. */
export interface OrderedTopic {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

/** One release with what is shown of it. */
export interface ShownRelease extends CarriedRelease {
  readonly content: PostContent;
  readonly releasedAt: Date;
  /** Topic ids. */
  readonly topics: readonly string[];
  /** Staff's order, lower first; null after all that have one. */
  readonly rank: number | null;
  readonly isPinnedFirst: boolean;
  /** What staff say of a correction. */
  readonly note: string | null;
  /** What the posts of its sources repeat. */
  readonly habits?: PostingHabits;
}

/** What all digests of an edition share. */
export interface DigestFrame {
  readonly newsletter: Newsletter;
  readonly language: string;
  readonly editionDate: Date;
  readonly timeZone: string;
  readonly maximum: number;
  readonly subject: string | null;
  readonly preheader: string | null;
  readonly note: string | null;
  /** In the newsletter's order, hidden ones left out. */
  readonly topics: readonly OrderedTopic[];
  readonly archiveUrl: string;
  readonly restUrl: string;
  readonly feedUrl: string;
  readonly siteUrl: string | null;
}

/**
 * The model of one digest: pinned posts first, then staff's order, then the newest; over the maximum by title only. A correction whose post
 * is in the same digest has no line of its own: the post shows what is right now. Several corrections of one post share a line.
 */
export function buildDigestModel(releases: readonly ShownRelease[], frame: DigestFrame): DigestModel {
  const posts = releases.filter((release) => release.kind === 'post').sort(byDisplayOrder);
  const shownIds = new Set(posts.map((post) => post.postId));
  const corrections = releases.filter((release) => release.kind === 'correction' && !shownIds.has(release.postId)).sort(byPosition);
  const shown = posts.map((release) => digestPost(release, frame));
  return {
    newsletter: digestNewsletter(frame),
    language: frame.language,
    template: frame.newsletter.template,
    editionDate: frame.editionDate,
    timeZone: frame.timeZone,
    ...(frame.note === null ? {} : { note: frame.note }),
    ...(frame.subject === null ? {} : { subject: frame.subject }),
    ...(frame.preheader === null ? {} : { preheader: frame.preheader }),
    posts: shown.slice(0, frame.maximum),
    sectionOrder: sectionOrder(posts, shown, frame),
    alsoPublished: shown.slice(frame.maximum),
    restUrl: frame.restUrl,
    corrections: onePerPost(corrections).map((release) => digestCorrection(release, frame.language)),
    archiveUrl: frame.archiveUrl,
    feedUrl: frame.feedUrl,
  };
}

/**
 * Sections stand in the newsletter's order of topics. Only that of the first post stands before all others, because the subject names it, and
 * then those of posts that staff put somewhere by hand.
 */
function sectionOrder(releases: readonly ShownRelease[], shown: readonly DigestPost[], frame: DigestFrame): string[] {
  const byHand = shown.filter((_post, index) => index === 0 || releases[index]?.isPinnedFirst === true || releases[index]?.rank !== null);
  return [...new Set([...byHand.flatMap(({ topic }) => topic?.name ?? []), ...frame.topics.map((topic) => topic.name)])];
}

function byPosition(a: ShownRelease, b: ShownRelease): number {
  return a.position < b.position ? -1 : 1;
}

/** The newest correction of each post, with the notes of all; `corrections` and the result are in the order of release. */
function onePerPost(corrections: readonly ShownRelease[]): ShownRelease[] {
  const newest = new Map<string, ShownRelease>();
  for (const correction of corrections) {
    const notes = corrections.filter((each) => each.postId === correction.postId).flatMap(({ note }) => (note === null ? [] : [note]));
    newest.set(correction.postId, { ...correction, note: joinNotes([...new Set(notes)]) });
  }
  return [...newest.values()].sort(byPosition);
}

/** Notes as one: a sentence ends by its own mark, anything else is set apart by a semicolon. */
function joinNotes(notes: readonly string[]): string | null {
  if (notes.length === 0) return null;
  return notes.reduce((joined, note) => `${joined}${/[.!?…]$/u.test(joined) ? ' ' : '; '}${note}`);
}

function byDisplayOrder(a: ShownRelease, b: ShownRelease): number {
  if (a.isPinnedFirst !== b.isPinnedFirst) return a.isPinnedFirst ? -1 : 1;
  if (a.rank !== b.rank) return (a.rank ?? Infinity) - (b.rank ?? Infinity);
  const newest = shownDate(b).getTime() - shownDate(a).getTime();
  return newest !== 0 ? newest : a.position < b.position ? 1 : -1;
}

function shownDate(release: ShownRelease): Date {
  return release.content.publishedAt ?? release.releasedAt;
}

function digestPost(release: ShownRelease, frame: DigestFrame): DigestPost {
  const { content } = release;
  const topic = frame.topics.find((each) => release.topics.includes(each.id));
  return {
    position: release.position,
    title: titleOf(content, frame.language),
    ...(content.url ? { url: content.url } : {}),
    authors: content.authors,
    ...(content.publishedAt ? { publishedAt: content.publishedAt } : {}),
    ...(content.event ? { event: content.event } : {}),
    html: content.html,
    summary: shownSummary(content, release.habits?.repeats ?? []),
    readingMinutes: minutesOf(content),
    ...(topic ? { topic: digestTopic(topic) } : {}),
    ...(content.image ? { image: digestImage(content.image) } : {}),
    attachments: content.attachments.map(digestAttachment),
    ...(release.habits ? { habits: release.habits } : {}),
    ...(content.language ? { language: content.language } : {}),
  };
}

/** A post stands in many digests of an edition, and its text is read once. */
const minutes = new WeakMap<PostContent, number>();

function minutesOf(content: PostContent): number {
  const known = minutes.get(content) ?? readingMinutes(visibleLine(withoutClutter(parseOwnHtml(content.html))));
  minutes.set(content, known);
  return known;
}

/** The title to show of a post: never empty. */
export function titleOf(content: PostContent, language: string): string {
  return displayTitle({
    title: content.title,
    html: htmlWithoutClutter(content.html),
    url: content.url ?? null,
    language: content.language ?? language,
    attachments: content.attachments,
  });
}

function digestTopic(topic: OrderedTopic): DigestTopic {
  return { slug: topic.slug, name: topic.name };
}

function digestImage(image: NonNullable<PostContent['image']>): DigestImage {
  return {
    url: image.url,
    alt: image.alt,
    ...(image.width === undefined ? {} : { width: image.width }),
    ...(image.height === undefined ? {} : { height: image.height }),
  };
}

function digestAttachment(attachment: PostContent['attachments'][number]): DigestAttachment {
  return {
    url: attachment.url,
    title: documentTitle(attachment) ?? attachment.title,
    mediaType: attachment.mediaType,
    ...(attachment.lengthBytes === undefined ? {} : { lengthBytes: attachment.lengthBytes }),
    ...(attachment.afterBlock === undefined ? {} : { afterBlock: attachment.afterBlock }),
  };
}

function digestCorrection(release: ShownRelease, language: string): DigestCorrection {
  return {
    position: release.position,
    title: titleOf(release.content, language),
    ...(release.content.url ? { url: release.content.url } : {}),
    ...(release.note === null ? {} : { note: release.note }),
    ...(release.content.language ? { language: release.content.language } : {}),
  };
}

function digestNewsletter({ newsletter, siteUrl }: DigestFrame): DigestModel['newsletter'] {
  return {
    slug: newsletter.slug,
    name: newsletter.name,
    senderName: newsletter.senderName,
    postalAddress: newsletter.postalAddress,
    colour: newsletter.colour,
    ...(newsletter.logoUrl === null ? {} : { logoUrl: newsletter.logoUrl }),
    ...(newsletter.intro === null ? {} : { intro: newsletter.intro }),
    sections: newsletter.sections,
    ...(siteUrl === null ? {} : { siteUrl }),
  };
}
