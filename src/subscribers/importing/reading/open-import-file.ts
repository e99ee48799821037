import { createHash } from 'node:crypto';
import { createReadStream, openSync, readSync, closeSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { InvalidInputError } from '../../../kernel/errors.ts';
import type { ImportFile, ImportRow } from '../import-row.ts';

/** How a file is read, where staff know better than it can be found out. */
export interface ImportFileOptions {
  /** Field → name of its column. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly encoding?: string;
  readonly separator?: string;
  /** False for a file whose first row is a person. */
  readonly header?: boolean;
}

const fields = ['email', 'name', 'labels', 'language', 'consent'] as const;
type Field = (typeof fields)[number];

const usual: Readonly<Record<Field, RegExp>> = {
  email: /^(?:e-?mail(?: address)?|address|adresse|correo|courriel)$/i,
  name: /^(?:name|full name|nombre|nom)$/i,
  labels: /^(?:tags|labels|groups)$/i,
  language: /^(?:language|lang)$/i,
  consent: /^(?:confirm_time|optin_time|consent)$/i,
};

const looksAtBytes = 64 * 1024;

/** Opens a file of people: its encoding, separator and header are found out, or said. @throws InvalidInputError where there is no column of addresses */
export async function openImportFile(path: string, options: ImportFileOptions = {}): Promise<ImportFile> {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size;
  if (bytes === undefined) throw new InvalidInputError(`Expected a file, found none at "${path}"`);
  const sha256 = await hashOf(path);
  const head = beginningOf(path);
  const encoding = options.encoding ?? encodingOf(head);
  const firstLine = new TextDecoder(encoding).decode(head).split(/\r\n|[\r\n]/)[0] ?? '';
  const separator =
    options.separator ?? [',', ';', '\t', '|'].toSorted((a, b) => firstLine.split(b).length - firstLine.split(a).length)[0]!;
  const records = (): AsyncIterable<{ record: string[]; info: { lines: number } }> => recordsOf(path, encoding, separator);
  let header: string[] = [];
  if (options.header !== false)
    for await (const { record } of records()) {
      header = record;
      break;
    }
  const places = placesOf(header, options);
  const fieldAt = new Map([...places].map(([field, place]) => [place, field]));
  return {
    form: 'other',
    encoding,
    separator,
    header,
    mapping: header.map((column, place) => ({ column, field: fieldAt.get(place) })),
    cannotTellWhoLeft: false,
    bytes,
    sha256,
    rows: () => rowsOf(records(), places, options.header !== false),
  };
}

async function* rowsOf(
  records: AsyncIterable<{ record: string[]; info: { lines: number } }>,
  places: ReadonlyMap<Field, number>,
  hasHeader: boolean,
): AsyncGenerator<ImportRow> {
  let isFirst = hasHeader;
  let line = 1;
  for await (const { record, info } of records) {
    const startsAt = line;
    line = info.lines + 1;
    if (isFirst) {
      isFirst = false;
      continue;
    }
    const cell = (field: Field): string => record[places.get(field) ?? -1]?.trim() ?? '';
    const at = cell('consent');
    const when = at === '' ? undefined : new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(at) ? at : `${at.replace(' ', 'T')}Z`);
    yield {
      line: startsAt,
      address: cell('email'),
      ...(cell('name') === '' ? {} : { name: cell('name') }),
      status: 'absent',
      ...(when === undefined || Number.isNaN(when.getTime()) ? {} : { consentAt: when }),
      labels: cell('labels')
        .split(',')
        .map((label) => label.trim())
        .filter((label) => label !== ''),
      ...(cell('language') === '' ? {} : { language: cell('language') }),
      cells: record,
    };
  }
}

function placesOf(header: readonly string[], { columns = {}, header: hasHeader }: ImportFileOptions): Map<Field, number> {
  if (hasHeader === false) return new Map([['email', 0]]);
  const places = new Map<Field, number>();
  for (const [name, column] of Object.entries(columns)) {
    const field = fields.find((each) => each === name);
    if (!field) throw new InvalidInputError(`Expected one of the fields ${fields.join(', ')}, got "${name}"`);
    const place = header.findIndex((each) => each.trim() === column);
    if (place === -1) throw new InvalidInputError(`Expected one of the columns ${header.join(', ')}, got "${column}"`);
    places.set(field, place);
  }
  for (const field of fields) {
    const place = header.findIndex((each) => usual[field].test(each.trim()));
    if (place !== -1 && !places.has(field)) places.set(field, place);
  }
  if (!places.has('email')) throw new InvalidInputError(`Expected a column of addresses, got only ${header.join(', ')}`);
  return places;
}

function recordsOf(path: string, encoding: string, separator: string): AsyncIterable<{ record: string[]; info: { lines: number } }> {
  const parser = parse({
    bom: true,
    delimiter: separator,
    relaxColumnCount: true,
    relaxQuotes: true,
    info: true,
    skipEmptyLines: true,
    maxRecordSize: 1_000_000,
  });
  const decoder = new TextDecoder(encoding);
  return pipeline(
    createReadStream(path),
    async function* decoded(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    },
    parser,
    () => {},
  );
}

function encodingOf(head: Buffer): string {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

function beginningOf(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(looksAtBytes);
    return buffer.subarray(0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
