import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { csvText } from '../../../src/subscribers/exporting/csv-text.ts';
import {
  cellsOf,
  columnsOfExport,
  exportedSubscription,
  exportedSuppression,
  type ExportKind,
  type ExportedValue,
} from '../../../src/subscribers/exporting/exported-people.ts';
import type { SubscriptionToExport, SuppressionToExport } from '../../../src/subscribers/exporting/people-export-store.ts';
import { defuseCell, undefuseCell } from '../../../src/subscribers/importing/formula-cell.ts';
import type { ImportRow, RowFault } from '../../../src/subscribers/importing/import-row.ts';
import { createCsvReader } from '../../../src/subscribers/importing/reading/csv-records.ts';
import { mapColumns } from '../../../src/subscribers/importing/reading/import-columns.ts';
import { recogniseForm } from '../../../src/subscribers/importing/reading/import-form.ts';
import { readRow } from '../../../src/subscribers/importing/reading/read-row.ts';
import { cleanLine } from '../../../src/kernel/text/clean-text.ts';

/** What our own import reads of a text that we exported. */
function readAgain(text: string): (ImportRow | RowFault)[] {
  const reader = createCsvReader(',');
  const [header, ...records] = [...reader.push(text), ...reader.end()];
  const names = header!.cells;
  const reading = { header: names, form: recogniseForm(names, 'export.csv', undefined), mapping: mapColumns(names, {}) };
  return records.map((record) => readRow(record, reading));
}

function exported(kind: ExportKind, records: readonly Readonly<Record<string, ExportedValue>>[]): string {
  const columns = columnsOfExport(kind);
  return csvText([columns, ...records.map((record) => cellsOf(record, columns))]);
}

// What makes trouble in tables: formulas, quotes, separators, apostrophes, blanks, letters of other scripts, pictures.
const hostile = fc
  .array(
    fc.constantFrom('=', '+', '-', '@', "'", '"', ',', ';', ' ', '\t', '\u3000', '＝', 'é', 'ß', 'ا', '👩‍🏫', 'Ann', '1', '|', 'all', 'none'),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));
const text = fc.oneof(hostile, fc.string({ unit: 'grapheme', maxLength: 20 }));
// Names are stored on one line.
const name = text.map((each) => cleanLine(each).replaceAll('\uFFFD', '').trim()).map((each) => (each === '' ? null : each));
const at = fc.date({ min: new Date('1991-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
const slug = fc.stringMatching(/^[a-z]{1,8}$/);
const schedule = name.map((each) => each ?? 'weekly');

const subscription: fc.Arbitrary<SubscriptionToExport> = fc
  .record({
    id: fc.constant('1'),
    address: fc.constantFrom(
      'ann@example.org',
      '=cmd@example.org',
      "'+ann@example.org",
      '"a,b"@example.org',
      "o'hara@example.org",
      'zoë@example.org',
    ),
    name,
    newsletter: slug,
    state: fc.constantFrom('pending', 'active', 'left'),
    suppression: fc.constantFrom(null, 'bounced', 'complained', 'unreachable', 'staff'),
    schedule,
    topics: fc.option(fc.uniqueArray(slug, { maxLength: 3 })),
    language: fc.constantFrom('en', 'pt-BR', 'ar'),
    format: fc.constantFrom('html', 'text'),
    localHour: fc.option(fc.integer({ min: 0, max: 23 })),
    timeZone: fc.constantFrom(null, 'Europe/Madrid'),
    pausedUntil: fc.option(at),
    isPausedIndefinitely: fc.boolean(),
    createdAt: at,
    consentAt: fc.option(at),
    consentSource: name,
    leftAt: fc.option(at),
    suppressedAt: fc.option(at),
  })
  .map((row) => ({ ...row, pausedUntil: row.isPausedIndefinitely ? null : row.pausedUntil }));

const defined = (record: object): object => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

/** What an import has to find of a subscription that was exported. */
function expectedOf(row: SubscriptionToExport): object {
  return defined({
    address: row.address,
    name: row.name ?? undefined,
    status: row.suppression === null ? row.state : row.suppression === 'complained' ? 'complained' : 'bounced',
    consentAt: row.consentAt ?? undefined,
    goneAt: (row.suppression === null ? row.leftAt : row.suppressedAt) ?? undefined,
    labels: [],
    language: row.language,
    format: row.format,
    own: defined({
      newsletter: row.newsletter,
      schedule: row.schedule,
      topics: row.topics,
      localHour: row.localHour ?? undefined,
      timeZone: row.timeZone ?? undefined,
      pausedUntil: row.isPausedIndefinitely ? 'indefinitely' : (row.pausedUntil ?? undefined),
      consentSource: row.consentSource ?? undefined,
      suppression: row.suppression ?? undefined,
    }),
  });
}

describe('What is exported', () => {
  test('is read again as the same people, whatever their names hold', () => {
    fc.assert(
      fc.property(fc.array(subscription, { maxLength: 4 }), (rows) => {
        const found = readAgain(exported('subscriptions', rows.map(exportedSubscription)));
        const told = found.map((row) => {
          if ('fault' in row) return row.fault;
          const { line: _line, cells: _cells, statusWords: _words, ...rest } = row;
          return rest;
        });
        expect(told).toEqual(rows.map(expectedOf));
      }),
    );
  });

  test('of suppressions is read again with reason and time, by address or by key', () => {
    const row: SuppressionToExport = {
      addressKey: 'ab'.repeat(32),
      address: null,
      reason: 'staff',
      source: '=import',
      at: new Date('2026-01-02T03:04:05Z'),
    };
    const found = readAgain(exported('suppressions', [row, { ...row, address: '+ann@example.org' }].map(exportedSuppression)));
    const own = { suppression: 'staff' };
    expect(found).toMatchObject([
      { address: '', status: 'bounced', goneAt: row.at, own: { ...own, addressKey: row.addressKey } },
      { address: '+ann@example.org', status: 'bounced', goneAt: row.at, own },
    ]);
    expect(found[1]).not.toHaveProperty('own.addressKey');
  });

  test('has no cell that a spreadsheet takes for a formula', () => {
    fc.assert(
      fc.property(text, (each) => {
        expect(defuseCell(each)).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
        expect(undefuseCell(defuseCell(each))).toBe(each);
        const reader = createCsvReader(',');
        const [record] = [...reader.push(csvText([[each, 'end']])), ...reader.end()];
        expect(record?.cells).toEqual([defuseCell(each), 'end']);
      }),
    );
  });

  test('has none either for one that parts cells by a semicolon, a tab or a bar, whatever becomes of quotes there', () => {
    const cells = fc.oneof(text, fc.constantFrom('a;=cmd()', 'a;"=cmd()', 'a\t+1', ';;-1', '; @x', 'a\n=1', '"x";\'=1'));
    fc.assert(
      fc.property(fc.array(cells, { minLength: 1, maxLength: 4 }), (row) => {
        const written = csvText([row]);
        expect(row.map((cell) => undefuseCell(defuseCell(cell)))).toEqual(row);
        for (const separator of [';', '\t', '|', ',']) {
          const reader = createCsvReader(separator);
          const read = [...reader.push(written), ...reader.end()].flatMap(({ cells: each }) => each);
          const parted = written.split(/\r\n|[\r\n]/).flatMap((line) => (separator === ',' ? [] : line.split(separator)));
          for (const cell of [...read, ...parted]) expect(cell.replaceAll('"', '')).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
        }
      }),
    );
    expect(csvText([['a;=cmd()', 'b;c', '"a"\t-1']])).toBe('"a;\'=cmd()","b;c","""a""\t\'-1"\r\n');
  });
});
