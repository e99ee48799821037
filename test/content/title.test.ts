import { describe, expect, test } from '@jest/globals';
import { leadOf } from '../../src/render/digest/lead.ts';
import { visibleLine } from '../../src/content/html/visible-text.ts';
import { contentBlocks } from '../../src/render/digest/clean-content.ts';
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

  function lead(html: string, words: number): string {
    const blocks = contentBlocks(html, {}, () => {});
    return leadOf(blocks, { words, language: 'en' })
      .map((block) => visibleLine(block.nodes))
      .join(' | ');
  }

  test('a lead is made of whole paragraphs of prose; pictures and headings are passed over', () => {
    const html =
      '<figure><img src="https://e.org/a" alt="x"></figure><h2>Heading</h2><p>One two three.</p><p>Four five six.</p><p>Seven eight nine.</p>';
    expect(lead(html, 6)).toBe('One two three. | Four five six.');
  });

  test('a paragraph that is too long ends with a whole sentence, links and emphasis intact', () => {
    const html = `<p>One <a href="https://e.org/">two</a> three. ${'More words in this sentence follow. '.repeat(30)}</p>`;
    const blocks = leadOf(
      contentBlocks(html, {}, () => {}),
      { words: 20, language: 'en' },
    );
    expect(visibleLine(blocks.flatMap((block) => block.nodes))).toMatch(/^One two three\. (?:More words in this sentence follow\. ?)+$/);
    expect(JSON.stringify(blocks)).toContain('https://e.org/');
  });

  test('a heading stays above what it names, and is neither the first nor the last of a lead', () => {
    const html =
      '<h2>Top</h2><p>One two three.</p><h2>Credits</h2><ul><li>Ann</li></ul><h2>References</h2><ul><li>Book</li></ul><h2>Transcript</h2><p>A very long text that does not fit here at all.</p>';
    expect(lead(html, 7)).toBe('One two three. | Credits | Ann | References | Book');
  });

  test('a lead does not end with the words that announce what is left out', () => {
    expect(
      lead('<p>One two three.</p><p>Four five such as:</p><ul><li>One more item</li><li>and another of several words</li></ul>', 5),
    ).toBe('One two three.');
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
