import { open } from 'node:fs/promises';
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
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > maxBytes) throw new SourceError('too_large', `Expected a file of at most ${maxBytes} bytes, got ${size}`);
      return new Uint8Array(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError('file', `Expected a file to read at ${path}, got ${codeOf(error)}`, { cause: error });
  }
}
