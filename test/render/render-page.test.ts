import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { visibleLine } from '../../src/content/html/visible-text.ts';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { elementsOf } from '../../src/content/html/html-tree.ts';
import { pageSpecimens } from '../../src/render/pages/page-specimens.ts';
import type { PageName, PageRenderer } from '../../src/render/pages/pages.ts';
import { createPageRenderer } from '../../src/render/pages/render-page.ts';

const templatesFolder = join(packageRoot, 'templates');
const names = Object.keys(pageSpecimens) as PageName[];

let pages: PageRenderer;

beforeAll(async () => {
  pages = await createPageRenderer({ templatesFolder, timeZone: 'UTC' });
});

describe.each(names)('the page %s', (name) => {
  test.each(['ar', 'de', 'en', 'es', 'fr', 'it', 'nl', 'pt'])(
    'in %s has one h1, which is its title, and nothing that a strict policy would block',
    async (language) => {
      const html = await pages.render(name, { ...pageSpecimens[name], language });
      const elements = elementsOf(parseOwnHtml(html));
      const headings = elements.filter((element) => element.tag === 'h1');
      expect(headings).toHaveLength(1);
      expect(visibleLine(elements.find((element) => element.tag === 'title')!.children)).toBe(visibleLine(headings[0]!.children));
      expect(elements.some((element) => ['script', 'style'].includes(element.tag) || element.attributes['style'] !== undefined)).toBe(
        false,
      );
      expect(elements.some((element) => Object.keys(element.attributes).some((attribute) => attribute.startsWith('on')))).toBe(false);
      expect(html).not.toMatch(/[\uFDD0-\uFDEF]/);
      expect(html).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`);
    },
  );
});

test('a page states the language of its phrases, and what is in another its own', async () => {
  expect(await pages.render('archive', { ...pageSpecimens.archive, language: 'sv' })).toContain('<html lang="en" dir="ltr">');
  const html = await pages.render('edition-posts', { ...pageSpecimens['edition-posts'], language: 'en' });
  expect(html).toContain('<h2 dir="auto"><a href="https://example.org/post">Post</a></h2>');
  expect(html).toContain('<h2 class="retracted" lang="ar" dir="auto">Post</h2>');
  const withdrawn = await pages.renderPart('withdrawn', { language: 'ar', titles: ['A', 'B'] });
  expect(withdrawn.replaceAll(/[\u2068\u2069]/g, '')).toMatch(/lang="ar" dir="rtl".*«A»، «B»/s);
});

test('forms post to where the model says, and only there', async () => {
  for (const name of ['confirm', 'unsubscribe', 'decide'] as const) {
    const form = elementsOf(parseOwnHtml(await pages.render(name, pageSpecimens[name]))).find((element) => element.tag === 'form');
    expect(form?.attributes).toMatchObject({ method: 'post', action: pageSpecimens[name].actionUrl });
  }
});

test('the page of who confirmed says from when the posts of their first edition are, in its language, with the year where that is another', async () => {
  const { first: _first, ...plain } = { ...pageSpecimens.confirmed, isAgain: false };
  const postsAt = new Date('2026-11-28T10:00:00Z');
  const say = async (language: string, today: string): Promise<string> =>
    pages.render('confirmed', { ...plain, language, first: { postsAt, today: new Date(today), titles: ['One'], restCount: 1 } });
  expect(await say('en', '2026-12-01')).toContain('<p>Your first edition starts with posts from 28 November.</p>');
  expect(await say('en', '2027-01-01')).toContain('posts from 28 November 2026.');
  expect(await say('es', '2026-12-01')).toContain('Su primer número empieza con las publicaciones del 28 de noviembre.');
  expect(await say('fr', '2026-12-01')).toContain('Votre premier numéro commence par les articles du 28 novembre.');
  expect(await pages.render('confirmed', plain)).not.toContain('first edition');
});

test('markup and marks in what a page shows are text', async () => {
  const evil = '<script>alert(1)</script>{{ x }}\uFDD20\uFDD3"';
  const message = { ...pageSpecimens['outbox-message'].message, subject: evil, from: evil };
  const html = await pages.render('outbox-message', {
    ...pageSpecimens['outbox-message'],
    message,
    text: evil,
    headers: [{ name: evil, value: evil }],
  });
  expect(elementsOf(parseOwnHtml(html)).some((element) => element.tag === 'script')).toBe(false);
  expect(html.match(/<main>/g)).toHaveLength(1);
  expect(html.match(/<h1>/g)).toHaveLength(1);
});

test('what is not there leaves no trace: no outbox outside local mode, no older page on the last', async () => {
  const { outboxUrl: _outbox, sampleUrl: _sample, ...home } = pageSpecimens.home;
  expect(await pages.render('home', { ...home, newsletters: [], editions: [] })).not.toMatch(/outbox|sample/i);
  const { olderUrl: _older, ...archive } = pageSpecimens.archive;
  expect(await pages.render('archive', archive)).not.toContain('rel="next"');
});

test('a broken page is refused when it is loaded, naming file and line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gazette-pages-'));
  await cp(templatesFolder, folder, { recursive: true });
  const file = join(folder, 'pages', 'confirm.liquid');
  await writeFile(file, `${await readFile(file, 'utf8')}\n{{ newsletter.nam }}`);
  await expect(createPageRenderer({ templatesFolder: folder })).rejects.toThrow(
    /pages\/confirm\.liquid:\d+: Undefined variable: newsletter\.nam/,
  );
  await rm(file);
  await expect(createPageRenderer({ templatesFolder: folder })).rejects.toThrow(/Expected a template .*confirm\.liquid, found none/);
  await rm(folder, { recursive: true });
});
