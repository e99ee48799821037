/*
 * The embedded Postgres: a real server for one data folder, started by whoever comes first and stopped by whoever leaves last.
 * Everyone attached holds one connection with a shared advisory lock. So the server itself counts who is attached: a process that is
 * killed drops its connection, nothing is left behind, and no file has to be believed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { join, resolve } from 'node:path';
import { GazetteError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { attachToServer, type ServerContext, type ServerSession } from './attach-server.ts';
import { readyBinaries, sharedFolder } from './server-binaries.ts';
import { readyHome } from './server-home.ts';
import { attachedKey, databaseName, endSession } from './server-session.ts';
import { embeddedRole, stopPostgres, type ServerSettings } from './server-process.ts';
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
  /** Hears what the opening does and waits for, in words for people. */
  readonly tell?: (what: string) => void;
}

const retryMs = 2_000;

/** Attaches to the server of a data folder, starting it (and making it) when it does not run. A server that dies later is started again. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const dataFolder = resolve(options.dataFolder);
  const serverUser = findServerUser();
  const home = readyHome(dataFolder, serverUser);
  const binaries = readyBinaries({ user: home.user, copyFolder: serverUser ? sharedFolder : join(dataFolder, 'programs') });
  const context: ServerContext = { home, binaries, settings: options.settings ?? {}, tell: options.tell ?? (() => {}) };
  const first = await attachToServer(context);
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
function keepAttached(context: ServerContext, first: ServerSession, log: Log): { detach(): Promise<boolean> } {
  const leaving = new AbortController();
  let session: ServerSession | undefined;
  let closing: Promise<boolean> | undefined;
  let restoring: Promise<void> = Promise.resolve();
  const hold = (next: ServerSession): void => {
    session = next;
    next.client.once('end', () => {
      session = undefined;
      if (!leaving.signal.aborted) restoring = restore();
    });
  };
  const restore = async (): Promise<void> => {
    log.warn('postgres.lost', { port: first.port });
    while (!leaving.signal.aborted) {
      try {
        const next = await attachToServer(context, { heldPort: first.port, signal: leaving.signal });
        hold(next);
        if (next.port === first.port) log.info('postgres.restored', { port: next.port });
        else log.error('postgres.moved', { port: first.port, newPort: next.port });
        return;
      } catch (error) {
        if (leaving.signal.aborted) return;
        log.error('postgres.not_restored', { code: error instanceof GazetteError ? error.code : 'unknown' });
        await delay(retryMs, undefined, { signal: leaving.signal }).catch(() => {});
      }
    }
  };
  hold(first);
  const leave = async (): Promise<boolean> => {
    leaving.abort();
    await restoring;
    return session ? detach(context, session) : false;
  };
  return { detach: () => (closing ??= leave()) };
}

/** Gives up the shared lock. Whoever then gets it alone was the last; an attacher that comes meanwhile waits for the lock, is cut off and starts anew. */
async function detach(context: ServerContext, { client, pid }: ServerSession): Promise<boolean> {
  const isLast = await client
    .query<{ last: boolean }>('select pg_advisory_unlock_shared($1)', [attachedKey])
    .then(() => client.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [attachedKey]))
    .then(({ rows }) => rows[0]?.last ?? false)
    .catch(() => false);
  try {
    if (isLast) await stopPostgres(context.binaries, context.home, pid);
  } finally {
    await endSession(client);
  }
  return isLast;
}
