import { expect, test } from '@jest/globals';
import { meantLine, titleText } from '../../src/reading/formats/title-text.ts';
import { startCpuTimer } from '../support/cpu-time.ts';

test.each([
  ['AT&T', 'AT&T'],
  ['AT&amp;T', 'AT&T'],
  ['AT&amp;amp;T', 'AT&T'],
  ['A < B', 'A < B'],
  ['1 < 2 and 3 > 2', '1 < 2 and 3 > 2'],
  ['Nice <gorilla> what’s he weigh?', 'Nice <gorilla> what’s he weigh?'],
  ['History of the <blink> tag', 'History of the <blink> tag'],
  ['Example <b>Atom</b>', 'Example Atom'],
  ['&lt;p&gt;Item Title&lt;/p&gt;', 'Item Title'],
  ['&amp;lt;em&amp;gt;twice&amp;lt;/em&amp;gt;', 'twice'],
  ['one<br>two<br/>three', 'one two three'],
  ['<p>one<p>two', 'one two'],
  ['<a href="https://example.org/">link</a> and <a href="x">cut', 'link and cut'],
  ['safe<script>alert(1)</script> description', 'safe description'],
  ['<style>b{}</style>text', 'text'],
  ['before<!-- a comment -->after', 'beforeafter'],
  ['sa&lt;!-- never closed &gt;fe', 'safe'],
  ['safe<!-- never ends', 'safe'],
  ['<!DOCTYPE html><html><body>Crazy</body></html>', 'Crazy'],
  ['a&nbsp;&#8211; b&hellip;', 'a – b…'],
  ['?page=1&copy=2', '?page=1&copy=2'],
  ['caf&#233; &#x1F600; &#146;', 'café 😀 ’'],
  ['a\u0000b&#0;c&#xD800;d&#xFDD0;e\uFDD1f', 'abcdef'],
  ['Error &#0 and &amp;#x1', 'Error &#0 and &#x1'],
  ['  a\n\tb\u00a0c ', 'a b c'],
  ['</example>', '</example>'],
  ['<figure>one</figure><summary>two</summary>three', 'one two three'],
  ['How to style an <input>, and the <source> of <time>', 'How to style an <input>, and the <source> of <time>'],
  ['<html><head><title>A whole</title></head><body>document', 'A whole document'],
  ['How <details> and </details> work', 'How <details> and </details> work'],
  ['<input/>', '<input/>'],
  ['Text <input type="text" class="x"> y', 'Text <input type="text" class="x"> y'],
  ['Vec<data>x</data>', 'Vec<data>x</data>'],
  ['<math><mi>x</mi></math> squared', '<math><mi>x</mi></math> squared'],
  ['At 10&lt;sup&gt;6&lt;/sup&gt; K, H<sub>2</sub>O and e<sup>kt</sup>', 'At 10⁶ K, H₂O and e^(kt)'],
  ['The 2<sup>nd</sup> report of 2026<sup>1</sup>', 'The 2nd report of 2026'],
  ['Now <s>closed</s> open', 'Now ~~closed~~ open'],
  ['x<sup>&minus;2</sup>', 'x⁻²'],
  ['What <sup> and <sub> do', 'What <sup> and <sub> do'],
  ['', ''],
])('%j reads as %j', (raw, expected) => {
  expect(titleText(raw)).toBe(expected);
});

test('a title of many unclosed tags takes no time', () => {
  const usedMs = startCpuTimer();
  for (const piece of ['<p<p', '<b>', '<!--', '<a href="', '&amp;', '</b>', '<b x']) titleText(piece.repeat(100_000));
  expect(usedMs()).toBeLessThan(500);
});

test('plain text is on one line and keeps what looks like markup', () => {
  expect(meantLine(' <b>\n a ')).toBe('<b> a');
});
