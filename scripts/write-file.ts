import { createWriteStream, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../src/kernel/errors.ts';
import type { CommandContext } from './command.ts';

/** Where a text goes that is to be there whole: the file behind a link, or what cannot be replaced (a device, a pipe), which is written as it is. */
function targetOf(path: string): { readonly target: string; readonly isReplaced: boolean } {
  if (path.startsWith('/dev/')) return { target: path, isReplaced: false };
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { target: path, isReplaced: true };
  return { target: realpathSync(path), isReplaced: stats.isFile() || stats.isDirectory() };
}

/** Writes a file whole or not at all: a disk that is full leaves what was there before. `--dump /dev/stdout` and the like are written as they are. */
export function writeWholeFile(path: string, text: string): void {
  const { target, isReplaced } = targetOf(path);
  if (!isReplaced) {
    writeFileSync(target, text);
    return;
  }
  const draft = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text, { flush: true });
    renameSync(draft, target);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What refuses a wish to write where no file can be made; undefined for a fault of another kind. */
export function unwritable(path: string, error: unknown): UsageError | undefined {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!/^(?:ENOENT|ENOTDIR|EISDIR|EACCES|EPERM|EROFS|ELOOP|ENAMETOOLONG)$/.test(code)) return undefined;
  return new UsageError(`Expected a file that can be written, got "${path}" (${code})`, { cause: error });
}

/** Whether two paths lead to the same file, over links of either kind. */
export function isSameFile(path: string, other: string): boolean {
  if (resolve(path) === resolve(other)) return true;
  const [one, two] = [path, other].map((each) => statSync(each, { throwIfNoEntry: false, bigint: true }));
  return one !== undefined && two !== undefined && one.dev === two.dev && one.ino === two.ino;
}

/**
 * Writes a text that comes in pieces, whole or not at all, for its maker's eyes only: it holds addresses.
 * @throws UsageError where no file can be made there
 */
async function writePieces(path: string, pieces: AsyncIterable<string>): Promise<void> {
  let draft: string | undefined;
  try {
    const { target, isReplaced } = targetOf(path);
    if (isReplaced) draft = `${target}.${process.pid}.tmp`;
    await pipeline(Readable.from(pieces), createWriteStream(draft ?? target, { mode: 0o600, flush: isReplaced }));
    if (draft !== undefined) renameSync(draft, target);
  } catch (error) {
    throw unwritable(path, error) ?? error;
  } finally {
    if (draft !== undefined) rmSync(draft, { force: true });
  }
}

/** A text in pieces into the file that was asked for, else to who reads us, for as long as they do; `isTable`: of separated values. */
export async function handOver(
  text: AsyncIterable<string>,
  { path, isTable }: { readonly path: string | undefined; readonly isTable: boolean },
  context: Pick<CommandContext, 'write' | 'warn'>,
): Promise<void> {
  if (path !== undefined) {
    await writePieces(path, isTable ? marked(text) : text);
    context.warn(`Written: ${path}`);
    return;
  }
  for await (const piece of text) if (!(await context.write(piece))) return;
}

/** With the mark by which spreadsheet programs know utf-8. */
async function* marked(text: AsyncIterable<string>): AsyncGenerator<string, void> {
  yield '\uFEFF';
  yield* text;
}
