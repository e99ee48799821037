import { describe, expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { entryOf } from '../support/entry-of.ts';

const prepared = (html: string): ReturnType<typeof contentFromEntry> =>
  contentFromEntry(entryOf({ title: 'A title', url: 'https://example.org/p/', html }));
const htmlOf = (html: string): string => prepared(html).content.html;
const link = (href: string, shown = href): string => `<a href="${href}">${shown}</a>`;

describe('a plain address in a text is a link', () => {
  test.each([
    ['See https://a.example/x?b=1&amp;c=2.', `See ${link('https://a.example/x?b=1&amp;c=2')}.`],
    ['See (https://a.example/x), then.', `See (${link('https://a.example/x')}), then.`],
    ['See https://a.example/x_(y).', `See ${link('https://a.example/x_(y)')}.`],
    ['See [http://a.example/]!', `See [${link('http://a.example/')}]!`],
    ['See www.a.example/x, or not', `See ${link('https://www.a.example/x', 'www.a.example/x')}, or not`],
    ['“https://a.example/x”', `“${link('https://a.example/x')}”`],
    ['会議は https://a.example/x。', `会議は ${link('https://a.example/x')}。`],
    ['<b>https://a.example/x</b>', `<b>${link('https://a.example/x')}</b>`],
    ['https://a.example/x and https://b.example/y', `${link('https://a.example/x')} and ${link('https://b.example/y')}`],
  ])('%s', (html, expected) => {
    expect(htmlOf(`<p>${html}</p>`)).toBe(`<p>${expected}</p>`);
  });

  test.each([
    'Write to info@www.a.example or a@b.example',
    'A https:// alone, www. alone and www.a',
    'It was cut: https://a.example/very/lo…',
    'Of http://localhost and https://me:secret@a.example/',
    '<code>https://a.example/x</code>',
    '<a href="https://a.example/">https://a.example/x</a>',
    'xhttps://a.example/',
  ])('but not in "%s"', (html) => {
    expect(htmlOf(`<p>${html}</p>`)).toBe(`<p>${html}</p>`);
  });

  test.each([
    [
      'Ann Lee <ann@a.example> at <https://a.example/x?b=1>.',
      `Ann Lee &lt;ann@a.example&gt; at &lt;${link('https://a.example/x?b=1')}&gt;.`,
    ],
    ['A <b>bold</b> word, 1 <2 and <i>b@c</i>.', 'A <b>bold</b> word, 1 &lt;2 and <i>b@c</i>.'],
  ])('and one in angle brackets is no tag: %s', (html, expected) => {
    expect(htmlOf(`<p>${html}</p>`)).toBe(`<p>${expected}</p>`);
  });

  test('which is no news: a post with the address as text and one with its link are the same', () => {
    const { contentHash, saidHash } = prepared('<p>See https://a.example/x.</p>');
    const { contentHash: other, saidHash: otherSaid } = prepared('<p>See <span>https://a.example/x</span>.</p>');
    expect([contentHash, saidHash]).toEqual([other, otherSaid]);
    expect(htmlOf('<pre>See https://a.example/x</pre>')).toBe('<pre>See https://a.example/x</pre>');
  });
});
