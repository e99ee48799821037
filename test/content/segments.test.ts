import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { segmentsOf } from '../../src/content/text/segments.ts';
import { sentencesOf } from '../../src/content/text/sentence.ts';
import { startCpuTimer } from '../support/cpu-time.ts';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });
const whole = (segmenter: Intl.Segmenter, text: string): string[] => [...segmenter.segment(text)].map(({ segment }) => segment);

describe('segments of a text, a window at a time', () => {
  test.each([
    ['graphemes across windows', graphemes, `${'a'.repeat(255)}👨‍👩‍👧e\u0301${'🇪🇸'.repeat(300)}`],
    ['a letter with more marks than a window holds', graphemes, `a${'\u0301'.repeat(2_000)}b${'\u0301'.repeat(300)}c`],
    ['sentences', sentences, 'This is one. And "this" is Dr. No? Yes! '.repeat(500)],
    ['a sentence longer than a window', sentences, `${'word '.repeat(3_000)}end. ${'Next one. '.repeat(600)}${'tail '.repeat(2_000)}`],
    ['nothing', graphemes, ''],
  ])('are those of the whole: %s', (_what, segmenter, text) => {
    expect(segmentsOf(segmenter, text)).toEqual(whole(segmenter, text));
  });

  test('are those of the whole for any text', () => {
    const piece = fc.constantFrom('a', ' ', '. ', '? ', '\n', 'Dr. ', '中。', '\u0301', '👍🏽', '"', '5', 'ab ', '!?', ')');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 900, minLength: 200 }), (pieces) => {
        const text = pieces.join('');
        expect(segmentsOf(graphemes, text)).toEqual(whole(graphemes, text));
        expect(sentencesOf(text, 'en').join('')).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  test.each(['en', 'es', 'el', 'ja', 'ar', 'hy'])('a text that is told to be one sentence at a look is one: %s', (language) => {
    const segmenter = new Intl.Segmenter(language, { granularity: 'sentence' });
    // Every sign that is passed over, in places where one that ends a sentence would.
    const passed = Array.from({ length: 0x1_2000 }, (_, code) => String.fromCodePoint(code + 1)).filter(
      (sign) => sentencesOf(`This${sign} That${sign}`, language).length === 1 && !/\p{Surrogate}/u.test(sign),
    );
    for (let at = 0; at < passed.length; at += 500) {
      const text = passed
        .slice(at, at + 500)
        .map((sign) => `this${sign} That${sign}that ${sign}This `)
        .join('');
      expect(whole(segmenter, text)).toEqual([text]);
    }
    expect(passed.length).toBeGreaterThan(60_000);
  });

  test('of a word of 300,000 letters take no more than a moment', () => {
    const usedMs = startCpuTimer();
    expect(segmentsOf(graphemes, 'Ж'.repeat(300_000))).toHaveLength(300_000);
    expect(sentencesOf('a?b'.repeat(100_000), 'en')).toHaveLength(1);
    expect(usedMs()).toBeLessThan(3_000);
  });
});
