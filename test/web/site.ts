import { join } from 'node:path';
import { createFeedPublisher } from '../../src/feeds/publish-feed.ts';
import type { Log, LogFields } from '../../src/kernel/log.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { createMaildir } from '../../src/mail/maildir-store.ts';
import { createPageRenderer } from '../../src/render/pages/render-page.ts';
import { createKeyRing } from '../../src/subscribers/tokens/token.ts';
import { createLimiter } from '../../src/web/limits/limiter-store.ts';
import { createWebServer } from '../../src/web/web-server.ts';
import type { WebPorts, WebServer } from '../../src/web/web.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

/** A web server over a database of its own, with everything that it logged. */
export interface TestSite {
  readonly db: TestDatabase;
  readonly ports: WebPorts;
  readonly server: WebServer;
  readonly outboxFolder: string;
  readonly logged: { readonly level: string; readonly event: string; readonly fields: LogFields }[];
  /** The instant of the server's clock; change it by `setNow`. */
  setNow(now: Date): void;
  /** Requests a path, without following redirects. */
  request(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** Starts one, in local mode unless told otherwise. */
export async function startSite(changes: Partial<WebPorts> = {}): Promise<TestSite> {
  const [db, temporary] = await Promise.all([createTestDatabase(), makeTempFolder()]);
  const outboxFolder = join(temporary.folder, 'outbox');
  await createMaildir(outboxFolder);
  let now = new Date('2026-03-07T12:00:00Z');
  const logged: TestSite['logged'] = [];
  const publicUrl = 'https://news.example.org';
  const ports: WebPorts = {
    database: db.database,
    clock: () => now,
    log: recordingLog(logged),
    publicUrl,
    tokenKeys: createKeyRing(['a token key of at least 32 characters']),
    pages: await createPageRenderer({ templatesFolder: join(packageRoot, 'templates'), timeZone: 'UTC' }),
    feeds: createFeedPublisher({ database: db.database, publicUrl, freshMs: 0 }),
    limiter: createLimiter({ database: db.database, secret: Buffer.from('a secret of at least 32 characters, for tests') }),
    local: { outboxFolder },
    ...changes,
  };
  const server = await createWebServer(ports, { host: '127.0.0.1', port: 0 });
  return {
    db,
    ports,
    server,
    outboxFolder,
    logged,
    setNow: (at) => (now = at),
    request: (path, init) => fetch(server.url + path, { redirect: 'manual', ...init }),
    close: async () => {
      await server.close();
      await db.drop();
      await temporary.remove();
    },
  };
}

function recordingLog(logged: TestSite['logged']): Log {
  const at =
    (level: string) =>
    (event: string, fields: LogFields = {}) =>
      void logged.push({ level, event, fields });
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
