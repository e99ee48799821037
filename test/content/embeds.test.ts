/*
 * Films, sounds, maps and forms: each keeps a link that says what it is, and a picture where one is known.
 */
import { describe, expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { isEmbedCaption } from '../../src/content/html/embed-caption.ts';
import { topLevelBlocks } from '../../src/content/html/blocks.ts';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import type { HtmlElement } from '../../src/content/html/html-tree.ts';
import { entryOf } from '../support/entry-of.ts';

const page = 'https://example.org/post/';
function clean(html: string, language?: string): string {
  return contentFromEntry(entryOf({ html, url: page, baseUrl: page, ...(language !== undefined && { language }) })).content.html;
}
/** JSON (or html) as the value of an attribute. */
const quoted = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
const film = (thumbnail: string | undefined, url: string, title: string): string =>
  thumbnail === undefined
    ? `<p><a href="${url}">▶ ${title}</a></p>`
    : `<figure><a href="${url}"><img src="${thumbnail}" alt="${title}" width="480" /></a><figcaption><a href="${url}">▶ ${title}</a></figcaption></figure>`;
const id = 'dQw4w9WgXcQ';
const watch = `https://www.youtube.com/watch?v=${id}`;
const still = `https://i.ytimg.com/vi/${id}/hqdefault.jpg`;
const frame = `<iframe src="//www.youtube.com/embed/${id}?feature=oembed"></iframe>`;

describe('films and sounds keep a link and a picture', () => {
  test.each([
    [
      'Squarespace, its player in an attribute, with a caption',
      `<div class="sqs-block-video" data-block-json="${quoted({ url: watch, html: frame, title: 'A talk' })}"><div class="sqs-video-wrapper" data-html="${quoted(frame)}">` +
        '<img class="sqs-video-overlay" data-src="/t.jpg"></div><div class="video-caption"><p>In May.</p></div></div>',
      `${film(still, watch, 'A talk')}<p>In May.</p>`,
    ],
    [
      'Squarespace, the wrapper alone',
      `<div class="sqs-video-wrapper" data-html="${quoted('<iframe src="https://player.vimeo.com/video/1"></iframe>')}"><img data-src="/t.jpg"></div>`,
      film('https://example.org/t.jpg', 'https://vimeo.com/1', 'vimeo.com'),
    ],
    [
      'Squarespace, a film of its own',
      `<div class="sqs-native-video" data-config-video="${quoted({ alexandriaUrl: 'https://video.example.com/v1/a/{variant}' })}"></div>`,
      film('https://video.example.com/v1/a/thumbnail', page, 'Video'),
    ],
    [
      'Substack, a film of its own',
      `<div class="native-video-embed" data-attrs="${quoted({ mediaUploadId: 'a' })}"></div>`,
      film(undefined, page, 'Video'),
    ],
    [
      'Substack, a sound of its own',
      `<div class="native-audio-embed" data-attrs="${quoted({ label: 'Read aloud' })}"></div>`,
      film(undefined, page, 'Read aloud'),
    ],
    [
      'Substack, a film of YouTube',
      `<div class="youtube-wrap" data-attrs="${quoted({ videoId: id })}"></div>`,
      film(still, watch, 'youtube.com'),
    ],
    [
      'Substack, the frame as well',
      `<div class="youtube-wrap" data-attrs="${quoted({ videoId: id })}"><div>${frame}</div></div>`,
      film(still, watch, 'youtube.com'),
    ],
    [
      'Substack, a show of Spotify',
      `<iframe class="spotify-wrap" data-attrs="${quoted({ url: 'https://open.spotify.com/episode/1', title: 'Ep' })}" src="https://open.spotify.com/embed/episode/1"></iframe>`,
      film(undefined, 'https://open.spotify.com/episode/1', 'open.spotify.com'),
    ],
    [
      'Ghost, a film with a spacer before it',
      '<figure class="kg-card kg-video-card" data-kg-thumbnail="/t.jpg"><div><video src="/a-walk-in-may.mp4" poster="https://img.spacergif.org/v1/1x1/0a/spacer.png"></video>' +
        '<span>0:00</span>/<span>1:30</span><button>1×</button></div><figcaption>In May</figcaption></figure>',
      `${film('https://example.org/t.jpg', 'https://example.org/a-walk-in-may.mp4', 'A walk in may')}<p>In May</p>`,
    ],
    [
      'Ghost, a sound',
      '<div class="kg-card kg-audio-card"><img src="" class="kg-audio-thumbnail"><audio src="/x_1.mp3"></audio><div class="kg-audio-title">With the mayor</div><span>0:00</span>/<span>12:03</span></div>',
      film(undefined, 'https://example.org/x_1.mp3', 'With the mayor'),
    ],
    [
      'WordPress, a film by its shortcode',
      '<div class="wp-video"><video class="wp-video-shortcode" poster="/t.jpg"><source type="video/mp4" src="/school-play.mp4?_=1"><a href="/school-play.mp4">/school-play.mp4</a></video></div>',
      film('https://example.org/t.jpg', 'https://example.org/school-play.mp4', 'School play'),
    ],
    [
      'WordPress, a sound',
      '<audio class="wp-audio-shortcode"><source type="audio/mpeg" src="/17.mp3?_=1"></audio>',
      film(undefined, 'https://example.org/17.mp3', 'Audio'),
    ],
    ['a light player with a name', `<lite-youtube videoid="${id}" playlabel="Play: A talk"></lite-youtube>`, film(still, watch, 'A talk')],
    [
      'a player of WP Rocket with a name',
      `<div class="rll-youtube-player" data-id="${id}" data-alt="A talk"></div>`,
      film(still, watch, 'A talk'),
    ],
    [
      'a frame of Embedly',
      `<iframe src="https://cdn.embedly.com/widgets/media.html?src=${encodeURIComponent('https://player.vimeo.com/video/1')}&amp;image=${encodeURIComponent('https://i.example.com/t.jpg')}&amp;key=a"></iframe>`,
      film('https://i.example.com/t.jpg', 'https://vimeo.com/1', 'vimeo.com'),
    ],
    [
      'a frame of PeerTube',
      '<iframe title="A talk" src="https://tube.example.org/videos/embed/9c9de5e8-0a1e-484a-b099-e80766180a6d"></iframe>',
      film(undefined, 'https://tube.example.org/videos/watch/9c9de5e8-0a1e-484a-b099-e80766180a6d', 'A talk'),
    ],
    [
      'a frame with its picture in an attribute',
      '<iframe data-src="https://player.vimeo.com/video/1" data-thumb="/t.jpg"></iframe>',
      film('https://example.org/t.jpg', 'https://vimeo.com/1', 'vimeo.com'),
    ],
    [
      'not a button of Substack',
      `<p class="button-wrapper" data-attrs="${quoted({ url: 'https://e.org/subscribe' })}"></p><p>x</p>`,
      '<p>x</p>',
    ],
    [
      'not the settings of another block',
      `<div class="sqs-block-code" data-block-json="${quoted({ url: watch })}"></div><p>x</p>`,
      '<p>x</p>',
    ],
    ['facts that are broken', '<div class="youtube-wrap" data-attrs="{&quot;videoId&quot;:"></div><p>x</p>', '<p>x</p>'],
  ])('%s', (_, html, expected) => {
    expect(clean(html)).toBe(expected);
  });
});

describe('a map or a form is called so, in the post’s language', () => {
  test.each([
    [
      'en',
      'https://www.google.com/maps/embed?pb=!1m18!1d3151!2d144.9!3d-37.8!3m3!1m2!1s0x6ad:0xb6!2sTown+Hall!5e0',
      'https://www.google.com/maps/search/?api=1&amp;query=Town%20Hall',
      'Map',
    ],
    [
      'es',
      'https://www.google.com/maps/embed?pb=!1m14!1d3151!2d144.9!3d-37.8!5e0',
      'https://www.google.com/maps/search/?api=1&amp;query=-37.8%2C144.9',
      'Mapa',
    ],
    ['fr', 'https://maps.google.com/maps?q=Lyon&amp;output=embed', 'https://www.google.com/maps/search/?api=1&amp;query=Lyon', 'Carte'],
    [
      'de-AT',
      'https://www.openstreetmap.org/export/embed.html?marker=48.2%2C16.3',
      'https://www.openstreetmap.org/?mlat=48.2&amp;mlon=16.3#map=16/48.2/16.3',
      'Karte',
    ],
    ['it', 'https://umap.openstreetmap.fr/it/map/orti_12', 'https://umap.openstreetmap.fr/it/map/orti_12', 'Mappa'],
    ['nl', 'https://www.bing.com/maps/embed?h=1', 'https://www.bing.com/maps/embed?h=1', 'Kaart'],
    ['pt', 'https://docs.google.com/forms/d/e/1F/viewform?embedded=true', 'https://docs.google.com/forms/d/e/1F/viewform', 'Formulário'],
    ['ar', 'https://form.typeform.com/to/abc', 'https://form.typeform.com/to/abc', 'نموذج'],
    ['tlh', 'https://tally.so/embed/w1', 'https://tally.so/r/w1', 'Form'],
    ['en', 'https://airtable.com/embed/shr1', 'https://airtable.com/shr1', 'Form'],
    ['en', 'https://us.wufoo.com/embed/z1', 'https://us.wufoo.com/forms/z1', 'Form'],
    [
      'en',
      'https://forms.office.com/Pages/ResponsePage.aspx?id=1&amp;embed=true',
      'https://forms.office.com/Pages/ResponsePage.aspx?id=1',
      'Form',
    ],
    ['en', 'https://form.jotform.com/1', 'https://form.jotform.com/1', 'Form'],
  ])('%s %s', (language, src, url, word) => {
    expect(clean(`<iframe src="${src}"></iframe>`, language)).toBe(`<p><a href="${url}">▶ ${word}</a></p>`);
  });

  test('with its title, where that does not say it', () => {
    const titled = (title: string) => clean(`<iframe title="${title}" src="https://form.jotform.com/1"></iframe>`);
    expect(titled('Join us')).toContain('▶ Form: Join us<');
    expect(titled('Form to join us')).toContain('▶ Form to join us<');
  });
});

test('a caption of ours is known by its mark, and nothing that a person wrote is one', () => {
  const blocks = (html: string) => topLevelBlocks(parseOwnHtml(html)).map(([first]) => isEmbedCaption(first as HtmlElement));
  expect(blocks(clean(`${frame}<iframe src="https://form.jotform.com/1"></iframe>`))).toEqual([true, true]);
  expect(blocks(`<p>See <a href="/a">▶ youtube.com</a></p><p><a href="/a">youtube.com</a></p><figure><img src="/a.jpg"></figure>`)).toEqual(
    [false, false, false],
  );
});

test('a post that is only a film has no summary of ours', () => {
  const { summary } = contentFromEntry(entryOf({ html: frame, url: page, baseUrl: page })).content;
  expect(summary).toBe('');
});
