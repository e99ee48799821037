import { describe, expect, test } from '@jest/globals';
import { findEntryKeys, identifyEntries } from '../../src/posts/identity/identity.ts';
import { entryLimits } from '../../src/reading/limits.ts';
import { parseSourceDocument } from '../../src/reading/parsing/parse-document.ts';
import type { Entry, SourceDocument } from '../../src/reading/entry.ts';

const prefix = 'https://example.org/'.padEnd(5_000, 'a');

function read(...items: readonly string[]): SourceDocument {
  const document = `<rss version="2.0"><channel><title>Feed</title>${items.map((item) => `<item>${item}</item>`).join('')}</channel></rss>`;
  return parseSourceDocument(Buffer.from(document), { url: 'https://example.org/feed/' });
}

function first({ entries }: SourceDocument): Entry {
  return entries[0]!;
}

describe('what a document states at more than its length', () => {
  test('two ids that begin alike are two posts, and keep their ids from reading to reading', () => {
    const items = ['1', '2'].map((end) => `<guid isPermaLink="false">${prefix}${end}</guid><title>Post ${end}</title>`);
    const { entries, skipped } = read(...items);
    const [one, two] = entries.map(({ id }) => id);
    expect(one).not.toBe(two);
    expect([one!.length, two!.length].every((length) => length <= entryLimits.maxIdLength)).toBe(true);
    expect(first(read(items[0]!)).id).toBe(one);
    expect(skipped).toContain('Ids longer than 600 characters: 2; a hash of each stands for it.');
    const keys = findEntryKeys(entries, { sourceUrl: 'https://example.org/feed/' });
    const stated = entries.map((entry, index) => ({ entry, statedHash: '', ...keys[index]! }));
    expect(identifyEntries(stated).map(({ entryId }) => entryId)).toEqual([one, two]);
  });

  test('an entry whose only id is an address that is too long keeps an id of its own', () => {
    const { entries, skipped } = read(`<link>${prefix}1</link><title>One</title>`, `<link>${prefix}2</link><title>Two</title>`);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(2);
    expect(entries.map(({ url, title }) => [url, title])).toEqual([
      [undefined, 'One'],
      [undefined, 'Two'],
    ]);
    // The link is also what the entry's own addresses are relative to.
    expect(skipped).toContain('Addresses longer than 2048 characters: 2; they were left out.');
  });

  test('an address that is too long is counted once, wherever an entry states it', () => {
    const { entries, skipped } = read(
      `<guid>${prefix}</guid><link>${prefix}</link><title>One</title><enclosure url="${prefix}" type="image/png"/>`,
      `<link>https://example.org/2</link><title>Two</title>`,
    );
    expect(entries.map(({ url, baseUrl }) => [url, baseUrl])).toEqual([
      [undefined, undefined],
      ['https://example.org/2', 'https://example.org/2'],
    ]);
    expect(skipped).toContain('Addresses longer than 2048 characters: 1; they were left out.');
  });

  test('an address of the greatest length stays', () => {
    const url = 'https://example.org/'.padEnd(entryLimits.maxUrlLength, 'a');
    expect(first(read(`<link>${url}</link><title>One</title>`)).url).toBe(url);
  });

  test('a title is cut at a word, with an ellipsis', () => {
    const { title } = first(read(`<link>https://example.org/1</link><title>${'word '.repeat(3_000)}</title>`));
    expect(title.length).toBeLessThanOrEqual(entryLimits.maxTitleLength);
    expect(title).toMatch(/word…$/);
  });

  test('categories whose names begin alike stay two, and their slugs fit an index', () => {
    const names = ['x'.repeat(300), `${'x'.repeat(300)}y`, `${'z'.repeat(9_000)}1`, `${'z'.repeat(9_000)}2`];
    const { categories } = first(
      read(`<title>One</title><link>https://example.org/1</link>${names.map((name) => `<category>${name}</category>`).join('')}`),
    );
    expect(new Set(categories.map(({ slug }) => slug)).size).toBe(4);
    expect(categories.every(({ name, slug }) => name.length <= 200 && slug.length <= 200)).toBe(true);
  });

  test('more categories, authors and enclosures than a post has are left out and counted', () => {
    const many = Array.from({ length: 600 }, (_, index) => index);
    const { entries, skipped } = read(
      `<title>One</title><link>https://example.org/1</link>${many
        .map(
          (n) =>
            `<category>c${n}</category><dc:creator>Author ${n}</dc:creator><enclosure url="https://example.org/${n}.pdf" type="application/pdf"/>`,
        )
        .join('')}`,
    );
    expect(entries[0]).toMatchObject({ categories: { length: 100 }, authors: { length: 20 }, enclosures: { length: 500 } });
    expect(skipped).toEqual([
      'Authors beyond the first 20 of an entry: 580; they were left out.',
      'Categories beyond the first 100 of an entry: 500; they were left out.',
      'Enclosures beyond the first 500 of an entry: 100; they were left out.',
    ]);
  });

  test('a name, a language and a media type keep their lengths', () => {
    const entry = first(
      read(
        `<title>One</title><link>https://example.org/1</link><dc:creator>${'Ann '.repeat(200)}</dc:creator><language>en-${'a'.repeat(8)}${'-b1234567'.repeat(50)}</language>` +
          `<enclosure url="https://example.org/1.pdf" type="application/${'x'.repeat(500)}"/>`,
      ),
    );
    expect(entry.authors[0]).toMatch(/Ann…$/);
    expect(entry.authors[0]!.length).toBeLessThanOrEqual(200);
    expect(entry.language).toBeUndefined();
    expect(entry.enclosures).toEqual([{ url: 'https://example.org/1.pdf' }]);
  });

  test('what has its usual length is as it is stated, and nothing is reported', () => {
    const { entries, skipped } = read(
      '<guid isPermaLink="false">id-1</guid><title>One</title><link>https://example.org/1</link><dc:creator>Ann</dc:creator><category>News</category>',
    );
    expect(entries[0]).toMatchObject({ id: 'id-1', title: 'One', authors: ['Ann'], categories: [{ name: 'News', slug: 'news' }] });
    expect(skipped).toEqual([]);
  });

  test('a tombstone of an entry whose id is too long names it', () => {
    const id = `urn:${'x'.repeat(900)}`;
    const feed =
      `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><title>F</title>` +
      `<at:deleted-entry ref="${id}" when="2026-01-02T03:04:05Z"/><entry><id>${id}</id><title>T</title></entry></feed>`;
    const { entries, tombstones } = parseSourceDocument(Buffer.from(feed));
    expect(tombstones[0]!.id).toBe(entries[0]!.id);
  });
});
