/*
 * The store that every command opens: the database (embedded, unless DATABASE_URL is set), migrated, with the installation's secrets
 * checked against it, and the queue. Whoever opens it closes it; the embedded server stops with the last process that leaves it.
 */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { openDatabase, type Database } from '../db/db.ts';
import { openEmbedded } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { isConnectionLoss, sqlState } from '../db/sqlstate.ts';
import { openJobQueue, type JobQueue } from '../jobs/job-queue.ts';
import { systemClock, type Clock } from '../kernel/clock.ts';
import { ConfigError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { checkAddressKeySecret, hasAddressKeyFingerprint } from '../subscribers/check-address-key-secret.ts';
import { masked, type Config } from './config.ts';
import { loadSecrets, type Secrets } from './secrets.ts';

/** An open store. */
export interface Store {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly database: Database;
  readonly queue: JobQueue;
  readonly secrets: Secrets;
  /** Where the data lies, in words for people. */
  readonly whereData: string;
  /** Names of the migrations that this start applied. */
  readonly applied: readonly string[];
  close(): Promise<void>;
}

/** Opens the store. @throws ConfigError when the database cannot be reached or the secrets do not belong to it. */
export async function openStore(config: Config, log: Log, options: { supervise?: boolean; maxConnections?: number } = {}): Promise<Store> {
  makeDataFolder(config.DATA_FOLDER);
  const server = await openServer(config, log);
  const database = openDatabase(server.url, { maxConnections: options.maxConnections ?? 10 });
  const close = async (): Promise<void> => {
    await database.close();
    await server.close();
  };
  try {
    await checkReachable(config, database);
    const applied = await migrate(database);
    const secrets = loadSecrets(config, { isFirst: !(await hasAddressKeyFingerprint(database)) });
    await checkAddressKeySecret(database, secrets.addressKey);
    const queue = openJobQueue(database, log, { supervise: options.supervise ?? false });
    return {
      config,
      log,
      clock: systemClock,
      database,
      queue,
      secrets,
      whereData: server.where,
      applied,
      close: async () => {
        await queue.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openServer(config: Config, log: Log): Promise<{ url: string; where: string; close(): Promise<void> }> {
  if (config.DATABASE_URL)
    return { url: config.DATABASE_URL, where: `Postgres at ${masked('DATABASE_URL', config.DATABASE_URL)}`, close: async () => {} };
  const server = await openEmbedded({ dataFolder: config.DATA_FOLDER, log });
  return { url: server.url, where: `${server.folder} (embedded Postgres)`, close: () => server.close() };
}

async function checkReachable(config: Config, database: Database): Promise<void> {
  try {
    await database.query('select 1');
  } catch (cause) {
    if (!config.DATABASE_URL) throw cause;
    const code = sqlState(cause) ?? (cause as NodeJS.ErrnoException).code;
    const what =
      code === '28P01' || code === '28000'
        ? 'the server refused the user or password'
        : code === '3D000'
          ? 'the database does not exist'
          : code === 'ENOTFOUND' || code === 'EAI_AGAIN'
            ? 'there is no host of this name'
            : isConnectionLoss(cause)
              ? 'no server answers there'
              : 'the server refused the connection';
    throw new ConfigError(
      `DATABASE_URL: expected a Postgres that answers, got ${masked('DATABASE_URL', config.DATABASE_URL)}: ${what} (${code ?? 'no code'})`,
      { cause },
    );
  }
}

/** Makes the data folder where it is missing. @throws ConfigError when it cannot be made or written */
export function makeDataFolder(folder: string): void {
  try {
    makeMissing(resolve(folder));
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new ConfigError(
      `DATA_FOLDER: expected a folder that can be written, got "${resolve(folder)}" (${(cause as NodeJS.ErrnoException).code ?? 'no code'})`,
      { cause },
    );
  }
}

/** One folder after the other: Node's own recursive mkdir never returns where a file system takes no folders, such as /proc. */
function makeMissing(folder: string): void {
  if (existsSync(folder)) return;
  makeMissing(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Made by another process in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
