import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  constants,
  type BrotliDecompress,
  type Gunzip,
  type Inflate,
  type InflateRaw,
} from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { Readable, Transform, Writable } from 'node:stream';
import { codeOf, SourceError } from './source-error.ts';

/** More layers than one are a mistake, more than two an attack. */
const maxEncodings = 2;

/** Reads a body to its end, decompressed, and never more than the limit: what is larger ends as `too_large` at once. */
export async function readBody(
  body: Readable,
  contentEncoding: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const encodings = contentEncoding.toLowerCase().split(',').map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity'); // prettier-ignore
  if (encodings.length > maxEncodings)
    throw new SourceError('decode', `Expected at most ${maxEncodings} content encodings, got ${encodings.length}`);
  const decoders = encodings.toReversed().map((name) => decoderFor(name));
  const chunks: Buffer[] = [];
  let bytes = 0;
  const collect = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) return done(new SourceError('too_large', `Expected at most ${maxBytes} bytes after decompression, got more`));
      chunks.push(chunk);
      done();
    },
  });
  try {
    await pipeline([body, ...decoders, collect], { signal });
  } catch (error) {
    throw isDecompressionError(error)
      ? new SourceError('decode', `Expected a body in ${contentEncoding}, got bytes that are not`, { cause: error })
      : error;
  }
  return joined(chunks, bytes);
}

/** One buffer of its own, so that it can be handed to a parser thread without a copy. */
function joined(chunks: readonly Buffer[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function isDecompressionError(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith('Z_') || code.startsWith('ERR__ERROR') || code.startsWith('ERR_BROTLI') || code.startsWith('ERR_PADDING');
}

type Decoder = Gunzip | Inflate | InflateRaw | BrotliDecompress | Transform;

/** A stream that ends early is read as far as it goes: many servers cut the trailer off. */
function decoderFor(name: string): Decoder {
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  if (name === 'gzip' || name === 'x-gzip') return createGunzip(options);
  if (name === 'br') return createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH });
  if (name === 'deflate') return createDeflateDecoder(options);
  throw new SourceError('decode', `Expected gzip, br or deflate, got the content encoding ${JSON.stringify(name.slice(0, 40))}`);
}

/** "deflate" means zlib's format, and half of the servers that say it send the raw one: the first byte tells. */
function createDeflateDecoder(options: { finishFlush: number }): Transform {
  let inner: Inflate | InflateRaw | undefined;
  const outer: Transform = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      inner ??= startInner(((chunk[0] ?? 0) & 0x0f) === 8 ? createInflate(options) : createInflateRaw(options));
      if (inner.write(chunk)) done();
      else inner.once('drain', done);
    },
    flush(done) {
      if (inner === undefined) return done();
      inner.once('end', () => done());
      inner.end();
    },
    destroy(error, done) {
      inner?.destroy();
      done(error);
    },
  });
  const startInner = (stream: Inflate | InflateRaw): Inflate | InflateRaw => {
    stream.on('data', (chunk: Buffer) => outer.push(chunk));
    stream.on('error', (error) => outer.destroy(error));
    return stream;
  };
  return outer;
}
