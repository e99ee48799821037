import { describe, expect, test } from '@jest/globals';
import {
  areCompatible as areCompatibleOf,
  areRelated as areRelatedOf,
  compareTexts,
  areSameButNumbers,
  haveSameTitle,
  saidHashOf,
  shareIn,
} from '../../src/content/said.ts';
import type { ComparedText, SaidContent } from '../../src/content/said.ts';

const areCompatible = (one: ComparedText, other: ComparedText): boolean => areCompatibleOf(compareTexts(one, other));
const areRelated = (one: ComparedText, other: ComparedText): boolean => areRelatedOf(compareTexts(one, other));
const words = (from: number, count: number): string => Array.from({ length: count }, (_, index) => `w${from + index}`).join(' ');
const text = (html: string, title = 'A title'): { title: string; html: string } => ({ title, html });

describe('Compatible texts', () => {
  test('share half of the runs of the shorter one, from twenty words on', () => {
    expect(areCompatible(text(words(0, 40)), text(words(0, 22) + ' ' + words(100, 18)))).toBe(true);
    expect(areCompatible(text(words(0, 40)), text(words(0, 18) + ' ' + words(100, 22)))).toBe(false);
    expect(areCompatible(text(`<p>${words(0, 30)} …</p>`), text(`<div><p>${words(0, 400)}</p></div>`))).toBe(true);
  });

  test('share all of them below twenty words', () => {
    expect(areCompatible(text(words(0, 19)), text(words(0, 200)))).toBe(true);
    expect(areCompatible(text(words(0, 18) + ' other'), text(words(0, 200)))).toBe(false);
  });

  test('may be nothing, which is a part of everything', () => {
    expect(areCompatible(text(''), text(words(0, 40)))).toBe(true);
  });

  test('are told apart in scripts without spaces, too', () => {
    expect(
      areCompatible(text('学校は明日から休みです。図書館も休みです。'), text('学校は明日から休みです。図書館も休みです。また来週。')),
    ).toBe(true);
    expect(
      areCompatible(text('学校は明日から休みです。図書館も休みです。'), text('運動会は土曜日に行います。お弁当を持ってきてください。')),
    ).toBe(false);
  });
});

describe('Related texts', () => {
  test.each<[string, Parameters<typeof areRelated>, boolean]>([
    ['the title stayed', [text(words(0, 30), 'Fair'), text(words(90, 30), 'fair!')], true],
    ['half of the text stayed', [text(words(0, 30), 'Bus late'), text(`${words(0, 20)} ${words(90, 10)}`, 'Bus on time')], true],
    ['title and text are others', [text(words(0, 30), 'Bus late'), text(words(90, 30), 'Bus late again')], false],
    ['the text came later', [text('', 'Autumn fair'), text(words(0, 30), 'Autumn fair on Friday')], true],
    ['there is no text, and another title', [text('', 'Soup today'), text('', 'Fish and chips')], false],
    ['there is no title, and half of the text', [text(words(0, 30), ''), text(words(10, 30), '')], true],
  ])('%s', (_, [one, other], expected) => {
    expect(areRelated(one, other)).toBe(expected);
    expect(areRelated(other, one)).toBe(expected);
  });
});

test('a title is that of another when their letters are, or one has none', () => {
  expect(haveSameTitle(text('', 'Weekly bulletin – week 48'), text('', 'weekly bulletin, week 48'))).toBe(true);
  expect(haveSameTitle(text('', ''), text('', 'x'))).toBe(true);
  expect(haveSameTitle(text('', 'a'), text('', 'b'))).toBe(false);
});

test('numbers and the signs of a language are part of a title', () => {
  expect(haveSameTitle(text('', 'Unit 1.1'), text('', 'Unit 11'))).toBe(false);
  expect(haveSameTitle(text('', 'C++'), text('', 'C#'))).toBe(false);
  expect(haveSameTitle(text('', '“Unit” 1.1!'), text('', 'unit 1/1'))).toBe(true);
});

test('texts are the same but for numbers when all their other words are', () => {
  expect(areSameButNumbers(text('<p>Seen 3 times.</p>'), text('<p>Seen 1024 times</p>'))).toBe(true);
  expect(areSameButNumbers(text('<p>Seen 3 times.</p>'), text('<p>Seen three times.</p>'))).toBe(false);
  expect(areSameButNumbers(text('<p>Seen 3 times.</p>'), text('<p>Seen 3 or 4 times.</p>'))).toBe(false);
  expect(areSameButNumbers(text('<p>Room A3 at 5pm.</p>'), text('<p>Room B3 at 5pm.</p>'))).toBe(false);
  expect(areSameButNumbers(text(''), text(''))).toBe(false);
});

