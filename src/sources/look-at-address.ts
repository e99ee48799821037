import { discoverFeeds, type FeedCandidate } from '../reading/discover-feeds.ts';
import type { SourceDocument } from '../reading/entry.ts';
import type { Exchange, SourceReader, SourceReading, SourceRequest } from '../reading/source-reader.ts';
import { isWebUrl } from '../reading/source-url.ts';

/** What is at an address, or in a file, that somebody names. */
export type AddressFinding =
  /** It can be read as it stands. */
  | { readonly kind: 'readable'; readonly document: SourceDocument; readonly exchange: Exchange }
  /** A page that leads to one feed or more, the best first. */
  | { readonly kind: 'page'; readonly feeds: readonly [FeedCandidate, ...FeedCandidate[]] }
  /** An answer came, and it is nothing that can be read: `not_a_feed`, where it leads to no feed either, `parse`, `decode` or `bad_url`. */
  | { readonly kind: 'unreadable'; readonly code: string; readonly reason: string }
  /** No usable answer at present, which may change: `gone`, `busy`, `unchanged`, or the code of a failed reading. */
  | { readonly kind: 'unavailable'; readonly code: string; readonly reason: string };

/** Faults of the document, not of the moment. */
const documentFaults: ReadonlySet<string> = new Set(['not_a_feed', 'parse', 'decode', 'bad_url']);

/**
 * Looks once at an address that somebody names: a feed, a WordPress site, a JSON API by its mapping, or a page that leads to feeds. Stores nothing.
 * @throws SourceError where it is a page that cannot be had a second time, to look for feeds on it.
 */
export async function lookAtAddress(reader: SourceReader, request: SourceRequest): Promise<AddressFinding> {
  const reading = await reader.read(request);
  if (reading.kind === 'read') return { kind: 'readable', document: reading.document, exchange: reading.exchange };
  if (reading.kind !== 'failed' || !documentFaults.has(reading.code)) return { kind: 'unavailable', ...whyNot(reading) };
  const mayLead = request.kind === 'feed' && reading.code === 'not_a_feed' && isWebUrl(request.url);
  const [feed, ...others] = mayLead ? await discoverFeeds(reader, request.url) : [];
  return feed === undefined ? { kind: 'unreadable', ...whyNot(reading) } : { kind: 'page', feeds: [feed, ...others] };
}

function whyNot(reading: Exclude<SourceReading, { kind: 'read' }>): { code: string; reason: string } {
  switch (reading.kind) {
    case 'failed':
      return { code: reading.code, reason: reading.reason };
    case 'busy':
      return { code: 'busy', reason: reading.reason };
    case 'gone':
      return { code: 'gone', reason: 'The server says that it is gone for good (410)' };
    case 'unchanged':
      return { code: 'unchanged', reason: 'The server says that nothing has changed' };
  }
}
