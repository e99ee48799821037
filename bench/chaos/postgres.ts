import { type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../../src/db/server/free-port.ts';
import { readyBinaries } from '../../src/db/server/server-binaries.ts';
import { readyHome } from '../../src/db/server/server-home.ts';
import { embeddedRole, initCluster, spawnPostgres } from '../../src/db/server/server-process.ts';
import { findServerUser } from '../../src/db/server/server-user.ts';
import { endChild } from './end-child.ts';
import { openDatabase } from '../../src/db/db.ts';

/** A Postgres that belongs to the run alone. */
export interface OwnPostgres {
  readonly url: string;
  /** Where the data really lies. */
  readonly folder: string;
  /** `fast` ends sessions and writes everything down; `immediate` is as a crash. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
}

const startTimeoutMs = 120_000;

/** Makes a cluster below a folder and starts its server. */
export async function startOwnPostgres(folder: string): Promise<OwnPostgres> {
  const home = readyHome(folder, findServerUser());
  const binaries = readyBinaries({ user: home.user, copyFolder: `${folder}/programs` });
  const port = await findFreePort();
  const url = `postgres://${embeddedRole}:${home.password}@127.0.0.1:${port}/postgres`;
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawnPostgres(binaries, home, { port, settings: { max_connections: '200' } });
    // Its end is waited for when nothing else is left.
    child.ref();
    await answers(url);
  };
  await initCluster(binaries, home, {});
  await start();
  return {
    url,
    folder: home.folder,
    start,
    // The signals that the manual gives the two names.
    stop: (mode) => endChild(child, mode === 'fast' ? 'SIGINT' : 'SIGQUIT'),
  };
}

async function answers(url: string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const database = openDatabase(url, { maxConnections: 1 });
    try {
      await database.query('select 1');
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(100);
    } finally {
      await database.close();
    }
  }
}
