/*
 * What a post says reaches whoever reads it: from the source's html to what is stored, and from there to the mail's html, its text, the feed and the
 * preheader. What may be missing is listed here, and nothing else.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import type { RevisionContent } from '../../src/content/content.ts';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { visibleLine, visibleText } from '../../src/content/html/visible-text.ts';
import { feedFromPosts } from '../../src/feeds/feed-content.ts';
import { contentBlocks } from '../../src/render/parts/clean-content.ts';
import { emailHtml } from '../../src/render/parts/email-html.ts';
import { createFootnotes, plainText } from '../../src/render/parts/plain-text.ts';
import { entryOf } from '../support/entry-of.ts';
import { firstLineLost } from '../support/lost-words.ts';

const style = { elements: { p: 'margin:0' }, accent: '#123456', columnWidthPx: 536 };

function contentOf(html: string): RevisionContent {
  return contentFromEntry(entryOf({ title: 'A title', url: 'https://example.org/p/', html })).content;
}

interface Shown {
  readonly html: string;
  readonly text: string;
  readonly feed: string;
  readonly feedHtml: string;
  readonly summary: string;
}

/** What each reader is shown of the html of a source, on one line. */
function shown(html: string): Shown {
  const content = contentOf(html);
  const nodes = contentBlocks(content.html, {}, () => {}).flatMap((block) => block.nodes);
  const feedHtml = feedHtmlOf(content);
  return {
    html: visibleLine(parseOwnHtml(emailHtml(nodes, style))),
    text: plainText(nodes, createFootnotes(1), 72)
      .replaceAll(/\u00A0\[\d+\]/g, '')
      .replaceAll(/\s+/g, ' '),
    feed: visibleLine(parseOwnHtml(feedHtml)),
    feedHtml,
    summary: content.summary,
  };
}

function feedHtmlOf(content: RevisionContent): string {
  const at = new Date(0);
  const post = {
    ...content,
    postId: '1',
    revision: 1,
    tagId: 'tag:x',
    state: 'released',
    publishedAt: at,
    updatedAt: at,
    topics: [],
  } as const;
  const head = { feedId: 'x', name: 'x', language: 'en', senderName: 'x', createdAt: at } as Parameters<typeof feedFromPosts>[0];
  return feedFromPosts(head, [post], { selfUrl: 'https://e.org/f', alternateUrl: 'https://e.org/' }).entries[0]!.html;
}

const pdf = (words: string, file = 'a'): string => `<a href="/${file}.pdf">${words}</a>`;

