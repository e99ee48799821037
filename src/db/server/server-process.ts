import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, existsSync, fchownSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findCommandLine, findProcessIdentity, mayRunWith } from './process-identity.ts';
import type { ServerBinaries } from './server-binaries.ts';
import type { ServerHome } from './server-home.ts';

/** The superuser and owner of everything in an embedded server. */
export const embeddedRole = 'gazette';

/** Settings of the server, as `postgres -c` takes them. */
export type ServerSettings = Readonly<Record<string, string>>;

/*
 * Sized for two cores and a small machine. No socket: paths have a limit of 107 bytes, and other users could connect. What the server logs
 * must hold no addresses: no statements, no details of violated constraints.
 */
const defaultSettings: ServerSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  effective_cache_size: '512MB',
  random_page_cost: '1.1',
  max_wal_size: '1GB',
  jit: 'off',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** Long enough for the checkpoint of a large database on a slow disk. */
const stopTimeoutMs = 60_000;
const pollMs = 25;
const maxLogBytes = 5 * 1024 * 1024;

/** What postmaster.pid says, and whether the process that it names really serves this cluster. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly isAlive: boolean;
}

/** Reads postmaster.pid; undefined when there is none, it is half written, or it was copied along with its folder. */
export function findPostmaster(home: ServerHome): Postmaster | undefined {
  const [pid = '', cluster, , port = ''] = readPidFile(home);
  if (!/^\d+$/.test(pid) || !/^\d+$/.test(port) || cluster !== home.cluster) return undefined;
  // The pid may belong to another program by now: the command line of ours names the cluster.
  return { pid: Number(pid), port: Number(port), isAlive: mayRunWith(Number(pid), home.cluster) };
}

/**
 * Removes a postmaster.pid whose pid was taken over by another program or that was copied along with its folder: Postgres would believe that
 * it is served already. One whose process is gone is left to Postgres, which also looks for children that still run.
 */
export function removeStalePid(home: ServerHome): void {
  const commandLine = findCommandLine(Number(readPidFile(home)[0]));
  if (commandLine !== undefined && !commandLine.includes(home.cluster)) rmSync(pidPath(home), { force: true });
}

function pidPath(home: ServerHome): string {
  return join(home.cluster, 'postmaster.pid');
}

/** Its lines; none when there is no such file. */
function readPidFile(home: ServerHome): string[] {
  try {
    return readFileSync(pidPath(home), 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Makes the cluster unless there is one. Of two who make it at once one wins by the rename. */
export async function initCluster(binaries: ServerBinaries, home: ServerHome, settings: ServerSettings): Promise<void> {
  if (existsSync(join(home.cluster, 'PG_VERSION'))) return;
  const half = `${home.cluster}.${process.pid}.tmp`;
  removeHalfMade(home);
  const options = ['--auth=scram-sha-256', `--username=${embeddedRole}`, `--pwfile=${join(home.folder, 'password')}`, '--encoding=UTF8'];
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-instructions'];
  const sync = settings['fsync'] === 'off' ? ['--no-sync'] : [];
  try {
    await run(binaries.initdb, [...options, ...locale, ...sync, '-D', half], home);
    if (!existsSync(home.cluster)) renameSync(half, home.cluster);
  } catch (error) {
    if (!existsSync(join(home.cluster, 'PG_VERSION'))) throw error;
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}

/** What an initdb left that was killed: named after a process that is gone, or after ours when we are a later one with its pid. */
function removeHalfMade({ folder }: ServerHome): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(/^data\.(\d+)\.tmp$/.exec(name)?.[1]);
    if (pid === process.pid || (pid > 0 && findProcessIdentity(pid) === undefined))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Starts the server in a session of its own, so that Ctrl-C in our terminal does not reach it before we have shut down in order. */
export function spawnPostgres(
  binaries: ServerBinaries,
  home: ServerHome,
  options: { port: number; settings: ServerSettings },
): ChildProcess {
  const settings = { ...defaultSettings, ...options.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openLog(home);
  try {
    const child = spawn(binaries.postgres, ['-D', home.cluster, '-p', String(options.port), ...flags], {
      ...spawnOptions(home, binaries.postgres),
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/**
 * Stops the server whose postmaster has this pid (fast: sessions are ended, transactions rolled back) and waits until it is down; does
 * nothing to another that was started in its place. It waits for the process and not, as pg_ctl would, for the pid file to go: somebody who
 * comes meanwhile starts the next server at once, whose file stands in the same place.
 */
export async function stopPostgres(binaries: ServerBinaries, home: ServerHome, pid: number): Promise<void> {
  const isUp = (): boolean => {
    const postmaster = findPostmaster(home);
    return postmaster?.pid === pid && postmaster.isAlive;
  };
  if (!isUp()) return;
  try {
    await run(binaries.pgCtl, ['stop', '-D', home.cluster, '-m', 'fast', '-W'], home);
  } catch (error) {
    // It may have been killed at this very moment.
    if (isUp()) throw error;
  }
  const deadline = performance.now() + stopTimeoutMs;
  while (isUp()) {
    if (performance.now() > deadline) throw new Error(`Expected the Postgres in ${home.folder} to stop within ${stopTimeoutMs / 1000} s`);
    await delay(pollMs);
  }
}

/** The last lines that the server wrote, for an error message. */
export function tailOfLog(home: ServerHome): string {
  const path = logPath(home);
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n').slice(-8).join('\n') : '';
}

/** Whether one of the last starts failed since a process of an earlier server, whose postmaster was killed, is still ending: it will be gone. */
export function isHeldByOrphans(home: ServerHome): boolean {
  return tailOfLog(home).includes('pre-existing shared memory block');
}

function logPath(home: ServerHome): string {
  return join(home.folder, 'server.log');
}

function openLog(home: ServerHome): number {
  const path = logPath(home);
  if (existsSync(path) && statSync(path).size > maxLogBytes) renameSync(path, `${path}.old`);
  // The folder is the server user's: what root opens there must be no link to elsewhere.
  const log = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
  if (home.user) fchownSync(log, home.user.uid, home.user.gid);
  return log;
}

/** A working folder that the server's user can enter, and none of our environment: PGDATA, LC_ALL and the like must not leak in. */
function spawnOptions(home: ServerHome, program: string): { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number } {
  return { cwd: process.platform === 'win32' ? dirname(program) : '/', env: { LC_ALL: 'C', TZ: 'UTC' }, ...home.user };
}

function run(program: string, args: readonly string[], home: ServerHome): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...spawnOptions(home, program), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-2000);
      });
    }
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}: ${output.trim()}`))));
  });
}
