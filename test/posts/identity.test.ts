import { describe, expect, test } from '@jest/globals';
import { findEntryKeys, identifyEntries, keyedPart, statedHashOf, tagIdFor } from '../../src/posts/identity/identity.ts';
import type { IdentifiedEntry } from '../../src/posts/identity/identity.ts';
import { canonicalUrl } from '../../src/content/web-address.ts';
import type { Entry } from '../../src/reading/entry.ts';
import { entryOf } from '../support/entry-of.ts';

const site = { siteUrl: 'https://example.org/', sourceUrl: 'https://example.org/feed/' };
const identify = (...entries: Partial<Entry>[]): IdentifiedEntry[] => {
  const all = entries.map(entryOf);
  const keys = findEntryKeys(all.map(keyedPart), site);
  return identifyEntries(all.map((entry, index) => ({ entry, statedHash: statedHashOf(entry), ...keys[index]! })));
};
const keyOf = (entry: IdentifiedEntry | undefined, kind: string): string | undefined => entry?.keys.find((key) => key.kind === kind)?.key;

describe('A canonical address', () => {
  test.each([
    'http://example.org/a-post',
    'https://www.example.org/a-post/',
    'https://EXAMPLE.org:443/a-post/?utm_source=rss&utm_medium=rss',
    'https://example.org/a-post/#comments',
    'https://example.org/a-post/?fbclid=x',
    'https://example.org/%61-post/',
  ])('%s', (address) => {
    expect(canonicalUrl(address)).toBe('example.org/a-post');
  });

  test('keeps the parameters that carry meaning, in their order', () => {
    expect(canonicalUrl('https://example.org/?p=12&utm_source=x&lang=es')).toBe('example.org?p=12&lang=es');
  });
});

describe('Keys', () => {
  test('an id is unique for all sources when it is an address, a tag or a urn, else for its site', () => {
    expect(keyOf(identify({ id: 'http://www.example.org/?p=12' })[0], 'guid')).toBe('example.org/?p=12');
    expect(keyOf(identify({ id: 'tag:example.org,2020:12' })[0], 'guid')).toBe('tag:example.org,2020:12');
    expect(keyOf(identify({ id: '12' })[0], 'guid')).toBe('example.org | 12');
  });

  test('what several entries of a document share is no key', () => {
    const [first, second] = identify({ id: '1', url: 'https://example.org/changes' }, { id: '2', url: 'https://example.org/changes#v2' });
    expect(keyOf(first, 'url')).toBeUndefined();
    expect(keyOf(second, 'url')).toBeUndefined();
  });

  test('the front page of a site is no address of a post', () => {
    expect(keyOf(identify({ url: 'https://www.example.org' })[0], 'url')).toBeUndefined();
    expect(keyOf(identify({ url: 'https://example.org/feed/' })[0], 'url')).toBeUndefined();
  });

  test('title and minute are a fingerprint, a short title or a missing date is none', () => {
    const publishedAt = new Date('2026-03-01T10:00:30Z');
    const [one] = identify({ publishedAt, title: 'Mentors, and why' });
    const [two] = identify({
      publishedAt: new Date('2026-03-01T10:00:59Z'),
      title: '  mentors and  WHY!',
      url: 'https://other.example/x',
      id: 'x',
    });
    expect(keyOf(one, 'fingerprint')).toBe(keyOf(two, 'fingerprint'));
    expect(keyOf(identify({ publishedAt, title: 'News' })[0], 'fingerprint')).toBeUndefined();
    expect(keyOf(identify({ title: 'Mentors, and why' })[0], 'fingerprint')).toBeUndefined();
  });
});

describe('Entry ids', () => {
  test('an entry stated twice counts once', () => {
    expect(identify({ id: '1' }, { id: '1' })).toHaveLength(1);
  });

  test('a constant id is told apart by the address', () => {
    const ids = identify({ id: 'x', url: 'https://example.org/a' }, { id: 'x', url: 'https://example.org/b' }).map((each) => each.entryId);
    expect(ids).toEqual(['x example.org/a', 'x example.org/b']);
  });

  test('an endless id is shortened', () => {
    const [entry] = identify({ id: `https://example.org/${'a'.repeat(5_000)}` });
    expect(entry!.entryId.length).toBeLessThan(300);
  });
});

test('a tag id is a tag URI that tells posts apart, also after a database was begun anew', () => {
  const facts = { authority: 'news.example.org,2026-01-01', postId: '12', statedAs: 'example.org/?p=1' };
  expect(tagIdFor(facts)).toMatch(/^tag:news\.example\.org,2026-01-01:post\/12-[0-9a-f]{10}$/);
  expect(tagIdFor(facts)).toBe(tagIdFor({ ...facts }));
  expect(tagIdFor(facts)).not.toBe(tagIdFor({ ...facts, statedAs: 'example.org/?p=2' }));
});
