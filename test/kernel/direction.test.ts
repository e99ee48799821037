import { describe, expect, test } from '@jest/globals';
import { isRightToLeftLanguage, isJoined, isolatedIn, isRightToLeft, withoutOpenDirections } from '../../src/kernel/text/direction.ts';

describe('characters that turn the direction round', () => {
  test.each([
    ['an override', 'invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['an override that closes, which nobody needs', 'a\u202Efdp\u202Cb', 'afdpb'],
    ['an isolate that does not close', '\u2067Title', 'Title'],
    ['an embedding that does not close', 'Title \u202B', 'Title '],
    ['a closing without its opening', 'Title\u2069\u202C', 'Title'],
    ['an isolate closed as an embedding', 'a\u2067b\u202Cc', 'abc'],
    ['pairs that cross', 'a\u2067b\u202Bc\u2069d\u202Ce', 'ab\u202Bcd\u202Ce'],
  ])('leave a text where they reach beyond it: %s', (_what, text, safe) => {
    expect(withoutOpenDirections(text)).toBe(safe);
  });

  test.each([
    ['an isolate', 'By \u2068\u05D0\u05D1\u2069, today'],
    ['pairs in each other', '\u2067a \u2066b\u2069 c\u2069'],
    ['an embedding', '\u202Babc\u202C'],
    ['marks', 'a\u200E b\u200F c\u061C'],
    ['none', 'Plain 🎉 text'],
  ])('stay where they close: %s', (_what, text) => {
    expect(withoutOpenDirections(text)).toBe(text);
  });
});

describe('the way in which a text is written', () => {
  test.each([
    ['مرحبا بالعالم', true],
    ['BBC عربي: الأخبار اليوم', true],
    ['שלום is a greeting of many', false],
    ['Plain text', false],
    ['2026', false],
  ])('%s', (text, isRtl) => {
    expect(isRightToLeft(text)).toBe(isRtl);
  });

  test('a text of the other way is set apart from its line, and only once', () => {
    expect(isolatedIn('مرحبا', false)).toBe('\u2068مرحبا\u2069');
    expect(isolatedIn('Gazette', true)).toBe('\u2068Gazette\u2069');
    expect(isolatedIn('\u2068ليلى\u2069 and Ana', false)).toBe('\u2068ليلى\u2069 and Ana');
    expect([isolatedIn('مرحبا', true), isolatedIn('Gazette', false), isolatedIn('2026', true)]).toEqual(['مرحبا', 'Gazette', '2026']);
  });

  test('letters that hang together get no space between them', () => {
    expect(['صحيفة', 'ܫܠܡܐ', 'ᠮᠣᠩᠭᠣᠯ', 'ߒߞߏ'].map(isJoined)).toEqual([true, true, true, true]);
    expect(['עיתון', 'Gazette', '新聞'].map(isJoined)).toEqual([false, false, false]);
  });
});

describe('the direction of a text', () => {
  test.each([
    ['مكتبة هادئة', undefined, true],
    ['12 مقالا', undefined, true],
    ['CERN: مختبر الفيزياء', undefined, true],
    ['CERN: مختبر الفيزياء', 'ar', true],
    ['The word سلام in an English text that a site calls Arabic', 'ar', false],
    ['A note', 'ar', false],
    ['2026', 'ar', true],
    ['2026', 'en', false],
    ['שלום', 'en', true],
  ])('%s in %s', (text, language, expected) => {
    expect(isRightToLeft(text, language)).toBe(expected);
  });

  test('of a language is that of its script', () => {
    expect(['ar', 'ar-EG', 'he', 'fa-IR', 'ur', 'az-Arab', 'dv'].map(isRightToLeftLanguage)).not.toContain(false);
    expect(['en', 'tr', 'az', 'ku', 'zh-Hant', 'no tag', ''].map(isRightToLeftLanguage)).not.toContain(true);
  });
});
