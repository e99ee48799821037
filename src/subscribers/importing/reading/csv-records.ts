import { InvalidInputError } from '../../../kernel/errors.ts';

/*
 * Separated values as spreadsheets and mailers write them, from text that comes in pieces. Ours and not a package's because of what it does with
 * what is broken: a quote that is opened and never closed costs one row and not the rest of the file, and each row knows the line where it begins. Decision
 * record 0035 compares.
 */

/** One row; with a fault, its cells are the line cut at the separators. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
  readonly fault?: string;
}

// A row of a mailer with hundreds of merge fields has some 20 KB.
const maxRecordChars = 256 * 1024;
const maxCells = 2_000;
/** Of a line too long. */
const shownChars = 200;
// Each costs a look at as much as a row may have.
const maxBrokenQuotes = 1_000;

/** Reads what is pushed and gives the rows that are complete; `end` gives what is left. */
export interface CsvReader {
  push(text: string): CsvRecord[];
  end(): CsvRecord[];
}

/** Opens a reader of rows. Lines end in CRLF, LF or CR, also mixed; blank rows are left out. Keeps at most one row and one piece in memory. */
export function createCsvReader(separator: string, firstLine = 1): CsvReader {
  const state: ReaderState = { separator, text: '', line: firstLine, isSkipping: false, brokenQuotes: 0 };
  return {
    push: (piece) => {
      state.text += piece;
      return take(state, false);
    },
    end: () => take(state, true),
  };
}

interface ReaderState {
  readonly separator: string;
  text: string;
  /** Of what `text` begins with. */
  line: number;
  /** Within a line that was too long. */
  isSkipping: boolean;
  brokenQuotes: number;
}

function take(state: ReaderState, isEnd: boolean): CsvRecord[] {
  const records: CsvRecord[] = [];
  let start = state.isSkipping ? skipLine(state, isEnd) : 0;
  while (start < state.text.length) {
    const scanned = scanRecord(state.text, start, state.separator.charCodeAt(0), isEnd);
    const row = typeof scanned === 'object' ? scanned : bare(state, scanned, start, isEnd);
    if (row === undefined) break;
    if (!isBlank(row.cells)) records.push(recordOf(row, state.line));
    state.line += row.breaks;
    start = row.next;
  }
  state.text = state.text.slice(start);
  return records;
}

function recordOf({ cells, fault }: Scanned & { readonly fault?: string }, line: number): CsvRecord {
  if (fault !== undefined) return { line, cells, fault };
  return cells.length > maxCells ? { line, cells: cells.slice(0, maxCells), fault: `it has more than ${maxCells} cells` } : { line, cells };
}

/** What a row is that has no end yet: undefined while that may come, else its first line as it stands, or what a line too long begins with. */
function bare(state: ReaderState, why: 'more' | 'broken', start: number, isEnd: boolean): (Scanned & { fault: string }) | undefined {
  const isTooLong = state.text.length - start > maxRecordChars;
  if (why === 'more' && !isTooLong) return undefined;
  const end = lineEnd(state.text, start, isEnd);
  if (end) {
    if (++state.brokenQuotes > maxBrokenQuotes)
      throw new InvalidInputError(
        `Expected a table with quotes in pairs, got more than ${maxBrokenQuotes} that are opened and never closed`,
      );
    const cells = state.text.slice(start, end.at).split(state.separator, maxCells);
    return { cells, next: end.next, breaks: 1, fault: 'a quote is opened here and never closed' };
  }
  if (!isTooLong) return undefined;
  state.isSkipping = true;
  return {
    cells: [state.text.slice(start, start + shownChars)],
    next: state.text.length,
    breaks: 0,
    fault: `it is longer than ${maxRecordChars / 1024} KB`,
  };
}

/** Goes on after the end of a line too long. */
function skipLine(state: ReaderState, isEnd: boolean): number {
  const end = lineEnd(state.text, 0, isEnd);
  if (!end) return state.text.length;
  state.isSkipping = false;
  state.line++;
  return end.next;
}

/** The cells of one text, for labels within a cell. */
export function readCells(text: string, separator: string): readonly string[] {
  const shown = text.slice(0, maxRecordChars);
  // What most cells are, in a tenth of the time.
  if (!/["\r\n]/.test(shown)) return shown.split(separator, maxCells);
  const reader = createCsvReader(separator);
  return [...reader.push(shown), ...reader.end()].flatMap(({ cells }) => cells);
}

const isBlank = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === '');

const quote = 34;
const cr = 13;
const lf = 10;

/** Where the line ends and where the next begins; undefined when that has not come yet. */
function lineEnd(text: string, start: number, isEnd: boolean): { at: number; next: number } | undefined {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === lf) return { at, next: at + 1 };
    if (code !== cr) continue;
    if (at + 1 === text.length && !isEnd) return undefined;
    return { at, next: text.charCodeAt(at + 1) === lf ? at + 2 : at + 1 };
  }
  return isEnd ? { at: text.length, next: text.length } : undefined;
}

interface Scanned {
  readonly cells: string[];
  readonly next: number;
  readonly breaks: number;
}

/** `more`: the row goes on in text that has not come. `broken`: a quote in it is never closed. */
function scanRecord(text: string, start: number, separator: number, isEnd: boolean): Scanned | 'more' | 'broken' {
  const cells: string[] = [];
  let at = start;
  let breaks = 0;
  for (;;) {
    let open = at;
    while (text.charCodeAt(open) === 32) open++;
    if (text.charCodeAt(open) === quote) {
      const field = scanQuoted(text, open + 1, separator, isEnd);
      if (typeof field !== 'object') return field;
      cells.push(field.value);
      breaks += field.breaks;
      at = field.next;
    } else {
      let end = at;
      for (let code = text.charCodeAt(end); end < text.length && code !== separator && code !== lf && code !== cr;)
        code = text.charCodeAt(++end);
      cells.push(text.slice(at, end));
      at = end;
    }
    if (at >= text.length) return isEnd ? { cells, next: at, breaks: breaks + 1 } : 'more';
    if (text.charCodeAt(at) !== separator) {
      const end = lineEnd(text, at, isEnd);
      return end === undefined ? 'more' : { cells, next: end.next, breaks: breaks + 1 };
    }
    at++;
  }
}

/** A field from after its opening quote to its separator or line end. */
function scanQuoted(
  text: string,
  start: number,
  separator: number,
  isEnd: boolean,
): { value: string; next: number; breaks: number } | 'more' | 'broken' {
  let value = '';
  let from = start;
  let breaks = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === lf || (code === cr && text.charCodeAt(at + 1) !== lf)) breaks++;
    if (code !== quote) continue;
    if (at + 1 === text.length && !isEnd) return 'more';
    if (text.charCodeAt(at + 1) === quote) {
      value += text.slice(from, ++at);
      from = at + 1;
      continue;
    }
    let after = at + 1;
    while (text.charCodeAt(after) === 32 && separator !== 32) after++;
    if (after >= text.length && !isEnd) return 'more';
    const next = text.charCodeAt(after);
    if (after >= text.length || next === separator || next === lf || next === cr)
      return { value: value + text.slice(from, at), next: after, breaks };
    // Within a line it stands for itself (Ann "Nan" Lee). After a line break it opens a field of the next row, and this one was never closed.
    if (breaks > 0) return 'broken';
  }
  return isEnd ? 'broken' : 'more';
}
