import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { inTime } from '../../src/kernel/in-time.ts';
import { startHttpSite } from '../support/http-site.ts';
import { startShell } from '../support/run-shell.ts';
import { waitFor } from '../support/wait-for.ts';
import { createInstallation, rss, type Installation } from './run-main.ts';

/** A database that takes connections and says nothing. */
async function startSilentServer(): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}

// Each of them waits for what the test holds back until it has been said.
describe('a command that waits says for what', () => {
  let gazette: Installation;

  beforeAll(async () => {
    gazette = await createInstallation();
  });
  afterAll(() => gazette.remove());

  test('a database that does not answer, without its password', async () => {
    const silent = await startSilentServer();
    const url = `postgres://nobody:hunter2@127.0.0.1:${silent.port}/none`;
    const command = startShell('gazette newsletters list --json', { ...gazette.env, DATABASE_URL: url });
    const line = `gazette newsletters list: waiting for Postgres at "postgres://***@127.0.0.1:${silent.port}/none" to answer …\n`;
    await waitFor(() => command.stderr().includes(line));
    silent.close();
    expect(await command.ended).toBe(2);
    expect([command.stdout(), command.stderr().split(line).length]).toEqual(['', 2]);
  });

  test.each(['serve --no-sample', 'worker'])('and is ended while it waits: %s', async (words) => {
    const silent = await startSilentServer();
    const url = `postgres://nobody@127.0.0.1:${silent.port}/none`;
    const command = startShell(`gazette ${words}`, { ...gazette.env, PORT: '0', DATABASE_URL: url });
    try {
      await waitFor(() => command.stderr().includes('to answer …\n'));
      command.signal('SIGINT');
      // It waits a minute for an answer by itself; the silent server says nothing to the end.
      expect([await inTime(30_000, command.ended, () => 'still there'), command.stdout()]).toEqual([0, 'Stopping …\n']);
    } finally {
      command.signal('SIGKILL');
      silent.close();
    }
  });

  test('a migration of somebody else, and then does its work', async () => {
    await gazette.stored.database.connection(async (session) => {
      await session.query('select pg_advisory_lock(7014265)');
      const command = startShell('gazette newsletters list --json', gazette.env);
      await waitFor(() => command.stderr().includes('gazette newsletters list: bringing the database to this version …\n'));
      await session.query('select pg_advisory_unlock(7014265)');
      expect([await command.ended, command.stdout()]).toEqual([0, '[]\n']);
    });
  });

  test('a source that is slow', async () => {
    let answer = (): void => {};
    const isAsked = new Promise<void>((resolve) => (answer = resolve));
    const site = await startHttpSite((_request, response) => {
      void isAsked.then(() => response.writeHead(200, { 'content-type': 'application/rss+xml' }).end(rss([{ title: 'One' }])));
    });
    const command = startShell(`gazette sources check ${site.origin}/feed --json`, gazette.env);
    await waitFor(() => command.stderr().includes(`gazette sources check: reading ${site.origin}/feed …\n`));
    answer();
    expect(await command.ended).toBe(0);
    expect(JSON.parse(command.stdout())).toMatchObject({ title: 'A school blog' });
    await site.close();
  });
});
