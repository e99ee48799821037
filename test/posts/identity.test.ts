import { describe, expect, test } from '@jest/globals';
import { findEntryKeys, identifyEntries, isReusedId, isSamePost, keyedPart, statedHashOf, tagIdFor } from '../../src/posts/identity.ts';
import type { IdentifiedEntry, StoredPost } from '../../src/posts/identity.ts';
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

describe('Recognition', () => {
  const stored = (more: Partial<StoredPost> = {}): StoredPost => ({
    id: '7',
    state: 'released',
    reason: null,
    revision: 1,
    contentHash: '',
    htmlLength: 10,
    title: 'A post about reading',
    url: 'https://example.org/a-post/',
    publishedAt: new Date('2026-03-01T10:00:00Z'),
    statements: [{ sourceId: '1', entryId: 'old', isLead: true }],
    ...more,
  });
  const [moved] = identify({ id: 'new', title: 'A post about reading', publishedAt: new Date('2026-03-01T10:00:00Z') });

  const byPage = { kind: 'url', key: 'example.org/a-post' } as const;

  test('a number that is unique on its site only needs the same title or moment', () => {
    const byNumber = { kind: 'guid', key: 'example.org | 12' } as const;
    const [other] = identify({ id: '12', title: 'Episode twelve', publishedAt: new Date('2026-03-01T18:00:00Z') });
    expect(isSamePost(other!, byNumber, stored(), '2', new Set(['12']))).toBe(false);
    expect(isSamePost(moved!, byNumber, stored(), '2', new Set(['new']))).toBe(true);
  });

  test('a changed id under an unchanged address is the same post', () => {
    expect(isSamePost(moved!, byPage, stored(), '1', new Set(['new']))).toBe(true);
  });

  test('two ids in one document are two posts', () => {
    expect(isSamePost(moved!, byPage, stored(), '1', new Set(['new', 'old']))).toBe(false);
    expect(isSamePost(moved!, byPage, stored(), '2', new Set(['new', 'old']))).toBe(true);
  });

  test('a page that is used again for something else is another post', () => {
    const [next] = identify({ id: 'new', title: 'The word of another day', publishedAt: new Date('2026-03-05T10:00:00Z') });
    expect(isSamePost(next!, byPage, stored(), '1', new Set(['new']))).toBe(false);
    const [edited] = identify({ id: 'new', title: 'A better title', publishedAt: new Date('2026-03-01T10:00:00Z') });
    expect(isSamePost(edited!, byPage, stored(), '1', new Set(['new']))).toBe(true);
  });

  test('an id is used again when page, title and day all differ, and only when they are known', () => {
    const publishedAt = new Date('2026-11-01T10:00:00Z');
    const other = { id: 'old', title: 'Another issue', url: 'https://example.org/another/', publishedAt };
    const isReused = (more: Partial<Entry>): boolean => isReusedId(identify({ ...other, ...more })[0]!, stored());
    expect(isReused({})).toBe(true);
    expect(isReused({ title: 'A post about reading' })).toBe(false);
    expect(isReused({ url: 'http://www.example.org/a-post?utm_source=x' })).toBe(false);
    expect(isReused({ publishedAt: new Date('2026-03-02T10:00:00Z') })).toBe(false);
    expect(isReused({ title: '' })).toBe(false);
    expect(isReusedId(identify(other)[0]!, stored({ publishedAt: null }))).toBe(false);
  });
});

test('a tag id is a tag URI that tells posts apart, also after a database was begun anew', () => {
  const facts = { authority: 'news.example.org,2026-01-01', postId: '12', statedAs: 'example.org/?p=1' };
  expect(tagIdFor(facts)).toMatch(/^tag:news\.example\.org,2026-01-01:post\/12-[0-9a-f]{10}$/);
  expect(tagIdFor(facts)).toBe(tagIdFor({ ...facts }));
  expect(tagIdFor(facts)).not.toBe(tagIdFor({ ...facts, statedAs: 'example.org/?p=2' }));
});
