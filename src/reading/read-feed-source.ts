import { createHash } from 'node:crypto';
import { fetchUrl, type FetchContext, type FetchedResponse } from './fetch/fetch-url.ts';
import { parseMapping } from './formats/json-mapping.ts';
import type { DocumentFacts } from './parsing/parse-document.ts';
import type { ParserPool } from './parsing/parser-pool.ts';
import type { SourceDocument } from './entry.ts';
import type { Exchange, SourceReading, SourceRequest } from './source-reader.ts';
import { SourceError } from './source-error.ts';

/** Everything a read needs, shared by all reads of a reader. */
export interface ReaderParts {
  readonly fetch: FetchContext;
  readonly parser: ParserPool;
}

const feedTypes =
  'application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, application/json;q=0.9, text/xml;q=0.9, */*;q=0.5';

/** Reads a source of one document. */
export async function readFeedSource(request: SourceRequest, parts: ReaderParts): Promise<SourceReading> {
  const mapping = request.kind === 'json' ? parseMapping(request.mapping) : undefined;
  const response = await fetchUrl({ accept: feedTypes, ...validatorsOf(request), url: request.url }, parts.fetch);
  const outcome = statusOutcome(response, request);
  if (outcome !== undefined) return outcome;
  const facts: DocumentFacts = {
    ...documentFacts(request, parts),
    url: response.exchange.finalUrl,
    ...(response.contentType !== undefined && { contentType: response.contentType }),
    ...(mapping !== undefined && { mapping }),
  };
  return parseResponse(response, facts, request.bodyHash, parts);
}

/** What parsing a source's documents depends on. */
export function documentFacts(request: SourceRequest, parts: ReaderParts): DocumentFacts {
  return {
    ...(request.timeZone !== undefined && { timeZone: request.timeZone }),
    maxEntries: parts.fetch.limits.maxEntries,
    now: parts.fetch.clock(),
  };
}

async function parseResponse(
  response: FetchedResponse,
  facts: DocumentFacts,
  knownHash: string | undefined,
  parts: ReaderParts,
): Promise<SourceReading> {
  const { exchange } = response;
  const bodyHash = hashOf(response.body);
  if (bodyHash === knownHash) return { kind: 'unchanged', exchange };
  const isTruncated = response.isTruncated && !hasEnd(response.body);
  try {
    const document = await parts.parser.parse({ kind: 'document', bytes: response.body, facts });
    if (!isTruncated) return { kind: 'read', document, exchange, bodyHash };
    const beginning = withoutLastEntry(document);
    if (beginning.entries.length > 0) return { kind: 'read', document: beginning, exchange, bodyHash, isTruncated };
    return { kind: 'failed', code: 'connect', reason: brokenOff(exchange), exchange };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (response.isTruncated && error.code === 'parse') return { kind: 'failed', code: 'connect', reason: brokenOff(exchange), exchange };
    return { kind: 'failed', code: error.code, reason: error.message, exchange };
  }
}

/** True where a document ends as it should, however the connection did: many servers state a length that is too large. */
function hasEnd(body: Uint8Array): boolean {
  const text = (start: number, end?: number): string => Buffer.from(body.subarray(start, end)).toString('latin1');
  if (/^\s*[[{]/.test(text(0, 64))) return isWholeJson(body);
  return /<\/(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)\s*>/i.test(text(-1_000));
}

function isWholeJson(body: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(body).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Where a document breaks off within a post, half of the post would be taken for a new version of it. */
function withoutLastEntry(document: SourceDocument): SourceDocument {
  return {
    ...document,
    entries: document.entries.slice(0, -1),
    skipped: [...document.skipped, 'The connection broke off; the last post that came is left out until the document comes whole.'],
  };
}

function brokenOff({ bodyBytes }: Exchange): string {
  return `Expected a whole document, got one that breaks off after ${bodyBytes} bytes`;
}

/** A hash that says whether a body came before. */
export function hashOf(...bodies: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const body of bodies) hash.update(body);
  return hash.digest('hex');
}

type Validators = Pick<SourceRequest, 'etag' | 'lastModified'>;

/** The validators of a request, byte for byte. */
export function validatorsOf(request: Validators): { etag?: string; lastModified?: string } {
  return {
    ...(request.etag !== undefined && { etag: request.etag }),
    ...(request.lastModified !== undefined && { lastModified: request.lastModified }),
  };
}

/** What a status other than 200 means; undefined where there is a body to read. */
export function statusOutcome(response: FetchedResponse, request: Validators): SourceReading | undefined {
  const { exchange } = response;
  const { status } = exchange;
  if (status === 304 && (request.etag !== undefined || request.lastModified !== undefined))
    return { kind: 'unchanged', exchange: { ...validatorsOf(request), ...exchange } };
  if (status === 410) return { kind: 'gone', exchange };
  if (status === 429 || status === 503) return { kind: 'busy', exchange, reason: `The server answered ${status} and asks for patience` };
  if (status < 200 || status >= 300)
    return { kind: 'failed', code: 'http_status', reason: `Expected a document, got status ${status}`, exchange };
  return undefined;
}
