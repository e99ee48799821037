import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SourceDocument } from './entry.ts';
import type { DocumentFacts } from './parsing/parse-document.ts';
import type { SourceReading, SourceRequest } from './source-reader.ts';
import { parseMapping } from './formats/json-mapping.ts';
import { documentFacts, hashOf, type ReaderParts } from './read-feed-source.ts';
import { codeOf, SourceError } from './source-error.ts';
import { isWebUrl } from './source-url.ts';

/** Reads a document from the disk, given as a path or a file: URL. */
export async function readFileSource(request: SourceRequest, parts: ReaderParts): Promise<SourceReading> {
  const path = /^file:/i.test(request.url) ? fileURLToPath(request.url) : resolve(request.url);
  const bytes = await readLimited(path, parts.fetch.limits.maxBodyBytes);
  const exchange = { status: 200, finalUrl: pathToFileURL(path).href, bodyBytes: bytes.length };
  const facts = { ...documentFacts(request, parts), ...(request.kind === 'json' && { mapping: parseMapping(request.mapping) }) };
  const bodyHash = hashOf(bytes);
  return { kind: 'read', document: await readAtItsAddress(bytes, facts, parts), exchange, bodyHash };
}

/** A file has no address of the web: what is relative in it belongs to the one that the document itself states, its own or its site's. */
async function readAtItsAddress(bytes: Uint8Array<ArrayBuffer>, facts: DocumentFacts, parts: ReaderParts): Promise<SourceDocument> {
  // A copy, since bytes go over to the parser's thread.
  const document = await parts.parser.parse({ kind: 'document', bytes: bytes.slice(), facts });
  const url = document.selfUrl ?? document.siteUrl;
  if (url !== undefined && isWebUrl(url)) return parts.parser.parse({ kind: 'document', bytes, facts: { ...facts, url } });
  return {
    ...document,
    entries: document.entries.map(({ url: link, ...entry }) => (link !== undefined && isWebUrl(link) ? { ...entry, url: link } : entry)),
  };
}

async function readLimited(path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    // Counted while it is read: a device or a pipe has no size that it could be asked for, and may never end.
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new SourceError('too_large', `Expected a file of at most ${maxBytes} bytes, got more`);
      chunks.push(chunk);
    }
    return new Uint8Array(Buffer.concat(chunks));
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError('file', `Expected a file to read at ${path}, got ${codeOf(error)}`, { cause: error });
  }
}
