import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { nothingReasons } from '../../src/ledger/drafts/judgement.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { accentFrom, contrast } from '../../src/render/templates/colour.ts';
import { documentView } from '../../src/render/digest/document-view.ts';
import {
  directionOf,
  languageFor,
  formatByteSize,
  formatDay,
  formatFullDay,
  formatNames,
  passageLanguage,
  phrase,
  servedTag,
} from '../../src/render/templates/language.ts';
import type { Language } from '../../src/render/templates/language.ts';
import { loadLanguages } from '../../src/render/templates/load-languages.ts';

let languages: ReadonlyMap<string, Language>;
const language = (tag: string): Language => languageFor(languages, tag);

beforeAll(async () => {
  languages = await loadLanguages(join(packageRoot, 'templates'));
});

describe('languages', () => {
  test('a tag is served by its own file, else by its language, else by English', () => {
    const served = ['es', 'es-MX', 'ES-419', 'fr-CA', 'sv', 'x', ''].map((tag) => language(tag).tag);
    expect(served).toEqual(['es', 'es', 'es', 'fr', 'en', 'en', 'en']);
  });

  test('what is served states the language that is seen: the wanted tag, or that of the phrases', () => {
    const stated = ['es', 'es-MX', 'sv', 'sv-FI', 'esx', 'ar-EG'].map((tag) => servedTag(language(tag), tag));
    expect(stated).toEqual(['es', 'es-MX', 'en', 'en', 'en', 'ar-EG']);
    expect(['ar-EG', 'he', 'sv'].map((tag) => directionOf(language(tag)))).toEqual(['rtl', 'ltr', 'ltr']);
  });

  test.each([
    ['en-US', 'en', null],
    ['en', 'en-GB', null],
    ['en-US', 'en-GB', 'en-US'],
    ['es', 'en', 'es'],
    ['en', 'EN', null],
  ])('a passage in %s within %s states %s', (own, around, stated) => {
    expect(passageLanguage(own, around)).toBe(stated);
  });

  test('counted phrases take the plural form and the digits of the language', () => {
    expect(phrase(language('en'), 'digest.postCount', { count: 1 })).toBe('1 post');
    expect(phrase(language('fr'), 'digest.postCount', { count: 0 })).toBe('0 article');
    expect(phrase(language('es'), 'digest.postCount', { count: 12_345 })).toBe('12.345 publicaciones');
  });

  test('what pages say is asked for by pages alone: what mails say too has a name of both', () => {
    const files = ['src/render', 'templates'].flatMap((folder) =>
      readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name).replaceAll('\\', '/')),
    );
    const strangers = files
      .filter((file) => /\.(ts|liquid|mjml)$/.test(file) && !file.includes('/pages/'))
      .flatMap((file) =>
        [...readFileSync(join(packageRoot, file), 'utf8').matchAll(/['"]page\.\w+[\w.]*['"]/g)].map(([key]) => `${file}: ${key}`),
      )
      .filter((each) => !each.endsWith(".liquid'"));
    expect(strangers).toEqual([]);
  });

  test('why somebody gets nothing of an edition is said in every language', () => {
    for (const each of languages.values())
      for (const reason of nothingReasons)
        expect(phrase(each, `notice.nothing.${reason}`, { count: 12 })).toContain(new Intl.NumberFormat(each.tag).format(12));
  });

  test('a value is never read as a value of its own', () => {
    expect(phrase(language('en'), 'post.by', { authors: '{authors} {reader.name}' })).toBe('By {authors} {reader.name}');
  });

  test('an unknown phrase and a missing value are errors that say which', () => {
    expect(() => phrase(language('en'), 'toString')).toThrow('Expected a phrase of templates/languages/en.json, got "toString"');
    expect(() => phrase(language('en'), 'post.by')).toThrow('Expected a value for {authors} of the phrase "post.by", got none');
  });

  test('dates read as in the language; the year is given when it is not that of the edition', () => {
    const edition = new Date('2026-01-02T08:00:00Z');
    expect(formatFullDay(edition, language('en'), 'UTC')).toBe(
      'Friday, 2 January 2026'.replace(
        ',',
        new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(edition).includes(',')
          ? ','
          : '',
      ),
    );
    expect(formatFullDay(edition, language('es'), 'UTC')).toBe('Viernes, 2 de enero de 2026');
    expect(formatDay(new Date('2026-01-01T12:00:00Z'), edition, language('fr'), 'UTC')).toBe('1 janvier');
    expect(formatDay(new Date('2025-12-31T12:00:00Z'), edition, language('fr'), 'UTC')).toBe('31 décembre 2025');
    expect(formatDay(new Date('2025-12-31T23:30:00Z'), edition, language('es'), 'Europe/Madrid')).toBe('1 de enero');
  });

  test('sizes and names read as in the language', () => {
    const size = (bytes: number, tag: string) => formatByteSize(bytes, language(tag)).replaceAll(/\s/g, ' ');
    expect([size(300, 'en'), size(486_400, 'en'), size(999_600, 'en'), size(1_240_000, 'en'), size(23_400_000, 'en')]).toEqual([
      '1 KB',
      '486 KB',
      '1 MB',
      '1.2 MB',
      '23 MB',
    ]);
    expect([size(999_600_000, 'en'), size(3_456_789_012, 'en'), size(3_456_789_012, 'fr')]).toEqual(['1 GB', '3.5 GB', '3,5 Go']);
    expect([size(1_240_000, 'es'), size(1_240_000, 'fr')]).toEqual(['1,2 MB', '1,2 Mo']);
    expect(formatNames(['Ana', 'Tom', 'Li'], language('es'))).toBe('Ana, Tom y Li');
    expect(formatNames(['Ana', 'Tom', 'Li'], language('en'))).toBe('Ana, Tom and Li');
  });

  test('a button names the document, its kind and its size if known', () => {
    const document = { url: 'https://e.org/a.pdf', title: 'Working paper 12', mediaType: 'application/pdf' };
    expect(documentView(document, language('en')).label).toBe('Read “Working paper 12” (PDF)');
    expect(documentView({ ...document, lengthBytes: 1_200_000 }, language('es')).label.replaceAll('\u00A0', ' ')).toBe(
      'Leer «Working paper 12» (PDF, 1,2 MB)',
    );
    expect(documentView({ url: 'https://e.org/e.mp3', title: 'Episode 4', mediaType: 'audio/mpeg' }, language('en')).label).toBe(
      'Listen to “Episode 4” (MP3)',
    );
  });

  test.each([
    ['x', 'application/vnd.oasis.opendocument.text', 'ODT'],
    ['x', 'application/vnd.oasis.opendocument.spreadsheet', 'ODS'],
    ['x.ods', 'application/octet-stream', 'ODS'],
    ['x.docx?v=2#p', 'application/octet-stream', 'Word'],
    ['download.php?id=4', 'Application/PDF; charset=binary', 'PDF'],
    ['pdf/x.csv', 'text/csv', 'CSV'],
    ['x', 'application/zip', 'ZIP'],
    ['get.php?id=3', 'application/zip', 'ZIP'],
    ['x.m4a', 'audio/mp4', 'M4A'],
    ['x', 'audio/x-flac', 'FLAC'],
    ['x', '', 'FILE'],
  ])('%s of type %s is called %s', (path, mediaType, kind) => {
    expect(documentView({ url: `https://e.org/${path}`, title: 'X', mediaType }, language('en')).kind).toBe(kind);
  });
});

describe('the accent colour', () => {
  test.each(['#1f5f8b', '#ffe600', '#ffffff', '#000000', '#808080', '#e4002b'])('%s is made readable on light and dark', (colour) => {
    const accent = accentFrom(colour, '#f4f1ea', '#26282c');
    expect(contrast(accent.light, '#f4f1ea')).toBeGreaterThanOrEqual(4.5);
    expect(contrast(accent.dark, '#26282c')).toBeGreaterThanOrEqual(4.5);
    expect(contrast(accent.onLight, accent.light)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(accent.onDark, accent.dark)).toBeGreaterThanOrEqual(4.5);
  });

  test('a colour that reads already stays as it was chosen', () => {
    expect(accentFrom('#1f5f8b', '#ffffff', '#16171a').light).toBe('#1f5f8b');
  });
});
