import { describe, expect, test } from '@jest/globals';
import { topLevelBlocks } from '../../src/content/html/blocks.ts';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { element, text } from '../../src/content/html/html-tree.ts';
import { visibleText } from '../../src/content/html/visible-text.ts';
import { sanitiseBlocks } from '../../src/content/tidy/sanitise.ts';
import { sanitiseHtml } from '../support/sanitise-html.ts';
import { startCpuTimer } from '../support/cpu-time.ts';

const page = { baseUrl: 'https://example.org/2026/post/', pageUrl: 'https://example.org/2026/post/' };
const clean = (html: string): string => sanitiseHtml(html, page);

describe('What does not pass', () => {
  test.each([
    ['a script', '<p>Text</p><script>alert(1)</script>', '<p>Text</p>'],
    ['a style sheet', '<style>p{color:red}</style><p>Text</p>', '<p>Text</p>'],
    [
      'a textarea with markup',
      '<p>Text</p><textarea></textarea><img src=x onerror=alert(1)></textarea>',
      /^<p>Text<\/p><p><img src="https:\/\/example.org\/2026\/post\/x" alt="" \/><\/p>$/,
    ],
    ['xmp', '<p>Text</p><xmp><script>alert(1)</script></xmp>', '<p>Text</p>'],
    ['SVG with a script', '<p>Text</p><svg><script>alert(1)</script><a href="javascript:alert(1)"><text>x</text></a></svg>', '<p>Text</p>'],
    ['events', '<p onclick="alert(1)">Text</p>', '<p>Text</p>'],
    ['a javascript link', '<p><a href="javascript:alert(1)">Text</a></p>', '<p>Text</p>'],
    ['a javascript link with a tab in its scheme', '<p><a href="java\tscript:alert(1)">Text</a></p>', '<p>Text</p>'],
    ['a data link', '<p><a href="data:text/html,<script>alert(1)</script>">Text</a></p>', '<p>Text</p>'],
    ['a picture of data', '<p>Text<img src="data:image/png;base64,AAAA"></p>', '<p>Text</p>'],
    ['styles and classes', '<p style="position:fixed" class="x" id="y">Text</p>', '<p>Text</p>'],
    ['a form', '<form action="/x"><input name="a"><p>Text</p><button>Go</button></form>', '<p>Text</p>'],
    ['hidden text', '<p>Text</p><div style="display: none">Secret</div><p hidden>More</p>', '<p>Text</p>'],
    ['control characters by reference', '<p>Te&#0;&#1;xt&#xD800;</p>', /^<p>Te\uFFFD?xt\uFFFD?<\/p>$/],
    ['sharing buttons', '<p>Text</p><div class="sharedaddy sd-block"><a href="https://x.example/">Share</a></div>', '<p>Text</p>'],
  ])('%s', (_, html, expected) => {
    if (typeof expected === 'string') expect(clean(html)).toBe(expected);
    else expect(clean(html)).toMatch(expected);
  });

  test('a second pass changes nothing', () => {
    const html =
      '<div><h1>Title</h1><p>One <b>two</b> <a href="/x?a=1&amp;b=2">three</a><br>four</p><ul><li>a<ul><li>b</li></ul></ul><table><tr><td>1<td>2</table></div>';
    expect(clean(clean(html))).toBe(clean(html));
  });
});

describe('Addresses', () => {
  test.each([
    ['/about', 'https://example.org/about'],
    ['../other/', 'https://example.org/2026/other/'],
    ['//cdn.example.org/x', 'https://cdn.example.org/x'],
    ['www.example.com/x', 'https://www.example.com/x'],
    ['#note', 'https://example.org/2026/post/#note'],
    ['mailto:hello@example.org', 'mailto:hello@example.org'],
    [' https://example.org/a b ', 'https://example.org/a%20b'],
  ])('%s becomes %s', (href, expected) => {
    expect(clean(`<p><a href="${href}">x</a></p>`)).toBe(`<p><a href="${expected}">x</a></p>`);
  });

  test('a relative link without a base loses its tag, not its text', () => {
    expect(sanitiseHtml('<p>See <a href="/x">this</a>.</p>')).toBe('<p>See this.</p>');
  });
});

