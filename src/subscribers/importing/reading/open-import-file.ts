import { basename } from 'node:path';
import { InvalidInputError } from '../../../kernel/errors.ts';
import { subscriptionColumns, suppressionColumns } from './own-export.ts';
import type { ImportField, ImportFile, ImportFileOptions, ImportRow, RowFault } from '../import-row.ts';
import { createCsvReader, type CsvRecord } from './csv-records.ts';
import { guessSeparator, statedSeparator } from './guess-separator.ts';
import { examineBytes, readTexts, type ImportBytes } from './import-bytes.ts';
import { mapColumns, type ColumnMapping } from './import-columns.ts';
import { recogniseForm, type FormReading } from './import-form.ts';
import { openJsonFile } from './read-json-rows.ts';
import { readRow, type RowReading } from './read-row.ts';

const headChars = 128 * 1024;

/**
 * Opens a file of subscribers: finds out encoding, separator, whose export it is and what its columns are. Reads it once for that and once for the rows,
 * never whole into memory.
 * @throws NotFoundError; InvalidInputError for what is no table of people, with what to do about it
 */
export async function openImportFile(path: string, options: ImportFileOptions = {}): Promise<ImportFile> {
  const file = await examineBytes(path, options.encoding);
  const head = await readHeadText(file);
  if (/^\s*[[{]/.test(head)) return openJsonFile(file, head);
  const stated = statedSeparator(head);
  const separator = separatorOf(options, stated, head);
  const table = readTable(head, separator, stated !== undefined, { ...options, fileName: basename(path) });
  return {
    form: table.reading.form.form,
    encoding: file.encoding,
    separator,
    header: table.reading.header,
    mapping: shownMapping(table.reading),
    cannotTellWhoLeft: table.reading.form.cannotTellWhoLeft,
    bytes: file.bytes,
    sha256: file.sha256,
    rows: (from) => readRows(file, separator, table, from?.afterLine ?? 0),
  };
}

function separatorOf(options: ImportFileOptions, stated: string | undefined, head: string): string {
  if (options.separator === undefined) return stated ?? guessSeparator(head);
  if (!/^[^"\r\n]$/.test(options.separator))
    throw new InvalidInputError(`Expected one character as separator, such as a semicolon, got "${options.separator}"`);
  return options.separator;
}

async function readHeadText(file: ImportBytes): Promise<string> {
  let head = '';
  for await (const text of readTexts(file)) {
    head += text;
    if (head.length >= headChars) break;
  }
  return head;
}

interface Table {
  readonly reading: RowReading;
  /** Rows up to this line are no people. */
  readonly headerLine: number;
}

function readTable(head: string, separator: string, isStated: boolean, options: ImportFileOptions & { readonly fileName: string }): Table {
  const records = createCsvReader(separator)
    .push(`${head}\n`)
    .slice(isStated ? 1 : 0);
  const [first] = records;
  if (!first) throw new InvalidInputError('Expected a table of people, got a file without a row');
  const hasHeader = options.hasHeader ?? !first.cells.some(looksLikeAddress);
  const header = hasHeader ? first.cells.map((name) => name.trim()) : columnNames(records);
  const people = hasHeader ? records.slice(1) : records;
  const mapping = withAddress(mapColumns(header, options), people, header, options);
  const form = recogniseForm(hasHeader ? header : [], options.fileName, mapping.fields.get('status'));
  const isList = !hasHeader && header.length === 1;
  return {
    reading: { header, mapping, form: isList ? { ...form, form: 'list' } : form },
    headerLine: hasHeader || isStated ? (hasHeader ? first.line : first.line - 1) : 0,
  };
}

/** Names for the columns of a file without a header; the widest row counts. */
function columnNames(records: readonly CsvRecord[]): string[] {
  const width = Math.max(...records.slice(0, 100).map(({ cells }) => cells.length));
  return Array.from({ length: width }, (_, index) => `column ${index + 1}`);
}

/** Loosely: what it really is, the import says. */
function looksLikeAddress(cell: string): boolean {
  const text = cell.trim().slice(0, 400);
  const open = text.lastIndexOf('<');
  const address = open !== -1 && text.endsWith('>') ? text.slice(open + 1, -1) : text;
  const at = address.lastIndexOf('@');
  return at > 0 && address.slice(at).includes('.') && !/\s/.test(address);
}

/** Where no column is called an address, the one that holds addresses is it. */
function withAddress(
  mapping: ColumnMapping,
  people: readonly CsvRecord[],
  header: readonly string[],
  options: ImportFileOptions,
): ColumnMapping {
  const shares = header.map((_, index) => people.slice(0, 100).filter(({ cells }) => looksLikeAddress(cells[index] ?? '')).length);
  const named = mapping.fields.get('address');
  // "Address" may be where somebody lives.
  if (named !== undefined && (shares[named]! > 0 || options.columns?.address !== undefined || Math.max(...shares) === 0)) return mapping;
  const best = shares.indexOf(Math.max(...shares));
  if (!shares[best])
    throw new InvalidInputError(
      `Expected a column of mail addresses, got ${header
        .slice(0, 30)
        .map((name) => `"${name.slice(0, 40)}"`)
        .join(', ')}`,
      { remedy: { kind: 'say', what: 'address_column' } },
    );
  const fields = new Map<ImportField, number>([...mapping.fields].filter(([, index]) => index !== best));
  fields.set('address', best);
  const [other] = header.map((_, index) => index).filter((index) => index !== best);
  // A list of two columns without a header is names and addresses.
  if (header.length === 2 && fields.size === 1 && other !== undefined && header[other] === `column ${other + 1}`) fields.set('name', other);
  return { ...mapping, fields };
}

function shownMapping({ header, form, mapping }: RowReading): { column: string; field: string | undefined }[] {
  const own: readonly string[] | undefined =
    form.form === 'gazette' ? subscriptionColumns : form.form === 'gazette-suppressions' ? suppressionColumns : undefined;
  return header.map((column, index) => ({
    column,
    field: own ? own.find((name) => name === column.toLowerCase()) : fieldAt(index, form, mapping),
  }));
}

function fieldAt(index: number, form: FormReading, mapping: ColumnMapping): string | undefined {
  if (form.statusColumns.includes(index)) return 'status';
  const field = [...mapping.fields].find(([name, at]) => at === index && name !== 'status')?.[0];
  return field ?? (mapping.labelColumns.includes(index) ? 'labels' : undefined);
}

async function* readRows(file: ImportBytes, separator: string, table: Table, afterLine: number): AsyncGenerator<ImportRow | RowFault> {
  const reader = createCsvReader(separator);
  const from = Math.max(afterLine, table.headerLine);
  for await (const text of readTexts(file)) {
    for (const record of reader.push(text)) if (record.line > from) yield readRow(record, table.reading);
  }
  for (const record of reader.end()) if (record.line > from) yield readRow(record, table.reading);
}
