import { undefuseCell } from '../formula-cell.ts';
import type { ImportField, ImportForm, ImportRow, RowFault, RowSubject } from '../import-row.ts';
import { readSubscriptionRecord, readSuppressionRecord } from './own-export.ts';
import { readConsentTime } from './consent-time.ts';
import { readCells, type CsvRecord } from './csv-records.ts';
import type { ColumnMapping } from './import-columns.ts';
import type { FormReading } from './import-form.ts';
import { isYes, statusOfWords } from './status-words.ts';

/** What is known of a file's columns, with which each of its rows is read. */
export interface RowReading {
  readonly header: readonly string[];
  readonly form: FormReading;
  readonly mapping: ColumnMapping;
}

// Who defuses formulas by an apostrophe when they export.
const defusing: ReadonlySet<ImportForm> = new Set(['gazette', 'gazette-suppressions', 'ghost']);

/** One row of a table, or why it is none, with whom it is about where that can be told. */
export function readRow(record: CsvRecord, reading: RowReading): ImportRow | RowFault {
  const { line, cells } = record;
  const plain = defusing.has(reading.form.form) ? cells.map(undefuseCell) : cells;
  const isOwn = reading.form.form === 'gazette' || reading.form.form === 'gazette-suppressions';
  const row = isOwn ? readOwnRow(line, plain, cells, reading) : readForeignRow(line, plain, cells, reading);
  const shape = shapeFaultOf(record, reading);
  if (shape !== undefined) return { line, fault: shape, cells, ...subjectOfShifted(row, reading) };
  if (!cells.some((cell) => cell.includes('\uFFFD'))) return row;
  const fault = 'Expected text in the encoding of the file, got bytes that mean nothing in it';
  const subject = 'fault' in row ? row.subject : row;
  return { line, fault, cells, ...(subject === undefined || subject.address.includes('\uFFFD') ? {} : { subject: subjectOf(subject) }) };
}

function subjectOf({ address, status, goneAt, own }: RowSubject): RowSubject {
  return {
    address,
    ...(status === undefined ? {} : { status }),
    ...(goneAt === undefined ? {} : { goneAt }),
    ...(own === undefined ? {} : { own }),
  };
}

function shapeFaultOf({ cells, fault }: CsvRecord, { header }: RowReading): string | undefined {
  if (fault !== undefined) return `Expected a row of a table, but ${fault}`;
  const isLonger = cells.slice(header.length).some((cell) => cell.trim() !== '');
  return isLonger ? `Expected ${header.length} cells as in the header, got ${cells.length}` : undefined;
}

/**
 * Of a row whose cells may stand in other columns than theirs: a word that is a status is hardly anything else, a bare yes or date may be of any column, and so
 * it is not known what it says of the status.
 */
function subjectOfShifted(row: ImportRow | RowFault, { form }: RowReading): { subject?: RowSubject } {
  if ('fault' in row) return row.subject ? { subject: row.subject } : {};
  const words = row.statusWords ?? '';
  const isSure =
    row.own !== undefined || form.statusColumns.length === 0 || (isYes(words) === undefined && statusOfWords(words) !== undefined);
  const { status: _status, ...unsure } = subjectOf(row);
  return { subject: isSure ? subjectOf(row) : unsure };
}

function readOwnRow(line: number, plain: readonly string[], cells: readonly string[], { header, form }: RowReading): ImportRow | RowFault {
  const record = Object.fromEntries(header.map((name, index) => [name.trim().toLowerCase(), plain[index] ?? '']));
  return { line, cells, ...(form.form === 'gazette' ? readSubscriptionRecord(record) : readSuppressionRecord(record)) };
}

function readForeignRow(
  line: number,
  plain: readonly string[],
  cells: readonly string[],
  { form, mapping }: RowReading,
): ImportRow | RowFault {
  const cell = (field: ImportField): string => {
    const index = mapping.fields.get(field);
    return index === undefined ? '' : (plain[index]?.trim() ?? '');
  };
  const status = form.statusOf(plain);
  const [address, shownName] = addressAndName(cell('address'));
  // An empty cell says nothing against another row about the person.
  if ('fault' in status) return { line, fault: status.fault, cells, ...(status.isEmpty ? {} : { subject: { address } }) };
  const halves = [cell('first_name'), cell('last_name')].filter((part) => part !== '').join(' ');
  const name = (mapping.isHalfName ? wholeName(cell) : cell('name') || halves) || shownName;
  const consentAt = readConsentTime(cell('consent_at'));
  const goneAt = goneAtOf(plain[form.goneColumn ?? -1]);
  const language = cell('language');
  return {
    line,
    address,
    ...(name ? { name } : {}),
    status: status.status,
    ...(status.words ? { statusWords: status.words } : {}),
    ...(consentAt ? { consentAt } : {}),
    ...(goneAt ? { goneAt } : {}),
    ...(cell('consent_ip') === '' ? {} : { consentIp: cell('consent_ip') }),
    labels: labelsOf(mapping.labelColumns.map((index) => plain[index] ?? '')),
    ...(language === '' ? {} : { language }),
    ...(/^(?:text|plain|plain text)$/i.test(cell('format')) ? { format: 'text' as const } : {}),
    cells,
  };
}

/** A name in two columns; one of them alone where it holds the other already. */
function wholeName(cell: (field: ImportField) => string): string {
  const first = cell('first_name') || cell('name');
  const last = cell('last_name') || cell('name');
  const holds = (whole: string, part: string): boolean => ` ${whole} `.toLowerCase().includes(` ${part} `.toLowerCase());
  if (first === '' || holds(last, first)) return last;
  return last === '' || holds(first, last) ? first : `${first} ${last}`;
}

/** The latest instant that a cell can mean: mailers write the clock of their customer, wherever that hangs. */
function goneAtOf(cell: string | undefined): Date | undefined {
  const at = cell === undefined ? undefined : readConsentTime(cell);
  return at && new Date(at.getTime() + 86_400_000);
}

/** `Ann Example <ann@example.org>`, as people copy addresses out of a mail program. */
function addressAndName(cell: string): readonly [string, string | undefined] {
  const open = cell.lastIndexOf('<');
  if (open === -1 || !cell.endsWith('>')) return [cell.replace(/^mailto:/i, ''), undefined];
  const name = cell.slice(0, open).trim().replaceAll('"', '');
  return [cell.slice(open + 1, -1).trim(), name === '' ? undefined : name];
}

const maxLabels = 200;

/** Labels of all label columns; within a cell they stand in a row of their own, quoted where they hold a comma. */
function labelsOf(texts: readonly string[]): readonly string[] {
  const labels = texts
    .filter((text) => text.trim() !== '')
    .flatMap((text) => readCells(text, text.includes(',') || !text.includes(';') ? ',' : ';'));
  return [...new Set(labels.map((label) => label.trim()).filter((label) => label !== ''))].slice(0, maxLabels);
}