describe('a sentence around a link to a document stays whole, in html, text, feed and preheader', () => {
  test.each([
    [`<p>See the ${pdf('PDF')} for details.</p>`, 'See the PDF for details.'],
    [`<p>Consulte el ${pdf('PDF')} para los detalles de la obra.</p>`, 'Consulte el PDF para los detalles de la obra.'],
    [`<p>You can read the ${pdf('document')} in our archive of 2024.</p>`, 'You can read the document in our archive of 2024.'],
    [`<p>El texto completo está ${pdf('aquí')} desde el lunes.</p>`, 'El texto completo está aquí desde el lunes.'],
    [`<p>Click ${pdf('here')} to read what the council said.</p>`, 'Click here to read what the council said.'],
    [`<p>Both the ${pdf('PDF')} and the ${pdf('PDF', 'b')} are ready.</p>`, 'Both the PDF and the PDF are ready.'],
    [`<p>Ver el ${pdf('documento')} y el ${pdf('PDF', 'b')} antes del viernes.</p>`, 'Ver el documento y el PDF antes del viernes.'],
    [`<p>Our study comes as ${pdf('PDF')}, ${pdf('Word', 'b')} and code.</p>`, 'Our study comes as PDF, Word and code.'],
    [`<p>Our study: ${pdf('PDF')}, ${pdf('Word', 'b')} and code.</p>`, 'Our study: PDF, Word and code.'],
    [`<ul><li>Download the ${pdf('PDF')} before Friday</li><li>Bring a pen</li></ul>`, 'Download the PDF before Friday Bring a pen'],
    [`<ul><li>Descargue el ${pdf('PDF')} antes del viernes</li></ul>`, 'Descargue el PDF antes del viernes'],
    [`<p>Words first. See ${pdf('here')} or call us.</p>`, 'Words first. See here or call us.'],
    [`<p><strong>New:</strong> the ${pdf('file')} that everybody asked for.</p>`, 'New: the file that everybody asked for.'],
    [
      `<table><tr><td>Minutes</td><td>${pdf('PDF')}</td></tr><tr><td>Budget</td><td>${pdf('PDF', 'b')}</td></tr></table>`,
      'Minutes PDF Budget PDF',
    ],
    [`<ul><li>Annex 1: ${pdf('PDF')} and more</li></ul>`, 'Annex 1: PDF and more'],
    [`<p>Formulario: ${pdf('aquí')}. Preguntas: llámenos.</p>`, 'Formulario: aquí. Preguntas: llámenos.'],
    [`<p>The minutes are online; ${pdf('here')}.</p>`, 'The minutes are online; here.'],
    [`<p>2024: ${pdf('PDF')}, 2025: ${pdf('PDF', 'b')}</p>`, '2024: PDF, 2025: PDF'],
    [`<dl><dt>Calendar</dt><dd>${pdf('PDF')}</dd></dl>`, 'Calendar PDF'],
    [`<p>See the ${pdf('PDF')}<br>for details.</p>`, 'See the PDF for details.'],
    [`<ul><li>Bring the<br>\n${pdf('form')}<br>\non Friday</li></ul>`, 'Bring the form on Friday'],
    [
      `<p>Las bases del concurso están en el<br>${pdf('documento')}<br>que aprobó la junta.</p>`,
      'Las bases del concurso están en el documento que aprobó la junta.',
    ],
    [`<p>The plan is in the<br>${pdf('PDF')} below<br>or in our shop.</p>`, 'The plan is in the PDF below or in our shop.'],
    [`<p>${pdf('Download the report')}<br>and send your comments</p>`, 'Download the report and send your comments'],
    [`<p>Both are in the<br>${pdf('PDF')}<br>${pdf('Word', 'b')}<br>files of May.</p>`, 'Both are in the PDF Word files of May.'],
    [`<p>All is in the</p><p>${pdf('report')}</p><p>of the year.</p>`, 'All is in the report of the year.'],
    [`<p>All is in the</p><p>PDF</p><p>of the year, ${pdf('here')}</p>`, 'All is in the PDF of the year, here'],
    [`<p>Words first. You can download<br>it ${pdf('here')}.</p>`, 'Words first. You can download it here.'],
    [`<p>Words first. The ${pdf('PDF')}<br>is ready. So are we.</p>`, 'Words first. The PDF is ready. So are we.'],
    [`<p>Más información en la pág. ${pdf('5')}.</p>`, 'Más información en la pág. 5.'],
    [`<p>The numbers are shown in fig. ${pdf('3')}.</p>`, 'The numbers are shown in fig. 3.'],
    [`<p>Informationen gibt es u.a. ${pdf('hier')}.</p>`, 'Informationen gibt es u.a. hier.'],
    [`<p>Der Plan ist die 2. ${pdf('Datei')}.</p>`, 'Der Plan ist die 2. Datei.'],
    [`<p>Contact Dr. ${pdf('download')} for more.</p>`, 'Contact Dr. download for more.'],
    [`<p>Más información en la pág.<br>${pdf('5')}</p>`, 'Más información en la pág. 5'],
    [`<p>On trouve tout, par ex. ${pdf('ici')}.</p>`, 'On trouve tout, par ex. ici.'],
    [`<p>Words first. ${pdf('5')}. More words.</p>`, 'Words first. 5. More words.'],
    [`<p>He said “Words. ${pdf('Download')}.” Bye.</p>`, 'He said “Words. Download.” Bye.'],
    [`<p>He cried. (${pdf('Download')}). Bye.</p>`, 'He cried. (Download). Bye.'],
    [`<p>Words ((${pdf('here')})) and words.</p>`, 'Words ((here)) and words.'],
    [`<p><strong>You find it in the</strong><br>${pdf('PDF')}</p>`, 'You find it in the PDF'],
    [`<p><strong>Inscríbete enviando este</strong></p><p>${pdf('documento')}</p>`, 'Inscríbete enviando este documento'],
    [`<p>Words.</p><p><a href="/page/">Read more</a> ${pdf('PDF')}</p>`, 'Words. Read more PDF', 'Words.'],
    [`<p>会議がありました。<br>${pdf('PDF')}<br>をご覧ください。</p>`, '会議がありました。 PDF をご覧ください。'],
    [`<p><em>${pdf('Reading together')}<br></em> <a href="/page/">the</a></p>`, 'Reading together the'],
    ['<fieldset><legend>Name</legend>Text of it</fieldset><search>Search</search>words', 'Name Text of it Search words'],
  ])('%s', (html, sentence, preheader = sentence) => {
    const { html: mail, text, feed, summary } = shown(html);
    expect(mail).toBe(sentence);
    expect(text.replaceAll(/- | \|/g, '')).toBe(sentence);
    expect(feed).toContain(sentence);
    // Without an invitation to read on, and with what only names something set apart.
    expect(summary.replaceAll(' · ', ' ')).toBe(preheader);
  });
});

