import { describe, expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { displayTitle } from '../../src/content/title.ts';
import { createFootnotes, noteNumbers, plainText } from '../../src/render/parts/plain-text.ts';
import { entryOf } from '../support/entry-of.ts';
import { sanitiseHtml } from '../support/sanitise-html.ts';

const page = 'https://example.org/p/';
const textOf = (html: string): string => {
  const nodes = parseOwnHtml(sanitiseHtml(html, { baseUrl: page, pageUrl: page }));
  return plainText(nodes, createFootnotes(1, new Set(noteNumbers(nodes))), 74).replaceAll('\u00A0', ' ');
};
const summaryOf = (html: string): string => contentFromEntry(entryOf({ title: 'A title', url: page, html })).content.summary;

describe('what is raised or lowered keeps its meaning in text and summary', () => {
  test.each([
    ['10<sup>6</sup> pupils', '10⁶ pupils'],
    ['10 <sup>6</sup> pupils', '10 ⁶ pupils'],
    ['10<sup>-6</sup> m', '10⁻⁶ m'],
    ['room 4<sup>2</sup>', 'room 4²'],
    ['2<sup>10</sup> and 2<sup>n</sup> and 2<sup>k</sup>', '2¹⁰ and 2ⁿ and 2^k'],
    ['e<sup>kt</sup>', 'e^(kt)'],
    ['<i>e</i><sup>kt</sup>', 'e^(kt)'],
    ['x<sup>2</sup> + y<sup>n+1</sup>', 'x² + yⁿ⁺¹'],
    ['x<sup>y<sup>2</sup></sup>', 'x^(y²)'],
    ['(a + b)<sup>2</sup>', '(a + b)²'],
    ['E=mc<sup>2</sup> and E = mc<sup>2</sup>', 'E=mc² and E = mc²'],
    ['the area πr<sup>2</sup> and V = 2πr<sup>2</sup>h', 'the area πr² and V = 2πr²h'],
    ['the n<sup>th</sup> of 25<sup>°C</sup> and m<sup>²</sup>', 'the nth of 25°C and m²'],
    ['45 m<sup>2</sup>, 3 km<sup>2</sup>, 2 cm<sup>3</sup>', '45 m², 3 km², 2 cm³'],
    ['E=mc<sup>2</sup>, E = mc<sup>2</sup>, ½mv<sup>2</sup> and 4πr<sup>3</sup>', 'E=mc², E = mc², ½mv² and 4πr³'],
    ['in the 1990s<sup>2</sup> and at 10 am<sup>3</sup>', 'in the 1990s[2] and at 10 am[3]'],
    ['H<sub>2</sub>O and CO<sub>2</sub>', 'H₂O and CO₂'],
    ['SO<sub>4</sub><sup>2-</sup> and Ca<sup>2+</sup>', 'SO₄²⁻ and Ca²⁺'],
    ['x<sub>ij</sub> and x<sub>i</sub><sup>2</sup>', 'x_(ij) and x_i²'],
    ['<sup>14</sup>C and the <sup>1</sup>H', '¹⁴C and the ¹H'],
    ['<sup>1</sup>/<sub>2</sub> cup, 3<sup>1</sup>/<sub>2</sub> cups', '1/2 cup, 3 1/2 cups'],
    ['20<sup>o</sup>C', '20°C'],
    ['the 1<sup>st</sup>, 2<sup>nd</sup>, 10<sup>th</sup>', 'the 1st, 2nd, 10th'],
    ['1<sup>er</sup>, XX<sup>e</sup>, M<sup>lle</sup>, n<sup>o</sup> 5, 1<sup>a</sup>', '1er, XXe, Mlle, nº 5, 1ª'],
    ['Gazette<sup>TM</sup> and Gazette<sup>®</sup>', 'Gazette™ and Gazette®'],
    ['the school of 2026<sup>1</sup>', 'the school of 2026[1]'],
    ['the school<sup>12</sup> and the sea.<sup>3</sup>', 'the school[12] and the sea.[3]'],
    ['the school<sup>1,2</sup>', 'the school[1,2]'],
    ['12,400<sup>2</sup> pupils and 45%<sup>3</sup>', '12,400[2] pupils and 45%[3]'],
    ['in May (see above)<sup>2</sup>', 'in May (see above)[2]'],
    ['x = yes<sup>2</sup>, και<sup>2</sup> and E=mc<sup>1</sup>', 'x = yes[2], και[2] and E=mc[1]'],
    ['the school<sup>[4]</sup> and the sea<sup>*</sup>', 'the school[4] and the sea*'],
    ['A total<sup>a</sup>', 'A total[a]'],
    ['<sup>1</sup> By the calendar.', '[1] By the calendar.'],
    ['<sup>1</sup>By the calendar.', '[1] By the calendar.'],
    ['word<sup><a href="#fn1">1</a></sup> and x<a href="#fn2"><sup>2</sup></a>', 'word[1] and x[2]'],
    ['word<sup class="reference"><a href="#cite_note-1"><span>[</span>1<span>]</span></a></sup>', 'word[1]'],
    ['word<a class="footnote-anchor" href="#footnote-1">1</a>, word', 'word[1], word'],
    ['<sup>A caption in small letters</sup>', 'A caption in small letters'],
    ['words <sub>in small letters</sub>', 'words in small letters'],
  ])('%s', (html, line) => {
    expect(textOf(`<p>${html}</p>`)).toBe(line);
    expect(summaryOf(`<p>${html}</p>`)).toBe(line.replaceAll(/^\[1\] |\[[\da,]+\]/g, ''));
  });

  test('html keeps the markup', () => {
    const html = '<p>10<sup>6</sup> H<sub>2</sub>O <del>closed</del> <ins>opened</ins></p>';
    expect(sanitiseHtml(html)).toBe(html);
  });

  test('what is struck is marked in the text, and left out of the summary and a title', () => {
    const html = '<p>They <del>closed</del> <ins>opened</ins> it for <s>20 euros </s>15.</p>';
    expect(textOf(html)).toBe('They ~~closed~~ opened it for ~~20 euros~~ 15.');
    expect(summaryOf(html)).toBe('They opened it for 15.');
    expect(displayTitle({ html, language: 'en', attachments: [] })).toBe('They opened it for 15.');
    expect(summaryOf('<p><s>All of it is struck.</s></p>')).toBe('All of it is struck.');
  });

  test('in cells, items and code', () => {
    expect(textOf('<table><tr><td>10<sup>6</sup></td><td>m<sup>2</sup></td></tr><tr><td>a</td><td>b</td></tr></table>')).toBe(
      '10⁶ | m²\na | b',
    );
    expect(textOf('<ul><li>10<sup>6</sup></li></ul><pre>x<sup>2</sup></pre>')).toBe('- 10⁶\n\n    x²');
  });
});

describe('numbers of notes and numbers of links are told apart', () => {
  test('links pass over the numbers of notes', () => {
    const html =
      '<p>Of 2026<sup>1</sup>, see <a href="https://a.example/">this</a> and <a href="https://b.example/">that</a>.</p><p><sup>1</sup> Or <sup>2</sup>.</p>';
    expect(textOf(html)).toBe('Of 2026[1], see this [3] and that [4].\n\n[1] Or [2].');
  });

  test('a mark that leads to another page keeps its link, and a way back needs none', () => {
    expect(textOf('<p>Of 2026<sup><a href="https://a.example/">1</a></sup>.</p>')).toBe('Of 2026[1] [2].');
    expect(textOf('<ol><li>By the calendar. <a href="#fnref1">↩</a></li></ol>')).toBe('1. By the calendar.');
  });
});
