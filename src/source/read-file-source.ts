import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SourceReading, SourceRequest } from './reading.ts';
import { parseMapping } from './json-mapping.ts';
import { documentFacts, hashOf, type ReaderParts } from './read-feed-source.ts';
import { codeOf, SourceError } from './source-error.ts';

/** Reads a document from the disk, given as a path or a file: URL. */
export async function readFileSource(request: SourceRequest, parts: ReaderParts): Promise<SourceReading> {
  const path = /^file:/i.test(request.url) ? fileURLToPath(request.url) : resolve(request.url);
  const bytes = await readLimited(path, parts.fetch.limits.maxBodyBytes);
  const exchange = { status: 200, finalUrl: pathToFileURL(path).href, bodyBytes: bytes.length };
  const facts = { ...documentFacts(request, parts), ...(request.kind === 'json' && { mapping: parseMapping(request.mapping) }) };
  const bodyHash = hashOf(bytes);
  return { kind: 'read', document: await parts.parser.parse({ kind: 'document', bytes, facts }), exchange, bodyHash };
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
