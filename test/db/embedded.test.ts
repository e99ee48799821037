import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, readFile, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { openDatabase } from '../../src/db/db.ts';
import { openEmbedded, type EmbeddedServer } from '../../src/db/server/embedded.ts';
import { mayRunWith } from '../../src/db/server/process-identity.ts';
import { readyBinaries } from '../../src/db/server/server-binaries.ts';
import { readyHome } from '../../src/db/server/server-home.ts';
import { stopPostgres } from '../../src/db/server/server-process.ts';
import { findServerUser } from '../../src/db/server/server-user.ts';
import { ConfigError, ConflictError } from '../../src/kernel/errors.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { spawnScript } from '../support/spawn-script.ts';
import { waitFor } from '../support/wait-for.ts';

const settings = { fsync: 'off' };
const isRoot = process.getuid?.() === 0;

let temp: Awaited<ReturnType<typeof makeTempFolder>>;
let dataFolder: string;

beforeEach(async () => {
  temp = await makeTempFolder();
  dataFolder = join(temp.folder, "it's a data folder");
});

afterEach(async () => {
  await temp.remove();
});

/** The data folder as it is after a server was made in it: making one takes most of a test's time. */
async function useMade(): Promise<void> {
  made ??= await makeOnce();
  // With its owner, which is the server's user.
  await promisify(execFile)('cp', ['-a', made.folder, dataFolder]);
}

let made: Awaited<ReturnType<typeof makeTempFolder>> | undefined;

async function makeOnce(): Promise<NonNullable<typeof made>> {
  const folder = await makeTempFolder();
  const server = await open(folder.folder);
  await server.close();
  return folder;
}

afterAll(() => made?.remove());

async function open(folder = dataFolder, told: string[] = []): Promise<EmbeddedServer> {
  return openEmbedded({ dataFolder: folder, log: silentLog, settings, tell: (what) => void told.push(what) });
}

async function query<T extends object>(url: string, text: string): Promise<T[]> {
  const database = openDatabase(url, { maxConnections: 1 });
  try {
    return (await database.query<T>(text)).rows;
  } finally {
    await database.close();
  }
}

