import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { visibleLine } from '../../src/content/html/visible-text.ts';
import { elementsOf } from '../../src/content/html/html-tree.ts';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import type { DigestModel, DigestPost, DigestRenderer, RenderedDigest } from '../../src/render/digest.ts';
import { checkGates } from '../../src/render/digest/gates.ts';
import { contentBlocks } from '../../src/render/parts/clean-content.ts';
import { withoutRepeats } from '../../src/render/parts/without-repeats.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { exampleDigest } from '../support/example-digest.ts';

let renderer: DigestRenderer;
beforeAll(async () => {
  renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates') });
});

const post: DigestPost = {
  position: 1n,
  title: 'The hall is open',
  url: 'https://example.org/hall',
  authors: [],
  html: '<p>Come and see it.</p>',
  summary: 'Come and see it.',
  readingMinutes: 1,
  attachments: [],
};

function modelOf(posts: readonly Partial<DigestPost>[], overrides: Partial<DigestModel> = {}): DigestModel {
  const { note: _note, ...rest } = exampleDigest;
  const full = posts.map((each, index) => ({ ...post, position: BigInt(index + 1), ...each }));
  return { ...rest, posts: full, alsoPublished: [], corrections: [], ...overrides };
}

async function digestOf(posts: readonly Partial<DigestPost>[], overrides: Partial<DigestModel> = {}): Promise<RenderedDigest> {
  const model = modelOf(posts, overrides);
  const digest = await renderer.render(model);
  expect(checkGates(digest, model).filter((gate) => !gate.ok)).toEqual([]);
  return digest;
}

/** How often words stand where a reader of a part sees them; in the html with pictures blocked. */
function countIn(digest: RenderedDigest, words: string): { html: number; text: number } {
  const body = elementsOf(parseOwnHtml(digest.html)).find((each) => each.tag === 'body')!;
  const shown = `${visibleLine(body.children)} ${elementsOf(body.children)
    .filter((each) => each.tag === 'img')
    .map((each) => each.attributes['alt'])
    .join(' ')}`;
  return { html: shown.split(words).length - 1, text: digest.text.split(words).length - 1 };
}

const said = '<p>Come and see it.</p>';
const paper = { url: 'https://example.org/paper.pdf', title: 'The paper of the year', mediaType: 'application/pdf' };

describe.each(['digest', 'letter'])('%s: what would stand twice stands once', (template) => {
  test.each([
    ['as the first heading of the text', { html: `<h2>The hall is open</h2>${said}` }],
    ['as the first paragraph', { html: `<p><strong>The Hall is open!</strong></p>${said}` }],
    ['as the first line', { html: '<p>The hall is open<br>Come and see it.</p>' }],
    ['as the alt text of the picture', { image: { url: 'https://example.org/a.jpg', alt: 'The hall is open', width: 900, height: 600 } }],
    ['as a heading and as a line', { html: `<h2>The hall is open</h2><p>The hall is open</p>${said}` }],
  ])('the title, %s', async (_what, given) => {
    const digest = await digestOf([given], { template });
    // Once in the preview of a digest of one post and once above it.
    expect(countIn(digest, 'The hall is open')).toEqual({ html: 1, text: 1 });
    expect(countIn(digest, 'Come and see it.').text).toBe(1);
  });

  test('a text that is nothing but the title in other marks', async () => {
    const digest = await digestOf([{ html: '<p>“The hall is open”.</p>' }]);
    expect(countIn(digest, 'The hall is open')).toEqual({ html: 1, text: 1 });
  });

  test('a paper that is called as its post is', async () => {
    const digest = await digestOf([{ attachments: [{ ...paper, title: 'The hall is open' }] }], { template });
    expect(countIn(digest, 'The hall is open')).toEqual({ html: 1, text: 1 });
    expect(digest.text).toContain('Read the document (PDF)');
  });

  test('the name of a paper, on its card and on a link that is a paragraph', async () => {
    const html = `${said}<p><a href="${paper.url}">The paper of the year</a></p>`;
    const digest = await digestOf([{ html, attachments: [paper] }], { template });
    expect(countIn(digest, 'The paper of the year')).toEqual({ html: 1, text: 1 });
  });

  test('the same on a link that offers it', async () => {
    const html = `${said}<p><a href="${paper.url}">Download the paper of the year (PDF)</a></p>`;
    expect(countIn(await digestOf([{ html, attachments: [paper] }], { template }), 'aper of the year')).toEqual({ html: 1, text: 1 });
  });

  test('a link to something else stays beside the card', async () => {
    const html = `${said}<p><a href="https://example.org/other">The paper of the year</a></p>`;
    expect(countIn(await digestOf([{ html, attachments: [paper] }], { template }), 'The paper of the year').html).toBe(2);
  });

  test.each([
    ['a link that is a paragraph', '<p><a href="https://example.org/x">Read more</a></p>'],
    ['words and an arrow', '<p><a href="https://example.org/x">Continue reading →</a></p>'],
    ['words without a link', '<p>Click here to read the whole story</p>'],
    ['a link to the post itself, in any words', '<p><a href="https://example.org/hall#more">Til hele teksten</a></p>'],
    ['two in a row', '<p>Read more</p><p><a href="https://example.org/hall">Read more</a></p>'],
  ])('the invitation to read on, of the source: %s', async (_what, html) => {
    const { text, html: mail } = await digestOf([{ html: `${said}${html}` }], { template });
    expect(text).toMatch(/Come and see it\.\n\nContinue reading: https:\/\/example\.org\/hall\n/);
    expect(mail).not.toMatch(/Read more|Click here|Til hele/);
  });

  test('and at the end of a paragraph', async () => {
    const { text } = await digestOf([{ html: '<p>Come and see it. <a href="https://example.org/x">Read more »</a></p>' }], { template });
    expect(text).toMatch(/Come and see it\.\n\nContinue reading: https:\/\/example\.org\/hall\n/);
  });
});

