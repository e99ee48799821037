import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { serve, worker } from '../../scripts/table/running.ts';
import { acquireServerLock } from '../../src/db/server/server-lock.ts';
import { startHttpSite, type HttpSite } from '../support/http-site.ts';
import { startCommand } from '../support/run-gazette.ts';
import { waitFor } from '../support/wait-for.ts';
import { createInstallation, type Installation } from './run-main.ts';

let gazette: Installation;
let taken: HttpSite;
const cleanups: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [gazette, taken] = await Promise.all([createInstallation(), startHttpSite((_request, response) => void response.end('somebody else'))]);
});
afterAll(async () => {
  await Promise.all(cleanups.map((each) => each()));
  await taken.close();
  await gazette.remove();
});

const liveWorkers = async (): Promise<number> =>
  (await gazette.stored.database.query(`select 1 from worker where ended_at is null and alive_until > now()`)).rows.length;

describe('gazette serve', () => {
  test('is refused with one line where its port is taken', async () => {
    const { exitCode, stdout, stderr } = await gazette.run('serve --no-sample', { PORT: String(taken.port) });
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd()).toMatch(new RegExp(`^gazette serve: [^\\n]*${taken.port}[^\\n]*$`));
  });

  test('is refused with one line where another server has the data folder', async () => {
    const lock = await acquireServerLock(gazette.folder);
    try {
      const { exitCode, stdout, stderr } = await gazette.run('serve --no-sample', { PORT: '0' });
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(stderr.trimEnd()).toMatch(/^gazette serve: [^\n]*$/);
      expect(stderr).toContain(gazette.folder);
    } finally {
      lock.release();
    }
  });

  test('runs a worker beside the web pages, and without the sample sets none up; it ends with 0', async () => {
    const running = await startCommand(serve, { ...gazette.env, PORT: '0' }, /Ctrl-C ends it/, ['--no-sample']);
    try {
      // Where any port will do, links name the one that was taken.
      const [, url = ''] = /Web pages: (http:\S+)/.exec(running.printed.join('\n')) ?? [];
      const health = await fetch(new URL('/healthz', url));
      expect(health.status).toBe(200);
      await waitFor(async () => (await liveWorkers()) === 1, { what: 'a living worker' });
    } finally {
      expect(await running.stop()).toBe(0);
    }
    expect(await liveWorkers()).toBe(0);
    expect(await gazette.done('newsletters list')).toMatch(/No newsletter yet/);
  });

  test('with --no-worker is web pages alone: no worker registers, no sample is set up, and the start and doctor say so', async () => {
    const running = await startCommand(serve, { ...gazette.env, PORT: '0' }, /Ctrl-C ends it/, ['--no-worker']);
    try {
      const printed = running.printed.join('\n');
      const [, url = ''] = /Web pages: (http:\S+)/.exec(printed) ?? [];
      expect((await fetch(new URL('/healthz', url))).status).toBe(200);
      expect(printed).toContain('No worker runs in it');
      expect((await gazette.run('doctor')).stdout).toMatch(/warn +No worker is running/);
    } finally {
      expect(await running.stop()).toBe(0);
    }
    expect((await gazette.stored.database.query(`select count(*)::int as count from newsletter where is_sample`)).rows).toEqual([
      { count: 0 },
    ]);
  });

  test('brings no sample back that was removed', async () => {
    await gazette.done('sample remove --yes');
    const running = await startCommand(serve, { ...gazette.env, PORT: '0' }, /Ctrl-C ends it/);
    expect(await running.stop()).toBe(0);
    expect(await gazette.done('newsletters list')).toMatch(/No newsletter yet/);
  });
});

describe("gazette serve, with settings of one's own,", () => {
  test('names the mail server without its login, the next slot of each newsletter, and what is missing', async () => {
    const own = await createInstallation();
    cleanups.push(() => own.remove());
    await own.done('newsletters add own --name Own --sender people@example.org --postal-address "1 Road"');
    await own.done('schedules add own --every friday --at 08:00 --zone Europe/Madrid --name fridays');
    await own.done('subscribers add ann@example.org --newsletter own --confirmed --source fair');
    const env = { ...own.env, PORT: '0', PUBLIC_URL: 'https://news.example.org', SMTP_URL: 'smtp://ann:secret@127.0.0.1:9' };
    const running = await startCommand(serve, env, /Ctrl-C ends it/, ['--no-sample']);
    expect(await running.stop()).toBe(0);
    const printed = running.printed.join('\n');
    expect(printed).toMatch(/^ {2}Mail server +127\.0\.0\.1:9$/m);
    expect(printed).toMatch(/^ {2}Next "own" +Fri \d{4}-\d{2}-\d{2} 08:00 Europe\/Madrid \(fridays\)$/m);
    const missing = printed.slice(printed.indexOf('Still missing:'));
    expect(missing).toMatch(/"own" has no source/);
    expect(missing).toMatch(/STAFF_ADDRESS/);
    expect(missing).not.toMatch(/PUBLIC_URL|SMTP_URL|no schedule|no active subscriber/);
    expect(printed).not.toContain('secret');
  });
});

describe('gazette worker', () => {
  test('runs beside others and ends with 0', async () => {
    // The secrets of the installation are made with its first command, and every machine needs them.
    await gazette.done('migrate');
    const env = {
      ...gazette.env,
      DATA_FOLDER: join(gazette.folder, 'machine-2'),
      ADDRESS_KEY_SECRET_FILE: join(gazette.folder, 'secrets', 'address-key'),
      TOKEN_KEYS_FILE: join(gazette.folder, 'secrets', 'token-key'),
    };
    const workers = await Promise.all([
      startCommand(worker, gazette.env, /A worker is running/),
      startCommand(worker, env, /A worker is running/),
    ]);
    await waitFor(async () => (await liveWorkers()) === 2, { what: 'two living workers' });
    for (const each of workers) expect(await each.stop()).toBe(0);
    expect(await liveWorkers()).toBe(0);
  });
});
