import { describe, expect, test } from '@jest/globals';
import { findRepeats, habitsOfBoth, repetitionsIn } from '../../src/content/clutter/repeats.ts';
import { topLevelBlocks } from '../../src/content/html/blocks.ts';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { visibleLine } from '../../src/content/html/visible-text.ts';
import { shownSummary } from '../../src/content/shown-summary.ts';
import { partsOf, preparePost } from '../../src/render/parts/prepared-post.ts';

const helpline = '<p>Call our helpline on 0800 100, day and night.</p>';
const own = (index: number) => `<p>News ${String.fromCharCode(97 + index)} of the week.</p>`;
/** So many posts, of which the first ones hold this. */
const posts = (count: number, holding: number, html: string): string[] =>
  Array.from({ length: count }, (_, index) => own(index) + (index < holding ? html : ''));

function repetitionsOf(html: string, repeats: ReturnType<typeof findRepeats>): readonly string[] {
  return repetitionsIn(topLevelBlocks(parseOwnHtml(html)), repeats);
}

describe('what posts of a source repeat', () => {
  test.each([
    [10, 5, 1],
    [10, 4, 0],
    [9, 5, 1],
    [9, 4, 0],
    [6, 3, 1],
    [4, 3, 1],
    [4, 2, 0],
    [3, 3, 1],
    [2, 2, 0],
  ])('of %d posts, what %d hold: %d', (count, holding, found) => {
    expect(findRepeats(posts(count, holding, helpline))).toHaveLength(found);
  });

  test('is looked for in the last ten, and said with its words and how many have it', () => {
    expect(findRepeats([...posts(10, 0, ''), ...posts(10, 10, helpline)])).toEqual([]);
    expect(findRepeats(posts(10, 7, helpline))).toMatchObject([{ text: 'Call our helpline on 0800 100, day and night.', postCount: 7 }]);
  });

  test('is the same in other markup and white space, and not with another number', () => {
    const same = [
      helpline,
      '<p>Call our <strong>helpline</strong> on 0800 100,\u00a0day and\nnight.</p>',
      `<blockquote>${helpline}</blockquote>`,
    ];
    expect(findRepeats(same.map((each, index) => own(index) + each))).toHaveLength(1);
    expect(findRepeats([1, 2, 3].map((number) => `<p>Episode ${number} of our show.</p>`))).toEqual([]);
  });

  test('is counted once a post, and has letters', () => {
    expect(findRepeats([helpline + helpline + helpline, own(1), own(2)])).toEqual([]);
    expect(findRepeats(posts(5, 5, '<p>* * *</p><hr>'))).toEqual([]);
  });

  test('a link that differs from post to post is repeated in its words only', () => {
    const listen = (index: number) => `<p><a href="https://pod.example/${index}">Listen to us</a></p>`;
    const texts = [0, 1, 2].map((index) => own(index) + listen(index));
    expect(repetitionsOf(texts[0]!, findRepeats(texts))).toEqual(['none', 'words']);
    const alike = [0, 1, 2].map((index) => `${own(index)}<p><a href="https://pod.example/?utm_source=${index}">Listen to us</a></p>`);
    expect(repetitionsOf(alike[0]!, findRepeats(alike))).toEqual(['none', 'all']);
  });

  test.each([
    ['a heading', '<h3>Ingredients</h3>'],
    ['a line in bold', '<p><strong>Ingredients</strong></p>'],
    ['what ends in a colon', '<p>You will need:</p>'],
  ])('%s stays with what it stands above, and goes with it', (_, heading) => {
    const recipes = ['flour', 'salt', 'oats'].map((each) => `${heading}<ul><li>${each}</li></ul>`);
    expect(repetitionsOf(recipes[0]!, findRepeats(recipes))).toEqual(['none', 'none']);
    const contacts = [0, 1, 2].map((index) => `${own(index)}${heading}${helpline}`);
    expect(repetitionsOf(contacts[0]!, findRepeats(contacts))).toEqual(['none', 'all', 'all']);
  });

  test('a text that says nothing else says that', () => {
    const menus = Array.from({ length: 4 }, () => '<p>The menu of the week is here.</p>');
    expect(repetitionsOf(menus[0]!, findRepeats(menus))).toEqual(['words']);
  });

  test('a text beyond what is compared counts as one without', () => {
    const long = `<p>${'word '.repeat(30_000)}</p>${helpline}`;
    expect(findRepeats([long, long, long])).toEqual([]);
  });
});

describe('a post of a source whose posts repeat something', () => {
  const repeats = findRepeats(posts(10, 10, helpline));
  const listen = '<p>Every week we talk to one person who has changed a town.</p>';
  const essay = (count: number) =>
    Array.from({ length: count }, (_, index) => `<p>${`Sentence ${index} of an essay. `.repeat(12)}</p>`).join('');

  function shownOf(html: string, trims: boolean) {
    const post = {
      position: 1n,
      title: 'A',
      url: 'https://example.org/a',
      authors: [],
      html,
      summary: '',
      readingMinutes: 1,
      attachments: [],
    };
    const options = { leadLines: 12, charactersPerLine: 64, language: 'en', showsImage: true, deadImageUrls: [] };
    const prepared = preparePost({ ...post, habits: { repeats, trims } }, options, () => {});
    const lineOf = (level: 'full' | 'lead') =>
      visibleLine(partsOf(prepared, level).flatMap((part) => (part.kind === 'content' ? part.nodes : [])));
    return { full: lineOf('full'), lead: lineOf('lead') };
  }

  test('has it in full, and in no lead', () => {
    const { full, lead } = shownOf(helpline + essay(8), false);
    expect(full).toContain('helpline');
    expect(lead).toMatch(/^Sentence 0/);
    expect(lead).not.toContain('helpline');
  });

  test('has it nowhere once it is trimmed, and no rule that parted it', () => {
    expect(shownOf(`<p>News.</p><hr>${helpline}`, true).full).toBe('News.');
    expect(shownOf(helpline, true).full).toContain('helpline');
  });

  test.each([true, false])('keeps in full what only a source repeats whose posts stay whole (that source first: %s)', (isFirst) => {
    const address = '<p>We sit in Mill Lane.</p>';
    const whole = { repeats: findRepeats(posts(10, 10, helpline + address)), trims: false };
    const trimmed = { repeats: findRepeats(posts(10, 10, address)), trims: true };
    const both = isFirst ? habitsOfBoth(whole, trimmed) : habitsOfBoth(trimmed, whole);
    expect(both.trims).toBe(true);
    const blocks = topLevelBlocks(parseOwnHtml(own(1) + helpline + address));
    expect(repetitionsIn(blocks, both.repeats)).toEqual(['none', 'words', 'all']);
  });

  test('has a summary of what it says itself', () => {
    const content = { html: `${helpline}${listen}`, language: 'en' };
    const made = 'Call our helpline on 0800 100, day and night. Every week we talk to one person who has changed a town.';
    expect(shownSummary({ ...content, summary: made }, repeats)).toBe('Every week we talk to one person who has changed a town.');
    expect(shownSummary({ ...content, summary: 'What the source wrote.' }, repeats)).toBe('What the source wrote.');
    expect(shownSummary({ ...content, summary: made }, [])).toBe(made);
    expect(shownSummary({ html: helpline, language: null, summary: 'Call our helpline on 0800 100, day and night.' }, repeats)).toBe('');
  });
});
