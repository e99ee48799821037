import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { chooseEncoding, etagFor, isNotModified, type ConditionalHeaders, type Encoding } from './conditional.ts';

/** A document as it is served: its bytes in every encoding, made once, and its validators. */
export interface PublishedDocument {
  readonly contentType: string;
  readonly lastModified: string;
  /** Identifies the bytes: part of every ETag. */
  readonly hash: string;
  readonly bytes: Readonly<Record<Encoding, Buffer>>;
}

/** What to answer: 304 without a body, or 200 with these bytes. */
export interface DocumentResponse {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

// Readers may keep a copy for this long; a feed that says nothing is asked for far more often.
const cacheSeconds = 300;

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

/** Encodes a document once for all requests. `lastModified` is the newest change of the data in it. */
export async function publishDocument(text: string, contentType: string, lastModified: Date): Promise<PublishedDocument> {
  const identity = Buffer.from(text, 'utf8');
  const [br, gz] = await Promise.all([
    compressBrotli(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: identity.length } }),
    compressGzip(identity, { level: 9 }),
  ]);
  return {
    contentType,
    lastModified: lastModified.toUTCString(),
    hash: createHash('sha256').update(identity).digest('base64url').slice(0, 27),
    bytes: { br, gzip: gz, identity },
  };
}

/** Answers a GET for a document: the right encoding, 304 where the client has these bytes. */
export function respondWith(document: PublishedDocument, request: ConditionalHeaders): DocumentResponse {
  const wanted = chooseEncoding(request.acceptEncoding);
  // A tiny document may grow by compressing; then nothing is gained.
  const encoding = document.bytes[wanted].length < document.bytes.identity.length ? wanted : 'identity';
  const etag = etagFor(document.hash, encoding);
  const headers: Record<string, string> = {
    etag,
    'last-modified': document.lastModified,
    'cache-control': `public, max-age=${cacheSeconds}`,
    vary: 'Accept-Encoding',
  };
  if (isNotModified(request, { etag, lastModified: document.lastModified })) return { status: 304, headers, body: undefined };
  headers['content-type'] = document.contentType;
  if (encoding !== 'identity') headers['content-encoding'] = encoding;
  return { status: 200, headers, body: document.bytes[encoding] };
}
