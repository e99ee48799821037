import pg from 'pg';
import { ConfigError } from '../../kernel/errors.ts';
import { inTime } from '../../kernel/in-time.ts';
import type { ServerHome } from './server-home.ts';
import { embeddedRole, type Postmaster } from './server-process.ts';
import { prepareSession } from '../session-settings.ts';
import { isConnectionLoss, sqlState } from '../sqlstate.ts';

/** The database of an embedded server that is ours. */
export const databaseName = 'gazette';
/**
 * Key of the advisory lock that everyone attached to an embedded server holds shared. Any number will do: it is taken in the database
 * `postgres`, where nothing else is.
 */
export const attachedKey = 7_014_263;

const endTimeoutMs = 1_000;

/** Whether the server accepts connections with our password. */
export async function isAccepting(home: ServerHome, port: number): Promise<boolean> {
  const client = await connect(home, port);
  if (client) await endSession(client);
  return client !== undefined;
}

/** Connects, takes the shared lock and sees to the database; undefined when nobody, another server or one that is going down answers. */
export async function tryAttach(home: ServerHome, { port, isAlive }: Postmaster): Promise<pg.Client | undefined> {
  let client: pg.Client | undefined;
  try {
    client = await connect(home, port);
    if (!client) return undefined;
    const { rows } = await client.query<{ cluster: string }>("select current_setting('data_directory') as cluster");
    if (rows[0]?.cluster !== home.cluster) throw new ConfigError(`Expected the server of ${home.cluster} on port ${port}, found another`);
    await client.query('select pg_advisory_lock_shared($1)', [attachedKey]);
    await readyDatabase(client);
    return client;
  } catch (error) {
    if (client) await endSession(client);
    // Where our postmaster is gone, somebody else has its port, whatever the answer is.
    if (isConnectionLoss(error) || !isAlive) return undefined;
    throw error;
  }
}

/** Ends a session; a peer that does not close its side is waited for a second. Never rejects. */
export async function endSession(client: pg.Client): Promise<void> {
  await inTime(endTimeoutMs, client.end(), () => undefined).catch(() => {});
  client.connection.stream.destroy();
}

async function connect(home: ServerHome, port: number): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: embeddedRole,
    password: home.password,
    database: 'postgres',
    application_name: 'gazette attached',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  // A lost session shows as 'end'; without a listener here it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await prepareSession(client);
    return client;
  } catch (error) {
    await endSession(client);
    // After a crash the port may belong to a server of somebody else, which refuses our password.
    if (isConnectionLoss(error) || sqlState(error)?.startsWith('28')) return undefined;
    throw error;
  }
}

async function readyDatabase(client: pg.Client): Promise<void> {
  const exists = async (): Promise<boolean> =>
    (await client.query('select from pg_database where datname = $1', [databaseName])).rowCount === 1;
  if (await exists()) return;
  await client.query('select pg_advisory_lock($1)', [attachedKey + 1]);
  try {
    if (!(await exists())) await client.query(`create database ${databaseName}`);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [attachedKey + 1]);
  }
}
