import { describe, expect, test } from '@jest/globals';
import { writeHtml } from '../../src/content/html/write-html.ts';
import { leadOf } from '../../src/render/parts/lead.ts';
import { visibleLine } from '../../src/content/html/visible-text.ts';
import { contentBlocks } from '../../src/render/parts/clean-content.ts';
import { countWords, readingMinutes, wholeMinutes } from '../../src/content/text/reading-time.ts';
import { sentencesOf, wholeSentences } from '../../src/content/text/sentence.ts';
import { readableFileName } from '../../src/content/documents/document-title.ts';
import { displayTitle, documentTitle } from '../../src/content/title.ts';

const untitled = { html: '<p>A first sentence. And a second.</p>', language: 'en', attachments: [] };
const pdf = (url: string, title = '') => ({ url: `https://e.org/${url}`, title });

describe('what to call a post', () => {
  test('its own title comes first', () => {
    expect(displayTitle({ ...untitled, title: '  Its \n title ', attachments: [pdf('a.pdf', 'Paper')] })).toBe('Its title');
  });

  test('else the title of its document, else a readable file name', () => {
    expect(displayTitle({ ...untitled, attachments: [pdf('x.pdf', 'A paper on reading')] })).toBe('A paper on reading');
    expect(displayTitle({ ...untitled, attachments: [pdf('uploads/2024/05/annual-report_2024.pdf', 'PDF')] })).toBe('Annual report 2024');
  });

  test('else its first sentence, cut at a word where it is long', () => {
    expect(displayTitle(untitled)).toBe('A first sentence.');
    expect(displayTitle({ ...untitled, html: `<p>${'word '.repeat(60)}</p>` })).toMatch(/^(?:word )+word…$/);
  });

  test('never nothing', () => {
    expect(displayTitle({ ...untitled, html: '' })).toBe('…');
    expect(displayTitle({ ...untitled, html: '', url: 'https://e.org/2024/a-note-on-lunch/' })).toBe('A note on lunch');
  });

  test.each([
    ['https://e.org/Working-Paper-12.pdf?x=1#page=2', 'Working Paper 12'],
    ['https://e.org/gu%C3%ADa_para-directores.PDF', 'Guía para directores'],
    ['https://e.org/reading+aloud.pdf', 'Reading aloud'],
    ['https://e.org/3f2a9c4d5e6f7a8b.pdf', undefined],
    ['https://e.org/12345.pdf', undefined],
    ['https://e.org/%E0%A4%A.pdf', undefined],
    ['https://e.org/', undefined],
  ])('the file name of %s reads "%s"', (url, expected) => {
    expect(readableFileName(url)).toBe(expected);
  });

  test('a document title that is a file name is made readable', () => {
    expect(documentTitle(pdf('x.pdf', 'annual-report-2024.pdf'))).toBe('Annual report 2024');
    expect(documentTitle(pdf('x.pdf', 'Well-being at school'))).toBe('Well-being at school');
  });
});

