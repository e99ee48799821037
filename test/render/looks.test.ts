import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { elementsOf } from '../../src/content/html/html-tree.ts';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import type { DigestRenderer } from '../../src/render/digest.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { specimenModel } from '../../src/render/digest/specimen.ts';
import { accentFrom, contrast } from '../../src/render/templates/colour.ts';
import { exampleDigestIn } from '../support/example-digest.ts';

let renderer: DigestRenderer;
beforeAll(async () => {
  renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates') });
});

const grounds = { digest: { light: '#f4f1ea', dark: '#26282c' }, letter: { light: '#ffffff', dark: '#16171a' } };

/** The style sheets of a page, and what it sets inline. */
async function stylesOf(template: string): Promise<{ sheets: string; inline: string }> {
  const { html } = await renderer.render(specimenModel(template, 'everything'));
  const sheets = [...html.matchAll(/<style[^>]*>([^]*?)<\/style>/g)].map(([, css = '']) => css).join('\n');
  const inline = [...html.matchAll(/ style="([^"]*)"| bgcolor="([^"]*)"/g)]
    .map(([, css, ground]) => css ?? `background-color:${ground}`)
    .join('\n');
  return { sheets, inline };
}

function coloursIn(css: string, property: RegExp): string[] {
  const pattern = new RegExp(`(?:^|[;{\\s])${property.source}:\\s*(#[0-9a-f]{6})`, 'gi');
  return [...new Set([...css.matchAll(pattern)].map(([, colour = '']) => colour.toLowerCase()))];
}

/** What the sheets say of dark mode, up to the end of the media query. */
function darkOf(sheets: string): string {
  const from = sheets.indexOf('prefers-color-scheme: dark');
  return sheets.slice(from, sheets.indexOf('\n}', from));
}

describe.each(['digest', 'letter'] as const)('%s', (template) => {
  test('each colour of a text reads on each ground of the template, light and dark (WCAG AA)', async () => {
    const { sheets, inline } = await stylesOf(template);
    const dark = darkOf(sheets);
    const sides = [
      { colours: coloursIn(inline, /color/), on: coloursIn(inline, /background-color/).filter((each) => contrast(each, '#000000') > 8) },
      { colours: coloursIn(dark, /color/), on: coloursIn(dark, /background-color/).filter((each) => contrast(each, '#ffffff') > 8) },
    ];
    for (const { colours, on } of sides) {
      expect(colours.length).toBeGreaterThan(2);
      expect(on.length).toBeGreaterThan(0);
      const faint = colours.flatMap((colour) =>
        on.filter((ground) => contrast(colour, ground) < 4.5).map((ground) => `${colour} on ${ground}`),
      );
      expect(faint).toEqual([]);
    }
  });

  test.each(['#ffffff', '#000000', '#ffee00', '#ff0000', '#00ff00', '#1f5f8b', '#777777', '#f4f1ea'])(
    'an accent of %s is made to read on both grounds',
    (colour) => {
      const { light, dark } = grounds[template];
      const accent = accentFrom(colour, light, dark);
      expect(contrast(accent.light, light)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(accent.light, '#ffffff')).toBeGreaterThanOrEqual(4.5);
      expect(contrast(accent.dark, dark)).toBeGreaterThanOrEqual(4.5);
    },
  );

  test('the text of the preview is not the colour of what it stands on, for which filters look', async () => {
    const { html } = await renderer.render(exampleDigestIn('en', template));
    const hidden = elementsOf(parseOwnHtml(html)).filter((each) => /display:\s*none/.test(each.attributes['style'] ?? ''));
    expect(hidden).toHaveLength(1);
    const [colour] = coloursIn(hidden[0]!.attributes['style']!, /color/);
    expect(contrast(colour!, '#ffffff')).toBeGreaterThan(4.5);
    expect(hidden[0]!.attributes['style']).not.toMatch(/font-size:\s*[01](?:px)?\b|opacity/);
  });

  test('the style sheets have less than 8 KB, for Gmail drops what is longer', async () => {
    const { sheets } = await stylesOf(template);
    expect(Buffer.byteLength(sheets)).toBeLessThan(8_000);
  });

  const post = {
    ...exampleDigestIn('en', template).posts[0]!,
    html: '<h4>Deep</h4><p>Text.</p><h2>High</h2><p>Text.</p><h3>Below</h3><p>Text.</p>',
  };
  const { topic: _topic, ...untopical } = post;
  test.each([
    ['of an example', exampleDigestIn('en', template).posts],
    ['under topics', [post]],
    ['without topics', [untopical]],
    ['with a first post without a topic', [untopical, post]],
  ])('headings follow each other without a gap: %s', async (_what, posts) => {
    const { html } = await renderer.render({ ...exampleDigestIn('en', template), posts });
    const levels = elementsOf(parseOwnHtml(html)).flatMap(({ tag }) => (/^h[1-6]$/.test(tag) ? [Number(tag[1])] : []));
    expect(levels[0]).toBe(1);
    levels.forEach((level, index) => expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1));
  });

  test('a logo is the first heading, with the name for whoever does not see it', async () => {
    const { html } = await renderer.render(specimenModel(template, 'everything'));
    const [first] = elementsOf(parseOwnHtml(html)).filter(({ tag }) => tag === 'h1');
    const logo = elementsOf(first!.children).find(({ tag }) => tag === 'img');
    expect(template === 'letter' || logo?.attributes['alt'] === 'Specimen').toBe(true);
  });
});

// Decision record 0031: while this holds, a list of contents is no list of links.
test('links within a mail do nothing in a mail program of Google’s and one of Microsoft’s, says caniemail', () => {
  const file = createRequire(import.meta.url).resolve('caniemail/caniemail.json');
  const { data } = JSON.parse(readFileSync(file, 'utf8')) as {
    data: { slug: string; stats: Record<string, Record<string, Record<string, string>>> }[];
  };
  const anchors = data.find(({ slug }) => slug === 'html-anchor-links')!.stats;
  const newest = (client: string, platform: string) => Object.values(anchors[client]![platform]!).at(-1);
  expect([newest('gmail', 'ios'), newest('outlook', 'ios'), newest('outlook', 'android')]).toEqual(['n #3', 'n #3', 'n #3']);
});
