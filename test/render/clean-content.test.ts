import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emailHtml } from '../../src/render/parts/email-html.ts';
import { writeHtml } from '../../src/content/html/write-html.ts';
import { visibleLine } from '../../src/content/html/visible-text.ts';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { topLevelBlocks } from '../../src/content/html/blocks.ts';
import { elementsOf } from '../../src/content/html/html-tree.ts';
import { contentBlocks } from '../../src/render/parts/clean-content.ts';

const style = {
  elements: { p: 'margin:0', a: 'color:$accent', blockquote: 'quote', quotation: 'large' },
  accent: '#123456',
  columnWidthPx: 536,
};

function styled(html: string): { html: string; repairs: string[] } {
  const repairs: string[] = [];
  const blocks = contentBlocks(html, {}, (what) => repairs.push(what));
  return {
    html: emailHtml(
      blocks.flatMap((block) => block.nodes),
      style,
    ),
    repairs,
  };
}

describe('html as a tree', () => {
  test('blocks are elements and the runs of text between them; white space alone is none', () => {
    const html = ' \n<p>One</p> \n loose <em>text</em> <p>Two</p><ul><li>x</li></ul>  ';
    expect(topLevelBlocks(parseOwnHtml(html)).map(visibleLine)).toEqual(['One', 'loose text', 'Two', 'x']);
  });

  test('whatever comes, parsing ends, and what is written reads the same again', () => {
    const piece = fc.oneof(
      fc.constantFrom('<p>', '</p>', '<b', '<a href="x', '">', '<br>', '</div>', '&lt;', '&#xFDD0;', '<!--', ']]>', '<ul><li>'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const written = writeHtml(parseOwnHtml(pieces.join('')));
        expect(written).not.toMatch(/[\uFDD0-\uFDEF]/);
        expect(visibleLine(parseOwnHtml(written))).toBe(visibleLine(parseOwnHtml(writeHtml(parseOwnHtml(written)))));
      }),
    );
  });

  test('ten thousand levels do not exhaust the stack, and their text stays', () => {
    const depth = 10_000;
    expect(visibleLine(parseOwnHtml(`${'<div>'.repeat(depth)}deep<br>end${'</div>'.repeat(depth)}`))).toBe('deep end');
    expect(visibleLine(parseOwnHtml(`${'<div>'.repeat(depth)}one<p>two</p>three<p>four</p>`))).toBe('one two three four');
  });
});

