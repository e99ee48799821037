import { createWriteStream, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../src/kernel/errors.ts';

/** Writes a file whole or not at all: a disk that is full leaves what was there before. `--dump /dev/stdout` and the like are written as they are. */
export function writeWholeFile(path: string, text: string): void {
  if (path.startsWith('/dev/')) {
    writeFileSync(path, text);
    return;
  }
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text, { flush: true });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Writes a text that comes in pieces, whole or not at all, for its maker's eyes only: it holds addresses.
 * @throws UsageError where no file can be made there
 */
export async function writePieces(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const isDevice = path.startsWith('/dev/');
  const draft = isDevice ? path : `${path}.${process.pid}.tmp`;
  try {
    await pipeline(Readable.from(pieces), createWriteStream(draft, { mode: 0o600, flush: !isDevice }));
    if (!isDevice) renameSync(draft, path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!/^(?:ENOENT|ENOTDIR|EISDIR|EACCES|EPERM|EROFS)$/.test(code)) throw error;
    throw new UsageError(`Expected a file that can be written, got "${path}" (${code})`, { cause: error });
  } finally {
    if (!isDevice) rmSync(draft, { force: true });
  }
}
