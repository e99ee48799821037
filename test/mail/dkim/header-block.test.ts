import { describe, expect, test } from '@jest/globals';
import { readHeaderBlock } from '../../../src/mail/dkim/header-block.ts';

function canonical(block: string): string[] {
  return readHeaderBlock(Buffer.from(block)).map((field) => Buffer.from(field.canonical, 'latin1').toString());
}

describe('the relaxed form of a field', () => {
  test('is that of RFC 6376 3.4.5', () => {
    expect(canonical('A: X\r\nB: Y\t\r\n\tZ  \r\n')).toEqual(['a:X', 'b:Y Z']);
  });

  test.each([
    ['a value of blanks', 'A: \t \r\n', 'a:'],
    ['no value', 'A:\r\n', 'a:'],
    ['one blank', 'A: \r\n', 'a:'],
    ['a tab between words', 'A: b\tc\r\n', 'a:b c'],
    ['a line of blanks', 'A: b\r\n \r\n\tc\r\n', 'a:b c'],
    ['a colon and a blank in the value', 'A:b : c\r\n', 'a:b : c'],
    // Its last octet is A0, which is a blank to whoever reads octets as latin1 and trims them as texts.
    ['a letter whose last octet looks like a blank', 'A: voilà\r\n', 'a:voilà'],
    ['a blank that does not break', 'A: \u00A0b\u00A0\u00A0c\u00A0\r\n', 'a:\u00A0b\u00A0\u00A0c\u00A0'],
  ])('keeps what is no blank: %s', (_, block, expected) => {
    expect(canonical(block)).toEqual([expected]);
  });
});