describe('what a text ends with stays where it says something', () => {
  const shown = (html: string): string => {
    const { blocks } = withoutRepeats(
      contentBlocks(`<p>Come and see it.</p>${html}`, {}, () => {}),
      { title: 'The hall is open', url: 'https://example.org/hall', documents: [] },
    );
    return blocks.map(({ nodes }) => visibleLine(nodes)).join(' / ');
  };

  test.each([
    'Read this book.',
    '“Read it all,” she said.',
    'To read more, write to us at office@example.org.',
    'Keep reading to your children every day.',
    'Read the rest of the rules before you come.',
    'Den ganzen Tag war es still.',
    'Mehr lesen, weniger reden.',
    'Para leer la carta de Ana',
    '<a href="https://example.org/report">Read the full report on child poverty</a>',
    '<a href="https://other.example/films">Please click here to see the film of May</a>',
    'Read the full story in <a href="https://other.example/x">The Lantern</a>',
    '<a href="https://example.org/hall">We meet on 12 May at ten</a>',
    '<a href="https://other.example/x">Read more</a> or <a href="mailto:a@example.org">write to us</a>',
  ])('%s', (words) => {
    const line = words.replaceAll(/<[^>]*>/g, '');
    expect(shown(`<p>${words}</p>`).replace(/ \(a@example\.org\)$/, '')).toBe(`Come and see it. / ${line}`);
  });

  test.each([
    ['<p>Read more</p>', 'Come and see it.'],
    ['<p>Continue reading “The hall is open” →</p>', 'Come and see it.'],
    ['<p><a href="https://www.example.org/?p=4">Read the full article</a></p>', 'Come and see it.'],
    ['<p>Leer el artículo completo</p><p>Weiterlesen »</p>', 'Come and see it.'],
    ['<p>A link. <a href="https://example.org/hall">Read more</a></p>', 'Come and see it. / A link.'],
  ])('and goes where it only invites to read on: %s', (html, expected) => {
    expect(shown(html)).toBe(expected);
  });

  test('an invitation to read on at another site says where', () => {
    expect(shown('<p>They wrote of it. <a href="https://other.example/x">Read more</a></p>')).toBe(
      'Come and see it. / They wrote of it. → other.example',
    );
    expect(shown('<p><a href="https://other.example/x">Read more</a></p>')).toBe('Come and see it. / → other.example');
  });
});

describe('each post has a link that one can see', () => {
  test('one that is shown whole is opened, not read on', async () => {
    const { html, text } = await digestOf([{}]);
    expect(html).toMatch(/<a href="https:\/\/example\.org\/hall"[^>]*>Open on the web<\/a>/);
    expect(`${html}${text}`).not.toContain('Continue reading');
  });

  test.each(['digest', 'letter'])('“Continue reading” never stands without a text: %s', async (template) => {
    const { html, text } = await digestOf(
      [
        { html: '', summary: '' },
        { html: '<p>Read more</p>', summary: '' },
      ],
      { template },
    );
    expect(`${html}${text}`).not.toContain('Continue reading');
  });

  test('a picture without words of its own is no link, for it would have no name', async () => {
    const digest = await digestOf([{ image: { url: 'https://example.org/a.jpg', alt: '', width: 900, height: 600 } }]);
    const links = elementsOf(parseOwnHtml(digest.html)).filter((each) => each.tag === 'a');
    expect(links.filter((link) => visibleLine(link.children) === '')).toEqual([]);
  });
});

