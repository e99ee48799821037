import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireServerLock } from '../../src/db/server/server-lock.ts';
import { ConflictError } from '../../src/kernel/errors.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { spawnScript } from '../support/spawn-script.ts';

describe('the lock of a data folder', () => {
  let temp: Awaited<ReturnType<typeof makeTempFolder>>;

  beforeEach(async () => {
    temp = await makeTempFolder();
  });

  afterEach(async () => {
    await temp.remove();
  });

  test('is held by one server at a time, and the refusal names its process', async () => {
    const holder = spawnScript('attach-process.ts', ['lock', temp.folder]);
    await holder.nextLine();
    await expect(acquireServerLock(temp.folder)).rejects.toThrow(ConflictError);
    await expect(acquireServerLock(temp.folder)).rejects.toThrow(new RegExp(`process ${holder.pid} is one already`));
    await holder.finish();
    (await acquireServerLock(temp.folder)).release();
  });

  test('is held by one of many that ask at the same instant', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => acquireServerLock(temp.folder)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const processes = [1, 2, 3].map(() => spawnScript('attach-process.ts', ['lock', join(temp.folder, 'other')]));
    const lines = await Promise.all(processes.map((started) => started.nextLine<{ refused?: string }>()));
    expect(lines.filter(({ refused }) => refused === undefined)).toHaveLength(1);
    await Promise.all(processes.map((started) => started.finish()));
  });

  test('of a process that was killed counts for nothing', async () => {
    const victim = spawnScript('attach-process.ts', ['lock', temp.folder]);
    await victim.nextLine();
    await victim.kill('SIGKILL');
    (await acquireServerLock(temp.folder)).release();
    expect(await readdir(join(temp.folder, 'server-lock'))).toEqual([]);
  });

  test('of a process whose pid another program has by now counts for nothing', async () => {
    (await acquireServerLock(temp.folder)).release();
    await writeFile(join(temp.folder, 'server-lock', `${process.pid}_1-00000000_abcd`), '1');
    (await acquireServerLock(temp.folder)).release();
  });
});
