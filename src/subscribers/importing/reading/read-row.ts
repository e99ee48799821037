import { undefuseCell } from '../formula-cell.ts';
import type { ImportField, ImportForm, ImportRow, RowFault } from '../import-row.ts';
import { readSubscriptionRecord, readSuppressionRecord } from '../own-export.ts';
import { readConsentTime } from './consent-time.ts';
import { readCells, type CsvRecord } from './csv-records.ts';
import type { ColumnMapping } from './import-columns.ts';
import type { FormReading } from './import-form.ts';

/** What is known of a file's columns, with which each of its rows is read. */
export interface RowReading {
  readonly header: readonly string[];
  readonly form: FormReading;
  readonly mapping: ColumnMapping;
}

// Who defuses formulas by an apostrophe when they export.
const defusing: ReadonlySet<ImportForm> = new Set(['gazette', 'gazette-suppressions', 'ghost']);

/** One row of a table, or why it is none. */
export function readRow(record: CsvRecord, reading: RowReading): ImportRow | RowFault {
  const { line, cells } = record;
  const fault = (why: string): RowFault => ({ line, fault: why, cells });
  if (record.fault !== undefined) return fault(`Expected a row of a table, but ${record.fault}`);
  if (cells.some((cell) => cell.includes('\uFFFD')))
    return fault('Expected text in the encoding of the file, got bytes that mean nothing in it');
  if (cells.length > reading.header.length && cells.slice(reading.header.length).some((cell) => cell.trim() !== ''))
    return fault(`Expected ${reading.header.length} cells as in the header, got ${cells.length}`);
  const plain = defusing.has(reading.form.form) ? cells.map(undefuseCell) : cells;
  if (reading.form.form === 'gazette' || reading.form.form === 'gazette-suppressions') return readOwnRow(line, plain, cells, reading);
  return readForeignRow(line, plain, cells, reading);
}

function readOwnRow(line: number, plain: readonly string[], cells: readonly string[], { header, form }: RowReading): ImportRow | RowFault {
  const record = Object.fromEntries(header.map((name, index) => [name.trim().toLowerCase(), plain[index] ?? '']));
  const row = form.form === 'gazette' ? readSubscriptionRecord(record) : readSuppressionRecord(record);
  return typeof row === 'string' ? { line, fault: row, cells } : { line, cells, ...row };
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
  if ('fault' in status) return { line, fault: status.fault, cells };
  const [address, shownName] = addressAndName(cell('address'));
  const name = cell('name') || [cell('first_name'), cell('last_name')].filter((part) => part !== '').join(' ') || shownName;
  const consentAt = readConsentTime(cell('consent_at'));
  const language = cell('language');
  return {
    line,
    address,
    ...(name ? { name } : {}),
    status: status.status,
    ...(status.words ? { statusWords: status.words } : {}),
    ...(consentAt ? { consentAt } : {}),
    ...(cell('consent_ip') === '' ? {} : { consentIp: cell('consent_ip') }),
    labels: labelsOf(mapping.labelColumns.map((index) => plain[index] ?? '')),
    ...(language === '' ? {} : { language }),
    ...(/^(?:text|plain|plain text)$/i.test(cell('format')) ? { format: 'text' as const } : {}),
    cells,
  };
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
