import { describe, expect, test } from '@jest/globals';
import { nearestName } from '../../src/kernel/text/near-name.ts';
import { terminalText } from '../../src/kernel/terminal-text.ts';

const everyControl = Array.from({ length: 0x2070 }, (_, code) => String.fromCharCode(code)).filter((character) =>
  /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u.test(character),
);

describe('what a terminal gets', () => {
  test.each([
    ['colours', 'a\u001B[31;1mred\u001B[0m', 'ared'],
    ['colours in eight bits', 'a\u009B31mred', 'ared'],
    ['a title of the window', '\u001B]0;owned\u0007Title', ' ]0;owned Title'],
    ['a line over another', 'safe\rRANSOM', 'safe RANSOM'],
    ['an override', 'a\u202Efdp', 'a fdp'],
    ['half a character', 'a\uD83D', 'a '],
    ['line ends and tabs, which stay', 'a\n\tb', 'a\n\tb'],
    ['marks and emoji, which stay', 'a\u200F 👨‍👩‍👧 é', 'a\u200F 👨‍👩‍👧 é'],
  ])('has no orders in it: %s', (_what, text, shown) => {
    expect(terminalText(text)).toBe(shown);
  });

  test('is no control character but a line end and a tab', () => {
    expect(terminalText(everyControl.join('x')).replaceAll(/[\n\tx ]/g, '')).toBe('');
  });

  test('is JSON of the same meaning where it is JSON', () => {
    const value = { title: `${everyControl.join('')}\uD83D"\\` };
    const shown = terminalText(JSON.stringify(value, null, 2));
    expect(JSON.parse(shown)).toEqual(value);
    expect(everyControl.filter((character) => character !== '\n' && shown.includes(character))).toEqual([]);
  });
});

describe('the name that was probably meant', () => {
  test.each([
    ['snd', 'send'],
    ['sned', 'send'],
    ['SEND', 'send'],
    ['newslettres', 'newsletters'],
    ['newsleter', 'newsletters'],
    ['weekly ', 'weekly'],
  ])('by %s is %s', (typed, meant) => {
    expect(nearestName(typed, ['send', 'newsletters', 'weekly'])).toBe(meant);
  });

  test.each([['send'], ['sxyd'], ['s'], ['12'], ['quite another'], [`send${'d'.repeat(200)}`]])('is none by %s', (typed) => {
    expect(nearestName(typed, ['send', 'newsletters', '11', '21'])).toBeUndefined();
  });
});
