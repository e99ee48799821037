import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { specimenModel } from '../../src/render/digest/specimen.ts';
import { createExaminer, type Examiner } from '../support/examine-page.ts';
import { exampleDigestIn } from '../support/example-digest.ts';
import { findChromium, type View } from '../support/screenshot.ts';

/*
 * Whether digests can be read by those who see little, hear their mail or block its pictures: both templates in a browser, judged by axe-core.
 */

const templates = ['digest', 'letter'];
const views: readonly (View & { readonly name: string })[] = [
  { name: 'light', width: 720 },
  { name: 'dark', width: 720, isDark: true },
  { name: 'light, pictures blocked, on a phone', width: 320, isBlocked: true },
  { name: 'dark, pictures blocked, on a phone', width: 320, isDark: true, isBlocked: true },
];

if (findChromium() === undefined) {
  test.skip('no Chromium is on this machine (CHROMIUM names one): no digest was judged by axe-core', () => {});
} else {
  let examiner: Examiner;
  const digests = new Map<string, { readonly example: string; readonly everything: string }>();

  beforeAll(async () => {
    examiner = await createExaminer();
    const renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates') });
    const htmlOf = async (...model: Parameters<typeof renderer.render>) => (await renderer.render(...model)).html;
    for (const template of templates) {
      const [example, everything] = [await htmlOf(exampleDigestIn('en', template)), await htmlOf(specimenModel(template, 'everything'))];
      digests.set(template, { example, everything });
    }
  });
  afterAll(() => examiner.close());

  test.each(templates.flatMap((template) => views.map((view) => ({ template, ...view }))))(
    'the template $template bars nobody: $name',
    async ({ template, ...view }) => {
      expect(await examiner.examine(digests.get(template)!.example, view)).toEqual([]);
    },
  );

  test.each(templates.flatMap((template) => [false, true].map((isDark) => ({ template, isDark }))))(
    'with everything that the template $template can show, it bars nobody (dark: $isDark)',
    async ({ template, isDark }) => {
      expect(await examiner.examine(digests.get(template)!.everything, { width: 720, isDark })).toEqual([]);
    },
  );

  test("a picture without alt text, a pale line, a line of the paper's colour, a link without words and a skipped heading level are found", async () => {
    const html = digests.get('digest')!.example;
    const faults =
      '<img src="https://example.org/a.png"><p style="color:#bbb;background:#fff">Pale</p><p style="color:#fff;background:#fff">None</p><a href="https://example.org/"></a><h5>Deep</h5>';
    const found = await examiner.examine(html.replace('</body>', `${faults}</body>`), { width: 720 });
    expect(found).toHaveLength(5);
    expect(new Set(found.map((line) => line.split(':')[0]))).toEqual(
      new Set(['color-contrast', 'heading-order', 'image-alt', 'link-name']),
    );
  });
}
