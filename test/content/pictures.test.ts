/*
 * Pictures that cannot be mailed leave their words; what only stands in a picture's place until it is loaded leaves nothing.
 */
import { describe, expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { sanitiseHtml } from '../support/sanitise-html.ts';
import type { Entry } from '../../src/reading/entry.ts';
import { entryOf } from '../support/entry-of.ts';

const clean = (html: string): string => sanitiseHtml(html, { baseUrl: 'https://example.org/post/' });
const leadOf = (html: string): string | undefined => contentFromEntry(entryOf({ html })).content.image?.url;

describe('a picture that cannot be mailed', () => {
  test.each([
    [
      'a drawing leaves its words and a link to it',
      '<p><img src="/chart.svg" alt="Schools with a garden: 40 of 60" width="400"></p>',
      '<p><a href="https://example.org/chart.svg">Schools with a garden: 40 of 60</a></p>',
    ],
    [
      'within a link its words are the link',
      '<p><a href="/plan"><img src="/button.svg" alt="Read the plan"></a></p>',
      '<p><a href="https://example.org/plan">Read the plan</a></p>',
    ],
    [
      'one written into the text leaves its words',
      '<p><img src="data:image/png;base64,AAAA" alt="Visits by month"></p>',
      '<p>Visits by month</p>',
    ],
    [
      'one of a pixel’s size too',
      '<p>x<img src="/a.png" width="1" height="1" alt="Map of the new routes"></p>',
      '<p>x Map of the new routes</p>',
    ],
    ['a formula stays in its sentence', '<p>So <img class="math" src="/1.svg" alt="e^{kt}"> grows.</p>', '<p>So e^{kt} grows.</p>'],
    [
      'a formula of Wikipedia too',
      String.raw`<p>So <img src="https://wikimedia.org/api/rest_v1/media/math/render/svg/ab" alt="{\displaystyle n^{2}}"> grows.</p>`,
      '<p>So n^{2} grows.</p>',
    ],
    ['a tick in a table stays', '<table><tr><td>Open</td><td><img src="/icons/tick.svg" alt="Yes"></td></tr></table>', '>Yes<'],
    [
      'another format of it is shown',
      '<picture><source srcset="/a.png"><img src="/a.svg" alt="A"></picture>',
      '<img src="https://example.org/a.png" alt="A" />',
    ],
  ])('%s', (_, html, expected) => {
    expect(clean(html)).toContain(expected);
  });

  test.each([
    '<img src="/s.svg" alt="spacer">',
    '<img src="/s.svg" alt="Icon">',
    '<img src="/s.svg" alt="image 3">',
    '<img src="/s.svg" alt="logo-header_2.svg">',
    '<img src="data:image/gif;base64,AA" alt="DSC_0042">',
    '<img src="https://stats.example.com/b" width="1" height="1" alt="Our readers by country">',
    '<img src="/p.gif" width="1" height="1" alt="tracking pixel of us">',
    '<img src="/p.gif" width="1" height="1" alt="stats">',
    '<img src="/a.svg" style="display:none" alt="A hidden thing">',
    '<a href="https://facebook.com/us"><img src="/fb.svg" alt="Facebook"></a>',
  ])('whose text says nothing leaves nothing: %s', (html) => {
    expect(clean(`<p>x</p>${html}`)).toBe('<p>x</p>');
  });
});

describe('what stands for a picture until it is loaded', () => {
  const hall = 'https://example.org/hall.jpg';
  test.each([
    ['a loader, the picture in an attribute', '<img src="/loader.gif" data-src="/hall.jpg" alt="Hall" width="800">'],
    ['an icon, the picture in an attribute of any name', '<img src="/img/pdf-icon.png" data-real="/hall.jpg" alt="Hall">'],
    ['a spinner, the picture in a set', '<img src="/spinner.svg" srcset="/hall.jpg 800w" alt="Hall">'],
    ['a spacer of a pixel', '<img src="/blank.gif" width="1" height="1" data-src="/hall.jpg" alt="Hall">'],
    [
      'a loader, the picture in the copy without scripts',
      '<img src="/ajax-loader.gif" alt="Hall"><noscript><img src="/hall.jpg" alt="Hall"></noscript>',
    ],
    [
      'data, the picture in the copy',
      '<img src="data:image/gif;base64,AA" alt="The hall"> <noscript><img src="/hall.jpg" alt="The hall"></noscript>',
    ],
    ['an icon, the picture in the copy', '<img src="/icons/photo.png" alt="Hall"><noscript><img src="/hall.jpg" alt="Hall"></noscript>'],
    ['a blur, the picture in the copy', '<img src="/hall.jpg?w=20" alt="Hall"><noscript><img src="/hall.jpg" alt="Hall"></noscript>'],
    ['the copy first', '<noscript><img src="/hall.jpg" alt="Hall"></noscript><img src="/loading.gif" data-image="/hall.jpg" alt="Hall">'],
  ])('is no picture: %s', (_, html) => {
    expect(leadOf(`<p>Words.</p><p>${html}</p>`)).toBe(hall);
    expect(clean(`<p>${html}</p>`).match(/<img/g)).toHaveLength(1);
    expect(clean(`<p>${html}</p>`)).toContain(hall);
  });

  test.each(['/loader.gif', '/img/lazy-placeholder.png', '/blank.gif', '/spinner-large.svg', '/filetypes/pdf.png'])(
    'is no lead: %s',
    (src) => {
      expect(leadOf(`<p>Words.</p><p><img src="${src}" alt="Hall"></p>`)).toBeUndefined();
    },
  );

  test.each(['/loading-dock.jpg', '/grey-heron.jpg', '/pixel-art-show.png', '/an-empty-hall.png'])(
    'a photo of such a name is one: %s',
    (src) => {
      expect(leadOf(`<p>Words.</p><p><img src="${src}" alt="Hall"></p>`)).toBe(`https://example.org${src}`);
    },
  );
});

test.each([
  ['css in pixels counts before the attribute', 'width="900" style="width:220px"', '220'],
  ['at most what css allows', 'width="900" style="max-width: 300px"', '300'],
  ['a share stays a share', 'width="50%"', '50%'],
  ['a share in css', 'style="width: 33.3%"', '33%'],
  ['all of the column is nothing to state', 'width="100%"', undefined],
])('how wide a picture is shown: %s', (_, attributes, expected) => {
  expect(/width="([^"]*)"/.exec(clean(`<p>x <img src="/a.jpg" alt="A" ${attributes}></p>`))?.[1]).toBe(expected);
});

