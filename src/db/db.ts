/*
 * The database seam. Everything that runs SQL takes a Queryable (`db` for a pool or client, `tx` where a transaction is required).
 * bigint columns arrive as strings: ids stay strings, positions become JS bigints at the edge of a store.
 * Order: session-settings, sqlstate · server/ · the rest.
 */
import { Socket } from 'node:net';
import pg from 'pg';
import type { Queryable } from '../kernel/job.ts';
import { prepareSession } from './session-settings.ts';

/** What runs a statement; declared where jobs are, because they are queued with one. */
export type { Queryable } from '../kernel/job.ts';

/** A statement runner inside an open transaction. The brand keeps a pool from being passed where a transaction is needed. */
export interface Tx extends Queryable {
  readonly inTransaction: true;
}

/** One connection that nobody else uses meanwhile: for session settings and for statements that are planned once. */
export interface Session extends Queryable {
  /** Runs a statement that this connection parses and plans only the first time; `name` stands for `text` as long as it lives. */
  prepared<Row extends object>(name: string, text: string, values: readonly unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/** A pool of connections to one Postgres database. */
export interface Database extends Queryable {
  /** Runs `work` in one transaction: commits when it resolves, rolls back when it throws. Serialization is `read committed`. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs `work` on one connection that nobody else uses meanwhile (prepared statements, session settings, LISTEN). */
  connection<T>(work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
  /** Ends every connection at once, those that are being opened too: what waits on one fails. Close the pool all the same. */
  cut(): void;
}

/** As long as a pool waits for a connection: nobody would be told of one that stands still while it is made ready. */
const preparationTimeoutMs = 60_000;

/** Opens a pool. `url` is a postgres:// URL. Connections report `application_name` and set what we rely on, whatever role and database say. */
export function openDatabase(url: string, options: { maxConnections?: number; applicationName?: string } = {}): Database {
  const sockets = new Set<Socket>();
  const pool = new pg.Pool({
    connectionString: url,
    stream: () => {
      const socket = new Socket();
      sockets.add(socket.once('close', () => sockets.delete(socket)));
      return socket;
    },
    max: options.maxConnections ?? 10,
    application_name: options.applicationName ?? 'gazette',
    onConnect: makeReady,
    // A pool whose connections all wait for each other fails its callers, instead of standing still for good.
    connectionTimeoutMillis: 60_000,
  });
  // A connection that the server closed fails its statement, or is replaced on the next; without listeners, on idle ones and on those in
  // use, it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    query: async (text, values) => pool.query(text, values ? [...values] : undefined) as never,
    transaction: (work) => inTransaction(pool, work),
    connection: (work) => onConnection(pool, work),
    close: () => pool.end(),
    cut: () => sockets.forEach((socket) => socket.destroy(new Error('the connection was cut'))),
  };
}

async function inTransaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const tx = {
      inTransaction: true,
      query: (text: string, values?: readonly unknown[]) => client.query(text, values ? [...values] : undefined),
    };
    const result = await work(tx as unknown as Tx);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((cause: unknown) => {
      broken = cause instanceof Error ? cause : new Error(String(cause));
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

async function onConnection<T>(pool: pg.Pool, work: (session: Session) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let mustEnd = true;
  try {
    const result = await work(sessionOf(client));
    mustEnd = false;
    return result;
  } finally {
    // After a failure nobody knows what the session still holds: a lock, a transaction, a setting.
    client.release(mustEnd);
  }
}

/** A promise that the pool waits for before it gives the connection to anybody, though its types do not say so. */
function makeReady(client: pg.ClientBase): unknown {
  return prepareSession(asQueryable(client, preparationTimeoutMs));
}

/** `timeoutMs`: a statement that is not answered within it fails, as where the connection carries nothing any more. */
function asQueryable(client: pg.ClientBase, timeoutMs?: number): Queryable {
  const limit = timeoutMs === undefined ? {} : { query_timeout: timeoutMs };
  return { query: async (text, values) => client.query({ text, ...(values ? { values: [...values] } : {}), ...limit }) as never };
}

function sessionOf(client: pg.PoolClient): Session {
  return {
    ...asQueryable(client),
    prepared: async (name, text, values) => client.query({ name, text, values: [...values] }) as never,
  };
}