describe('sentences and leads', () => {
  test('sentences are kept whole, also after abbreviations and initials', () => {
    const text = 'We met Dr. Ruiz and J. Berg in May. They agreed. A third sentence is too long to fit in here.';
    expect(wholeSentences(text, 60, 'en')).toBe('We met Dr. Ruiz and J. Berg in May. They agreed.');
    expect(wholeSentences(text, 10, 'en')).toBe('');
    expect(sentencesOf('We met J. Berg, etc. They came.', 'en')).toEqual(['We met J. Berg, etc. They came.']);
    expect(sentencesOf('We met Dr. Ruiz. They came.', 'en')).toEqual(['We met Dr. Ruiz. ', 'They came.']);
    expect(wholeSentences('Véase la pág. 5 y p. ej. la 7. Otra frase que ya no cabe aquí.', 40, 'es')).toBe(
      'Véase la pág. 5 y p. ej. la 7.',
    );
    expect(wholeSentences(`We meet at 7 pm. ${'Long '.repeat(40)}`, 100, 'en')).toBe('We meet at 7 pm.');
  });

  /** The lead of a column of 20 characters. */
  function leadBlocks(html: string, lines: number) {
    return leadOf(
      contentBlocks(html, {}, () => {}),
      { lines, charactersPerLine: 20, language: 'en' },
    );
  }

  function lead(html: string, lines: number): string {
    return leadBlocks(html, lines)
      .map((block) => visibleLine(block.nodes))
      .join(' | ');
  }

  test('a lead is made of whole paragraphs of prose; pictures and headings are passed over', () => {
    const html =
      '<figure><img src="https://e.org/a" alt="x"></figure><h2>Heading</h2><p>One two three.</p><p>Four five six.</p><p>Seven eight nine.</p>';
    expect(lead(html, 3)).toBe('One two three. | Four five six.');
  });

  test('a paragraph that is too long ends with a whole sentence, links and emphasis intact', () => {
    const html = `<p>One <a href="https://e.org/">two</a> three. ${'More words in this sentence follow. '.repeat(30)}</p>`;
    const blocks = leadBlocks(html, 6);
    expect(visibleLine(blocks.flatMap((block) => block.nodes))).toMatch(/^One two three\. (?:More words in this sentence follow\. ?)+$/);
    expect(JSON.stringify(blocks)).toContain('https://e.org/');
  });

  test('a paragraph that is cut keeps its last letter, also behind what has no width', () => {
    const html = `<p>One\u200btwo\u200bthree\ufeff four. ${'More words in this sentence follow. '.repeat(30)}</p>`;
    expect(lead(html, 3)).toMatch(/^One two three four\. More words in this sentence follow\.$/);
  });

  const sentence = 'One two three four.';
  test.each([
    ['a heading', '<h2>On</h2>'],
    ['a line all in bold', '<p><strong>On and on</strong></p>'],
    ['a rule', '<hr>'],
    ['a transcript', '<p>Transcript:</p>'],
    ['credits', '<p>Music: Ann Smith</p>'],
    ['who wrote it', '<p>Written by Ann Smith</p>'],
    ['times of a recording', '<p>(0:11) What is said.</p>'],
    ['a list of links', '<ul><li><a href="https://e.org/a">One</a></li><li><a href="https://e.org/b">Two</a></li></ul>'],
  ])('a lead that has enough ends before %s', (_what, html) => {
    expect(lead(`<p>${sentence}</p><p>${sentence}</p>${html}<p>Behind it.</p>`, 5)).toBe(`${sentence} | ${sentence}`);
  });

  test.each([
    ['a transcript', '<h2>Transcript</h2>'],
    ['credits', '<p>Photo: Ann Smith</p>'],
    ['a list of links', '<ul><li><a href="https://e.org/a">One</a></li><li><a href="https://e.org/b">Two</a></li></ul>'],
  ])('a lead that has begun ends before %s, however short it is', (_what, html) => {
    expect(lead(`<p>${sentence}</p>${html}<p>Behind it.</p>`, 20)).toBe(sentence);
  });

  test('a lead that has little goes on below a heading, which stays above what it names', () => {
    expect(lead(`<p>${sentence}</p><h2>Next</h2><p>Behind it.</p><p>${'More words. '.repeat(30)}</p>`, 6)).toMatch(
      new RegExp(`^${sentence} \\| Next \\| Behind it\\. \\| More words`),
    );
  });

  test.each([
    ['a byline', '<p>By Ann Smith</p>'],
    ['a date', '<p>12 May 2025</p>'],
    ['credits', '<p>Photo: Ann Smith</p>'],
    ['the words beside a player', '<p><a href="https://e.org">▶ youtube.com</a></p>'],
    ['a link that stands alone', '<p><a href="https://e.org">To the shop</a></p>'],
  ])('a lead does not begin with %s', (_what, html) => {
    expect(lead(`${html}<p>${sentence}</p>`, 4)).toBe(sentence);
  });

  test('a list is cut at an item', () => {
    const items = ['Pencils and paper', 'A ruler', 'Scissors'].map((item) => `<li>${item}</li>`).join('');
    expect(lead(`<p>Bring what you need:</p><ul>${items}</ul>`, 4)).toBe('Bring what you need: | Pencils and paper');
    const [block] = leadBlocks('<ol reversed><li>One</li><li>Two</li><li>Three</li><li>Four</li></ol>', 2);
    expect(writeHtml(block!.nodes)).toBe('<ol reversed="" start="4"><li>One</li><li>Two</li></ol>');
  });

  test('a lead does not end with the words that announce what is left out, and keeps the sentences before them', () => {
    const items = `<ul><li>${'An item of many words that do not fit. '.repeat(9)}</li></ul>`;
    expect(lead(`<p>One two three.</p><p>Four five such as:</p>${items}`, 3)).toBe('One two three.');
    expect(lead(`<p>One two three.</p><p>Four five. Such as:</p>${items}`, 3)).toBe('One two three. | Four five.');
  });

  test('a line without an end mark keeps its link', () => {
    expect(writeHtml(leadBlocks('<p>Read <a href="https://e.org/n">our note</a> on it</p>', 3)[0]!.nodes)).toContain(
      'href="https://e.org/n"',
    );
  });

  test('content without prose has no lead', () => {
    expect(lead('<figure><img src="https://e.org/a" alt="x"></figure>', 10)).toBe('');
  });

  test('reading time is at least a minute and counts ideographs too', () => {
    expect(wholeMinutes(readingMinutes(''))).toBe(1);
    expect(readingMinutes('word '.repeat(920))).toBe(4);
    expect(wholeMinutes(readingMinutes('図'.repeat(900)))).toBe(2);
    expect(countWords('It’s a well-known fact: 3.14')).toBe(5);
  });
});