test.each([
  ['Annex 1', `<ul><li>Annex 1: ${pdf('PDF')}</li><li>Annex 2: ${pdf('PDF', 'b')}</li></ul>`, ['Annex 1', 'Annex 2']],
  ['En español', `<p>En español: ${pdf('PDF')}<br>En inglés: ${pdf('PDF', 'b')}</p>`, ['En español', 'En inglés']],
])('a line that says what its document is names the card, and goes with it: %s', (_what, html, titles) => {
  const content = contentOf(`<p>Words.</p>${html}`);
  expect(content.attachments.map(({ title }) => title)).toEqual(titles);
  expect(visibleText(parseOwnHtml(content.html))).toBe('Words.');
});

test.each([
  ['a link that is all that a block says', `<p>Words.</p><p>${pdf('PDF')}</p>`],
  ['and in an item', `<p>Words.</p><ul><li>${pdf('Descargar')}</li></ul>`],
  ['with a word of its kind', `<p>Words.</p><p>${pdf('Download PDF')} (2 MB)</p>`],
  ['a stray word beside it', `<p>Words.</p><p>PDF</p><p>${pdf('Reading together')}</p>`],
  ['a bracket', `<p>Words (${pdf('PDF')}).</p>`],
  ['a sentence that only announces it', `<p>Words. ${pdf('Download the PDF')}.</p>`],
  ['a line behind a sentence', `<p>Words.<br>\n${pdf('Download the PDF')}</p>`],
  ['lines that follow each other', `<p>Words.<br>${pdf('PDF')}<br>${pdf('Word', 'b')}</p><p>${pdf('Download', 'c')}</p>`],
  ['a line before a sentence', `<p>${pdf('Download the PDF')}<br>Words.</p>`],
  ['an arrow', `<p>Words. ${pdf('⬇️')}</p>`],
  ['a bracket that a mark stands behind', `<p>Words (${pdf('Download the PDF')}).</p>`],
])('where its card says it already, %s may go', (_what, html) => {
  const { html: mail, text, summary } = shown(html);
  expect([mail, text, summary]).toEqual(['Words.', 'Words.', 'Words.']);
});

test.each([
  'Write to info@example.org.',
  'Come on June 30.',
  'Anmeldung bis 31.12.2025.',
  'We meet at 7 p.m.',
  'El horario es a las 19.30.',
  'Thanks for taking part.',
  'Bring pens, paper, etc.',
  'Il a porté plainte pour vol.',
  'The answer is no.',
])('behind "%s" a line that only announces a document may go, in its paragraph and in the next', (sentence) => {
  for (const html of [
    `<p>${sentence}</p><p>${pdf('PDF')}</p>`,
    `<p>${sentence} ${pdf('Download the PDF')}.</p>`,
    `<p>${sentence}<br>${pdf('PDF')}</p>`,
  ])
    expect(shown(html).text).toBe(sentence);
});

test.each(['Check-in', 'How to sign in', 'Was ist das', 'Annex A', 'Report 2024'])(
  'a bold line "%s" is a heading of its document',
  (heading) => {
    expect(shown(`<p>Words.</p><p><strong>${heading}</strong><br>${pdf('PDF')}</p>`).text).not.toContain('PDF');
  },
);

test.each(['DESCARGA LA AGENDA EN', 'Alles steht in unserem', 'Inscrivez-vous avec votre'])('a bold line "%s" goes on', (words) => {
  expect(shown(`<p>Words.</p><p><strong>${words}</strong><br>${pdf('PDF')}</p>`).text).toContain('PDF');
});

const words = (value: string): string[] => value.match(/[\p{L}\p{N}]+/gu) ?? [];

/** The first word of `wanted` that is not in `all` in its turn; undefined when all are. */
function firstMissing(wanted: readonly string[], all: readonly string[]): string | undefined {
  let at = 0;
  for (const word of wanted) {
    const found = all.indexOf(word, at);
    if (found === -1) return word;
    at = found + 1;
  }
  return undefined;
}

