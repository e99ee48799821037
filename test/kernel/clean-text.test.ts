import { describe, expect, test } from '@jest/globals';
import { cleanLine, cleanText } from '../../src/kernel/text/clean-text.ts';
import { parseSmtpReply } from '../../src/mail/smtp/smtp-reply.ts';
import { parseSettings } from '../../src/newsletters/newsletter.ts';
import { meantText } from '../../src/reading/decode/decode-text.ts';
import { meantLine } from '../../src/reading/formats/title-text.ts';
import { parsePersonName } from '../../src/subscribers/subscriber.ts';
import { parseTopicName } from '../../src/topics/topic.ts';

const unfit = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter((character) =>
  /[\p{Cc}\p{Surrogate}\uFDD0-\uFDEF\uFFFE\uFFFF]/u.test(character),
);
const all = `a${unfit.join('x')}b`;

describe('a text of ours', () => {
  test('holds no control character but tab and line feed, no noncharacter and no lone surrogate', () => {
    expect(unfit.filter((character) => cleanText(all).includes(character))).toEqual(['\t', '\n']);
    expect(cleanText('a\u0000b\u0085c\r\nd\re\u2028f\uD83Dg\u202Eh\u{1F600}')).toBe('ab c\nd\ne f\uFFFDgh\u{1F600}');
  });

  test('on one line holds none at all', () => {
    expect(unfit.filter((character) => cleanLine(all).includes(character))).toEqual([]);
    expect(cleanLine(' a\n\t b\u2029c ')).toBe('a b c');
  });

  test('that a source states is as it was meant: windows-1252 where it wrote its codes, no byte order marks', () => {
    expect(unfit.filter((character) => meantText(all).includes(character))).toEqual(['\t', '\n', '\r']);
    expect(meantText('\uFEFFa\u0092s \u0081\u0093b\u0094\uD83D')).toBe('a’s “b”');
  });

  test.each([
    ['a name of a person', (text: string) => parsePersonName(text)],
    ['a name of a newsletter', (text: string) => parseSettings({ name: text }).name],
    ['a name of a topic', (text: string) => parseTopicName(text)],
    ['a reply of a server', (text: string) => parseSmtpReply(`550 ${text}`)?.text],
    ['a title of a source', (text: string) => meantLine(text)],
  ])('is on one clean line, be it %s', (_what, read) => {
    expect(read(' a\u0000b\u202E\u2028\tc\uFDD0 ')).toBe('ab c');
  });
});
