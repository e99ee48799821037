import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { figuresOf, scoreFolder } from '../../bench/sources.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';

/*
 * Documents of other projects' test suites and of real sites, which lie beside a checkout where somebody put them and are no part of it.
 */

const folder = join(packageRoot, '..', 'shared', 'feeds');

if (existsSync(join(folder, 'manifest.tsv'))) {
  test('real documents are all read and right in 97 of 100 fields, all documents in 95, and what is no feed is refused', async () => {
    const results = await scoreFolder(folder);
    const figures = Object.fromEntries(figuresOf(results).map(({ figure, value }) => [figure, value]));
    expect(figures).toMatchObject({ 'real-read': 100, refused: 100 });
    for (const [figure, value] of Object.entries(figures))
      expect([figure, value >= (figure.startsWith('real-right-') ? 97 : 95)]).toEqual([figure, true]);
  });
} else {
  test.skip('the documents beside the checkout (../shared/feeds) are not there: nothing was held against them', () => {});
}
