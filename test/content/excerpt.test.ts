import { describe, expect, test } from '@jest/globals';
import { summaryOf as summaryOfPost } from '../../src/content/excerpt.ts';
import { parseHtml } from '../../src/content/html/parse-html.ts';

const maxSummaryLength = 320;
/** The summary of a post of paragraphs, a line each, or of html. */
function summaryOf({ text = '', html, ...rest }: { text?: string; html?: string; sourceSummary?: string; statedText?: string }): string {
  const paragraphs = text.split('\n').map((line) => (line === '' ? '' : `<p>${line.replaceAll('&', '&amp;')}</p>`));
  return summaryOfPost({ ...rest, blocks: parseHtml(html ?? paragraphs.join('')) });
}

const long = 'This is a sentence of some length that says nothing in particular but goes on for a while. '.repeat(10).trim();

describe('A summary', () => {
  test('is made of whole sentences', () => {
    const summary = summaryOf({ text: long });
    expect(summary.length).toBeLessThanOrEqual(maxSummaryLength);
    expect(summary).toMatch(/a while\.$/);
  });

  test('is what the source wrote, when it is whole', () => {
    expect(summaryOf({ sourceSummary: '<p>Why mentors matter &amp; how.</p>', text: long })).toBe('Why mentors matter & how.');
  });

  test.each([
    ['WordPress', 'Whatever this says, it is cut in the middle of [&hellip;]'],
    ['a theme', 'Whatever this says, it is cut <a href="/x">Continue reading A post →</a>'],
    ['an ellipsis', 'Whatever this says, it is cut in …'],
    ['a footer behind the cut', 'Whatever is [&#8230;] The post <a href="/x">A</a> appeared first on <a href="/">B</a>'],
  ])('is taken from the text when %s cut the stated one', (_, sourceSummary) => {
    expect(summaryOf({ sourceSummary: sourceSummary.replace('The post', '\nThe post'), text: 'The whole text. In two sentences.' })).toBe(
      'The whole text. In two sentences.',
    );
  });

  test('is not the footer that feeds add, also of a post without a title', () => {
    expect(summaryOf({ sourceSummary: '<p>The post <a href="/x"></a> appeared first on <a href="/">B</a>.</p>', text: '' })).toBe('');
    expect(summaryOf({ sourceSummary: '<p>Der Beitrag <a href="/x">A</a> erschien zuerst auf <a href="/">B</a>.</p>', text: '' })).toBe('');
  });

  test('ends at its last whole sentence, when a cut excerpt is all there is', () => {
    expect(summaryOf({ sourceSummary: 'One whole sentence. And half of [&hellip;]', text: '' })).toBe('One whole sentence.');
    expect(summaryOf({ sourceSummary: 'Half of a sentence [&hellip;]', text: '' })).toBe('Half of a sentence…');
  });

  test('does not repeat what a button says, when the stated one is the text itself', () => {
    const statedText = 'About a paper.\nThe paper\nDownload';
    expect(summaryOf({ sourceSummary: 'About a paper. The paper Download', text: 'About a paper.', statedText })).toBe('About a paper.');
  });

  test('leaves addresses in the text whole', () => {
    const text = 'Sign up at https://example.org/form?id=5&x=1 until Friday. Thanks!';
    expect(summaryOf({ text })).toBe(text);
  });

  test('does not end at an abbreviation', () => {
    expect(summaryOf({ text: `Dr. J. Soler opens the day. ${long}` })).toMatch(/^Dr\. J\. Soler opens the day\. This/);
  });

  test('lets nothing run into a sentence that stands by itself', () => {
    expect(summaryOf({ text: 'A heading\nA first sentence.' })).toBe('A first sentence.');
  });

  const said = '<p>The council voted on Monday. Nobody was against it.</p>';
  test.each([
    ['a heading', '<h2>What was decided about the hall</h2>'],
    ['a heading that asks', '<h2>What was decided?</h2>'],
    ['a paragraph all in bold', '<p><strong>What was decided, and by whom, about the hall</strong></p>'],
    ['items of a list', '<ul><li>The hall.</li><li>The pool.</li></ul>'],
    ['cells', '<table><tr><td>The hall.</td><td>The pool.</td></tr></table>'],
    ['a caption', '<figure><img src="https://e.org/a.jpg" alt="A hall"><figcaption>The hall in May.</figcaption></figure>'],
    ['the words beside a player', '<figure><figcaption><a href="https://e.org">▶ youtube.com</a></figcaption></figure>'],
    ['the words beside a player that has no picture', '<p><a href="https://e.org">▶ soundcloud.com</a></p>'],
    ['a link to something else', '<p><a href="https://e.org">Our guide to the hall, the pool and the library of the town</a></p>'],
    ['a part', '<p>Transcript</p>'],
    ['a part with a colon', '<p><b>Show notes:</b></p>'],
    ['the number of an episode', '<p>Episode 27</p>'],
    ['in a line of its own', '<p><strong>Episode 27</strong><br></p>'],
    ['in the same line', '<p><strong>Episode 27</strong> The council voted on Monday. Nobody was against it.</p>', true],
    ['who wrote it', '<p>By Ann Smith and Tom Hill.</p>'],
    ['who wrote it in Spanish', '<p>Por Ana Ruiz</p>'],
    ['who took the picture', '<p>Photo: Ann Smith / The Daily Post.</p>'],
    ['a date', '<p>Monday, 12 May 2025.</p>'],
    ['a date in German', '<p>12. Mai 2025</p>'],
    ['a time of a recording', '<p>(00:12) What the council does.</p>'],
    ['a rule', '<hr>'],
  ])('is sentences, without %s', (_what, html, isWhole = false) => {
    const expected = 'The council voted on Monday. Nobody was against it.';
    expect(summaryOf({ html: isWhole ? html : html + said })).toBe(expected);
    expect(summaryOf({ html: isWhole ? html : said + html })).toBe(expected);
    expect(summaryOf({ text: 'Another text.', sourceSummary: isWhole ? html : html + said })).toBe(expected);
  });

  test.each([
    [
      'a list',
      '<p>Each child brings pencils, paper and a</p><ul><li>ruler</li></ul><p>More.</p>',
      'Each child brings pencils, paper and a…',
    ],
    ['a list behind a colon', '<p>Each child brings:</p><ul><li>a ruler</li></ul><p>More.</p>', 'Each child brings…'],
    [
      'a rule',
      '<p>Each child brings pencils, paper and a ruler of wood</p><hr><p>More.</p>',
      'Each child brings pencils, paper and a ruler of wood…',
    ],
    ['the next sentence, of a script without spaces', '<p>会議がありました。次は五月です。</p>', '会議がありました。次は五月です。'],
    ['the end of the text', '<p>The office is closed.</p><p>Come on Monday</p>', 'The office is closed.'],
    ['a text without a full stop', '<p>The office is closed from Monday to Friday</p>', 'The office is closed from Monday to Friday'],
    ['a cut', '<p>One whole sentence. And half of […]</p>', 'One whole sentence.'],
    ['an invitation', '<p>One whole sentence, and it ends. <a href="https://e.org">Read more</a></p>', 'One whole sentence, and it ends.'],
    [
      'an invitation in its line',
      '<p>They spoke at length about the old bridge […] <a href="https://e.org">Lire la suite</a></p>',
      'They spoke at length about the old bridge…',
    ],
    ['a bracket', '<p>The office “is closd” says the sheet [sic]</p>', 'The office “is closd” says the sheet [sic]'],
  ])('keeps its last word where its sentence goes on into %s', (_what, html, expected) => {
    expect(summaryOf({ html })).toBe(expected);
  });

  test.each([
    ['a list', '<ul><li>The hall</li><li>The pool</li></ul>', 'The hall · The pool'],
    ['a label', '<p>Transcript</p>', 'Transcript'],
    ['a player', '<p><a href="https://e.org">▶ youtube.com</a></p>', '▶ youtube.com'],
    ['a few words', '<p>Closed on Monday</p>', 'Closed on Monday'],
    ['a link', '<p><a href="https://e.org">Our guide</a></p>', 'Our guide'],
  ])('says what there is of a post that is nothing but %s', (_what, html, expected) => {
    expect(summaryOf({ html })).toBe(expected);
  });

  test.each(['<p>Transcript:</p>', '<h3>Transcript</h3>', '<p><strong>Show notes</strong></p>'])(
    'ends before a part that follows a text: %s',
    (name) => {
      const told = 'We speak with Ann about wells.';
      expect(summaryOf({ html: `<p>${told}</p>${name}<p>ANN: Hello to all of you.</p>` })).toBe(told);
      expect(summaryOf({ html: `${name}<p>${told}</p>` })).toBe(told);
    },
  );

  test.each([
    'Written by hand, the letters of the school took a year.',
    'By Friday everybody knew of it.',
    'Source code is what the club reads.',
    'Part of the roof fell in May.',
    'Notes are taken by all.',
    'Photo albums fill the shelf.',
    'Published in 1959, the book is read today.',
    'May 2025 was warm.',
    'Read more books, says the teacher of our town.',
    'More is to come.',
  ])('keeps a sentence that begins as a label does: %s', (sentence) => {
    expect(summaryOf({ text: `${sentence}\nAnother sentence.` })).toBe(`${sentence} Another sentence.`);
  });

  test('is cut at a word only where not one sentence fits', () => {
    const summary = summaryOf({ text: 'word '.repeat(200) });
    expect(summary).toMatch(/^word( word)+…$/);
    expect(summary.length).toBeLessThanOrEqual(maxSummaryLength);
  });

  test('is empty for a post without text', () => {
    expect(summaryOf({ text: '' })).toBe('');
  });
});
