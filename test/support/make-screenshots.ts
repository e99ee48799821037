/*
 * Writes the pictures of the documents: both templates, light and dark, on a desk and on a narrow phone.
 *   npm run screenshots                              the example digest, into docs/images
 *   npm run screenshots -- <digest.html> [folder]    a digest as `gazette preview` wrote it, such as the sample's
 * Fails when a page must be scrolled sideways at 320 px. CHROMIUM names another browser than /usr/bin/chromium.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { fillPlaceholders } from '../../src/render/templates/placeholder.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { exampleDigestIn } from './example-digest.ts';
import { createPhotographer } from './screenshot.ts';

const values = {
  'reader.name': 'Nora Lind',
  'reader.address': 'nora@example.org',
  'links.unsubscribe': 'https://lanternschools.example/unsubscribe',
  'links.preferences': '',
  'links.browser': 'https://lanternschools.example/archive/lantern/12',
};

const views = [
  { name: 'light', width: 720, isDark: false, maxHeight: 1900 },
  { name: 'dark', width: 720, isDark: true, maxHeight: 1900 },
  { name: '320-light', width: 320, isDark: false, maxHeight: 1300 },
  { name: '320-dark', width: 320, isDark: true, maxHeight: 1300 },
];

async function readDigests(file: string | undefined): Promise<[name: string, html: string][]> {
  if (file !== undefined) return [['digest', await readFile(file, 'utf8')]];
  const renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates') });
  const digests: [string, string][] = [];
  for (const template of ['digest', 'letter']) digests.push([template, (await renderer.render(exampleDigestIn('en', template))).html]);
  return digests;
}

const [file, folder = join(packageRoot, 'docs', 'images')] = process.argv.slice(2);
const photographer = await createPhotographer(process.env['CHROMIUM']);
try {
  await mkdir(folder, { recursive: true });
  for (const [name, html] of await readDigests(file)) {
    const filled = fillPlaceholders(html, values, 'html');
    for (const view of views) await photographer.photograph(filled, { ...view, path: join(folder, `${name}-${view.name}.png`) });
    const overflow = await photographer.overflow(filled, 320);
    if (overflow > 0) throw new Error(`Expected ${name} to fit 320 px, it is ${overflow} px wider`);
  }
} finally {
  await photographer.close();
}
