import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { SourceDocument } from '../src/reading/entry.ts';
import { parseSourceDocument } from '../src/reading/parsing/parse-document.ts';
import { SourceError } from '../src/reading/source-error.ts';
import { packageRoot } from '../src/kernel/package-root.ts';
import { InvalidInputError } from '../src/kernel/errors.ts';
import { printFigures, type Figure } from './support-figures.ts';

/*
 * How many documents of a folder the collector reads, and how many fields of them right. The folder has a manifest.tsv: one document a line,
 * with what is expected of it; empty means nothing is. Beside it, in the same run, the two feed libraries as they come.
 */

/** One line of the manifest. */
export interface Case {
  readonly path: string;
  readonly class: string;
  readonly baseUrl: string;
  readonly contentType: string;
  readonly mustParse: 'yes' | 'no' | 'any';
  /** Letters of fields whose expectation is one reader's policy, not the document's: reported, not counted. */
  readonly policyFields: ReadonlySet<string>;
  readonly expected: Readonly<Record<Field, string>>;
}

type Field = 'entries' | 'feed_title' | 'e0_title' | 'e0_link' | 'e0_id' | 'e0_date';
type Fields = Readonly<Partial<Record<Field, string>>>;

const fields: readonly Field[] = ['entries', 'feed_title', 'e0_title', 'e0_link', 'e0_id', 'e0_date'];
const policyLetters: Readonly<Record<Field, string>> = {
  entries: 'n',
  feed_title: 'ft',
  e0_title: 't',
  e0_link: 'l',
  e0_id: 'i',
  e0_date: 'd',
};

/** What became of one document. */
export interface Result {
  readonly document: Case;
  readonly format: string | undefined;
  readonly read: Fields | undefined;
  readonly error: string | undefined;
  /** Fields that came out wrong, policy apart. */
  readonly misses: readonly Field[];
  readonly policyMisses: readonly Field[];
}

/** Scores the collector. `--cases <folder>` (default ../shared/feeds), `--documents` one JSON line per document, `--json` figures only. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { cases: { type: 'string' }, documents: { type: 'boolean' }, json: { type: 'boolean' }, quick: { type: 'boolean' } },
  });
  const folder = resolve(values.cases ?? join(packageRoot, '..', 'shared', 'feeds'));
  if (!existsSync(join(folder, 'manifest.tsv')))
    throw new InvalidInputError(`Expected a folder with manifest.tsv, found none in ${folder}; name one with --cases <folder>`);
  const results = await scoreFolder(folder);
  if (values.documents === true) return printDocuments(results);
  const figures = figuresOf(results);
  if (values.json === true) return printFigures(figures, { json: true });
  printTable(results, figures);
  if (values.quick !== true) await printControls(results, folder);
}

/** Reads and scores every document of a folder. */
export async function scoreFolder(folder: string): Promise<Result[]> {
  const cases = readManifest(await readFile(join(folder, 'manifest.tsv'), 'utf8'));
  return Promise.all(cases.map(async (document) => score(document, await readFile(join(folder, document.path)))));
}

