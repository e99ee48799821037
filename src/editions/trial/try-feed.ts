/*
 * `gazette try`: one step from a feed that somebody names to its digest. Nothing is stored (decision record 0006): the entries go through the
 * same normalising, sanitising and rendering as posts do, and the configured newsletters cannot notice.
 */
import { buildDigestModel, type DigestFrame, type OrderedTopic, type ShownRelease } from '../digests/digest-model.ts';
import { InvalidInputError } from '../../kernel/errors.ts';
import { findRepeats } from '../../content/clutter/repeats.ts';
import type { RevisionContent } from '../../content/content.ts';
import { cutAtWord } from '../../kernel/cut-text.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';
import { newsletterDefaults } from '../../newsletters/newsletter.ts';
import { newScheduleSettings } from '../../newsletters/schedule-settings.ts';
import type { DigestRenderer, RenderedDigest } from '../../render/digest.ts';
import type { FeedCandidate } from '../../reading/discover-feeds.ts';
import { type Entry, saysSomething, type SourceDocument } from '../../reading/entry.ts';
import type { SourceReader } from '../../reading/source-reader.ts';
import { isWebUrl, shownUrl } from '../../reading/source-url.ts';
import { SourceError } from '../../reading/source-error.ts';
import { shownDate } from '../../posts/identity/agreement.ts';
import { prepareEntries } from '../../sources/collecting/prepare-entries.ts';
import { lookAtAddress } from '../../sources/look-at-address.ts';
import { firstDecision } from '../../topics/category.ts';
import { trialLanguage } from './trial-language.ts';

/** What trying needs. */
export interface TryPorts {
  readonly reader: SourceReader;
  readonly renderer: DigestRenderer;
  readonly publicUrl: string;
  readonly now: Date;
  /** BCP 47; the feed's own where nobody wants another. */
  readonly language?: string | undefined;
}

/** The digest of a feed, with what was seen on the way. */
export interface TriedFeed {
  readonly url: string;
  readonly document: SourceDocument;
  readonly digest: RenderedDigest;
  readonly newsletterName: string;
  readonly shownCount: number;
  readonly documentCount: number;
}

/** Reads a feed, or the feed of a page, and renders its digest. @throws InvalidInputError with one line that says what was found instead. */
export async function tryFeed(ports: TryPorts, target: string): Promise<TriedFeed> {
  const { url, document } = await readDocument(ports.reader, target);
  const entries = document.entries.filter((entry) => !entry.isProtected && saysSomething(entry));
  if (entries.length === 0) throw new InvalidInputError(`Expected a feed with posts, but "${shownUrl(target)}" has none`);
  const topics = topicsOf(entries);
  const contents = await contentsOf(ports.reader, entries, target);
  const orderAt = datesOfOrder(entries, ports.now);
  const habits = { repeats: findRepeats(contents.map(({ html }) => html)), trims: false };
  const releases = entries.map((entry, index) => ({
    ...releaseOf(entry, contents[index]!, { orderAt: orderAt[index]!, number: entries.length - index, now: ports.now }),
    topics: topicIdsOf(entry, topics),
    habits,
  }));
  const model = buildDigestModel(releases, frameFor(document, url, topics, ports));
  return {
    url,
    document,
    digest: await ports.renderer.render(model),
    newsletterName: model.newsletter.name,
    shownCount: model.posts.length,
    documentCount: model.posts.reduce((sum, post) => sum + post.attachments.length, 0),
  };
}

async function readDocument(reader: SourceReader, target: string): Promise<{ url: string; document: SourceDocument }> {
  const finding = await lookAtAddress(reader, { url: target, kind: 'feed' });
  switch (finding.kind) {
    case 'readable':
      return { url: finding.exchange.finalUrl, document: finding.document };
    case 'page':
      return readFeedOf(reader, target, finding.feeds);
    case 'unreadable':
      throw new InvalidInputError(
        `"${shownUrl(target)}" cannot be read as a feed${finding.code === 'not_a_feed' && isWebUrl(target) ? ', and as a page it links to none' : ''}: ${lowerFirst(finding.reason)}`,
      );
    case 'unavailable':
      throw unavailable(finding.code, `"${shownUrl(target)}" cannot be read as a feed: ${lowerFirst(finding.reason)}`);
  }
}

/** A file or a host that does not exist was named wrongly; another answer may come from the same address later. */
function unavailable(code: string, message: string): Error {
  return code === 'file' || code === 'unknown_host' ? new InvalidInputError(message) : new SourceError('connect', message);
}

