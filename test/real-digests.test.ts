/*
 * Digests of documents of other projects' test suites and of real sites, which lie beside a checkout where somebody put them and are no part of it.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { tryFeed } from '../src/editions/trial/try-feed.ts';
import { InvalidInputError } from '../src/kernel/errors.ts';
import { packageRoot } from '../src/kernel/package-root.ts';
import { createDigestRenderer } from '../src/render/digest/render-digest.ts';
import { digestFaults } from './support/digest-faults.ts';
import { systemClock } from '../src/kernel/clock.ts';
import { createSourceReader } from '../src/reading/read-source.ts';
import { sourceThread } from '../src/sources/collecting/source-task.ts';

const folder = join(packageRoot, '..', 'shared', 'feeds');

/** The words of the link to the rest of a post, in the language of a digest. */
async function readOnIn(html: string): Promise<string> {
  const language = /<html lang="([a-z]+)/.exec(html)?.[1] ?? 'en';
  const phrases = JSON.parse(await readFile(join(packageRoot, 'templates', 'languages', `${language}.json`), 'utf8')) as Record<
    string,
    string
  >;
  return phrases['post.readOn']!;
}

/** The digest of each document that has one, with what is wrong with it. */
async function judgeFolder(): Promise<{ path: string; faults: string[] }[]> {
  const now = new Date('2026-11-28T09:00:00Z');
  const reader = createSourceReader({
    userAgent: 'Gazette/test',
    allowPrivateAddresses: false,
    allowedOrigins: [],
    allowFiles: true,
    threadProgram: sourceThread,
    clock: systemClock,
  });
  const renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates') });
  const lines = (await readFile(join(folder, 'manifest.tsv'), 'utf8')).split('\n').slice(1);
  const judged: { path: string; faults: string[] }[] = [];
  for (const path of lines.flatMap((line) => line.split('\t')[0] || [])) {
    try {
      const { document, digest } = await tryFeed({ reader, renderer, publicUrl: 'https://news.example.org', now }, join(folder, path));
      const faults = digestFaults({ entries: document.entries, digest, readOn: await readOnIn(digest.html) });
      judged.push({ path, faults: faults.map(({ kind, what }) => `${kind}: ${what}`) });
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
    }
  }
  await reader.close();
  return judged;
}

if (existsSync(join(folder, 'manifest.tsv'))) {
  test('no digest of a real document has a hole in a sentence, a shortcode, a title that stands twice or a lead of links', async () => {
    const judged = await judgeFolder();
    expect(judged.length).toBeGreaterThanOrEqual(179);
    expect(judged.filter(({ faults }) => faults.length > 0)).toEqual([]);
  });
} else {
  test.skip('the documents beside the checkout (../shared/feeds) are not there: no digest was made of them', () => {});
}