let count = 0;
const word = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(...'alder birch Cedar fir Hazel larch Maple olive Pine rowan'.split(' '))
      .map((tree) => `${tree}${(count += 1)}`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...'the PDF see See download Download The here for el documento aquí archivo read full report a de'.split(' '),
    ),
  },
);
const phrase = fc.array(word, { minLength: 1, maxLength: 4 }).map((list) => list.join(' '));
const mark = fc.constantFrom('', '', '.', ',', ':', ' –', '?');
const documentLink = fc.tuple(phrase, fc.constantFrom('a', 'b', 'c')).map(([text, file]) => `<a href="/${file}.pdf">${text}</a>`);
// As nl2br and editors write them.
const lineBreak = fc.constantFrom('', '<br>', '<br>\n', '\n<br />', '.<br>');
const inlineTag = fc.constantFrom('em', 'strong', 'q', 'cite', 'code', 'sub', 'mark', 'span', 'font', 'u', 'abbr');
const inline: fc.Arbitrary<string> = fc.letrec<{ inline: string }>((tie) => ({
  inline: fc.oneof(
    { maxDepth: 2 },
    phrase,
    documentLink,
    fc.tuple(lineBreak, documentLink, lineBreak).map(([before, link, after]) => `${before}${link}${after}`),
    phrase.map((text) => `<a href="/page/">${text}</a>`),
    phrase.map((text) => `(${text})`),
    fc.tuple(inlineTag, tie('inline')).map(([tag, inner]) => `<${tag}>${inner}</${tag}>`),
    fc.tuple(inlineTag, tie('inline'), phrase).map(([tag, inner, text]) => `<${tag}>${inner} </${tag}>${text}`),
    tie('inline').map((inner) => `${inner}<br>`),
  ),
})).inline;
const line = fc
  .array(fc.tuple(inline, mark), { minLength: 1, maxLength: 5 })
  .map((list) => list.map(([text, end]) => `${text}${end}`).join(' '));
const block: fc.Arbitrary<string> = fc.letrec<{ block: string }>((tie) => {
  const inner = fc.array(tie('block'), { minLength: 1, maxLength: 3 }).map((list) => list.join('\n'));
  const items = fc
    .array(fc.oneof(line, inner), { minLength: 1, maxLength: 3 })
    .map((list) => list.map((item) => `<li>${item}</li>`).join(''));
  const cells = fc.array(fc.array(fc.oneof(line, inner), { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 3 });
  return {
    block: fc.oneof(
      { maxDepth: 2 },
      line.map((text) => `<p>${text}</p>`),
      line.map((text) => `<h3>${text}</h3>`),
      line.map((text) => `<pre>${text}</pre>`),
      line.map((text) => text),
      line.map((text) => `<figure><img src="/a.jpg" alt=""><figcaption>${text}</figcaption></figure>`),
      fc.tuple(line, line).map(([term, text]) => `<dl><dt>${term}</dt><dd>${text}</dd></dl>`),
      fc
        .tuple(
          fc.constantFrom(...'div section article fieldset legend details summary form center address search main body'.split(' ')),
          inner,
        )
        .map(([tag, text]) => `<${tag}>${text}</${tag}>`),
      inner.map((text) => `<blockquote>${text}</blockquote>`),
      items.map((text) => `<ul>${text}</ul>`),
      items.map((text) => `<ol>${text}</ol>`),
      cells.map((rows) => `<table>${rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</table>`),
    ),
  };
}).block;
const documentHtml = fc.array(block, { minLength: 1, maxLength: 5 }).map((blocks) => blocks.join('\n'));

describe('of any document', () => {
  test('every word that the stored post shows is in the html of the mail, in its text and in the feed, in its order', () => {
    fc.assert(
      fc.property(documentHtml, (html) => {
        const stored = words(visibleText(parseOwnHtml(contentOf(html).html)));
        const { html: mail, text, feed } = shown(html);
        for (const part of [mail, text, feed]) expect(firstMissing(stored, words(part))).toBeUndefined();
      }),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300) },
    );
  });

  test('every word of the source is stored, but for whole lines, sentences and brackets that only announce a document', () => {
    fc.assert(
      fc.property(documentHtml, (html) => {
        const { html: stored, attachments } = contentOf(html);
        const kept = words(visibleText(parseOwnHtml(stored)));
        const source = parseOwnHtml(html);
        expect(firstLineLost(source, kept, attachments)).toBeUndefined();
        if (attachments.length === 0) expect(kept).toEqual(words(visibleText(source)));
      }),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300) },
    );
  });
});