describe('the masthead', () => {
  const essay = `<p>${'This sentence has exactly seven words here. '.repeat(60)}</p>`;

  test('counts the posts that are shown, and the minutes of what is shown of them', async () => {
    const titles = Array.from({ length: 5 }, (_, index) => ({ ...post, position: BigInt(50 + index), title: `Title ${index}` }));
    const shown = Array.from({ length: 12 }, () => ({ html: essay, readingMinutes: 20 }));
    const { text, html } = await digestOf(shown, { alsoPublished: titles });
    const minutes = Math.round((text.match(/This\ssentence/g)!.length * 7) / 230);
    expect(text).toContain(`21 November 2025 · 12 posts · ${minutes} minutes`);
    expect(html).toContain(`12\u00A0posts&nbsp;· ${minutes}\u00A0minutes`);
  });

  const sound = { url: 'https://example.org/a.mp3', title: 'Episode 1', mediaType: 'audio/mpeg' };
  test('counts no minutes of films and sounds, and neither do their posts', async () => {
    const notes = { html: essay, readingMinutes: 9, attachments: [sound] };
    const { text } = await digestOf([notes, notes]);
    expect(text).toContain('21 November 2025 · 2 posts\n');
    expect(text).not.toContain('min read');
  });

  test.each([
    'https://www.youtube.com/watch?v=dQw4w9WgXcQ',
    'https://youtu.be/dQw4w9WgXcQ',
    'https://vimeo.com/76979871',
    'https://film.example/w/9c9de5e8-0a1e-484a-b099-e80766180a6d',
  ])('counts none where the post is the page of a film: %s', async (url) => {
    const { text } = await digestOf([{ html: essay, readingMinutes: 9, url }]);
    expect(text).not.toContain('min read');
  });

  test.each(['https://www.youtube.com/@channel/community', 'https://vimeo.com/blog/76979871-ways', 'https://example.org/w/hall'])(
    'counts them where only the site shows films: %s',
    async (url) => {
      const { text } = await digestOf([{ html: essay, readingMinutes: 9, url }]);
      expect(text.replaceAll('\u00A0', ' ')).toContain('9 min read');
    },
  );
});

describe('titles of what has no room', () => {
  const titles = (count: number, given: (index: number) => Partial<DigestPost>) =>
    Array.from({ length: count }, (_, index) => ({ ...post, position: BigInt(50 + index), title: `Title ${index + 1}`, ...given(index) }));
  const on = (month: number, day: number) => new Date(Date.UTC(2025, month - 1, day, 12));

  test.each(['digest', 'letter'])('stand under their topics, with their dates: %s', async (template) => {
    const topics = ['Schools', 'Research'].map((name) => ({ slug: name.toLowerCase(), name }));
    const alsoPublished = titles(4, (index) => ({ topic: topics[index % 2]!, publishedAt: on(11, 20 - index) }));
    const { text, html } = await digestOf([{}], { template, alsoPublished });
    expect(text.replaceAll('\u00A0', ' ')).toMatch(/Schools\n- Title 1[ ,(]+20 November\)?\n.*\n- Title 3[^]*\n\nResearch\n- Title 2/);
    const listed = html.slice(html.indexOf('>Also published<'));
    expect(listed.indexOf('Schools')).toBeLessThan(listed.indexOf('Title 3'));
    expect(listed.indexOf('Title 3')).toBeLessThan(listed.indexOf('Research'));
  });

  test('stand under their months where they have no topics and are many', async () => {
    const { text } = await digestOf([{}], {
      alsoPublished: titles(12, (index) => ({ publishedAt: on(11 - Math.floor(index / 6), 20 - index) })),
    });
    expect(text).toMatch(/November 2025\n- Title 1 [^]*October 2025\n- Title 7 /);
  });

  test('stand without a heading where they are few', async () => {
    const { text } = await digestOf([{}], { alsoPublished: titles(3, (index) => ({ publishedAt: on(11 - index, 20) })) });
    expect(text).not.toContain('November 2025\n-');
  });

  test('of 200 posts forty are named and the others counted, and the html has room for it', async () => {
    const topics = ['Schools', 'Research', 'News'].map((name) => ({ slug: name.toLowerCase(), name }));
    const all = titles(188, (index) => ({ topic: topics[index % 3]!, publishedAt: on(11 - Math.floor(index / 20), 20) }));
    const digest = await digestOf(
      Array.from({ length: 12 }, () => ({})),
      { alsoPublished: all },
    );
    expect(digest.text).toContain('and 148 more on the web');
    expect(digest.text.match(/^- Title \d+/gm)).toHaveLength(40);
  });
});
