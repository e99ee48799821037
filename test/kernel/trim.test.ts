import { describe, expect, test } from '@jest/globals';
import { withoutSurrounding, withoutTrailing } from '../../src/kernel/trim.ts';
import { startCpuTimer } from '../support/cpu-time.ts';

describe('trimming character by character', () => {
  test.each([
    ['https://example.org//', /\//, 'https://example.org'],
    ['a/b', /\//, 'a/b'],
    ['///', /\//, ''],
    ['', /\//, ''],
    ['Title, …', /[\s,…]/u, 'Title'],
    ['Wow 🎉🎉', /[\s🎉]/u, 'Wow'],
    ['Wow 🎉', /[\s🎊]/u, 'Wow 🎉'],
  ])('the end of %j', (text, one, trimmed) => {
    expect(withoutTrailing(text, one)).toBe(trimmed);
  });

  test.each([
    ['"Jane"', /["']/, 'Jane'],
    ['"""', /["']/, ''],
    ["it's", /["']/, "it's"],
    ['🎉Wow🎉', /🎉/u, 'Wow'],
  ])('both ends of %j', (text, one, trimmed) => {
    expect(withoutSurrounding(text, one)).toBe(trimmed);
  });

  test('a run that is not at the end costs nothing', () => {
    const usedMs = startCpuTimer();
    expect(withoutTrailing(`${'/'.repeat(1_000_000)}x`, /\//)).toHaveLength(1_000_001);
    expect(usedMs()).toBeLessThan(100);
  });
});