async function postmasterPid(folder: string): Promise<number> {
  return Number((await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** Halts a process of the server that serves a session of ours: it outlives the server that it belongs to until it may go on. */
async function haltBackend(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  process.kill(rows[0]!.pid, 'SIGSTOP');
  return rows[0]!.pid;
}

/** A server that was killed with everybody who had it open. */
async function leaveKilledServer(): Promise<{ port: number; url: string }> {
  const victim = spawnScript('attach-process.ts', ['attach', dataFolder]);
  const { folder, ...facts } = await victim.nextLine<{ port: number; url: string; folder: string }>();
  process.kill(victim.pid, 'SIGSTOP');
  process.kill(await postmasterPid(folder), 'SIGKILL');
  await victim.kill('SIGKILL');
  return facts;
}

/** Listens at the port of a killed server once nothing that is left of it does: its processes end when they have had their turn. */
async function listenWhenFree(stranger: Server, port: number): Promise<void> {
  await waitFor(
    () =>
      new Promise<boolean>((resolve) => {
        const refused = (): void => resolve(false);
        stranger.once('error', refused).listen(port, '127.0.0.1', () => {
          stranger.off('error', refused);
          resolve(true);
        });
      }),
    { what: `port ${port} to be free` },
  );
}

/** How often a start failed since a process of an earlier server is still there. */
async function failedStarts(folder: string): Promise<number> {
  return (await readFile(join(folder, 'server.log'), 'utf8')).split('pre-existing shared memory block').length - 1;
}

function isRunning(server: { folder: string }): boolean {
  return existsSync(join(server.folder, 'data', 'postmaster.pid'));
}

describe('the embedded server', () => {
  test('keeps its data from one start to the next', async () => {
    await useMade();
    const first = await open();
    await query(first.url, "create table kept as select 'word' as value");
    await first.close();
    expect(isRunning(first)).toBe(false);
    const second = await open();
    expect(await query(second.url, 'select value from kept')).toEqual([{ value: 'word' }]);
    await second.close();
  });

  test('lets in only who knows the password, which only its user can read, and listens on loopback only', async () => {
    await useMade();
    const server = await open();
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect((await stat(join(server.folder, 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(server.folder)).mode & 0o777).toBe(0o700);
    const shown = await query(
      server.url,
      "select name, setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories') order by name",
    );
    expect(shown).toEqual([
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
    const rules = await query<{ auth_method: string }>(server.url, 'select distinct auth_method from pg_hba_file_rules');
    expect(rules).toEqual([{ auth_method: 'scram-sha-256' }]);
    expect(server.port).not.toBe(5432);
    await server.close();
  });

  test('runs until the last process that is attached has left', async () => {
    await useMade();
    const first = await open();
    const other = spawnScript('attach-process.ts', ['attach', dataFolder]);
    const attached = await other.nextLine<{ url: string; port: number }>();
    expect(attached.port).toBe(first.port);
    await first.close();
    expect(await query(attached.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await other.finish();
    expect(isRunning(first)).toBe(false);
  });

  test('is left by the last process though others come at that very moment and start the next', async () => {
    await useMade();
    let server = await open();
    for (let round = 0; round < 10; round += 1) [server] = await Promise.all([open(), server.close()]);
    await server.close();
    expect(isRunning(server)).toBe(false);
  });

  test('is one, when several processes start it at the same instant', async () => {
    const processes = [1, 2, 3].map(() => spawnScript('attach-process.ts', ['attach', dataFolder]));
    const attached = await Promise.all(processes.map((started) => started.nextLine<{ url: string; folder: string }>()));
    expect(new Set(attached.map(({ url }) => url)).size).toBe(1);
    await Promise.all(processes.map((started) => started.finish()));
    expect(isRunning(attached[0]!)).toBe(false);
  });

  test('goes on when a process that is attached is killed, and the next one finds it and stops it', async () => {
    await useMade();
    const victim = spawnScript('attach-process.ts', ['attach', dataFolder]);
    const { port, folder } = await victim.nextLine<{ port: number; folder: string }>();
    await victim.kill('SIGKILL');
    expect(isRunning({ folder })).toBe(true);
    const next = await open();
    expect(next.port).toBe(port);
    await next.close();
    expect(isRunning({ folder })).toBe(false);
  });

  test('is started again on the same port when it is killed under an attached process', async () => {
    await useMade();
    const server = await open();
    const database = openDatabase(server.url);
    await database.query('create table kept as select 1 as value');
    const killed = await postmasterPid(server.folder);
    process.kill(killed, 'SIGKILL');
    await waitFor(async () => (await postmasterPid(server.folder)) !== killed, { what: 'another postmaster' });
    const rows = await waitFor(async () => (await database.query('select value from kept')).rows, {
      what: 'an answer from the restarted server',
    });
    expect(rows).toEqual([{ value: 1 }]);
    await database.close();
    await server.close();
    expect(isRunning(server)).toBe(false);
  });

  test('waits for processes of the killed server that live on, and comes back on the same port', async () => {
    await useMade();
    const server = await open();
    const database = openDatabase(server.url);
    const orphan = await haltBackend(server.url);
    process.kill(await postmasterPid(server.folder), 'SIGKILL');
    await waitFor(() => failedStarts(server.folder).then((count) => count > 5), { what: 'starts beside a process of the old server' });
    process.kill(orphan, 'SIGCONT');
    const rows = await waitFor(async () => (await database.query('select 1 as one')).rows, { what: 'an answer from the restarted server' });
    expect(rows).toEqual([{ one: 1 }]);
    await database.close();
    await server.close();
  });

  test('is waited for by a process that finds others of the killed server living on, and has the same port', async () => {
    await useMade();
    const victim = spawnScript('attach-process.ts', ['attach', dataFolder]);
    const { url, folder } = await victim.nextLine<{ url: string; folder: string }>();
    const orphan = await haltBackend(url);
    process.kill(victim.pid, 'SIGSTOP');
    const postmaster = await postmasterPid(folder);
    process.kill(postmaster, 'SIGKILL');
    await victim.kill('SIGKILL');
    // On a busy machine it takes its time to end, and is waited for like one that serves.
    await waitFor(() => !mayRunWith(postmaster, folder), { what: 'the end of the killed server' });
    const told: string[] = [];
    const opening = open(dataFolder, told);
    await waitFor(() => failedStarts(folder).then((count) => count > 5), { what: 'starts beside a process of the old server' });
    process.kill(orphan, 'SIGCONT');
    const server = await opening;
    expect(server.url).toBe(url);
    expect([...new Set(told)]).toEqual([
      `starting the Postgres in ${folder}`,
      `waiting for what is left of a killed Postgres in ${folder}`,
      `waiting for the Postgres in ${folder} to take connections`,
    ]);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.close();
  });

  test('is waited for while something else listens on its port', async () => {
    await useMade();
    const server = await open();
    const database = openDatabase(server.url);
    // Halted first, so that nothing of it listens and nobody starts another before the stranger has the port.
    const orphan = await haltBackend(server.url);
    process.kill(await postmasterPid(server.folder), 'SIGKILL');
    const stranger = createServer((socket) => socket.destroy());
    await listenWhenFree(stranger, server.port);
    process.kill(orphan, 'SIGCONT');
    await delay(1_000);
    const pidFile = await readFile(join(server.folder, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
    expect(['', String(server.port)]).toContain(pidFile.split('\n')[3] ?? '');
    await new Promise((resolve) => stranger.close(resolve));
    const rows = await waitFor(async () => (await database.query('select 1 as one')).rows, { what: 'an answer from the restarted server' });
    expect(rows).toEqual([{ one: 1 }]);
    await database.close();
    await server.close();
  });

  test('is left at once while it is lost: what is left of it is waited for by nobody who goes', async () => {
    await useMade();
    const server = await open();
    const orphan = await haltBackend(server.url);
    process.kill(await postmasterPid(server.folder), 'SIGKILL');
    await waitFor(() => failedStarts(server.folder).then((count) => count > 1), { what: 'starts beside a process of the old server' });
    // While the orphan is halted no server can start: whoever waited for one would still be here when the test's time is up.
    await server.close();
    process.kill(orphan, 'SIGCONT');
  });

  test('starts at another port when something that never answers has its own', async () => {
    await useMade();
    const { port } = await leaveKilledServer();
    const sockets: Socket[] = [];
    // No message of Postgres, and the end of the other side is never answered.
    const stranger = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.push(socket.on('error', () => {}));
      socket.write(Buffer.alloc(64));
    });
    await listenWhenFree(stranger, port);
    const told: string[] = [];
    const server = await open(dataFolder, told);
    expect(told[0]).toBe(`waiting for port ${port}, which another program has now`);
    expect(server.port).not.toBe(port);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.close();
    for (const socket of sockets) socket.destroy();
    stranger.close();
  });

  test('is started at its port by a newcomer when what has it goes soon, whatever that answered', async () => {
    await useMade();
    const { port } = await leaveKilledServer();
    const refusal = Buffer.from('E\0\0\0\x20SFATAL\0C3D000\0Mno database\0\0', 'latin1');
    let calls = 0;
    const stranger = createServer((socket) => {
      socket.on('error', () => {}).on('data', () => socket.end(refusal));
      calls += 1;
      // It goes when the newcomer has come back to it, and so has found the port taken.
      if (calls > 1) stranger.close();
    });
    await listenWhenFree(stranger, port);
    const server = await open();
    expect([server.port, calls]).toEqual([port, 2]);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.close();
  });

  test('is not stopped by who leaves another that stood in its place before', async () => {
    await useMade();
    const server = await open();
    const user = findServerUser();
    const home = readyHome(dataFolder, user);
    await stopPostgres(readyBinaries({ user: home.user, copyFolder: join(dataFolder, 'programs') }), home, process.pid);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.close();
  });

  test('starts after everything was killed', async () => {
    await useMade();
    const victim = spawnScript('attach-process.ts', ['attach', dataFolder]);
    const { url, folder } = await victim.nextLine<{ url: string; folder: string }>();
    await query(url, 'create table kept as select 1 as value');
    const postmaster = await postmasterPid(folder);
    process.kill(victim.pid, 'SIGSTOP');
    process.kill(postmaster, 'SIGKILL');
    await victim.kill('SIGKILL');
    const server = await open();
    expect(await query(server.url, 'select value from kept')).toEqual([{ value: 1 }]);
    await server.close();
  });

  test('starts although the pid that its last run left belongs to another program by now', async () => {
    await useMade();
    const first = await open();
    const pidFile = join(first.folder, 'data', 'postmaster.pid');
    const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n');
    await first.close();
    await writeFile(pidFile, [process.pid, ...rest].join('\n'));
    const second = await open();
    expect(await postmasterPid(second.folder)).not.toBe(process.pid);
    await second.close();
  });

  test('is not reached by Ctrl-C in the terminal of the process that started it', async () => {
    await useMade();
    const starter = spawnScript('attach-process.ts', ['attach', dataFolder]);
    const { url } = await starter.nextLine<{ url: string }>();
    await starter.kill('SIGINT', { group: true });
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await starter.finish();
  });

  test('is made anew when the process that made it was killed meanwhile', async () => {
    const half = join(dataFolder, 'postgres', 'data.999999999.tmp');
    await mkdir(half, { recursive: true });
    const server = await open();
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(existsSync(half)).toBe(false);
    await server.close();
  });

  test('says why when it cannot start', async () => {
    await useMade();
    const impossible = openEmbedded({ dataFolder, log: silentLog, settings: { fsync: 'off', max_connections: 'many' } });
    await expect(impossible).rejects.toThrow(ConfigError);
    await expect(impossible).rejects.toThrow(/invalid value for parameter "max_connections"/);
  });

  test('writes no values of a refused statement to its log', async () => {
    await useMade();
    const server = await open();
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('create table unique_address (address text primary key)');
    for (const _ of [1, 2]) await client.query("insert into unique_address values ('ann@example.org')").catch(() => {});
    await client.end();
    await server.close();
    expect(await readFile(join(server.folder, 'server.log'), 'utf8')).not.toContain('ann@example.org');
  });
});

(isRoot ? describe : describe.skip)('the embedded server of root in a folder that others cannot enter', () => {
  const shared: string[] = [];

  beforeEach(async () => {
    await chmod(temp.folder, 0o700);
  });

  beforeAll(() => {
    shared.length = 0;
  });

  afterAll(async () => {
    for (const folder of shared) await rm(folder, { recursive: true, force: true });
  });

  async function openShared(folder = dataFolder): Promise<EmbeddedServer> {
    const server = await open(folder);
    shared.push(server.folder);
    return server;
  }

  test('lies below /var/lib/gazette, as another user than root, behind a link in the data folder', async () => {
    const server = await openShared();
    expect(server.folder).toMatch(/^\/var\/lib\/gazette\/[0-9a-f]{12}/);
    expect(await readlink(join(dataFolder, 'postgres'))).toBe(server.folder);
    const { uid, mode } = await lstat(server.folder);
    expect(uid).not.toBe(0);
    expect(mode & 0o777).toBe(0o700);
    await query(server.url, 'create table kept as select 1 as value');
    await server.close();
    const again = await open();
    expect(again.folder).toBe(server.folder);
    expect(await query(again.url, 'select value from kept')).toEqual([{ value: 1 }]);
    await again.close();
  });

  test('goes along with a moved data folder', async () => {
    const server = await openShared();
    await server.close();
    const moved = join(temp.folder, 'moved');
    await rename(dataFolder, moved);
    const again = await open(moved);
    expect(again.folder).toBe(server.folder);
    await again.close();
  });

  test('is not shared with a copy of the data folder', async () => {
    const server = await openShared();
    await server.close();
    const copy = join(temp.folder, 'copy');
    await cp(dataFolder, copy, { recursive: true, verbatimSymlinks: true });
    await expect(open(copy)).rejects.toThrow(ConflictError);
  });

  test('is a new one when the data folder was deleted', async () => {
    const server = await openShared();
    await server.close();
    await rm(dataFolder, { recursive: true });
    const next = await openShared();
    expect(next.folder).not.toBe(server.folder);
    expect(await realpath(join(dataFolder, 'postgres'))).toBe(next.folder);
    await next.close();
  });
});
