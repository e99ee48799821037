import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { createFootnotes, isOnlyQuotation, plainText } from '../../src/render/parts/plain-text.ts';
import { columnsOf, wrapIndented, wrapText } from '../../src/content/text/wrap-text.ts';

function write(html: string, width = 40): string {
  return plainText(parseOwnHtml(html), createFootnotes(1), width);
}

describe('content as text', () => {
  test('lines keep room for words however deep they stand', () => {
    const deep = (open: string, close: string): string => `${open.repeat(38)}${'Some words of it. '.repeat(50)}${close.repeat(38)}`;
    for (const html of [deep('<ul><li>', '</li></ul>'), deep('<blockquote>', '</blockquote>'), deep('<dl><dd>', '</dd></dl>')])
      expect(write(html)).toContain('Some words of it. Some');
  });

  test('lists have hanging indents, quotations a mark, rules three dots', () => {
    expect(
      write(
        '<ul><li>One item that is long enough to be wrapped.</li><li>Two<ol start="3"><li>Inner</li></ol></li></ul><hr><blockquote><p>Said.</p><p>Twice.</p></blockquote>',
      ),
    ).toBe(
      ['- One item that is long enough to be', '  wrapped.', '- Two', '', '  3. Inner', '', '· · ·', '', '> Said.', '>', '> Twice.'].join(
        '\n',
      ),
    );
  });

  test('a picture that is called what its caption says is not named beside it', () => {
    const figure = (alt: string): string =>
      `<figure><a href="https://e.org/"><img src="https://e.org/a.jpg" alt="${alt}"></a><figcaption>▶ e.org</figcaption></figure>`;
    expect(write(figure('e.org'))).toBe('▶ e.org');
    expect(write(figure('A hall'))).toContain('[A hall]');
  });

  test('links become numbered footnotes, the same address once; a bare address stays in place', () => {
    const footnotes = createFootnotes(7);
    const html =
      '<p><a href="https://e.org/a">One</a>, <a href="https://e.org/b">two</a>, <a href="https://e.org/a">again</a>: <a href="https://e.org/c">https://e.org/c</a></p>';
    expect(plainText(parseOwnHtml(html), footnotes, 76).replaceAll('\u00A0', ' ')).toBe('One [7], two [8], again [7]: https://e.org/c');
    expect(footnotes.list).toEqual([
      { number: 7, url: 'https://e.org/a' },
      { number: 8, url: 'https://e.org/b' },
    ]);
  });

  test('tables go row by row, line breaks stay, preformatted text keeps its form', () => {
    expect(
      write('<table><tr><th>Year</th><th>Pupils</th></tr><tr><td>2024</td><td>212</td></tr></table><p>A<br>B</p><pre>x\n  y</pre>'),
    ).toBe('Year | Pupils\n2024 | 212\n\nA\nB\n\n    x\n      y');
  });

  test.each([
    ['<pre>x <code>if </code> y</pre>', '    x if  y'],
    ['<pre>deep <u>one </u>two</pre>', '    deep one two'],
    ['<pre><span>def </span><b>f</b>(x):\n<i>  return </i>x\n</pre>', '    def f(x):\n      return x'],
    ['<pre>a<code>\nb</code><br><br>c</pre>', '    a\n    b\n\n    c'],
    ['<pre>See <a href="https://e.org/a">the docs </a>of it</pre>', '    See the docs\u00A0[1] of it'],
    ['<pre>a <img src="https://e.org/a.png" alt="picture"> <q>b</q></pre>', '    a [picture] “b”'],
  ])('preformatted text keeps the spaces of what stands in it: %s', (html, expected) => {
    expect(write(html)).toBe(expected);
  });

  test.each([
    ['<p>See<a href="https://e.org/a"> https://e.org/a </a>for it</p>', 'See https://e.org/a for it'],
    ['<p>one<a href="https://e.org/a"> </a>two</p>', 'one two'],
  ])('the spaces within a link keep words apart: %s', (html, expected) => {
    expect(write(html)).toBe(expected);
  });

  const row = (...cells: readonly string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  test.each([
    ['in the middle', row('a', 'b', 'c') + row('d', '', 'f'), 'a | b | c\nd | | f'],
    ['at the ends', row('', '2024') + row('Pupils', '212') + row('Staff', ''), '| 2024\nPupils | 212\nStaff'],
    ['behind one that spans two', `${row('a', 'b', 'c')}<tr><td colspan="2">both</td><td></td></tr>`, 'a | b | c\nboth'],
    ['of a column that has no word at all', row('', 'a', '', 'b') + row('<img src="https://e.org/a">', 'c', '', 'd'), 'a | b\nc | d'],
    ['of a row that has no word at all', row('a', 'b') + row('', '') + row('', 'c'), 'a | b\n| c'],
  ])('an empty cell keeps its place in its row: %s', (_, rows, expected) => {
    expect(write(`<table>${rows}</table>`)).toBe(expected);
  });

  test('pictures leave their alt text, decoration leaves nothing', () => {
    expect(
      write(
        '<figure><img src="https://e.org/a" alt="A chart"><figcaption>Source: us</figcaption></figure><p><img src="https://e.org/b" alt=""></p>',
      ),
    ).toBe('[A chart]\n\nSource: us');
  });

  test.each([
    ['<blockquote>Said</blockquote>', true],
    ['<blockquote>Said</blockquote><p>Somebody</p>', true],
    ['<blockquote>Said</blockquote><p>And</p><p>more</p>', false],
    ['<p>Before</p><blockquote>Said</blockquote>', false],
  ])('%s is nothing but a quotation: %s', (html, expected) => {
    expect(isOnlyQuotation(parseOwnHtml(html))).toBe(expected);
  });
});

describe('wrapping', () => {
  test('no line is longer than the width, and no character but white space is lost', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 20, max: 80 }), (text, width) => {
        const line = text.replaceAll(/[@\n\uFDD0]|:\/\//g, ' ');
        const wrapped = wrapText(line, width);
        for (const each of wrapped.split('\n')) expect(columnsOf(each)).toBeLessThanOrEqual(width);
        expect(wrapped.replaceAll(/[ \t\n]/g, '')).toBe(line.replaceAll(/[ \t\n]/g, ''));
      }),
    );
  });

  test('an address stays whole, however long', () => {
    const url = `https://example.org/${'a'.repeat(100)}`;
    expect(wrapText(`See ${url} now`, 40).split('\n')).toEqual(['See', url, 'now']);
  });

  test('wide characters count twice, and may be broken anywhere', () => {
    expect(wrapText('図'.repeat(30), 40).split('\n')).toEqual(['図'.repeat(20), '図'.repeat(10)]);
  });

  test('an indent stands before each line', () => {
    expect(wrapIndented('one two three four five six seven', 20, '- ', '  ')).toBe('- one two three four\n  five six seven');
  });
});
