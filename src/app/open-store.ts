/*
 * The store that every command opens: the database (embedded, unless DATABASE_URL is set), migrated, with the installation's secrets
 * checked against it, and the queue. Whoever opens it closes it; the embedded server stops with the last process that leaves it.
 */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase, type Database } from '../db/db.ts';
import { openEmbedded } from '../db/server/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { explainDatabaseError, findFault } from '../db/database-fault.ts';
import { findServerFacts, type ServerFacts } from '../db/server-facts-store.ts';
import { isConnectionLoss, sqlState, sqlStates } from '../db/sqlstate.ts';
import { openJobQueue, type JobQueue } from '../jobs/job-queue.ts';
import { systemClock, type Clock } from '../kernel/clock.ts';
import { ConfigError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { silently, type Saying } from '../kernel/saying.ts';
import { holdRestored } from '../ledger/hold/hold-restored.ts';
import { checkAddressKeySecret, hasAddressKeyFingerprint } from '../subscribers/tokens/check-address-key-secret.ts';
import { checkTokenKeys } from '../subscribers/tokens/check-token-keys.ts';
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

/** How to open it. */
export interface StoreOptions {
  readonly supervise?: boolean;
  readonly maxConnections?: number;
  /** Token keys that the database does not know are taken as the installation's from now on. */
  readonly acceptsTokenKeys?: boolean;
  /** Ends the opening, whatever it waits for; what is open already is closed by `close`. */
  readonly stop?: AbortSignal;
  /** Tells whoever waits what for. */
  readonly saying?: Saying;
}

/** Opens the store. @throws ConfigError when the database cannot be reached or used, or the secrets do not belong to it. */
export async function openStore(config: Config, log: Log, options: StoreOptions = {}): Promise<Store> {
  const { saying = silently, stop } = options;
  makeDataFolder(config.DATA_FOLDER);
  const server = await openServer(config, log, saying);
  const database = openDatabase(server.url, { maxConnections: options.maxConnections ?? 10 });
  const cut = (): void => database.cut();
  stop?.addEventListener('abort', cut, { once: true });
  const close = async (): Promise<void> => {
    await database.close();
    await server.close();
  };
  try {
    const { role } = await saying(`waiting for ${server.where} to answer`, () => checkDatabase(config, database, { log, stop }));
    const applied = await saying('bringing the database to this version', () => bringUp(role, config, database, log));
    const secrets = await openSecrets(config, database, options.acceptsTokenKeys ?? false);
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
        try {
          await queue.close();
        } finally {
          await close();
        }
      },
    };
  } catch (error) {
    await close();
    throw error;
  } finally {
    stop?.removeEventListener('abort', cut);
  }
}

/** The secrets that belong to this database. @throws ConfigError that names each one that does not */
async function openSecrets(config: Config, database: Database, accepts: boolean): Promise<Secrets> {
  const secrets = loadSecrets(config, { isFirst: !(await hasAddressKeyFingerprint(database)), mayRenewTokenKey: accepts });
  const problems: ConfigError[] = [];
  const note = (error: unknown): void => {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(error);
  };
  await checkAddressKeySecret(database, secrets.addressKey).catch(note);
  // Who comes with a wrong address key is no machine of this installation: its token keys are looked at, not taken.
  await checkTokenKeys(database, secrets.tokenKeys, { accepts: accepts && problems.length === 0 }).catch(note);
  const remedy = problems.find((problem) => problem.remedy)?.remedy;
  if (problems.length > 0) throw new ConfigError(problems.map(({ message }) => message).join(' '), remedy ? { remedy } : {});
  return secrets;
}

async function openServer(config: Config, log: Log, saying: Saying): Promise<{ url: string; where: string; close(): Promise<void> }> {
  if (config.DATABASE_URL)
    return { url: config.DATABASE_URL, where: `Postgres at ${masked('DATABASE_URL', config.DATABASE_URL)}`, close: async () => {} };
  const folder = config.DATA_FOLDER;
  const server = await saying(`looking for the Postgres of ${resolve(folder)}`, (tell) => openEmbedded({ dataFolder: folder, log, tell }));
  return { url: server.url, where: `${server.folder} (embedded Postgres)`, close: () => server.close() };
}

/** A server that starts, or recovers after a crash, is there in a moment. */
const startUpPatienceMs = 60_000;
const startUpGapMs = 500;

/** Who hears that a server is waited for, and who ends that. */
interface Patience {
  readonly log: Log;
  readonly stop: AbortSignal | undefined;
}

/** What the server says of itself. @throws ConfigError where none answers, or it is none that we can use. */
async function checkDatabase(config: Config, database: Database, patience: Patience): Promise<ServerFacts> {
  let facts: ServerFacts;
  try {
    facts = await findFactsWhenUp(database, patience);
  } catch (cause) {
    const refusal = `the server refused the connection (${sqlState(cause) ?? 'no code'})`;
    throw databaseError(config, cause, roleOf(config)) ?? new ConfigError(`${databaseText(config, 'that answers')}: ${refusal}`, { cause });
  }
  const fault = findFault(facts);
  if (fault !== undefined) throw new ConfigError(`${databaseText(config, 'that we can use')}: ${fault}`);
  return facts;
}

async function findFactsWhenUp(database: Database, { log, stop }: Patience): Promise<ServerFacts> {
  for (let waitedMs = 0; ; waitedMs += startUpGapMs) {
    try {
      return await findServerFacts(database);
    } catch (error) {
      if (sqlState(error) !== sqlStates.cannotConnectNow || waitedMs >= startUpPatienceMs || stop?.aborted) throw error;
      if (waitedMs === 0) log.warn('database.starting', { waitsUpToMs: startUpPatienceMs });
      await delay(startUpGapMs);
    }
  }
}

/** Migrates it, and holds sending where it is a restored one. Returns the names of the migrations that were applied. */
async function bringUp(role: string, config: Config, database: Database, log: Log): Promise<string[]> {
  try {
    const applied = await migrate(database);
    if (await holdRestored(database, database)) log.error('sending.held');
    return applied;
  } catch (cause) {
    throw databaseError(config, cause, role) ?? cause;
  }
}

/** The error for people where the cause is one that an operator can mend; undefined for any other. */
function databaseError(config: Config, cause: unknown, role?: string): ConfigError | undefined {
  const why = explainDatabaseError(cause, role);
  const expected = isConnectionLoss(cause) ? 'that answers' : 'that we can use';
  return why === undefined ? undefined : new ConfigError(`${databaseText(config, expected)}: ${why}`, { cause });
}

/** The role that the URL names: known before the server says so. */
function roleOf({ DATABASE_URL }: Config): string | undefined {
  return DATABASE_URL === undefined ? undefined : decodeURIComponent(new URL(DATABASE_URL).username) || undefined;
}

function databaseText(config: Config, expected: string): string {
  return config.DATABASE_URL
    ? `DATABASE_URL: expected a Postgres ${expected}, got ${masked('DATABASE_URL', config.DATABASE_URL)}`
    : `Expected an embedded Postgres ${expected}`;
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
