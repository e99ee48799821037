import { describe, expect, test } from '@jest/globals';
import { admitNewcomers, chronological, parseFirstRead } from '../../src/posts/flood-guard.ts';
import type { Newcomer } from '../../src/posts/flood-guard.ts';

const posts = (count: number): Newcomer[] => Array.from({ length: count }, (_, index) => ({ publishedAt: new Date(2026, 2, 28 - index) }));
const states = (newcomers: Newcomer[], poll: Parameters<typeof admitNewcomers>[1]): string[] =>
  admitNewcomers(newcomers, poll).map((each) => each.state);
const later = { guardLimit: 20, rekeyedCount: 0 };

describe('Later polls', () => {
  test('release what is new, up to the limit', () => {
    expect(new Set(states(posts(20), later))).toEqual(new Set(['released']));
  });

  test('hold everything when there is more', () => {
    expect(admitNewcomers(posts(21), later)).toEqual(Array.from({ length: 21 }, () => ({ state: 'held', reason: { kind: 'flood' } })));
  });

  test('hold what is new when a source gives new ids to unchanged links', () => {
    expect(states(posts(2), { ...later, rekeyedCount: 3 })).toEqual(['held', 'held']);
    expect(states(posts(2), { ...later, rekeyedCount: 1 })).toEqual(['released', 'released']);
  });

  describe('of a document that lost something', () => {
    const past = { oldestAt: new Date(2026, 2, 27), isIncomplete: true };
    const atEnd = (newcomer: Newcomer): Newcomer => ({ ...newcomer, isBehindKnown: true });

    test('hold what stands at its end and is older than all that the first read found', () => {
      const old = { state: 'held', reason: { kind: 'older' } };
      expect(admitNewcomers([...posts(3), {}].map(atEnd), { ...later, past })).toEqual([
        { state: 'released' },
        { state: 'released' },
        old,
        { state: 'released' },
      ]);
    });

    test('release what is back-dated: it stands elsewhere, or nothing is gone', () => {
      expect(states(posts(3), { ...later, past })).toEqual(['released', 'released', 'released']);
      expect(states(posts(3).map(atEnd), { ...later, past: { ...past, isIncomplete: false } })).toEqual([
        'released',
        'released',
        'released',
      ]);
    });

    test('count nothing old as a part of a flood', () => {
      expect(states(posts(3).map(atEnd), { ...later, guardLimit: 2, past })).toEqual(['released', 'released', 'held']);
      expect(states(posts(3).map(atEnd), { ...later, guardLimit: 1, past })).toEqual(['held', 'held', 'held']);
    });
  });
});

describe('The first read', () => {
  test('is a past that is known, however much it is', () => {
    expect(new Set(states(posts(500), { ...later, firstRead: { kind: 'known' } }))).toEqual(new Set(['known']));
  });

  test('is released without the guard where staff say so', () => {
    expect(new Set(states(posts(500), { ...later, firstRead: { kind: 'release' } }))).toEqual(new Set(['released']));
  });

  test('releases the latest, by date and not by place', () => {
    const newcomers = [{ publishedAt: new Date(2026, 0, 1) }, { publishedAt: new Date(2026, 2, 1) }, { publishedAt: new Date(2026, 1, 1) }];
    expect(states(newcomers, { ...later, firstRead: { kind: 'latest', count: 2 } })).toEqual(['known', 'released', 'released']);
  });

  test.each(['known', 'release', 'latest:3'])('%s is understood', (text) => {
    expect(parseFirstRead(text)).toBeDefined();
  });

  test.each(['', 'all', 'latest', 'latest:0', 'latest:-1', 'latest:1.5'])('"%s" is not', (text) => {
    expect(parseFirstRead(text)).toBeUndefined();
  });
});

test('the release order follows the dates, posts without one keep their place in the document', () => {
  const at = (day: number): Date => new Date(2026, 2, day);
  const ordered = chronological([
    { id: 'd', publishedAt: at(4) },
    { id: 'c' },
    { id: 'b', publishedAt: at(2) },
    { id: 'x', publishedAt: at(9) },
    { id: 'a' },
  ]);
  expect(ordered.map((each) => each.id)).toEqual(['a', 'b', 'c', 'd', 'x']);
});
