import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startShell } from '../support/run-shell.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { waitFor } from '../support/wait-for.ts';

let temp: Awaited<ReturnType<typeof makeTempFolder>>;

// One for all: making a server takes longer than what is tested.
beforeAll(async () => {
  temp = await makeTempFolder();
});
afterAll(() => temp.remove());

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the embedded server stops with the last process', () => {
  test.each(['SIGHUP', 'SIGTERM', 'SIGINT'] as const)('when its terminal or service manager sends %s', async (signal) => {
    const env = { DATA_FOLDER: join(temp.folder, 'data'), PORT: '0', LOG_LEVEL: 'info' };
    const pidFile = join(temp.folder, 'data', 'postgres', 'data', 'postmaster.pid');
    const server = startShell('gazette serve --no-sample; true', env);
    try {
      await waitFor(() => /Ctrl-C ends it/.test(server.stdout()), { timeoutMs: 100_000, what: 'a server that runs' });
      const postgres = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
      expect(isAlive(postgres)).toBe(true);
      // To everything that the terminal started, the shell in between too.
      server.signal(signal);
      await server.ended;
      expect(server.stderr()).toMatch(/postgres\.stopped/);
      expect(existsSync(pidFile)).toBe(false);
      // It has ended; that its number is free is up to whoever looks after orphans, who may be late.
      await waitFor(() => !isAlive(postgres), { what: 'the end of Postgres' });
      expect(await readdir(join(temp.folder, 'data', 'server-lock'))).toEqual([]);
    } finally {
      server.signal('SIGKILL');
    }
  });
});
