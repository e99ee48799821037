import { describe, expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { sanitiseHtml } from '../support/sanitise-html.ts';
import { entryOf } from '../support/entry-of.ts';

const clean = (html: string): string => sanitiseHtml(html, { baseUrl: 'https://example.org/p/', pageUrl: 'https://example.org/p/' });
const summaryOf = (html: string): string =>
  contentFromEntry(entryOf({ title: 'A title', url: 'https://example.org/p/', html })).content.summary;

const sup = (base: string, script: string): string => `<msup>${base}${script}</msup>`;
const mi = (letter: string): string => `<mi>${letter}</mi>`;
const mo = (sign: string): string => `<mo>${sign}</mo>`;
const mn = (digits: string): string => `<mn>${digits}</mn>`;
const row = (...parts: string[]): string => `<mrow>${parts.join('')}</mrow>`;

describe('MathML becomes a line of text', () => {
  test.each([
    [sup(mi('e'), row(mi('k'), mi('t'))), 'e^(kt)'],
    [`<mfrac>${mn('1')}${mn('2')}</mfrac>`, '1/2'],
    [mi('S') + mo('=') + sup(mi('e'), row(mi('k'), mi('t'))), 'S = e^(kt)'],
    [sup(mi('a'), mn('2')) + mo('+') + sup(mi('b'), mn('2')) + mo('=') + sup(mi('c'), mn('2')), 'a² + b² = c²'],
    [`<mfrac>${row(mi('a'), mo('+'), mi('b'))}${row(mn('2'), mo('&InvisibleTimes;'), mi('c'))}</mfrac>`, '(a + b)/(2c)'],
    [
      `<mi>x</mi><mo>=</mo><mfrac><mrow><mo>-</mo><mi>b</mi><mo>±</mo><msqrt><msup><mi>b</mi><mn>2</mn></msup><mo>−</mo><mn>4</mn><mi>a</mi><mi>c</mi></msqrt></mrow><mrow><mn>2</mn><mi>a</mi></mrow></mfrac>`,
      'x = (−b ± √(b² − 4ac))/(2a)',
    ],
    [`<msqrt>${mn('2')}</msqrt>`, '√2'],
    [`<mroot>${mi('x')}${mn('3')}</mroot>`, '∛x'],
    [`<mroot>${row(mi('x'), mo('+'), mn('1'))}${mi('n')}</mroot>`, '(x + 1)^(1/n)'],
    [`<msub>${mi('x')}${row(mi('i'), mi('j'))}</msub>`, 'x_(ij)'],
    [`<msub>${mi('x')}${mi('i')}</msub><msub>${mi('y')}${mi('i')}</msub>`, 'x_i y_i'],
    [`<msubsup>${mi('x')}${mn('1')}${mn('2')}</msubsup>`, 'x₁²'],
    [sup(mn('10'), row(mo('-'), mn('6'))), '10⁻⁶'],
    [sup(row(mo('('), mi('a'), mo('+'), mi('b'), mo(')')), mn('2')), '(a + b)²'],
    [`${mo('(')}${mi('a')}${mo('+')}${mi('b')}${sup(mo(')'), mn('2'))}`, '(a + b)²'],
    [`<munderover>${mo('∑')}${row(mi('i'), mo('='), mn('1'))}${mi('n')}</munderover><msub>${mi('x')}${mi('i')}</msub>`, '∑_(i=1)ⁿ x_i'],
    [
      `<munder>${mi('lim')}${row(mi('x'), mo('→'), mn('0'))}</munder>${mi('f')}${mo('&ApplyFunction;')}${mo('(')}${mi('x')}${mo(')')}`,
      'lim_(x→0) f(x)',
    ],
    [`${mi('sin')}${mo('&ApplyFunction;')}${mi('x')}`, 'sin x'],
    [`<mover accent="true">${mi('x')}${mo('¯')}</mover>`, 'x\u0304'],
    [`<mover>${mi('v')}${mo('→')}</mover>`, 'v\u20D7'],
    [`<munder><munder>${row(mi('a'), mo('+'), mi('b'))}${mo('⏟')}</munder><mtext>cost</mtext></munder>`, '(a + b)_(cost)'],
    [`<mfenced open="[" close="]">${mi('a')}${mi('b')}</mfenced>`, '[a, b]'],
    [
      `${mo('(')}<mtable><mtr><mtd>${mn('1')}</mtd><mtd>${mn('0')}</mtd></mtr><mtr><mtd>${mn('0')}</mtd><mtd>${mn('1')}</mtd></mtr></mtable>${mo(')')}`,
      '(1, 0; 0, 1)',
    ],
    [`${mi('n')}<mtext> if </mtext>${mi('n')}${mo('>')}${mn('0')}`, 'n if n > 0'],
    [`${mn('3')}<mfrac>${mn('1')}${mn('2')}</mfrac>`, '3 1/2'],
    [`<mfrac>${row(mi('d'), mi('y'))}${row(mi('d'), mi('x'))}</mfrac>`, 'dy/dx'],
    [`<mfrac linethickness="0">${mi('n')}${mi('k')}</mfrac>`, 'n ¦ k'],
    [`<mmultiscripts>${mi('C')}<none/><none/><mprescripts/>${mn('6')}${mn('14')}</mmultiscripts>`, '¹⁴₆C'],
    [`${mi('f')}${mo('′')}`, 'f′'],
    [sup(mi('f'), mo('′')), 'f′'],
    [`${mi('𝑥')}${mo('∈')}${mi('ℝ')}`, 'x ∈ ℝ'],
    [`<mphantom>${mi('q')}</mphantom>${mi('&alpha;')}${mo('&le;')}${mi('β')}`, 'α ≤ β'],
    [`<semantics>${row(mi('π'), sup(mi('r'), mn('2')))}<annotation encoding="application/x-tex">\\pi r^2</annotation></semantics>`, 'πr²'],
    ['<semantics><mrow></mrow><annotation encoding="application/x-tex">\\pi r^2</annotation></semantics>', '\\pi r^2'],
    ['x + 1', 'x + 1'],
  ])('%s', (mathml, line) => {
    expect(clean(`<p>Take <math>${mathml}</math>, then.</p>`)).toBe(`<p>Take ${line.replaceAll('>', '&gt;')}, then.</p>`);
  });

  test('with a prefix, or only in words of its own', () => {
    expect(clean('<p>A <mml:math><mml:mi>x</mml:mi></mml:math> b</p>')).toBe('<p>A x b</p>');
    expect(clean('<p>A <math alttext="{\\displaystyle e^{kt}}"></math> b</p>')).toBe('<p>A e^{kt} b</p>');
  });

  test('a displayed one stands on a line of its own', () => {
    const math = '<math display="block"><mi>S</mi><mo>=</mo><msup><mi>e</mi><mrow><mi>k</mi><mi>t</mi></mrow></msup></math>';
    expect(clean(`<p>In short:</p>${math}`)).toBe('<p>In short:</p><p>S = e^(kt)</p>');
    expect(clean(`<p>In short: ${math}</p>`)).toBe('<p>In short:</p><p>S = e^(kt)</p>');
  });
});

const assistive = '<math><mfrac><mn>1</mn><mn>3</mn></mfrac></math>';
const katexDrawing =
  '<span class="katex-html" aria-hidden="true"><span class="base"><span class="strut" style="height:0.8em"></span><span class="mord mathnormal">π</span><span class="mord"><span class="mord mathnormal">r</span><span class="msupsub"><span class="vlist-t"><span class="vlist-r"><span class="vlist" style="height:0.8141em;"><span style="top:-3.063em;"><span class="pstrut"></span><span class="sizing reset-size6 size3 mtight"><span class="mord mtight">2</span></span></span></span></span></span></span></span></span></span>';
const katexMath =
  '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><mi>π</mi><msup><mi>r</mi><mn>2</mn></msup></mrow><annotation encoding="application/x-tex">\\pi r^2</annotation></semantics></math>';
const chtml =
  '<mjx-math class="MJX-TEX"><mjx-mi class="mjx-i"><mjx-c class="mjx-c1D446 TEX-I"></mjx-c></mjx-mi><mjx-mo class="mjx-n" space="4"><mjx-c class="mjx-c3D"></mjx-c></mjx-mo><mjx-msup space="4"><mjx-mi class="mjx-i"><mjx-c class="mjx-c1D452 TEX-I"></mjx-c></mjx-mi><mjx-script style="vertical-align: 0.413em;"><mjx-texatom size="s"><mjx-mi class="mjx-i"><mjx-c class="mjx-c1D458 TEX-I"></mjx-c></mjx-mi><mjx-mi class="mjx-i"><mjx-c class="mjx-c1D461 TEX-I"></mjx-c></mjx-mi></mjx-texatom></mjx-script></mjx-msup></mjx-math>';
const chtmlFraction =
  '<mjx-math><mjx-mfrac><mjx-frac><mjx-num><mjx-nstrut></mjx-nstrut><mjx-mn class="mjx-n"><mjx-c class="mjx-c31"></mjx-c></mjx-mn></mjx-num><mjx-dbox><mjx-dtable><mjx-line></mjx-line><mjx-row><mjx-den><mjx-dstrut></mjx-dstrut><mjx-msqrt><mjx-sqrt><mjx-surd><mjx-mo class="mjx-n"><mjx-c class="mjx-c221A"></mjx-c></mjx-mo></mjx-surd><mjx-box style="padding-top: 0.08em;"><mjx-mn class="mjx-n"><mjx-c class="mjx-c32"></mjx-c></mjx-mn></mjx-box></mjx-sqrt></mjx-msqrt></mjx-den></mjx-row></mjx-dtable></mjx-dbox></mjx-frac></mjx-mfrac></mjx-math>';
const chtmlSum =
  '<mjx-math><mjx-munderover limits="false"><mjx-mo class="mjx-sop"><mjx-c class="mjx-c2211 TEX-S1"></mjx-c></mjx-mo><mjx-script style="vertical-align: -0.285em;"><mjx-mi size="s"><mjx-c class="mjx-c1D45B TEX-I"></mjx-c></mjx-mi><mjx-spacer style="margin-top: 0.284em;"></mjx-spacer><mjx-mi size="s"><mjx-c class="mjx-c1D456 TEX-I"></mjx-c></mjx-mi></mjx-script></mjx-munderover></mjx-math>';
const svgDrawing =
  '<svg xmlns="http://www.w3.org/2000/svg" role="img" focusable="false" viewBox="0 0 9 9"><defs><path id="MJX-1" d="M0"></path></defs><g stroke="currentColor"><g data-mml-node="math"><g data-mml-node="msubsup"><g data-mml-node="mi"><use data-c="1D465" xlink:href="#MJX-1"></use></g><g data-mml-node="mn" transform="translate(605,413) scale(0.707)"><use data-c="32"></use></g><g data-mml-node="mn" transform="translate(605,-247) scale(0.707)"><path data-c="31" d="M1"></path></g></g></g></g></svg>';

describe('a formula that a program drew is said, and said once', () => {
  test.each([
    ['KaTeX with MathML', `<span class="katex"><span class="katex-mathml">${katexMath}</span>${katexDrawing}</span>`, 'πr²'],
    ['without its classes', `<span><span>${katexMath}</span><span aria-hidden="true"><span>π</span><span>r2</span></span></span>`, 'πr²'],
    ['KaTeX drawn only', `<span class="katex">${katexDrawing}</span>`, 'πr²'],
    [
      'MathJax 3 with MathML for screen readers',
      `<mjx-container jax="SVG"><svg viewBox="0 0 1 1"><g></g></svg><mjx-assistive-mml>${assistive}</mjx-assistive-mml></mjx-container>`,
      '1/3',
    ],
    ['MathJax 3 as elements', `<mjx-container class="MathJax" jax="CHTML">${chtml}</mjx-container>`, 'S = e^(kt)'],
    ['a fraction and a root of it', `<mjx-container jax="CHTML">${chtmlFraction}</mjx-container>`, '1/√2'],
    ['a sum of it', `<mjx-container jax="CHTML">${chtmlSum}</mjx-container>`, '∑_iⁿ'],
    ['MathJax 3 as SVG', `<mjx-container class="MathJax" jax="SVG">${svgDrawing}</mjx-container>`, 'x₁²'],
    ['MathJax with its TeX', '<mjx-container><mjx-math data-latex="\\pi r^2"></mjx-math></mjx-container>', '\\pi r^2'],
    ['MathJax with its words', '<mjx-container aria-label="pi r squared"><svg><g></g></svg></mjx-container>', 'pi r squared'],
    [
      'MathJax 2, drawn',
      `<span class="MathJax_Preview">pi r2</span><span class="MathJax" data-mathml="${katexMath.replaceAll('"', '&quot;')}"><nobr aria-hidden="true"><span class="math">πr2</span></nobr></span><script type="math/tex" id="x">\\pi r^2</script>`,
      'πr²',
    ],
    ['MathJax 2, not drawn yet', '<span class="MathJax_Preview">pi r2</span><script type="math/tex">\\pi r^2</script>', '\\pi r^2'],
    [
      'Wikipedia',
      `<span class="mwe-math-element"><span class="mwe-math-mathml-inline" style="display: none;">${katexMath}</span><img src="https://wikimedia.org/api/rest_v1/media/math/render/svg/abc" class="mwe-math-fallback-image-inline" aria-hidden="true" alt="{\\displaystyle \\pi r^{2}}"></span>`,
      'πr²',
    ],
    [
      'its picture alone',
      '<img src="https://wikimedia.org/api/rest_v1/media/math/render/svg/abc" class="mwe-math-fallback-image-inline" alt="{\\displaystyle \\pi r^{2}}">',
      '\\pi r^{2}',
    ],
    ['a picture of SVG', '<img src="https://latex.codecogs.com/svg.latex?\\pi%20r^2">', '\\pi r^2'],
    [
      'an SVG with a label',
      '<svg role="img" aria-label="a squared plus b squared" viewBox="0 0 1 1"><title>a² + b²</title></svg>',
      'a squared plus b squared',
    ],
    ['with a title', '<svg role="img"><title>a² + b²</title><desc>No</desc></svg>', 'a² + b²'],
    [
      'with a label elsewhere in it',
      '<svg role="img" aria-labelledby="t d"><title id="t">Area</title><desc id="d">grows</desc></svg>',
      'Area. grows',
    ],
    ['with a description', '<svg role="img"><desc>Grows</desc></svg>', 'Grows'],
    ['an element that only says what it is', '<span role="math" aria-label="e to the k t"></span>', 'e to the k t'],
    ['an element of AMP', '<amp-mathml inline data-formula="\\(x = 1\\)"></amp-mathml>', 'x = 1'],
    ['an element that a script fills', '<span class="tex" data-expr="x^2"></span>', 'x^2'],
    ['what it is filled with already', '<span data-expr="x^2">x²</span>', 'x²'],
  ])('%s', (_what, markup, line) => {
    const html = `<p>The area is ${markup}, as everybody learns.</p>`;
    expect(clean(html)).toBe(`<p>The area is ${line}, as everybody learns.</p>`);
    expect(summaryOf(html)).toBe(`The area is ${line}, as everybody learns.`);
  });

  test('a block of Substack’s, which only its settings state, stands on a line of its own', () => {
    const settings = '{&quot;persistentExpression&quot;:&quot;P(A|B)=\\\\frac{a}{b}&quot;,&quot;id&quot;:&quot;X&quot;}';
    const block = (attributes: string): string => `<p>We have</p><div class="latex-rendered" data-attrs="${attributes}"></div><p>now.</p>`;
    expect(clean(block(settings))).toBe('<p>We have</p><p>P(A|B)=\\frac{a}{b}</p><p>now.</p>');
    expect(clean(block('{&quot;persistentExpression'))).toBe('<p>We have</p><p>now.</p>');
  });

  test('a picture that mails show stays, and its formula stands in the summary', () => {
    const html =
      '<p>The sum is <img src="https://s0.wp.com/latex.php?latex=e%5E%7Bkt%7D&amp;bg=ffffff" alt="e^{kt}" class="latex"> times as large.</p>';
    const { content } = contentFromEntry(entryOf({ title: 'A title', url: 'https://example.org/p/', html }));
    expect(content.html).toMatch(/<img src="https:\/\/s0.wp.com\/latex.php\?latex=e%5E%7Bkt%7D&amp;bg=ffffff" alt="e\^\{kt\}"/);
    expect(content.summary).toBe('The sum is e^{kt} times as large.');
    expect(content.image).toBeNull();
  });

  test('a decoration says nothing', () => {
    expect(clean('<p>A <svg aria-hidden="true"><title>icon</title></svg>b</p>')).toBe('<p>A b</p>');
  });

  test('TeX between its marks stays as it is', () => {
    const html = '<p>Let $e^{kt} = \\frac{1}{2}$ and \\(x_1\\), then \\[ a_{ij} \\] holds, www$x.</p>';
    expect(clean(html)).toBe(html);
  });

  test('a summary that a source states has its formulas too', () => {
    const entry = entryOf({
      title: 'A title',
      url: 'https://example.org/p/',
      html: '<p>Words of the text.</p>',
      summary: `It grows by ${assistive} a year.`,
    });
    expect(contentFromEntry(entry).content.summary).toBe('It grows by 1/3 a year.');
  });
});

test('a formula in a title is read as text', () => {
  const title =
    'Decay of <math xmlns="http://www.w3.org/1998/Math/MathML"><msup><mi>e</mi><mrow><mi>k</mi><mi>t</mi></mrow></msup></math> in the lab';
  expect(contentFromEntry(entryOf({ title, url: 'https://example.org/p/', html: '<p>Words.</p>' })).content.title).toBe(
    'Decay of e^(kt) in the lab',
  );
  expect(contentFromEntry(entryOf({ title: 'The <math> tag', url: 'https://example.org/p/', html: '<p>Words.</p>' })).content.title).toBe(
    'The <math> tag',
  );
});
