import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import iconv from 'iconv-lite';
import { InvalidInputError, NotFoundError } from '../../../kernel/errors.ts';
import { replaceUnfit } from '../../../kernel/text/clean-text.ts';
import { guessEncoding } from '../../../reading/decode/guess-encoding.ts';

const maxFileBytes = 300 * 1024 * 1024;
const pieceBytes = 64 * 1024;
/** What the beginning of a file, and the text around its first character beyond ASCII, are looked at for. */
const sampleBytes = 256 * 1024;

/** A file's bytes as they were when it was opened. */
export interface ImportBytes {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly encoding: string;
}

/** Looks at all bytes of a file once, and keeps none. @throws NotFoundError; InvalidInputError for what is no text, too large or in an unknown encoding */
export async function examineBytes(path: string, wantedEncoding: string | undefined): Promise<ImportBytes> {
  if (wantedEncoding !== undefined) checkEncoding(wantedEncoding);
  await refuseNoFile(path);
  const handle = await openFile(path);
  try {
    const stats = await handle.stat();
    if (stats.size > maxFileBytes)
      throw new InvalidInputError(
        `Expected a file of at most 300 MB, got ${Math.ceil(stats.size / 1024 / 1024)} MB: split it into several and import them one after the other`,
      );
    const head = await readHead(handle);
    if (head.length === 0) throw new InvalidInputError(`Expected a file of subscribers, got "${basename(path)}", which is empty`);
    refuseForeign(head, basename(path));
    const { sha256, bytes, sample } = await readThrough(path);
    const encoding = wantedEncoding ?? encodingOf(head, sample);
    if (!/16|32/.test(encoding) && head.subarray(0, 4096).includes(0)) throw foreign(basename(path), 'holds bytes that no text has');
    return { path, bytes, sha256, encoding };
  } finally {
    await handle.close();
  }
}

function checkEncoding(label: string): void {
  const isKnown: boolean = iconv.encodingExists(label);
  if (!isKnown) throw new InvalidInputError(`Expected an encoding such as utf-8 or windows-1252, got "${label}"`);
}

/** Before it is opened: a pipe without a writer would be waited for for ever. */
async function refuseNoFile(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || stats.isFile()) return;
  const what = stats.isDirectory() ? 'a folder' : 'a pipe or a device';
  throw new InvalidInputError(
    `Expected a file of subscribers, got "${basename(path)}", which is ${what}: write it to a file and import that`,
  );
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new NotFoundError(`Expected a file of subscribers, got "${path}", which does not exist`, { cause: error });
    throw new InvalidInputError(`Expected a file of subscribers, got "${path}", which cannot be read (${code})`, { cause: error });
  }
}

async function readHead(handle: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(sampleBytes);
  const { bytesRead } = await handle.read(buffer, 0, sampleBytes, 0);
  return buffer.subarray(0, bytesRead);
}

const signatures: readonly (readonly [string, string])[] = [
  ['504b0304', 'is a spreadsheet (.xlsx, .ods) or a zip archive'],
  ['504b0506', 'is an empty zip archive'],
  ['d0cf11e0', 'is an old spreadsheet (.xls)'],
  ['25504446', 'is a PDF'],
  ['1f8b', 'is compressed (gzip)'],
  ['7b5c727466', 'is a text document (.rtf)'],
];

function refuseForeign(head: Buffer, name: string): void {
  const hex = head.subarray(0, 8).toString('hex');
  const known = signatures.find(([signature]) => hex.startsWith(signature));
  if (known) throw foreign(name, known[1]);
  const beginning = head
    .subarray(0, 512)
    .toString('latin1')
    .replace(/^\u00EF\u00BB\u00BF/, '')
    .trimStart();
  if (/^<(?:!doctype|html|\?xml|table|head|body)\b/i.test(beginning)) throw foreign(name, 'is a web page or XML');
}

function foreign(name: string, what: string): InvalidInputError {
  return new InvalidInputError(
    `Expected a table as text, got "${name}", which ${what}. Unpack it if it is an archive, open it in a spreadsheet program, save it as CSV (UTF-8), and import that file`,
  );
}

/** Hash, size, and the text around the first byte that is no UTF-8; no sample when the whole file is. */
async function readThrough(path: string): Promise<{ sha256: string; bytes: number; sample: Buffer | undefined }> {
  const hash = createHash('sha256');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let sample: Buffer | undefined;
  let bytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: sampleBytes }) as AsyncIterable<Buffer>) {
    hash.update(piece);
    bytes += piece.length;
    if (sample === undefined && !decodes(decoder, piece)) sample = Buffer.from(piece);
  }
  return { sha256: hash.digest('hex'), bytes, sample };
}

function decodes(decoder: InstanceType<typeof TextDecoder>, piece: Buffer): boolean {
  try {
    decoder.decode(piece, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function encodingOf(head: Buffer, sample: Buffer | undefined): string {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const wide = wideEncoding(head.subarray(0, 4096));
  if (wide !== undefined) return wide;
  if (sample === undefined) return 'utf-8';
  const text = sample.toString('utf8');
  const strays = text.split('\uFFFD').length - 1;
  const meant = text.match(/[\u0080-\uFFFC]/g)?.length ?? 0;
  // Some stray bytes in utf-8 cost their rows and not every accent of the file.
  return meant > strays * 20 ? 'utf-8' : guessEncoding(sample);
}

/** UTF-16 without a mark: every other byte of its commas and digits is zero. */
function wideEncoding(head: Buffer): string | undefined {
  let [even, odd] = [0, 0];
  head.forEach((byte, index) => {
    if (byte !== 0) return;
    if (index % 2 === 0) even++;
    else odd++;
  });
  const enough = head.length * 0.2;
  if (odd > enough && even < odd / 10) return 'utf-16le';
  return even > enough && odd < even / 10 ? 'utf-16be' : undefined;
}

/** The text of a file in pieces, without a mark of its order and without what no text may hold. @throws InvalidInputError when it is not the file that was examined */
export async function* readTexts(file: ImportBytes): AsyncGenerator<string> {
  const decoder = iconv.getDecoder(file.encoding);
  let isFirst = true;
  let bytes = 0;
  const clean = (text: string): string => {
    const unmarked = isFirst && text.startsWith('\uFEFF') ? text.slice(1) : text;
    if (text !== '') isFirst = false;
    return replaceUnfit(unmarked, (character) => (/[\uD800-\uDFFF]/.test(character) ? '\uFFFD' : ''));
  };
  for await (const piece of createReadStream(file.path, { highWaterMark: pieceBytes }) as AsyncIterable<Buffer>) {
    bytes += piece.length;
    yield clean(decoder.write(piece));
  }
  yield clean(decoder.end() ?? '');
  if (bytes !== file.bytes) throw new InvalidInputError('Expected the file as it was when the import began, but it was changed meanwhile');
}
