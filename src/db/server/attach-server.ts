/*
 * Finding the embedded server of a data folder, or starting it, whatever others do at that moment: several may start it at once, it may have
 * been killed with processes of it living on, and another program may have its port.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { ConfigError } from '../../kernel/errors.ts';
import { findFreePort, isFreePort } from './free-port.ts';
import type { ServerBinaries } from './server-binaries.ts';
import type { ServerHome } from './server-home.ts';
import {
  findPostmaster,
  initCluster,
  isHeldByOrphans,
  removeStalePid,
  spawnPostgres,
  tailOfLog,
  type ServerSettings,
} from './server-process.ts';
import { isAccepting, tryAttach } from './server-session.ts';

/** What is known of a server before anybody looks whether it runs. */
export interface ServerContext {
  readonly home: ServerHome;
  readonly binaries: ServerBinaries;
  readonly settings: ServerSettings;
  /** Hears what is done and waited for, in words for people. */
  readonly tell: (what: string) => void;
}

/** A connection that holds the shared lock, and the postmaster behind it. */
export interface ServerSession {
  readonly client: pg.Client;
  readonly pid: number;
  readonly port: number;
  readonly isStarter: boolean;
}

/** Long enough for crash recovery on a slow disk, and for what is left of a killed server to end. */
const startTimeoutMs = 120_000;
/** How long a program that has the port of a dead server is waited for: whoever has a pool open there finds the server nowhere else. */
const holderPatienceMs = 30_000;
/** The same for who has nothing open yet; others may have. */
const newcomerPatienceMs = 3_000;
const pollMs = 25;

/**
 * Attaches to the server, starting (and making) it when it does not run. `heldPort` is where this process has it open already.
 * @throws ConfigError with the end of the server's log when it does not start; what `signal` was aborted with once it is.
 */
export async function attachToServer(
  context: ServerContext,
  { heldPort, signal }: { heldPort?: number; signal?: AbortSignal } = {},
): Promise<ServerSession> {
  const deadline = performance.now() + startTimeoutMs;
  const choosePort = createPortChoice(heldPort);
  let isStarter = false;
  let failures = 0;
  while (performance.now() < deadline) {
    const postmaster = findPostmaster(context.home);
    if (postmaster?.isAlive) context.tell(`waiting for the Postgres in ${context.home.folder} to take connections`);
    const client = postmaster && (await tryAttach(context.home, postmaster));
    if (client) return { client, pid: postmaster.pid, port: postmaster.port, isStarter };
    signal?.throwIfAborted();
    const port = postmaster?.isAlive ? undefined : await choosePort(postmaster?.port);
    if (port === undefined && postmaster?.isAlive === false)
      context.tell(`waiting for port ${postmaster.port}, which another program has now`);
    if (port !== undefined && (await start(context, port))) {
      isStarter = true;
      continue;
    }
    const isHeld = port !== undefined && isHeldByOrphans(context.home);
    if (isHeld) context.tell(`waiting for what is left of a killed Postgres in ${context.home.folder}`);
    else if (port !== undefined) failures += 1;
    if (failures > 4 && !findPostmaster(context.home)?.isAlive) break;
    await delay(port === undefined ? pollMs : pollMs * 4 * Math.max(1, failures));
  }
  throw new ConfigError(
    `Expected the embedded Postgres in ${context.home.folder} to start, but it did not. The end of its log:\n${tailOfLog(context.home)}`,
  );
}

/**
 * Where the next server listens: at its former port, which is held open here or which a killed server left in its pid file, since the pools of
 * other processes know no other. Undefined while another program has it and is waited for; any port after that, and where there was none.
 */
function createPortChoice(heldPort: number | undefined): (stalePort: number | undefined) => Promise<number | undefined> {
  const patienceMs = heldPort === undefined ? newcomerPatienceMs : holderPatienceMs;
  let formerPort = heldPort;
  let takenSince: number | undefined;
  return async (stalePort) => {
    formerPort ??= stalePort;
    if (formerPort === undefined) return findFreePort();
    const isFree = await isFreePort(formerPort);
    takenSince = isFree ? undefined : (takenSince ?? performance.now());
    if (takenSince === undefined) return formerPort;
    return performance.now() - takenSince < patienceMs ? undefined : findFreePort();
  };
}

/** Starts the server and waits until it accepts connections or has ended: false when it ended, because of an error or because another process was first. */
async function start(context: ServerContext, port: number): Promise<boolean> {
  context.tell(`starting the Postgres in ${context.home.folder}`);
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
