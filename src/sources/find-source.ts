import { discoverFeeds, type FeedCandidate } from '../reading/discover-feeds.ts';
import type { SourceReader, SourceReading, SourceRequest } from '../reading/source-reader.ts';

/** What an address turned out to be when staff name it as a source. */
export type FoundSource =
  /** It can be read as it stands. */
  | { readonly kind: 'source'; readonly url: string; readonly sourceKind: SourceRequest['kind']; readonly entryCount: number }
  /** A page that leads to exactly one feed. */
  | { readonly kind: 'discovered'; readonly feed: FeedCandidate }
  /** A page that leads to several: a person chooses. */
  | { readonly kind: 'several'; readonly candidates: readonly FeedCandidate[] }
  /** An answer came, and it is nothing that can be read. */
  | { readonly kind: 'nothing'; readonly reason: string }
  /** No usable answer at present; that may change. */
  | { readonly kind: 'unclear'; readonly reason: string };

/** Looks once at an address that staff name: a feed, a WordPress site, a JSON API, or a page that leads to feeds. */
export async function findSource(reader: SourceReader, request: SourceRequest): Promise<FoundSource> {
  const reading = await reader.read(request);
  if (reading.kind === 'read')
    return { kind: 'source', url: request.url, sourceKind: request.kind, entryCount: reading.document.entries.length };
  if (reading.kind !== 'failed' || !documentFaults.has(reading.code)) return { kind: 'unclear', reason: reasonOf(reading) };
  const candidates = request.kind === 'feed' && reading.code === 'not_a_feed' ? await discoverFeeds(reader, request.url) : [];
  const [feed, ...others] = candidates;
  if (feed === undefined) return { kind: 'nothing', reason: reading.reason };
  return others.length === 0 ? { kind: 'discovered', feed } : { kind: 'several', candidates };
}

/** Faults of the document, not of the moment. */
const documentFaults: ReadonlySet<string> = new Set(['not_a_feed', 'parse', 'decode', 'bad_url']);

function reasonOf(reading: SourceReading): string {
  if (reading.kind === 'gone') return 'The server says that it is gone for good (410)';
  return 'reason' in reading ? reading.reason : 'The server says that nothing has changed';
}
