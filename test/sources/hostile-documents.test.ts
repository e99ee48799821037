/*
 * Documents made to take long where entries are told apart: thousands of entries in one text, of one post, or in long texts that are all others. What is done
 * under the lock of posts is counted in processor time of this thread.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import type { PreparedEntry } from '../../src/posts/identity/agreement.ts';
import { findEntryKeys, identifyEntries, statedHashOf } from '../../src/posts/identity/identity.ts';
import { storeEntries } from '../../src/posts/storing/store-entries.ts';
import type { Entry } from '../../src/reading/entry.ts';
import { startCpuTimer } from '../support/cpu-time.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { entryOf } from '../support/entry-of.ts';
import { addTestSource } from '../support/feed-site.ts';

let stored: TestDatabase;
beforeAll(async () => {
  stored = await createTestDatabase();
});
afterAll(() => stored.drop());

const count = 1_000;
const many = <Value>(make: (index: number) => Value, of = count): Value[] => Array.from({ length: of }, (_, index) => make(index));

function prepare(entries: readonly Entry[]): PreparedEntry[] {
  const keys = findEntryKeys(entries, { sourceUrl: 'https://hostile.example/feed' });
  const stated = entries.map((entry, index) => ({ entry, statedHash: statedHashOf(entry), ...keys[index]! }));
  return identifyEntries(stated).map((each) => ({ ...each, prepared: contentFromEntry(each.entry) }));
}

/** Stores one document after the other. Returns the processor time that the last of them took, and how many posts there are then. */
async function storeAll(name: string, documents: readonly (readonly Entry[])[]): Promise<{ usedMs: number; posts: number }> {
  const { id: sourceId } = await addTestSource(stored.database, `https://${name}.example/feed`);
  let usedMs = 0;
  for (const [index, document] of documents.entries()) {
    const entries = prepare(document);
    await stored.database.transaction(async (tx) => {
      const timer = startCpuTimer();
      await storeEntries(tx, {
        sourceId,
        entries,
        presentIds: new Set(entries.map((each) => each.entryId)),
        idHabit: 'unproved',
        datesMove: false,
        isStandIn: false,
        firstRead: index === 0 ? { kind: 'known' } : undefined,
        guardLimit: 10,
        tagAuthority: 'example.org,2026-01-01',
        now: new Date('2026-05-01T08:00:00Z'),
      });
      usedMs = timer();
    });
  }
  const { rows } = await stored.database.query('select distinct post_id from post_source where source_id = $1', [sourceId]);
  return { usedMs, posts: rows.length };
}

const minute = (index: number): Date => new Date(Date.UTC(2026, 0, 1, 0, index));
const ideographs = (seed: number): string =>
  String.fromCodePoint(...many((index) => 0x4e00 + ((index * 7_919 + seed * 31) % 20_000), 5_900));
const words = (seed: number): string => many((index) => `w${(index * 13 + seed * 7) % 5_000}`, 900).join(' ');

// Generous: a machine on which much else runs takes several times the processor time of a quiet one, up to 1,600 ms where that took 400. What was quadratic
// took 5,000 on a quiet one.
const mostMs = 3_000;

describe('No document takes long', () => {
  test.each<[string, readonly (readonly Entry[])[], number]>([
    [
      'of one text, at a minute each',
      [1, 2].map((stage) =>
        many((index) => entryOf({ id: `${stage}-${index}`, url: `https://e.org/${index}`, title: 'Rain', publishedAt: minute(index) })),
      ),
      count,
    ],
    [
      'of one text, without dates',
      [1, 2].map((stage) => many((index) => entryOf({ id: `${stage}-${index}`, url: `https://e.org/${index}`, title: 'Snow' }))),
      1,
    ],
    [
      'of one post, whose entries are changed one by one',
      [1, 2].map((stage) =>
        many((index) =>
          entryOf({
            id: `t-${index}`,
            url: `https://e.org/${index}`,
            title: 'Hail',
            html: `<p>${words(1)} ${stage === 1 ? '' : index}</p>`,
          }),
        ),
      ),
      count,
    ],
    [
      'of long texts without spaces, all changed',
      [1, 2].map((stage) =>
        many(
          (index) =>
            entryOf({
              id: `c-${index}`,
              url: `https://e.org/c/${index}`,
              title: `C ${index}`,
              html: `<p>${ideographs(index)}${stage}</p>`,
            }),
          300,
        ),
      ),
      300,
    ],
    [
      'of long texts under one title, whose ids and words are all others',
      [1, 2].map((stage) =>
        many(
          (index) =>
            entryOf({ id: `${stage}-${index}`, url: 'https://e.org/board/', title: 'Fog', html: `<p>${words(index)} ${stage}</p>` }),
          500,
        ),
      ),
      1_000,
    ],
  ])(
    '%s',
    async (name, documents, posts) => {
      const found = await storeAll(name.replaceAll(/\W+/g, '-'), documents);
      expect(found.usedMs).toBeLessThan(mostMs);
      expect(found.posts).toBeLessThanOrEqual(posts);
    },
    120_000,
  );
});
