import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { pageSpecimens } from '../../src/render/pages/page-specimens.ts';
import type { PageName, PageRenderer } from '../../src/render/pages/pages.ts';
import { createPageRenderer } from '../../src/render/pages/render-page.ts';
import { createExaminer, type Examiner } from '../support/examine-page.ts';
import { createPhotographer, findChromium, type Photographer } from '../support/screenshot.ts';

const hasBrowser = findChromium() !== undefined;
if (!hasBrowser) console.warn('There is no Chromium (set CHROMIUM, or install one): pages are not examined.');

const longest = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';
const names = Object.keys(pageSpecimens) as PageName[];

(hasBrowser ? describe : describe.skip)('Every page', () => {
  let pages: PageRenderer;
  let examiner: Examiner;
  let photographer: Photographer;

  beforeAll(async () => {
    pages = await createPageRenderer({ templatesFolder: join(packageRoot, 'templates'), timeZone: 'UTC' });
    [examiner, photographer] = await Promise.all([createExaminer(), createPhotographer()]);
  });
  afterAll(() => Promise.all([examiner.close(), photographer.close()]));

  /** A page with its style sheets in it, as a newsletter's own page with a colour that is hard to read. */
  async function write<Name extends PageName>(name: Name, changes: object = {}): Promise<string> {
    const model = {
      ...pageSpecimens[name],
      brand: { name: 'Weekly', url: 'https://example.org/archive/weekly' },
      colour: '#f2c14e',
      ...changes,
    };
    const html = await pages.render(name, model);
    return html.replaceAll(/<link rel="stylesheet"[^>]*>/g, (link) =>
      link.includes('/styles/') ? `<style>${pages.accentStyles('#f2c14e')}</style>` : `<style>${pages.styles}</style>`,
    );
  }

  test.each(names)('%s bars nobody, in light and dark', async (name) => {
    for (const isDark of [false, true]) expect(await examiner.examine(await write(name), { width: 800, isDark, isPage: true })).toEqual([]);
  });

  test.each(names)('%s is read without scrolling sideways on a narrow screen, in either direction', async (name) => {
    for (const language of ['de', 'ar']) {
      const html = (await write(name, { language })).replaceAll('Specimen', longest);
      expect([language, await photographer.overflow(html, 320)]).toEqual([language, 0]);
    }
  });
});