describe('what judges lost words finds', () => {
  const card = { url: 'https://example.org/a.pdf', title: 'The plan' };
  const lineLost = (html: string, stored: string) => firstLineLost(parseOwnHtml(html), words(stored), [card]);

  test.each([
    ['a word of a sentence', '<p>See the old mill.</p>', 'See the mill'],
    ['the last word', '<p>See the old mill.</p>', 'See the old'],
    ['a line', '<p>One.</p><p>Two.</p><p>Three.</p>', 'One Three'],
    ['an item', '<ul><li>One</li><li>Two</li></ul>', 'One'],
    ['another order', '<p>One two.</p>', 'two One'],
    ['a word that nobody wrote', '<p>One.</p>', 'One two'],
    ['a sentence that says more than its card', `<p>The mill is open. Get it by Friday: ${pdf('PDF')}</p>`, 'The mill is open'],
    ['half of a sentence with a card', `<p>See the ${pdf('PDF')} of May.</p>`, 'of May'],
    ['an announcement of a document that has no card', '<p>One.</p><p><a href="/b.pdf">PDF</a></p>', 'One'],
  ])('%s', (_what, html, stored) => {
    expect(lineLost(html, stored)).toBeDefined();
  });

  test('and not what only announces a document that has a card', () => {
    expect(lineLost(`<p>The mill is open. ${pdf('Download the PDF')}.</p>`, 'The mill is open')).toBeUndefined();
    expect(lineLost(`<p>One.</p><p>${pdf('The plan')}</p>`, 'One')).toBeUndefined();
  });
});

describe('ordered lists number alike in html, text and feed', () => {
  test.each([
    ['<ol start="5"><li>a</li><li>b</li></ol>', ['5. a', '6. b']],
    ['<ol><li>a</li><li value="7">b</li><li>c</li></ol>', ['1. a', '7. b', '8. c']],
    ['<ol reversed><li>a</li><li>b</li><li>c</li></ol>', ['3. a', '2. b', '1. c']],
    ['<ol reversed start="10"><li>a</li><li>b</li></ol>', ['10. a', '9. b']],
    ['<ol type="a" start="26"><li>a</li><li>b</li></ol>', ['z. a', 'aa. b']],
    ['<ol type="I"><li>a</li><li>b</li><li>c</li><li>d</li></ol>', ['I. a', 'II. b', 'III. c', 'IV. d']],
    ['<ol start="-1"><li>a</li><li>b</li><li>c</li></ol>', ['-1. a', '0. b', '1. c']],
    ['<ol style="list-style-type: lower-roman"><li>a</li><li>b</li></ol>', ['i. a', 'ii. b']],
    ['<ol><li>a</li><li></li><li>c</li></ol>', ['1. a', '3. c']],
    [`<ol><li>a</li><li>${pdf('PDF')}</li><li>c</li></ol>`, ['1. a', '3. c']],
    ['<ol><li>a</li><li style="display:none">b</li><li>c</li></ol>', ['1. a', '2. c']],
    ['<ol><li>a<ol start="3"><li>b</li></ol></li><li>c</li></ol>', ['1. a', '3. b', '2. c']],
    ['<table><tr><td><ol start="4"><li>a</li><li>b</li></ol></td><td>c</td></tr></table>', ['4. a 5. b | c']],
    ['<table><tr><td><ol type="i"><li>a</li><li></li><li><ul><li>b</li></ul></li></ol></td><td>c</td></tr></table>', ['i. a iii. b | c']],
  ])('%s', (html, lines) => {
    const content = contentOf(html);
    const nodes = contentBlocks(content.html, {}, () => {}).flatMap((each) => each.nodes);
    const text = plainText(nodes, createFootnotes(1), 72)
      .split('\n')
      .map((each) => each.trim())
      .filter((each) => each !== '');
    expect(text).toEqual(lines);
    const attributes = (markup: string): string[] =>
      [...markup.matchAll(/<(?:ol|li)\b[^>]*>/g)].map(([tag]) => tag.replaceAll(/ ?=""| style="[^"]*"/g, ''));
    expect(attributes(emailHtml(nodes, style))).toEqual(attributes(content.html));
    expect(attributes(feedHtmlOf(content))).toEqual(attributes(content.html));
  });
});