describe('several pictures of one entry', () => {
  const base = { url: 'https://example.org/fair/', baseUrl: 'https://example.org/fair/', html: '<p>We took some.</p>' };
  const picture = (name: string) => ({ url: `https://example.org/${name}`, width: 800, height: 600 });
  const htmlOf = (more: Partial<Entry>): string => contentFromEntry(entryOf({ ...base, ...more })).content.html;
  const shownIn = (html: string): string[] => [...html.matchAll(/<img src="https:\/\/example\.org\/([^"]*)"/g)].map(([, name]) => name!);

  test('the first is the lead, the others stand below the text', () => {
    const entry = { image: picture('a.jpg'), furtherImages: [{ ...picture('b.jpg'), alt: 'Bread' }, picture('c.jpg')] };
    expect(htmlOf(entry)).toBe(
      '<p>We took some.</p><figure><img src="https://example.org/b.jpg" alt="Bread" width="600" /></figure>' +
        '<figure><img src="https://example.org/c.jpg" alt="" width="600" /></figure>',
    );
    expect(contentFromEntry(entryOf({ ...base, ...entry })).content.image).toMatchObject({
      url: 'https://example.org/a.jpg',
      isInText: false,
    });
  });

  test('of many three are shown, and a link in the post’s language leads to the others', () => {
    const furtherImages = ['b', 'c', 'd', 'e', 'f'].map((name) => picture(`${name}.jpg`));
    expect(shownIn(htmlOf({ image: picture('a.jpg'), furtherImages }))).toEqual(['b.jpg', 'c.jpg', 'd.jpg']);
    expect(htmlOf({ furtherImages, image: picture('a.jpg'), language: 'de' })).toMatch(
      /<p><a href="https:\/\/example\.org\/fair\/">▶ Weitere Bilder \(2\)<\/a><\/p>$/,
    );
  });

  test.each([
    [
      'pictures among the enclosures',
      { enclosures: ['1', '2', '3'].map((name) => ({ url: `https://example.org/DSC_004${name}.jpg`, mediaType: 'image/jpeg' })) },
      ['DSC_0042.jpg', 'DSC_0043.jpg'],
    ],
    [
      'none that the text shows, in whatever size',
      {
        html: '<p><img src="/a-300x200.jpg" width="300"><img src="/b.jpg"></p>',
        furtherImages: [picture('a-1024x683.jpg'), picture('b.jpg?w=900')],
      },
      ['a-300x200.jpg', 'b.jpg'],
    ],
    [
      'no other size of the lead',
      { image: picture('fair-super-169.jpg'), furtherImages: [picture('fair-large-11.jpg'), picture('fair-2.jpg')] },
      ['fair-2.jpg'],
    ],
    [
      'no sign, portrait or counter',
      {
        image: picture('a.jpg'),
        furtherImages: [picture('icon.png'), { url: 'https://example.org/avatars/1.jpg' }, { url: 'https://example.org/pixel.gif' }].map(
          ({ url }) => ({ url }),
        ),
      },
      [],
    ],
  ])('%s', (_, more, expected) => {
    expect(shownIn(htmlOf(more as Partial<Entry>))).toEqual(expected);
  });

  test('the lead of a post is called by its caption where nothing else says what it shows', () => {
    const html = '<figure><img src="/a.jpg" width="800"><figcaption>The old mill</figcaption></figure>';
    expect(contentFromEntry(entryOf({ ...base, html })).content.image?.alt).toBe('The old mill');
  });
});
