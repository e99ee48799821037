import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { packageRoot } from '../../src/kernel/package-root.ts';

/** Compares with a file of test/render/golden; UPDATE_GOLDEN=1 writes it instead. */
export async function expectGolden(name: string, actual: string): Promise<void> {
  const file = join(packageRoot, 'test', 'render', 'golden', name);
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(file, actual);
  expect(actual).toBe(await readFile(file, 'utf8'));
}
