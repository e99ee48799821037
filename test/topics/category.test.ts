import { describe, expect, test } from '@jest/globals';
import { firstDecision } from '../../src/topics/category.ts';

describe('A new category', () => {
  test.each([
    ['category', 'leadership-development', 'pending'],
    ['category', 'uncategorized', 'ignored'],
    ['category', 'sin-categoria', 'ignored'],
    ['category', 'non-classe', 'ignored'],
    ['tag', 'leadership-development', 'ignored'],
  ] as const)('that is a %s "%s" is %s', (kind, slug, decision) => {
    expect(firstDecision({ kind, slug })).toBe(decision);
  });
});
