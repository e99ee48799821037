import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliDecompress, constants, gunzip, inflate, inflateRaw } from 'node:zlib';
import { errors } from 'undici';
import { codeOf, SourceError } from '../source-error.ts';

/** More layers than one are a mistake, more than two an attack. */
const maxEncodings = 2;

/** What came of a body. */
export interface ReadBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The connection ended before the body did: what came is its beginning. */
  readonly isTruncated: boolean;
}

/** Reads a body, decompressed, to its end or to where it breaks off, and never more than the limit: what is larger ends as `too_large`. */
export async function readBody(body: Readable, contentEncoding: string, maxBytes: number): Promise<ReadBody> {
  const encodings = contentEncoding.toLowerCase().split(',').map((name) => name.trim()).filter((name) => name !== '' && !noEncodings.test(name)); // prettier-ignore
  if (encodings.length > maxEncodings)
    throw new SourceError('decode', `Expected at most ${maxEncodings} content encodings, got ${encodings.length}`);
  const { bytes, isTruncated } = await collect(body, maxBytes);
  let unpacked: Uint8Array = bytes;
  for (const name of encodings.toReversed()) unpacked = await unpack(name, unpacked, maxBytes);
  // A buffer of its own, so that it can be handed to a parser thread without a copy; small ones of node's share theirs.
  return { bytes: unpacked === bytes ? bytes : new Uint8Array(unpacked), isTruncated };
}

/** What servers write for no encoding at all, charsets among it. */
const noEncodings = /^(?:identity|none|binary|utf-?8)$/;

/** Listens instead of iterating: an iterator forgets what is waiting to be read when the stream breaks. */
function collect(body: Readable, maxBytes: number): Promise<ReadBody> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= maxBytes) return;
      reject(tooLarge(maxBytes));
      body.destroy();
    });
    body.on('end', () => resolve({ bytes: joined(chunks, size), isTruncated: false }));
    body.on('error', (error) => {
      if (isBreakOff(error)) resolve({ bytes: joined(chunks, size), isTruncated: true });
      else reject(error);
    });
  });
}

const breakOffCodes = new Set(['UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'ECONNRESET']);

/** The connection ended, or stopped speaking HTTP, within the body. */
function isBreakOff(error: unknown): boolean {
  // An error of the parser has no code at the end of a connection.
  return error instanceof errors.HTTPParserError || breakOffCodes.has(codeOf(error));
}

function joined(chunks: readonly Buffer[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function tooLarge(maxBytes: number): SourceError {
  return new SourceError('too_large', `Expected at most ${maxBytes} bytes after decompression, got more`);
}

/** Undoes one encoding. What ends early is read as far as it goes: many servers cut the trailer off. */
async function unpack(name: string, bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxBytes };
  try {
    if (name === 'gzip' || name === 'x-gzip') return await unpackGzip(bytes, options);
    if (name === 'br') return await promisify(brotliDecompress)(bytes, { ...options, finishFlush: constants.BROTLI_OPERATION_FLUSH });
    // "deflate" means zlib's format, and half of the servers that say it send the raw one: the first byte tells.
    if (name === 'deflate') return await promisify(((bytes[0] ?? 0) & 0x0f) === 8 ? inflate : inflateRaw)(bytes, options);
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new SourceError('decode', `Expected a body in ${name}, got bytes that are not`, { cause: error });
  }
  throw new SourceError('decode', `Expected gzip, br or deflate, got the content encoding ${JSON.stringify(name.slice(0, 40))}`);
}

/** Browsers take plain bytes that are called gzip, and stop where the first member ends, whatever a broken script prints after it. */
async function unpackGzip(bytes: Uint8Array, options: { finishFlush: number; maxOutputLength: number }): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes, options);
  } catch (error) {
    if (codeOf(error) !== 'Z_DATA_ERROR') throw error;
    return promisify(inflateRaw)(bytes.subarray(gzipHeaderLength(bytes)), options);
  }
}

/** RFC 1952, section 2.3: ten bytes, and those of four fields that the flags name. */
function gzipHeaderLength(bytes: Uint8Array): number {
  const flags = bytes[3] ?? 0;
  let at = 10;
  if ((flags & 0x04) !== 0) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  if ((flags & 0x08) !== 0) at = bytes.indexOf(0, at) + 1;
  if ((flags & 0x10) !== 0) at = bytes.indexOf(0, at) + 1;
  return (flags & 0x02) === 0 ? at : at + 2;
}
