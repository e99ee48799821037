import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emailHtml } from '../../src/render/digest/email-html.ts';
import { writeHtml } from '../../src/content/html/write-html.ts';
import { visibleLine } from '../../src/content/html/visible-text.ts';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { topLevelBlocks } from '../../src/content/html/blocks.ts';
import { elementsOf } from '../../src/content/html/html-tree.ts';
import { contentBlocks } from '../../src/render/digest/clean-content.ts';

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

  test('pictures are no wider than the column; one without a width takes it, one in a line keeps its size', () => {
    const widths = (html: string) =>
      elementsOf(parseOwnHtml(styled(html).html))
        .filter((element) => element.tag === 'img')
        .map((image) => image.attributes['width']);
    expect(widths('<p><img src="https://e.org/a.png" alt="" width="1200" height="800"></p>')).toEqual(['536']);
    expect(widths('<figure><img src="https://e.org/a.png" alt=""></figure>')).toEqual(['536']);
    expect(widths('<p>Text <img src="https://e.org/a.png" alt=""> text</p>')).toEqual([undefined]);
    expect(widths('<p>Text <img src="https://e.org/a.png" alt="" width="20" height="20"></p>')).toEqual(['20']);
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