test.each(['p', 'a', 'img', 'td', 'ol', 'span', 'blockquote'])(
  'the gate keeps what no source may say, whatever came to stand in a tree: %s',
  (tag) => {
    const attributes = {
      style: 'x:y',
      class: 'x',
      id: 'x',
      name: 'x',
      onclick: 'x()',
      srcset: 'x 2x',
      'data-x': 'x',
      target: '_blank',
      rel: 'me',
      align: 'left',
      lang: 'es',
      dir: 'rtl',
    };
    const html = sanitiseBlocks([element(tag, attributes, [element('font', attributes, [text('x')])])]);
    expect([...html.matchAll(/([\w-]+)="/g)].map(([, name]) => name)).toEqual(['lang', 'dir']);
    expect(html).not.toContain('font');
  },
);

describe('Blocks', () => {
  test('wrappers give way to the blocks in them', () => {
    expect(clean('<div class="entry"><section><p>One</p><div>Two <span style="x">words</span></div></section>Three</div>')).toBe(
      '<p>One</p><p>Two words</p><p>Three</p>',
    );
  });

  test('two line breaks begin a paragraph, one stays a line break', () => {
    expect(clean('One<br>still one<br><br>Two<br/>&nbsp;<br/>Three')).toBe('<p>One<br />still one</p><p>Two</p><p>Three</p>');
  });

  test('plain text keeps its paragraphs, lines and addresses', () => {
    expect(clean('First line\nsecond line\n\nSee https://example.org/x, please.')).toBe(
      '<p>First line<br />second line</p><p>See <a href="https://example.org/x">https://example.org/x</a>, please.</p>',
    );
  });

  test('empty paragraphs vanish', () => {
    expect(clean('<p></p><p>&nbsp;</p><p>Text</p><p><br></p><p> <strong> </strong></p>')).toBe('<p>Text</p>');
  });

  test('stray cells and items cannot close the cell of a mail around them', () => {
    const html = clean('<p>a</p></td></tr></table><td>b</td><tr><td>c</td></tr><li>d</li></div></body></html><p>e</p>');
    expect(html).toBe('<p>a</p><p>b</p><p>c</p><p>d</p><p>e</p>');
  });

  test('a data table keeps rows and cells, a layout table only its content', () => {
    expect(clean('<table class="x"><thead><tr><th>Year<th>Schools</thead><tr><td>2025<td colspan="2" style="x">12</table>')).toBe(
      '<table><tbody><tr><th>Year</th><th>Schools</th></tr><tr><td>2025</td><td colspan="2">12</td></tr></tbody></table>',
    );
    expect(clean('<table><tr><td><p>One</p><p>Two</p></td></tr></table>')).toBe('<p>One</p><p>Two</p>');
  });

  test('links are never nested, blocks in a link keep it inside', () => {
    expect(clean('<a href="/a">one <a href="/b">two</a></a>')).toBe('<p><a href="https://example.org/a">one two</a></p>');
    expect(clean('<a href="/a"><h3>Title</h3><p>Text</p></a>')).toBe(
      '<h3><a href="https://example.org/a">Title</a></h3><p><a href="https://example.org/a">Text</a></p>',
    );
  });

  test('lists keep their nesting, also when the source puts a list directly into a list', () => {
    expect(clean('<ol start="3"><li>a</li><ul><li>b</li></ul><li><p>c</p></li></ol>')).toBe(
      '<ol start="3"><li>a<ul><li>b</li></ul></li><li>c</li></ol>',
    );
  });

  test.each([
    [
      'text',
      '<ol><li>a</li>x <a href="/y">y</a><li>b</li></ol>',
      '<ol><li>a<p>x <a href="https://example.org/y">y</a></p></li><li>b</li></ol>',
    ],
    ['a block', '<ol start="3"><li>a</li><h3>Part</h3><li>b</li></ol>', '<ol start="3"><li>a<h3>Part</h3></li><li>b</li></ol>'],
    ['text before the first', '<ol>intro<li>a</li><li>b</li></ol>', '<p>intro</p><ol><li>a</li><li>b</li></ol>'],
    ['a list before the first', '<ol><ol><li>a</li></ol><li>b</li></ol>', '<ol><li>a</li></ol><ol><li>b</li></ol>'],
    ['no item at all', '<ol>just text</ol>', '<p>just text</p>'],
    ['a box of items', '<ol><div><li>a</li><div><li>b</li></div></div><li>c</li></ol>', '<ol><li>a</li><li>b</li><li>c</li></ol>'],
    ['after one that is empty', '<ol><li></li>x<li>b</li></ol>', '<p>x</p><ol start="2"><li>b</li></ol>'],
  ])('an ordered list counts its items, and nothing that is none: %s', (_, source, expected) => {
    expect(clean(source)).toBe(expected);
  });

  test.each([
    ['a link around items', '<ol><a href="/y"><li>a</li></a><li>b</li></ol>', /href="https:\/\/example\.org\/y"/],
    ['what is struck out', '<ol><li>a</li><del><li>old</li></del></ol>', /<(?:del|s)>old/],
    ['what is not for reading', '<ol><template><li>inside</li></template><li>b</li></ol>', /^<ol><li>b<\/li><\/ol>$/],
  ])('a list keeps what stands around its items: %s', (_, source, expected) => {
    expect(clean(source)).toMatch(expected);
    expect(clean(source.replaceAll('ol>', 'ul>'))).toMatch(new RegExp(expected.source.replaceAll('ol>', 'ul>')));
  });

  test('what is no item of an unordered list is one', () => {
    expect(clean('<ul><a href="/y">one</a><a href="/z">two</a></ul>')).toMatch(/<li><a [^>]*>one<\/a><\/li><li><a [^>]*>two<\/a><\/li>/);
  });

  test('headings begin at the second level, code keeps its lines', () => {
    expect(clean('<h1>A</h1><pre>x\n  y &lt; z</pre>')).toBe('<h2>A</h2><pre>x\n  y &lt; z</pre>');
  });

  test('a quotation stays a quotation', () => {
    expect(clean('<blockquote class="wp-block-quote"><p>Words.</p><cite>Somebody</cite></blockquote>')).toBe(
      '<blockquote><p>Words.</p><p><cite>Somebody</cite></p></blockquote>',
    );
  });

  test('the footer that feeds add is dropped, in any language', () => {
    const footer =
      '<p>La entrada <a href="https://example.org/2026/post/">Título</a> se publicó primero en <a href="https://example.org">Sitio</a>.</p>';
    expect(clean(`<p>Text</p>${footer}`)).toBe('<p>Text</p>');
  });

  test('the footer of a post without a title is dropped too, whose link to the post is empty', () => {
    const emptyLink = '<a href="https://example.org/2026/post/"></a>';
    const site = '<a href="https://example.org">Sitio</a>';
    expect(clean(`<p>Text</p><p>The post ${emptyLink} appeared first on ${site}.</p>`)).toBe('<p>Text</p>');
    expect(clean(`<p>Text</p><p>La entrada ${emptyLink} se publicó primero en ${site}.</p>`)).toBe('<p>Text</p>');
    expect(clean(`<p>Text</p><p>The post was about ${site}.</p>`)).toContain('The post was about');
  });

  test.each([
    'The mayor spoke about the bridge. <a href="https://example.org/2026/post/">Read more</a>',
    'The mayor spoke about […] <a href="https://example.org/2026/post/">Lire la suite</a>',
    'The bus was late, and the train too, <a href="https://example.org/2026/post/">and more</a>',
  ])('an invitation behind a text takes no text along: %s', (line) => {
    expect(clean(`<p>${line}</p>`)).toBe(`<p>${line}</p>`);
  });

  test.each([
    'To read more, click <a href="https://example.org/2026/post/">here »</a>',
    '<a href="https://example.org/2026/post/">More…</a>',
  ])('an invitation alone is dropped at the end: %s', (line) => expect(clean(`<p>Text</p><p>${line}</p>`)).toBe('<p>Text</p>'));

  test('a last paragraph with two other links stays', () => {
    expect(clean('<p>Text</p><p>See <a href="/a">a</a> and <a href="/b">b</a>.</p>')).toContain('See');
  });

  test('each top-level block is one element', () => {
    const html = clean('text <p>a</p> more <img src="/x.jpg"> <ul><li>x</ul> end');
    expect(parseOwnHtml(html).map((node) => (node.kind === 'element' ? node.tag : node.text))).toEqual(['p', 'p', 'p', 'ul', 'p']);
    expect(topLevelBlocks(parseOwnHtml(html))).toHaveLength(5);
  });
});

const spaced = ['a\n b\tc  d', 'a\nb c d', 'a\tb c\rd', 'a  b c d'];
test.each(spaced)('White space in %j is one space between words', (words) => {
  expect(sanitiseHtml(`<p>${words}</p>`)).toBe('<p>a b c d</p>');
});
test.each([...spaced, 'a\u00a0 b\u200bc d'])('To a reader %j is four words', (words) => {
  expect(visibleText([element('p', {}, [text(words)])])).toBe('a b c d');
});

describe('Hostile markup ends soon', () => {
  const within = (limitMs: number, html: string): string => {
    const usedMs = startCpuTimer();
    const result = clean(html);
    expect(usedMs()).toBeLessThan(limitMs);
    return result;
  };

  test.each([
    ['100,000 nested elements', `${'<div>'.repeat(100_000)}deep${'</div>'.repeat(100_000)}`],
    ['100,000 unclosed inline elements', '<b>'.repeat(100_000)],
    ['100,000 tags that close others', '<b>'.repeat(50_000) + '</i>'.repeat(50_000)],
    ['200,000 attributes', `<p ${Array.from({ length: 200_000 }, (_, i) => `a${i}=1`).join(' ')}>x</p>`],
    ['40 KB of half tags', '<p<p'.repeat(10_000)],
    ['a megabyte of less-than signs', '<'.repeat(1_000_000)],
    ['100,000 nested links', '<a href="/x">'.repeat(100_000)],
    ['a huge srcset', `<img src="/x.jpg" srcset="${'a,'.repeat(100_000)}">`],
    ['deep lists', '<ul><li>'.repeat(20_000)],
    ['deep tables', '<table><tr><td>'.repeat(20_000)],
    ['many blocks in many inline elements', '<b><i><u><em><strong>'.repeat(10) + '<p>x</p>'.repeat(5_000)],
    ['white space', `<p>${' '.repeat(1_000_000)}x</p>`],
  ])('%s', (_, html) => {
    within(4_000, html);
  });

  test('a picture written into the text does not use up the limit of the text', () => {
    expect(clean(`<p>Before<img src="data:image/png;base64,${'A'.repeat(2_000_000)}"></p><p>After</p>`)).toBe('<p>Before</p><p>After</p>');
  });

  test('text below the depth limit is kept', () => {
    expect(clean(`${'<div>'.repeat(500)}deep${'</div>'.repeat(500)}<p>after</p>`)).toBe('<p>deep</p><p>after</p>');
  });
});

describe('what is not for reading', () => {
  test.each(
    'script style template head title textarea svg select option datalist button canvas map noembed noframes dialog nav'.split(' '),
  )('has no words in a post: %s', (tag) => {
    const html = sanitiseHtml(`<p>Before</p><${tag}>inside</${tag}><p>after</p>`);
    expect(html).toContain('Before');
    expect(html).not.toContain('inside');
  });

  test('does not take what stands in for a script or a frame with it', () => {
    expect(sanitiseHtml('<p>Text</p><noscript><img src="https://example.org/a.jpg"></noscript>')).toContain('a.jpg');
    expect(sanitiseHtml('<iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe>')).toContain('youtube');
  });
});
