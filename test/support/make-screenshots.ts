/*
 * Writes the pictures of the documents: both templates, light and dark, on a desk and on a narrow phone.
 *   npm run screenshots                              the example digest, into docs/images
 *   npm run screenshots -- <digest.html> [folder]    a digest as `gazette preview` wrote it, such as the sample's
 *   npm run screenshots -- <folder of feeds> [folder]  the digests of the feed documents in a folder, also with pictures blocked, beside their text
 * Fails when a page must be scrolled sideways at 320 px. CHROMIUM names another browser than /usr/bin/chromium.
 */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { tryFeed } from '../../src/editions/trial/try-feed.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { createSourceReader } from '../../src/reading/read-source.ts';
import type { DigestModel } from '../../src/render/digest.ts';
import { fillPlaceholders } from '../../src/content/text/placeholder.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { sourceThread } from '../../src/sources/collecting/source-task.ts';
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

const blocked = { name: 'blocked', width: 720, isDark: false, maxHeight: 1900, isBlocked: true };

/** The digests of every feed document of a folder in both templates; what is no feed is told and passed over. */
async function readFeeds(feeds: string, folder: string): Promise<[name: string, html: string][]> {
  const renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates') });
  const options = { userAgent: 'Gazette', allowPrivateAddresses: false, allowedOrigins: [], allowFiles: true } as const;
  const reader = createSourceReader({ ...options, clock: systemClock, threadProgram: sourceThread });
  const digests: [string, string][] = [];
  for (const file of (await readdir(feeds)).sort()) {
    for (const template of ['digest', 'letter']) {
      const inTemplate = { ...renderer, render: (model: DigestModel) => renderer.render({ ...model, template }) };
      const ports = { reader, renderer: inTemplate, publicUrl: 'http://localhost:4000', now: new Date() };
      try {
        const { digest } = await tryFeed(ports, join(feeds, file));
        const name = `${basename(file)}.${template}`;
        await writeFile(join(folder, `${name}.html`), digest.html);
        await writeFile(join(folder, `${name}.txt`), `${digest.subject}\n${digest.preheader}\n\n${digest.text}`);
        digests.push([name, digest.html]);
      } catch (error) {
        console.error(String(error));
      }
    }
  }
  await reader.close();
  return digests;
}

async function readDigests(file: string | undefined, folder: string): Promise<[name: string, html: string][]> {
  if (file !== undefined && (await stat(file)).isDirectory()) return readFeeds(file, folder);
  if (file !== undefined) return [['digest', await readFile(file, 'utf8')]];
  const renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates') });
  const digests: [string, string][] = [];
  for (const template of ['digest', 'letter']) digests.push([template, (await renderer.render(exampleDigestIn('en', template))).html]);
  return digests;
}

const [file, folder = join(packageRoot, 'docs', 'images')] = process.argv.slice(2);
const photographer = await createPhotographer();
try {
  await mkdir(folder, { recursive: true });
  for (const [name, html] of await readDigests(file, folder)) {
    const filled = fillPlaceholders(html, values, 'html');
    for (const view of file === undefined ? views : [...views, blocked])
      await photographer.photograph(filled, { ...view, path: join(folder, `${name}-${view.name}.png`) });
    const overflow = await photographer.overflow(filled, 320);
    if (overflow > 0) throw new Error(`Expected ${name} to fit 320 px, it is ${overflow} px wider`);
  }
} finally {
  await photographer.close();
}
