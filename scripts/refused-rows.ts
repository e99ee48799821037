import { closeSync, openSync, writeSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { RefusedRow } from '../src/subscribers/importing/import-person.ts';

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

/** Opens the file of refused rows. `header`: the names of the columns, known by the time of the first row. */
export function openRefusedRows(path: string, header: () => readonly string[]): RefusedRows {
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
        // Only for who made it: it holds addresses.
        file = openSync(path, 'w', 0o600);
        waiting = csvLine(['line', 'reason', 'hint', ...header()]);
      }
      waiting += csvLine([String(line), reason, hint ?? '', ...cells]);
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

function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** A cell that a spreadsheet would take for a formula begins with an apostrophe. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
