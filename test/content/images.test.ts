import { describe, expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { sanitiseHtml } from '../support/sanitise-html.ts';
import type { Entry } from '../../src/reading/entry.ts';
import { entryOf } from '../support/entry-of.ts';

const clean = (html: string): string => sanitiseHtml(html, { baseUrl: 'https://example.org/post/' });
const imageOf = (html: string, more: Partial<Entry> = {}): unknown => contentFromEntry(entryOf({ html, ...more })).content.image;

describe('Which picture an img means', () => {
  test.each([
    ['the stated one', '<img src="/a.jpg" alt="A" width="300">', '<img src="https://example.org/a.jpg" alt="A" width="300" />'],
    ['a lazy one', '<img src="data:image/gif;base64,R0" data-src="/a.jpg">', '<img src="https://example.org/a.jpg" alt="" />'],
    [
      'a lazy one behind a blank picture',
      '<img src="/blank.gif" data-lazy-src="/a.jpg">',
      '<img src="https://example.org/a.jpg" alt="" />',
    ],
    [
      'the widest variant of at most 1,200 px',
      '<img src="/a.jpg" srcset="/a-300x200.jpg 300w, /a-1024x683.jpg 1024w, /a-1536x1024.jpg 1536w, /a.jpg 2400w" width="2400">',
      '<img src="https://example.org/a-1024x683.jpg" alt="" width="600" />',
    ],
    [
      'the narrowest, when all are wider',
      '<img srcset="/a-2000.jpg 2000w, /a-1500.jpg 1500w">',
      '<img src="https://example.org/a-1500.jpg" alt="" width="600" />',
    ],
    [
      'a lazy srcset',
      '<img data-srcset="/a-600x400.jpg 600w, /b.jpg 2000w" src="data:,">',
      '<img src="https://example.org/a-600x400.jpg" alt="" width="600" />',
    ],
    [
      'one whose address holds commas',
      '<img srcset="https://cdn.example.com/w_400,c_fill/a.jpg 400w, https://cdn.example.com/w_800,c_fill/a.jpg 800w">',
      '<img src="https://cdn.example.com/w_800,c_fill/a.jpg" alt="" width="600" />',
    ],
    [
      'that of a picture element',
      '<picture><source srcset="/a-800.jpg 800w"><img src="/a.jpg" alt="A"></picture>',
      '<img src="https://example.org/a-800.jpg" alt="A" width="600" />',
    ],
    [
      'in a picture element the one that Outlook shows too',
      '<picture><source srcset="/a-800.avif 800w"><source srcset="/a-800.webp 800w"><img src="/a.jpg" alt="A"></picture>',
      '<img src="https://example.org/a.jpg" alt="A" />',
    ],
    [
      'a modern format where there is no other',
      '<picture><source srcset="/a-800.webp 800w"><img src="data:," alt="A"></picture>',
      '<img src="https://example.org/a-800.webp" alt="A" width="600" />',
    ],
    ...[
      'data-ezsrc',
      'data-lazy',
      'data-url',
      'data-lazyload',
      'data-nectar-img-src',
      'data-pagespeed-lazy-src',
      'data-of-some-plug-in',
    ].flatMap((name) =>
      ['data:image/gif;base64,R0', '/pagespeed_static/1.JiBnMqyl6S.gif', '/dummy.png', ''].map((src): [string, string, string] => [
        `a lazy one in ${name} with src="${src}"`,
        `<img src="${src}" ${name}="/photo.jpg">`,
        '<img src="https://example.org/photo.jpg" alt="" />',
      ]),
    ),
    [
      'its own, when a flag has the name of lazy loading',
      '<img src="/a.jpg" data-lazy="true">',
      '<img src="https://example.org/a.jpg" alt="" />',
    ],
    [
      'not twice with a noscript copy of another variant',
      '<img src="data:," data-src="/cdn/w_300/a.jpg" data-srcset="/cdn/w_300/a.jpg 300w, /cdn/w_900/a.jpg 900w"><noscript><img src="/cdn/w_300/a.jpg"></noscript>',
      '<img src="https://example.org/cdn/w_900/a.jpg" alt="" width="600" />',
    ],
    [
      'the one in noscript',
      '<img src="data:," class="lazy"><noscript><img src="/a.jpg"></noscript>',
      '<img src="https://example.org/a.jpg" alt="" />',
    ],
    [
      'not twice with its noscript copy',
      '<img data-src="/a-300x200.jpg"><noscript><img src="/a.jpg"></noscript>',
      '<img src="https://example.org/a-300x200.jpg" alt="" width="300" />',
    ],
  ])('%s', (_, html, expected) => {
    expect(clean(html)).toBe(`<p>${expected}</p>`);
  });

  test.each([
    ['a pixel by its size', '<img src="https://x.example/t.gif" width="1" height="1">'],
    ['a pixel by its style', '<img src="https://x.example/t.gif" style="width:1px; height:1px">'],
    ['a pixel by its host', '<img src="https://pixel.wp.com/b.gif?host=x">'],
    ['a counter of feeds', '<img src="http://feeds.feedburner.com/~r/x/~4/abc">'],
    ...[
      'https://matomo.example.org/matomo.php?idsite=1&amp;rec=1',
      'https://example.org/stats/piwik.php?idsite=1',
      'https://www.facebook.com/tr?id=1&amp;ev=PageView&amp;noscript=1',
      'https://mc.yandex.ru/watch/123',
      'https://vg01.met.vgwort.de/na/0123abc',
      'https://bat.bing.com/action/0?ti=1',
      'https://px.ads.linkedin.com/collect/?pid=1&amp;fmt=gif',
      'https://www.google-analytics.com/collect?v=1',
      'https://mail.example.com/collect?v=1',
      'https://x.example/t.gif?u=1',
      'https://x.example/track.php?id=1',
      'https://feeds.feedburner.com/~r/x/~4/abc',
      'https://stats.wordpress.com/b.gif?host=x',
      'https://pixel.wp.com/g.gif?v=ext',
    ].map((address): [string, string] => [`a counter without a stated size, ${address},`, `<img src="${address}">`]),
    ['a hidden one', '<img src="https://x.example/a.png" style="display:none">'],
    ['a vector drawing', '<img src="/logo.svg">'],
  ])('%s is dropped', (_, html) => {
    expect(clean(`<p>Text${html}</p>`)).toBe('<p>Text</p>');
  });

  test('an emoji picture becomes its character', () => {
    expect(clean('<p>Hello <img src="https://s.w.org/images/core/emoji/15.0.3/72x72/1f642.png" alt="🙂" class="wp-smiley"></p>')).toBe(
      '<p>Hello 🙂</p>',
    );
  });

  test('a figure keeps picture and caption', () => {
    expect(
      clean(
        '<figure class="x"><div><a href="/big.jpg"><img src="/a.jpg" alt="A"></a></div><figcaption>A <em>day</em></figcaption></figure>',
      ),
    ).toBe(
      '<figure><a href="https://example.org/big.jpg"><img src="https://example.org/a.jpg" alt="A" /></a><figcaption>A <em>day</em></figcaption></figure>',
    );
  });
});

describe('The picture of a post', () => {
  test("is the source's own first, with a variant that the text has", () => {
    const html = '<p><img src="/a-1024x683.jpg"></p><p><img src="/b.jpg"></p>';
    expect(imageOf(html, { image: { url: 'https://example.org/a.jpg', width: 3000, height: 2000, alt: 'A' } })).toEqual({
      url: 'https://example.org/a-1024x683.jpg',
      width: 1024,
      height: 683,
      alt: 'A',
      isInText: true,
    });
  });

  test('then an enclosure, then the first in the text that is worth it', () => {
    const html =
      '<p><img src="/icon.png" width="32"><img src="https://secure.gravatar.com/avatar/1"><img src="/b-800x600.jpg" alt="B"></p>';
    expect(imageOf(html, { enclosures: [{ url: 'https://example.org/e.jpg', mediaType: 'image/jpeg' }] })).toMatchObject({
      url: 'https://example.org/e.jpg',
      isInText: false,
    });
    expect(imageOf(html)).toEqual({ url: 'https://example.org/b-800x600.jpg', width: 800, height: 600, alt: 'B', isInText: true });
  });

  test('is none of the text of which neither file name, words nor size say that it is one', () => {
    expect(imageOf('<p>Text<img src="https://x.example/1690?id=2"></p>')).toBeNull();
    expect(imageOf('<p>Text<img src="https://x.example/1690?id=2" alt="A school"></p>')).not.toBeNull();
    expect(imageOf('<p>Text</p>', { image: { url: 'https://x.example/1690?format=1500w' } })).not.toBeNull();
  });

  test.each(['/icons/pdf.png', '/wp-content/uploads/pdf-icon.png', '/img/pdf_32x32.gif', '/wp-includes/images/media/document.png'])(
    'is not the little sign of a document: %s',
    (icon) => {
      expect(imageOf(`<p>Text <img src="${icon}" alt="PDF"></p>`)).toBeNull();
      expect(imageOf(`<p>Text</p><p><img src="${icon}" width="800" height="600" alt="A chart"></p>`)).not.toBeNull();
    },
  );

  test('is none where there is nothing for people', () => {
    expect(imageOf('<p>Text<img src="https://pixel.wp.com/b.gif"></p>', { image: { url: 'https://example.org/logo.svg' } })).toBeNull();
  });
});

describe('Embeds are never an empty hole', () => {
  const thumbnail = 'https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg';
  const video = 'https://www.youtube.com/watch?v=dQw4w9WgXcQ';
  const linked = (title: string): string =>
    `<figure><a href="${video}"><img src="${thumbnail}" alt="${title}" width="480" /></a><figcaption><a href="${video}">▶ ${title}</a></figcaption></figure>`;

  test.each([
    [
      'a YouTube frame',
      '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ?feature=oembed" title="A talk"></iframe>',
      linked('A talk'),
    ],
    ['without cookies, lazy', '<iframe data-src="//www.youtube-nocookie.com/embed/dQw4w9WgXcQ"></iframe>', linked('youtube.com')],
    [
      'a bare address in its block',
      '<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">\nhttps://youtu.be/dQw4w9WgXcQ\n</div></figure>',
      linked('youtube.com'),
    ],
    ['the address of any other page in its block', '<p>https://goats.example/for/you</p>', '<p>https://goats.example/for/you</p>'],
    [
      'a Vimeo frame',
      '<iframe src="https://player.vimeo.com/video/123?h=abc" title="A film"></iframe>',
      '<p><a href="https://vimeo.com/123/abc">▶ A film</a></p>',
    ],
    [
      'a map',
      '<iframe src="https://www.openstreetmap.org/export/embed.html?bbox=1"></iframe>',
      '<p><a href="https://www.openstreetmap.org/export/embed.html?bbox=1">▶ Map</a></p>',
    ],
    [
      'a video file with a poster',
      '<video src="/v.mp4" poster="/p.jpg"></video>',
      '<figure><a href="https://example.org/v.mp4"><img src="https://example.org/p.jpg" alt="Video" width="480" /></a><figcaption><a href="https://example.org/v.mp4">▶ Video</a></figcaption></figure>',
    ],
    [
      'a recording',
      '<audio controls><source src="/talk.mp3" type="audio/mpeg"></audio>',
      '<p><a href="https://example.org/talk.mp3">▶ Talk</a></p>',
    ],
    ['a light player', '<lite-youtube videoid="dQw4w9WgXcQ" title="A talk"></lite-youtube>', linked('A talk')],
    [
      'a player that a script builds, with its frame for browsers without scripts',
      '<div class="rll-youtube-player" data-src="https://www.youtube.com/embed/dQw4w9WgXcQ" data-id="dQw4w9WgXcQ"></div><noscript><iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe></noscript>',
      linked('youtube.com'),
    ],
    [
      'a frame with a document in its attribute',
      '<iframe title="A talk" srcdoc="<style>*{margin:0}</style><a href=https://www.youtube.com/embed/dQw4w9WgXcQ?autoplay=1><img src=/x.jpg></a>"></iframe>',
      linked('A talk'),
    ],
    [
      'a frame whose address a plug-in put aside',
      '<iframe src="about:blank" data-rocket-src="https://maps.example.com/m/1"></iframe>',
      '<p><a href="https://maps.example.com/m/1">▶ maps.example.com</a></p>',
    ],
    [
      'a player that only its copy for browsers without scripts tells',
      '<div class="some-plug-in"></div><noscript><iframe src="https://player.vimeo.com/video/1"></iframe></noscript>',
      '<p><a href="https://vimeo.com/1">▶ vimeo.com</a></p>',
    ],
    [
      'a lazy frame once, with its copy for browsers without scripts',
      '<iframe data-src="https://player.vimeo.com/video/1"></iframe><noscript><iframe src="https://player.vimeo.com/video/1"></iframe></noscript>',
      '<p><a href="https://vimeo.com/1">▶ vimeo.com</a></p>',
    ],
    [
      'a frame without an address, by its name at the page of the post',
      '<iframe title="A chart of schools"></iframe>',
      '<p><a href="https://example.org/post/">▶ A chart of schools</a></p>',
    ],
    [
      'a chart that is told to be as wide as its column',
      '<iframe title="Schools by region" src="https://datawrapper.dwcdn.net/abcd/1/" style="width: 0; min-width: 100% !important; border: none;" height="500"></iframe>',
      '<p><a href="https://datawrapper.dwcdn.net/abcd/1/">▶ Schools by region</a></p>',
    ],
    [
      'the video widget of Elementor',
      `<div class="elementor-widget-video" data-settings='{"youtube_url":"https:\\/\\/www.youtube.com\\/watch?v=dQw4w9WgXcQ","video_type":"youtube"}'><div class="elementor-video"></div></div>`,
      linked('youtube.com'),
    ],
    [
      'a post of Facebook',
      '<div class="fb-post" data-href="https://www.facebook.com/a/posts/1"></div>',
      '<p><a href="https://www.facebook.com/a/posts/1">▶ facebook.com</a></p>',
    ],
    [
      'a post of Instagram without its text',
      '<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/reel/C1/"></blockquote>',
      '<p><a href="https://www.instagram.com/reel/C1/">▶ instagram.com</a></p>',
    ],
    [
      'a film of TikTok',
      '<blockquote class="tiktok-embed" cite="https://www.tiktok.com/@a/video/1"><section></section></blockquote>',
      '<p><a href="https://www.tiktok.com/@a/video/1">▶ tiktok.com</a></p>',
    ],
    [
      'a magazine of Issuu',
      '<div class="issuuembed" data-url="https://issuu.com/a/docs/b"></div>',
      '<p><a href="https://issuu.com/a/docs/b">▶ issuu.com</a></p>',
    ],
    [
      'a chart of Infogram',
      '<div class="infogram-embed" data-id="a-1" data-title="Rates"></div>',
      '<p><a href="https://infogram.com/a-1">▶ Rates</a></p>',
    ],
    ['no button to share or like', '<p>x</p><div class="fb-like" data-href="https://www.facebook.com/a"></div>', '<p>x</p>'],
  ])('%s', (_, html, expected) => {
    expect(clean(html)).toBe(expected);
  });

  test('a frame in a paragraph splits it', () => {
    expect(clean('<p>Before <iframe src="https://player.vimeo.com/video/1"></iframe> after</p>')).toBe(
      '<p>Before</p><p><a href="https://vimeo.com/1">▶ vimeo.com</a></p><p>after</p>',
    );
  });

  test('a counting frame and a second copy of a quoted post are dropped', () => {
    expect(clean('<p>x</p><iframe src="https://www.googletagmanager.com/ns.html?id=1" height="0" width="0"></iframe>')).toBe('<p>x</p>');
    expect(
      clean(
        '<blockquote class="wp-embedded-content"><a href="https://o.example/p">Other</a></blockquote><iframe class="wp-embedded-content" src="https://o.example/p/embed"></iframe>',
      ),
    ).toBe('<blockquote><p><a href="https://o.example/p">Other</a></p></blockquote>');
  });
});
