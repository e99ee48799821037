import { describe, expect, test } from '@jest/globals';
import { countOf } from '../../src/kernel/count-of.ts';

describe('a count with its noun', () => {
  test.each<[string, Parameters<typeof countOf>]>([
    ['0 posts', [0, 'post']],
    ['1 post', [1, 'post']],
    ['2 posts', [2, 'post']],
    ['1 delivery', [1, 'delivery', 'deliveries']],
    ['2 deliveries', [2, 'delivery', 'deliveries']],
  ])('%s', (text, words) => {
    expect(countOf(...words)).toBe(text);
  });
});