describe('content for a digest', () => {
  test('styles come from the template, the accent in place', () => {
    expect(styled('<p class="x" style="y">A <a href="https://e.org/" target="_top">link</a></p>').html).toBe(
      '<p style="margin:0">A <a href="https://e.org/" style="color:#123456">link</a></p>',
    );
  });

  test('what the gate keeps for the direction of words and for readings above them stays', () => {
    const html =
      '<p style="margin:0"><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby> <bdi>a</bdi> <span lang="ar" dir="rtl">نص</span></p>';
    expect(styled(html.replace(' style="margin:0"', '')).html).toBe(html);
  });

  test('text without a paragraph gets one', () => {
    expect(styled('Bare <em>words</em>').html).toBe('<p style="margin:0">Bare <em>words</em></p>');
  });

  test('headings of a post stand below those of the digest', () => {
    expect(styled('<h1>A</h1><h2>B</h2><h3>C</h3><h5>D</h5>').html).toBe('<h4>A</h4><h4>B</h4><h5>C</h5><h6>D</h6>');
  });

  test('a quotation that is all keeps its own look', () => {
    const blocks = contentBlocks('<blockquote>Said</blockquote>', {}, () => {});
    expect(
      emailHtml(
        blocks.flatMap((block) => block.nodes),
        style,
        true,
      ),
    ).toContain('style="large"');
  });

  const spaced = {
    ...style,
    elements: {
      blockquote: 'padding:2px 0 2px 20px;border-left:3px solid $accent',
      ul: 'padding:0 0 0 24px',
      td: 'padding:7px 10px 7px 0',
    },
  };
  const widthsOf = (html: string) =>
    elementsOf(
      parseOwnHtml(
        emailHtml(
          contentBlocks(html, {}, () => {}).flatMap((block) => block.nodes),
          spaced,
        ),
      ),
    )
      .filter((element) => element.tag === 'img')
      .map((image) => Number(image.attributes['width']));
  const img = (attributes = '', name = 'a') => `<img src="https://e.org/${name}.png" alt="" ${attributes}>`;

  const mailOf = (html: string) =>
    emailHtml(
      contentBlocks(html, {}, () => {}).flatMap((block) => block.nodes),
      { ...style, elements: {} },
    );
  test.each([
    ['a picture', img('width="140"'), true],
    ['a linked picture', `<a href="https://e.org/">${img('width="140"')}</a><br>`, true],
    ['a sign', img('width="20"'), false],
    ['a picture that says no width', img(), false],
    ['a formula', '<img src="https://e.org/latex.php?x" alt="e^{kt}" width="140">', false],
  ])('before the words of a paragraph stands on a line of its own where it is of some size: %s', (_, picture, isApart) => {
    expect(mailOf(`<p>${picture}Many words</p>`).includes('<p>Many words</p>')).toBe(isApart);
  });

  test.each([
    ['no wider than the column', `<p>${img('width="1200"')}</p>`, [536]],
    ['the column where it stands alone and nothing says its width', `<figure>${img()}<figcaption>So</figcaption></figure>`, [536]],
    ['the stated one, also within a line', `<p>Text ${img('width="20"')} and ${img('width="220"')}</p>`, [20, 220]],
    ['a share of the column', `<p>${img('width="50%"')}</p>`, [268]],
    ['a part of the column within a line where nothing says it', `<p>Text ${img()} text</p>`, [179]],
    ['that of a sign where it is called one', `<p>Text ${img('', 'icons/pdf')} text</p>`, [24]],
    ['about as long as its text where it is a formula', '<p>So <img src="https://e.org/latex.php?x" alt="e^{kt}"> grows</p>', [45]],
    ['a third of the column where several stand in a line', `<p>${img()}${img()}${img()}</p>`, [179, 179, 179]],
    ['what a quotation leaves', `<blockquote><p>Text</p><p>${img('width="536"')}</p></blockquote>`, [513]],
    ['what a list leaves', `<ul><li>Text</li><li>${img()}</li></ul>`, [512]],
    ['its share in a table of pictures', `<table><tr><td>${img('width="536"')}</td><td>${img()}</td></tr></table>`, [258, 258]],
    ['the stated one beside words in a table', `<table><tr><td>${img('width="400"')}</td><td>Words</td></tr></table>`, [400]],
    ['what words beside it leave', `<table><tr><td>${img('width="500"')}</td><td>Words</td></tr></table>`, [446]],
  ])('each picture has a width for classic Outlook: %s', (_, html, expected) => {
    expect(widthsOf(html)).toEqual(expected);
  });

  test('a width that was only guessed holds for who reads no css', () => {
    const shown = (html: string) =>
      emailHtml(
        contentBlocks(html, {}, () => {}).flatMap((block) => block.nodes),
        style,
      );
    expect(shown(`<p>Text ${img()} text</p>`)).toContain('width:auto');
    expect(shown(`<p>Text ${img('width="90"')} text</p>`)).not.toContain('width:auto');
  });

  test('words in a table stay whole, an address may break; the table is scrolled where it is wider than the screen', () => {
    const address = `https://e.org/${'a'.repeat(60)}`;
    const { html } = styled(`<table><tr><th>September</th><td>${address}</td></tr></table>`);
    expect(html).toMatch(
      /^<table role="presentation"[^>]* style="width:100%;table-layout:fixed"><tbody><tr><td[^>]*><div style="overflow-x:auto"><table /,
    );
    expect(html).toContain('<th style="word-break:normal;overflow-wrap:normal">September</th>');
    expect(html).toContain(`<td>${address}</td>`);
  });

  test('trackers, emoji pictures, pictures without an address go; missing alt texts are mended and noted', () => {
    const { html, repairs } = styled(
      '<p>Hi<img src="https://e.org/t.gif" width="1" height="1" alt=""><img src="https://s.w.org/images/core/emoji/1/72x72/a.png" alt="🎉">' +
        '<img src="data:image/png;base64,x" alt=""><img src="https://e.org/a.png" title="Titled"></p>',
    );
    expect(html).not.toMatch(/t\.gif|emoji|data:/);
    expect(html).toContain('Hi🎉');
    expect(html).toContain('alt="Titled"');
    expect(repairs).toEqual(['A picture without a web address was left out', 'A picture took its alt text from its title']);
  });

  test('a mail link becomes text with the address, any other that is no web link just text', () => {
    const { html, repairs } = styled(
      '<p><a href="mailto:a@e.org">write</a> <a href="mailto:b@e.org">b@e.org</a> <a href="/relative">here</a></p>',
    );
    expect(html).toBe('<p style="margin:0">write (a@e.org) b@e.org here</p>');
    expect(repairs).toEqual(['A link that leads to no web address was turned into plain text']);
  });

  test('a sentence that names the document stays', () => {
    expect(styled('<p>See <a href="https://e.org/a.pdf">the working paper</a>.</p>').html).toContain('the working paper</a>');
  });
});
