import { contentFromEntry } from '../content/content-from-entry.ts';
import { discoverFeeds, type FeedCandidate } from '../reading/discover-feeds.ts';
import type { Entry, SourceDocument } from '../reading/entry.ts';
import type { Exchange, SourceReader, SourceReading, SourceRequest } from '../reading/source-reader.ts';
import { countOf } from '../kernel/count-of.ts';

/** What Gazette sees at an address, in words, or the feeds that it names. */
export interface SourceCheck {
  readonly lines: readonly string[];
  readonly document?: SourceDocument;
  /** Feeds that a page leads to, where the address is a page. */
  readonly candidates: readonly FeedCandidate[];
}

/** Reads an address or a file once, stores nothing, and says what is there. */
export async function checkSource(reader: SourceReader, request: SourceRequest): Promise<SourceCheck> {
  const target = request.url;
  const reading = await reader.read(request);
  if (reading.kind === 'read')
    return { lines: describeDocument(reading.document, reading.exchange), document: reading.document, candidates: [] };
  if (reading.kind === 'failed' && reading.code === 'not_a_feed' && request.kind === 'feed' && /^https?:/i.test(target)) {
    const candidates = await discoverFeeds(reader, target);
    if (candidates.length > 0) return { lines: [], candidates };
  }
  return { lines: [describeFailure(reading)], candidates: [] };
}

function describeFailure(reading: SourceReading): string {
  switch (reading.kind) {
    case 'failed':
      return `Cannot be read (${reading.code}): ${reading.reason}`;
    case 'gone':
      return 'The server says that it is gone for good (410).';
    case 'busy':
      return `The server asks to come back later: ${reading.reason}`;
    default:
      return 'The server says that nothing has changed.';
  }
}

const shownEntries = 5;

function describeDocument(document: SourceDocument, exchange: Exchange): string[] {
  const { entries } = document;
  const count = (is: (entry: Entry) => boolean): number => entries.filter(is).length;
  const prepared = entries.map((entry) => ({ entry, ...contentFromEntry(entry) }));
  const documents = prepared.reduce((sum, each) => sum + each.content.attachments.length, 0);
  const categories = new Map<string, number>();
  for (const entry of entries)
    for (const category of entry.categories) categories.set(category.name, (categories.get(category.name) ?? 0) + 1);
  const common = [...categories].sort(([, a], [, b]) => b - a).slice(0, 10);
  return [
    `${document.title || 'Untitled'} (${document.format}${document.language ? `, ${document.language}` : ''}), ${countOf(entries.length, 'post')}${exchange.status > 0 && exchange.bodyBytes > 0 ? `, ${(exchange.bodyBytes / 1024).toFixed(0)} KB` : ''}`,
    ...(exchange.permanentUrl ? [`It has moved for good to ${exchange.permanentUrl}.`] : []),
    `Validators: ${exchange.etag || exchange.lastModified ? [exchange.etag && 'ETag', exchange.lastModified && 'Last-Modified'].filter(Boolean).join(' and ') : 'none; each read costs the whole document'}`,
    `Full text in ${count((entry) => entry.html !== '')}, summary in ${count((entry) => entry.summary !== undefined)}, no title in ${count((entry) => entry.title === '')}, no date in ${count((entry) => !entry.publishedAt && !entry.updatedAt)}, protected ${count((entry) => entry.isProtected)}`,
    `Documents: ${documents}; pictures: ${prepared.filter((each) => each.content.image !== null).length}`,
    ...(common.length > 0 ? [`Categories: ${common.map(([name, times]) => `${name} (${times})`).join(', ')}`] : []),
    ...document.skipped.map((line) => `Skipped: ${line}`),
    ...prepared
      .slice(0, shownEntries)
      .flatMap(({ entry, content }) => [
        '',
        `- ${content.title || '(no title)'}`,
        `  ${[(entry.publishedAt ?? entry.updatedAt)?.toISOString(), entry.authors.join(', '), entry.url].filter(Boolean).join(' · ')}`,
        ...content.attachments.map((attachment) => `  document: ${attachment.title} (${attachment.url})`),
      ]),
    ...(entries.length > shownEntries ? ['', `… and ${entries.length - shownEntries} more.`] : []),
  ];
}
