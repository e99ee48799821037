/*
 * The embedded Postgres: a real server for one data folder, started by whoever comes first and stopped by whoever leaves last.
 * Everyone attached holds one connection with a shared advisory lock. So the server itself counts who is attached: a process that is
 * killed drops its connection, nothing is left behind, and no file has to be believed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { join, resolve } from 'node:path';
import type pg from 'pg';
import { ConfigError, GazetteError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { readyBinaries, sharedFolder, type ServerBinaries } from './server-binaries.ts';
import { readyHome, type ServerHome } from './server-home.ts';
import { attachedKey, databaseName, isAccepting, tryAttach } from './server-session.ts';
import {
  embeddedRole,
  findFreePort,
  findPostmaster,
  initCluster,
  isFreePort,
  isHeldByOrphans,
  removeStalePid,
  spawnPostgres,
  stopPostgres,
  tailOfLog,
  type ServerSettings,
} from './server-process.ts';
import { findServerUser } from './server-user.ts';

/** A running embedded server that this process is attached to. */
export interface EmbeddedServer {
  /** postgres:// URL with the password: a secret. */
  readonly url: string;
  readonly port: number;
  /** Where the data really lies. */
  readonly folder: string;
  /** Detaches; the last one out stops the server and waits until it is down. */
  close(): Promise<void>;
}

/** What `openEmbedded` needs to know. */
export interface EmbeddedOptions {
  readonly dataFolder: string;
  readonly log: Log;
  /** Server settings beside our own; they count only where this call starts the server. */
  readonly settings?: ServerSettings;
}

/** Long enough for crash recovery on a slow disk. */
const startTimeoutMs = 120_000;
/** How long another program may have the port of a server that died before the server moves: whoever has it open would not find it again. */
const portPatienceMs = 30_000;
const pollMs = 25;
const retryMs = 2_000;

interface Context {
  readonly home: ServerHome;
  readonly binaries: ServerBinaries;
  readonly settings: ServerSettings;
}

interface Session {
  readonly client: pg.Client;
  readonly port: number;
  readonly isStarter: boolean;
}

/** Attaches to the server of a data folder, starting it (and making it) when it does not run. A server that dies later is started again. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const dataFolder = resolve(options.dataFolder);
  const serverUser = findServerUser();
  const home = readyHome(dataFolder, serverUser);
  const binaries = readyBinaries({ user: home.user, copyFolder: serverUser ? sharedFolder : join(dataFolder, 'programs') });
  const context: Context = { home, binaries, settings: options.settings ?? {} };
  const first = await attach(context);
  const { port } = first;
  const fields = { folder: home.folder, port };
  options.log.info(first.isStarter ? 'postgres.started' : 'postgres.attached', fields);
  const keeper = keepAttached(context, first, options.log);
  return {
    url: `postgres://${embeddedRole}:${home.password}@127.0.0.1:${port}/${databaseName}`,
    port,
    folder: home.folder,
    close: async () => {
      if (await keeper.detach()) options.log.info('postgres.stopped', fields);
    },
  };
}

/** Watches the session and attaches anew when it is lost: the server may have been killed, and nobody else would start it. */
function keepAttached(context: Context, first: Session, log: Log): { detach(): Promise<boolean> } {
  let session: Session | undefined;
  let closing: Promise<boolean> | undefined;
  let restoring: Promise<void> = Promise.resolve();
  const hold = (next: Session): void => {
    session = next;
    next.client.once('end', () => {
      session = undefined;
      if (!closing) restoring = restore();
    });
  };
  const restore = async (): Promise<void> => {
    log.warn('postgres.lost', { port: first.port });
    while (!closing) {
      try {
        const next = await attach(context, first.port);
        hold(next);
        if (next.port === first.port) log.info('postgres.restored', { port: next.port });
        else log.error('postgres.moved', { port: first.port, newPort: next.port });
        return;
      } catch (error) {
        log.error('postgres.not_restored', { code: error instanceof GazetteError ? error.code : 'unknown' });
        await delay(retryMs);
      }
    }
  };
  hold(first);
  const leave = async (): Promise<boolean> => {
    await restoring;
    return session ? detach(context, session) : false;
  };
  return { detach: () => (closing ??= leave()) };
}

/** Gives up the shared lock. Whoever then gets it alone was the last; an attacher that comes meanwhile waits for the lock, is cut off and starts anew. */
async function detach(context: Context, { client }: Session): Promise<boolean> {
  const isLast = await client
    .query<{ last: boolean }>('select pg_advisory_unlock_shared($1)', [attachedKey])
    .then(() => client.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [attachedKey]))
    .then(({ rows }) => rows[0]?.last ?? false)
    .catch(() => false);
  if (isLast) await stopPostgres(context.binaries, context.home);
  await client.end().catch(() => {});
  return isLast;
}

/** Finds or starts the server. `heldPort` is the one that this process has open: another program may be waited for there. */
async function attach(context: Context, heldPort?: number): Promise<Session> {
  const deadline = performance.now() + startTimeoutMs;
  const patienceEndsAt = performance.now() + portPatienceMs;
  let formerPort = heldPort;
  let isStarter = false;
  let failures = 0;
  while (performance.now() < deadline) {
    const postmaster = findPostmaster(context.home);
    const client = postmaster ? await tryAttach(context.home, postmaster.port) : undefined;
    if (postmaster && client) return { client, port: postmaster.port, isStarter };
    if (postmaster?.isAlive) {
      await delay(pollMs);
      continue;
    }
    // The former port, which a server that was killed left in its pid file: the pools that other processes have open know no other.
    formerPort ??= postmaster?.port;
    const isPortTaken = formerPort !== undefined && !(await isFreePort(formerPort));
    if (isPortTaken && heldPort !== undefined && performance.now() < patienceEndsAt) {
      await delay(pollMs);
      continue;
    }
    isStarter = await start(context, formerPort === undefined || isPortTaken ? await findFreePort() : formerPort);
    if (isStarter) continue;
    failures += isHeldByOrphans(context.home) ? 0 : 1;
    if (failures > 4 && !findPostmaster(context.home)?.isAlive) break;
    await delay(pollMs * 4 * Math.max(1, failures));
  }
  throw new ConfigError(
    `Expected the embedded Postgres in ${context.home.folder} to start, but it did not. The end of its log:\n${tailOfLog(context.home)}`,
  );
}

/** Starts the server and waits until it accepts connections or has ended: false when it ended, because of an error or because another process was first. */
async function start(context: Context, port: number): Promise<boolean> {
  await initCluster(context.binaries, context.home, context.settings);
  removeStalePid(context.home);
  const child = spawnPostgres(context.binaries, context.home, { port, settings: context.settings });
  let hasEnded = false;
  child.once('error', () => (hasEnded = true));
  child.once('exit', () => (hasEnded = true));
  const deadline = performance.now() + startTimeoutMs;
  while (!hasEnded && performance.now() < deadline) {
    const postmaster = findPostmaster(context.home);
    if (postmaster && postmaster.pid === child.pid && (await isAccepting(context.home, postmaster.port))) return true;
    await delay(pollMs);
  }
  return false;
}
