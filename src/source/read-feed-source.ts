import { createHash } from 'node:crypto';
import { fetchUrl, type FetchContext, type FetchedResponse } from './fetch-url.ts';
import { parseMapping } from './json-mapping.ts';
import type { DocumentFacts } from './parse-document.ts';
import type { ParserPool } from './parser-pool.ts';
import type { SourceReading, SourceRequest } from './reading.ts';
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
  try {
    return { kind: 'read', document: await parts.parser.parse({ kind: 'document', bytes: response.body, facts }), exchange, bodyHash };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { kind: 'failed', code: error.code, reason: error.message, exchange };
  }
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