function readManifest(text: string): Case[] {
  const [head = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const columns = head.split('\t');
  return lines.map((line) => {
    const cells = line.split('\t');
    const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
    return {
      path: cell('path'),
      class: cell('class'),
      baseUrl: cell('base_url'),
      contentType: cell('http_content_type'),
      mustParse: cell('must_parse') === 'no' ? 'no' : cell('must_parse') === 'any' ? 'any' : 'yes',
      policyFields: new Set(cell('policy_fields').match(/ft|[a-z]/g) ?? []),
      expected: Object.fromEntries(fields.map((field) => [field, cell(field)])) as Record<Field, string>,
    };
  });
}

function score(document: Case, bytes: Uint8Array): Result {
  try {
    const read = parseSourceDocument(bytes, {
      ...(document.baseUrl !== '' && { url: document.baseUrl }),
      ...(document.contentType !== '' && { contentType: document.contentType }),
    });
    const found = fieldsOf(read);
    const wrong = wrongFields(document, found);
    const isPolicy = (field: Field): boolean => document.policyFields.has(policyLetters[field]);
    return {
      document,
      format: read.format,
      read: found,
      error: undefined,
      misses: wrong.filter((field) => !isPolicy(field)),
      policyMisses: wrong.filter(isPolicy),
    };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return {
      document,
      format: undefined,
      read: undefined,
      error: `${error.code}: ${error.message}`,
      misses: expectedFields(document),
      policyMisses: [],
    };
  }
}

function fieldsOf(document: SourceDocument): Fields {
  const [first] = document.entries;
  const date = first?.publishedAt ?? first?.updatedAt;
  return {
    entries: String(document.entries.length),
    feed_title: document.title,
    ...(first !== undefined && { e0_title: first.title, e0_link: first.url ?? '', e0_id: first.id }),
    ...(date !== undefined && { e0_date: date.toISOString() }),
  };
}

function expectedFields(document: Case): Field[] {
  return fields.filter((field) => document.expected[field] !== '');
}

function wrongFields(document: Case, read: Fields): Field[] {
  return expectedFields(document).filter((field) => !isRight(field, document.expected[field], read[field] ?? ''));
}

/** Titles are compared as the text that a person sees, dates as instants (several may be allowed), the rest as it stands. */
function isRight(field: Field, expected: string, read: string): boolean {
  if (field === 'e0_date')
    return expected.split('|').some((date) => Math.floor(Date.parse(date) / 1000) === Math.floor(Date.parse(read) / 1000));
  if (field === 'feed_title' || field === 'e0_title') return visibleForms(expected).includes(visible(read));
  return expected.trim() === read.trim();
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
const reference = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi;

/** Text without tags, escapes resolved, white space collapsed. */
function visible(text: string): string {
  return collapsed(withoutTags(decodeReferences(text), ' '));
}

/** The ways in which an expectation may be meant: a tag parts words or does not ("ft<sup>2</sup>"), and one that is escaped is a tag or text. */
function visibleForms(text: string): string[] {
  return [' ', ''].flatMap((gap) => [
    collapsed(withoutTags(decodeReferences(text), gap)),
    collapsed(decodeReferences(withoutTags(text, gap))),
  ]);
}

function withoutTags(text: string, gap: string): string {
  return text.replace(/<\/?[a-z][^<>]*>/gi, gap);
}

function collapsed(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function decodeReferences(raw: string): string {
  return raw.replace(reference, (whole, hex?: string, decimal?: string, name = '') => {
    if (hex === undefined && decimal === undefined) return entities[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
}

/** Shares of documents read and read right, in percent. */
export function figuresOf(results: readonly Result[]): Figure[] {
  const wanted = results.filter(({ document }) => document.mustParse === 'yes');
  const real = wanted.filter(({ document }) => /\breal\b/.test(document.class));
  const refused = results.filter(({ document }) => document.mustParse === 'no');
  const share = (part: number, whole: number): number => (whole === 0 ? 100 : Math.round((part / whole) * 1000) / 10);
  const perField = fields.map((field) => {
    const asked = real.filter(({ document }) => document.expected[field] !== '');
    return {
      figure: `real-right-${field.replace('_', '-')}`,
      value: share(asked.filter(({ misses }) => !misses.includes(field)).length, asked.length),
      unit: '%',
    };
  });
  return [
    { figure: 'real-read', value: share(real.filter(({ read }) => read !== undefined).length, real.length), unit: '%' },
    { figure: 'real-right', value: share(real.filter(isAllRight).length, real.length), unit: '%' },
    ...perField,
    { figure: 'all-right', value: share(wanted.filter(isAllRight).length, wanted.length), unit: '%' },
    { figure: 'refused', value: share(refused.filter(({ read }) => read === undefined).length, refused.length), unit: '%' },
  ];
}

function isAllRight(result: Result): boolean {
  return result.read !== undefined && result.misses.length === 0;
}

function printDocuments(results: readonly Result[]): void {
  for (const { document, format, read, error } of results) {
    process.stdout.write(
      `${JSON.stringify(error === undefined ? { path: document.path, format, ...read, entries: Number(read?.entries ?? 0) } : { path: document.path, error })}\n`,
    );
  }
}

function printTable(results: readonly Result[], figures: readonly Figure[]): void {
  printFigures(figures, { json: false });
  process.stdout.write('\nMisses:\n');
  for (const result of results) {
    const { document, read, error, misses, policyMisses } = result;
    if (document.mustParse === 'no' && read !== undefined) process.stdout.write(`${document.path}: was to be refused, was read\n`);
    if (document.mustParse === 'yes' && error !== undefined) process.stdout.write(`${document.path}: ${error}\n`);
    if (read === undefined) continue;
    for (const field of [...misses, ...policyMisses]) {
      const reason = policyMisses.includes(field)
        ? 'policy, not counted'
        : document.mustParse === 'any'
          ? 'may be refused, not counted'
          : reasonOf(document, field, read[field] ?? '');
      process.stdout.write(
        `${document.path}: ${field}: expected ${JSON.stringify(document.expected[field])}, read ${JSON.stringify(read[field] ?? '')} (${reason})\n`,
      );
    }
  }
}

/** Why a field differs, as far as the two values tell. */
function reasonOf(document: Case, field: Field, read: string): string {
  const expected = document.expected[field];
  if (read === '') return 'the document states nothing there that we take for it';
  if (field === 'e0_link' && !URL.canParse(expected)) return 'relative: resolved';
  if (field === 'e0_link' && URL.canParse(read) && new URL(expected).href === new URL(read).href)
    return 'the same URL, written differently';
  if (field === 'e0_id' && read.endsWith(expected)) return 'a path under an xml:base: resolved';
  if (field === 'entries') return 'entries told apart or taken together differently';
  return 'read differently';
}

/** The libraries as they come, given the text that our decoder makes: what they read of the same documents. */
async function printControls(results: readonly Result[], folder: string): Promise<void> {
  const { decodeText } = await import('../src/reading/decode/decode-text.ts');
  const wanted = results.map(({ document }) => document).filter(({ mustParse }) => mustParse === 'yes');
  const right = { 'rss-parser': 0, feedsmith: 0 };
  for (const document of wanted) {
    const text = decodeText(await readFile(join(folder, document.path)), document.contentType);
    if (await isReadRight(document, () => byRssParser(text))) right['rss-parser']++;
    if (await isReadRight(document, () => byFeedsmith(text))) right.feedsmith++;
  }
  process.stdout.write('\nControl, all fields right, libraries behind our decoding:\n');
  for (const [name, count] of Object.entries(right))
    process.stdout.write(`${name.padEnd(24)} ${((count / wanted.length) * 100).toFixed(1).padStart(6)} %\n`);
}

async function isReadRight(document: Case, read: () => Promise<Fields>): Promise<boolean> {
  try {
    const found = await read();
    return wrongFields(document, found).every((field) => document.policyFields.has(policyLetters[field]));
  } catch {
    return false;
  }
}

async function byRssParser(text: string): Promise<Fields> {
  const { default: Parser } = await import('rss-parser');
  const feed = await new Parser().parseString(text);
  const first = feed.items[0];
  return {
    entries: String(feed.items.length),
    feed_title: feed.title ?? '',
    ...(first !== undefined && {
      e0_title: first['title'] ?? '',
      e0_link: first['link'] ?? '',
      e0_id: first['guid'] ?? first['id'] ?? first['link'] ?? '',
      e0_date: first['isoDate'] ?? '',
    }),
  };
}

async function byFeedsmith(text: string): Promise<Fields> {
  const { parseFeed } = await import('feedsmith');
  const { feed } = parseFeed(text) as { feed: Record<string, unknown> };
  const entries = (feed['items'] ?? feed['entries'] ?? []) as Record<string, unknown>[];
  const text0 = (value: unknown): string =>
    typeof value === 'string' ? value : typeof value === 'object' && value !== null && 'value' in value ? String(value.value) : '';
  const first = entries[0];
  const links = first?.['links'] as { href?: string; rel?: string }[] | undefined;
  const link = text0(first?.['link'] ?? first?.['url']) || (links?.find(({ rel }) => rel === undefined || rel === 'alternate')?.href ?? '');
  const date = text0(first?.['pubDate'] ?? first?.['published'] ?? first?.['updated'] ?? first?.['date_published']);
  return {
    entries: String(entries.length),
    feed_title: text0(feed['title']),
    ...(first !== undefined && {
      e0_title: text0(first['title']),
      e0_link: link,
      e0_id: text0(first['guid'] ?? first['id']) || link,
      e0_date: date,
    }),
  };
}