/** A page instead of a feed: the one that it names, or the list to choose from. */
async function readFeedOf(
  reader: SourceReader,
  target: string,
  [feed, ...others]: readonly [FeedCandidate, ...FeedCandidate[]],
): Promise<{ url: string; document: SourceDocument }> {
  if (others.length > 0) {
    throw new InvalidInputError(
      `"${shownUrl(target)}" is a page with several feeds; name one of them:\n${[feed, ...others].map((each) => `  ${each.url}`).join('\n')}`,
    );
  }
  const reading = await reader.read({ url: feed.url, kind: feed.kind });
  if (reading.kind !== 'read')
    throw new InvalidInputError(`Expected a feed at "${shownUrl(feed.url)}", which "${shownUrl(target)}" names, but it could not be read`);
  return { url: feed.url, document: reading.document };
}

/** What the entries say as posts. @throws InvalidInputError for those that take more than a document may. */
async function contentsOf(reader: SourceReader, entries: readonly Entry[], target: string): Promise<RevisionContent[]> {
  try {
    return (await prepareEntries(reader, entries)).map(({ content }) => content);
  } catch (cause) {
    if (!(cause instanceof SourceError)) throw cause;
    throw new InvalidInputError(`"${shownUrl(target)}" cannot be read as a feed: ${lowerFirst(cause.message)}`, { cause });
  }
}

/** When each entry counts as released: what shows no date stands with the entry before it in the document, what comes first with the first that has one. */
function datesOfOrder(entries: readonly Entry[], now: Date): Date[] {
  const dates = entries.map((entry) => dateToShow(entry, now));
  let last = dates.find((date) => date !== undefined) ?? now;
  return dates.map((date) => (last = date ?? last));
}

/** The date that its post would show, that of the last change where no other is stated. */
function dateToShow({ publishedAt, updatedAt, datedAhead }: Entry, now: Date): Date | undefined {
  const stated = publishedAt ?? updatedAt;
  return shownDate({ ...(stated !== undefined && { publishedAt: stated }), ...(datedAhead !== undefined && { datedAhead }) }, now);
}

/** A release as the newest of those with its date that the document states behind it: `number` counts from its end. */
function releaseOf(
  entry: Entry,
  content: RevisionContent,
  { orderAt, number, now }: { readonly orderAt: Date; readonly number: number; readonly now: Date },
): ShownRelease {
  const position = BigInt(number);
  const postId = String(number);
  return {
    position,
    postId,
    kind: 'post',
    revision: 1,
    content: {
      ...content,
      postId,
      revision: 1,
      tagId: '',
      state: 'released',
      publishedAt: dateToShow(entry, now) ?? null,
      updatedAt: orderAt,
      topics: [],
    },
    releasedAt: orderAt,
    topics: [],
    rank: null,
    isPinnedFirst: false,
    note: null,
  };
}

/** Categories that two posts share, and that staff would be asked about, are worth a heading; the most common first. A feed whose every post is in one has no use for headings. */
function topicsOf(entries: readonly Entry[]): OrderedTopic[] {
  const counts = new Map<string, { name: string; count: number }>();
  for (const entry of entries) {
    for (const category of new Map(
      entry.categories.filter((each) => firstDecision(each) === 'pending').map((each) => [each.slug, each]),
    ).values()) {
      const known = counts.get(category.slug);
      counts.set(category.slug, { name: known?.name ?? category.name, count: (known?.count ?? 0) + 1 });
    }
  }
  const shared = [...counts].filter(([, { count }]) => count >= 2 && count < entries.length).sort(([, a], [, b]) => b.count - a.count);
  return shared.slice(0, 6).map(([slug, { name }]) => ({ id: slug, slug, name }));
}

function topicIdsOf(entry: Entry, topics: readonly OrderedTopic[]): string[] {
  return topics.filter((topic) => entry.categories.some((category) => category.slug === topic.slug)).map((topic) => topic.id);
}

/** As for newsletters: the name stands in a header line of the message. */
const longestName = 120;

function frameFor(
  document: SourceDocument,
  url: string,
  topics: readonly OrderedTopic[],
  { publicUrl, now, language: wanted }: TryPorts,
): DigestFrame {
  const siteUrl = document.siteUrl ?? (/^https?:/.test(url) ? url : undefined);
  const name = cutAtWord(cleanLine(document.title), longestName) || (siteUrl ? new URL(siteUrl).hostname : 'Untitled feed');
  const page = siteUrl ?? publicUrl;
  const language = wanted ?? trialLanguage(document);
  return {
    newsletter: {
      ...newsletterDefaults,
      id: '0',
      slug: 'try',
      name,
      senderName: name,
      senderAddress: 'try@gazette.example',
      postalAddress: 'Your postal address stands here',
      language,
      isSample: true,
      closedAt: null,
    },
    language,
    editionDate: now,
    timeZone: 'UTC',
    // As a newsletter would have them.
    maximum: newScheduleSettings.maximum,
    subject: null,
    preheader: null,
    note: null,
    topics,
    archiveUrl: page,
    restUrl: page,
    feedUrl: page,
    siteUrl: siteUrl ?? null,
  };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
