import { describe, expect, test } from '@jest/globals';
import { areAllMoved, doDatesMove, habitsAfter, idHabitOf, signsOf } from '../../src/posts/identity/id-habit.ts';
import type { HabitSigns, SourceHabits } from '../../src/posts/identity/id-habit.ts';

const none: SourceHabits = { idsKeptCount: 0, idsRenewedAt: null, datesMovedCount: 0, datesKeptCount: 0 };
const now = new Date('2026-05-01T08:00:00Z');
const after = (...documents: Partial<HabitSigns>[]): SourceHabits =>
  documents.reduce<SourceHabits>(
    (habits, signs) => habitsAfter(habits, { keptCount: 0, renewedCount: 0, sameDateCount: 0, otherDateCount: 0, ...signs }, now),
    none,
  );

describe('Ids', () => {
  test('prove nothing until one is seen again with its words', () => {
    expect(idHabitOf(none)).toBe('unproved');
    expect(idHabitOf(after({}))).toBe('unproved');
    expect(idHabitOf(after({ keptCount: 1 }))).toBe('stable');
  });

  test('are made anew once words came back under another, whatever stayed beside them', () => {
    expect(idHabitOf(after({ keptCount: 3 }, { keptCount: 2, renewedCount: 1 }))).toBe('renewed');
  });

  test('are trusted again after ten documents in which they stayed', () => {
    const kept = Array.from({ length: 10 }, () => ({ keptCount: 1 }));
    expect(idHabitOf(after({ renewedCount: 1 }, ...kept.slice(1)))).toBe('renewed');
    expect(idHabitOf(after({ renewedCount: 1 }, ...kept))).toBe('stable');
  });
});

describe('Dates', () => {
  test('move when twice in a row all of what stayed the same had others', () => {
    expect(doDatesMove(after({ otherDateCount: 2 }))).toBe(false);
    expect(doDatesMove(after({ otherDateCount: 2 }, { otherDateCount: 1 }))).toBe(true);
    expect(doDatesMove(after({ otherDateCount: 2 }, { otherDateCount: 1, sameDateCount: 1 }))).toBe(false);
    expect(doDatesMove(after({ otherDateCount: 1 }, {}, { otherDateCount: 1 }))).toBe(true);
  });

  test('that all moved in one document say nothing where they stood still before, and in two in a row they do', () => {
    const signs = { sameDateCount: 0, otherDateCount: 2 };
    expect(areAllMoved(signs, after())).toBe(true);
    expect(areAllMoved(signs, after({ sameDateCount: 1 }))).toBe(false);
    expect(areAllMoved(signs, after({ sameDateCount: 1 }, { otherDateCount: 2 }))).toBe(true);
    expect(areAllMoved({ sameDateCount: 0, otherDateCount: 1 }, after())).toBe(false);
  });

  test('of what says something else, or had none, tell nothing', () => {
    const at = (text: string): Date => new Date(text);
    const [was, is] = [at('2026-05-01T07:00:00Z'), at('2026-05-01T08:00:00Z')];
    expect(
      signsOf([
        { postId: '1', hasOwnId: true, isSame: true, statedAt: is, wasStatedAt: was },
        { postId: '2', hasOwnId: true, isSame: true, statedAt: is, wasStatedAt: at('2026-05-01T08:00:30Z') },
        { postId: '3', hasOwnId: true, isSame: false, statedAt: is, wasStatedAt: was },
        { postId: '4', hasOwnId: false, isSame: true, statedAt: is, wasStatedAt: null },
        { postId: '5', hasOwnId: false, isSame: true, statedAt: undefined, wasStatedAt: was },
      ]),
    ).toEqual({ keptCount: 2, sameDateCount: 1, otherDateCount: 1 });
  });

  test('that moved from one moment to another are those of the document, and of one post that it lists twice its own', () => {
    const [was, is] = [new Date('2026-05-01T07:00:00Z'), new Date('2026-05-01T08:00:00Z')];
    const moved = (...postIds: string[]) =>
      postIds.map((postId) => ({ postId, hasOwnId: false, isSame: true, statedAt: is, wasStatedAt: was }));
    const still = { postId: '9', hasOwnId: false, isSame: true, statedAt: was, wasStatedAt: was };
    expect(areAllMoved(signsOf([...moved('1', '2'), still]), after())).toBe(true);
    expect(areAllMoved(signsOf([...moved('1', '1'), still]), after())).toBe(false);
  });
});