test('a share is of the part in the whole, or of the shorter in the longer', () => {
  expect(shareIn(text(words(0, 10)), text(words(0, 100)))).toBe(1);
  expect(shareIn(text(words(0, 100)), text(words(0, 10)))).toBeLessThan(0.1);
  expect(compareTexts(text(words(0, 100)), text(words(0, 10)))).toMatchObject({ sharedText: 1, wordCount: 10, haveText: true });
});

describe('What is said', () => {
  const content = (more: Partial<SaidContent> = {}): SaidContent => ({
    title: 'Minutes',
    url: 'https://e.org/minutes/',
    html: '<p>The minutes are here.</p>',
    image: null,
    attachments: [],
    ...more,
  });
  const paper = (url: string): SaidContent['attachments'] => [{ url, title: 'Minutes', mediaType: 'application/pdf' }];
  const hash = (more: Partial<SaidContent> = {}): string => saidHashOf(content(more));

  test('is the same whatever markup, links and pictures are', () => {
    expect(hash({ html: '<p>The <a href="https://e.org/?t=1">minutes</a>\n are here.</p>', url: 'https://e.org/x' })).toBe(hash());
  });

  test('is another with another word, or another document', () => {
    expect(hash({ html: '<p>The minutes are there.</p>' })).not.toBe(hash());
    expect(hash({ attachments: paper('https://e.org/november.pdf') })).not.toBe(hash({ attachments: paper('https://e.org/december.pdf') }));
    expect(hash({ attachments: paper('https://e.org/?file=1') })).not.toBe(hash({ attachments: paper('https://e.org/?file=2') }));
  });

  test.each([
    ['https://e.org/download?id=', ''],
    ['https://e.org/?wpdmdl=', '&amp;refresh=65f1a9b3c2d4e1710336435'],
    ['https://e.org/files/download/', '/?t=1710336435'],
  ])('is another with another file that a link hands out by its number: %s', (before, behind) => {
    const link = (number: number, more = behind): string =>
      hash({ html: `<p>Get <a href="${before}${number}${more}">the minutes</a>.</p>` });
    expect(link(1)).not.toBe(link(2));
    expect(link(1)).toBe(link(1, behind.replace('1710336435', '1710339999')));
  });

  test('is another with another sign or number in the title, not with another case, space or kind of quote', () => {
    expect(hash({ title: 'C++' })).not.toBe(hash({ title: 'C#' }));
    expect(hash({ title: 'Unit 1.1' })).not.toBe(hash({ title: 'Unit 11' }));
    expect(hash({ title: '“New”  minutes – it’s' })).toBe(hash({ title: '"new" minutes - it\'s' }));
  });

  test('does not depend on the tokens in the address of a document', () => {
    const [one, two] = [
      'https://e.org/?wpdmdl=7&refresh=65f1a9b3c2d4e1710336435',
      'https://e.org/?wpdmdl=7&refresh=65f1a9b3c2d4e1710339999',
    ];
    expect(hash({ attachments: paper(one) })).toBe(hash({ attachments: paper(two) }));
    expect(hash({ attachments: paper('https://e.org/november.pdf?v=1') })).toBe(
      hash({ attachments: paper('https://e.org/november.pdf?v=2') }),
    );
  });

  test.each(['guid', 'id', 'fileId', 'doc_id'])('is another with another paper that a long number under "%s" names', (name) => {
    const of = (value: string): string => hash({ attachments: paper(`https://e.org/GetFile?${name}=${value}&t=1710336435`) });
    expect(of('0f8fad5b-d9cb-469f-a165-70867728950e')).not.toBe(of('7c9e6679-7425-40de-944b-e07fc1f90ae7'));
    expect(of('171033643501')).not.toBe(of('171033643502'));
  });

  test('without any text is the page and the picture, too: two titles alone are no proof', () => {
    expect(hash({ html: '' })).not.toBe(hash({ html: '', url: 'https://e.org/minutes-december/' }));
    expect(hash({ html: '', url: 'https://e.org/m?sid=1&p=3' })).toBe(hash({ html: '', url: 'https://e.org/m?sid=2&p=3' }));
  });
});
