import { closeSync, openSync, writeSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { csvText } from '../src/subscribers/exporting/csv-text.ts';
import { UsageError } from '../src/kernel/errors.ts';
import type { RefusedRow } from '../src/subscribers/importing/import-person.ts';
import { isSameFile, unwritable } from './write-file.ts';

/** A file of rows that were refused: made with the first of them, over an older one of the same name. */
export interface RefusedRows {
  readonly path: string;
  write(row: RefusedRow): void;
  /** Writes what is left and gives the path, undefined where no row was refused. */
  close(): string | undefined;
}

/** Beside the file: `people.csv` → `people-errors.csv`. */
export function besidePath(path: string): string {
  return join(dirname(path), `${basename(path, extname(path))}-errors.csv`);
}

const flushAt = 64 * 1024;

/**
 * Opens the file of refused rows. `read`: what the command reads, over which nothing is written; `header`: the names of the columns, known by the time of the
 * first row.
 * @throws UsageError where it is a file that is read, or none that can be written
 */
export function openRefusedRows(path: string, read: readonly string[], header: () => readonly string[]): RefusedRows {
  for (const each of read)
    if (isSameFile(path, each))
      throw new UsageError(`Expected --errors to name another file than those that are read, got "${path}", which leads to "${each}"`);
  let file: number | undefined;
  let waiting = '';
  const flush = (): void => {
    if (file !== undefined && waiting !== '') writeSync(file, waiting);
    waiting = '';
  };
  return {
    path,
    write({ line, reason, hint, cells }) {
      if (file === undefined) {
        file = openAt(path);
        waiting = csvText([['line', 'reason', 'hint', ...header()]]);
      }
      waiting += csvText([[String(line), reason, hint ?? '', ...cells]]);
      if (waiting.length > flushAt) flush();
    },
    close() {
      flush();
      if (file === undefined) return undefined;
      closeSync(file);
      file = undefined;
      return path;
    },
  };
}

/** Only for who made it: it holds addresses. */
function openAt(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (error) {
    throw unwritable(path, error) ?? error;
  }
}
