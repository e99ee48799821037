import { rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openDatabase } from '../../src/db/db.ts';
import { openEmbedded } from '../../src/db/server/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { makeTempFolder } from './temp-folder.ts';

/** What a run of the tests needs of its Postgres. */
export interface TestServer {
  /** URL of a database on the server that is there for maintenance only. */
  readonly url: string;
  readonly template: string;
  /** Where temporary folders of the tests go: it is removed however the run ends. */
  readonly runFolder: string;
  close(): Promise<void>;
}

/** Nothing that a test writes needs to survive a power cut. */
const fastSettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '120' };

/** Uses the server behind `url`, or starts one in a temporary folder, and makes the migrated template that test databases are copies of. */
export async function startTestServer(url: string | undefined): Promise<TestServer> {
  const run = await makeTempFolder('gazette-test-');
  const janitor = startJanitor(run.folder);
  const server = url === undefined ? await startTemporaryServer(run.folder) : { url, close: async () => {} };
  const template = `gazette_template_${randomBytes(4).toString('hex')}`;
  await runOnServer(server.url, `create database ${template}`);
  const database = openDatabase(urlOfDatabase(server.url, template), { maxConnections: 1 });
  try {
    await migrate(database);
  } finally {
    await database.close();
  }
  return {
    url: server.url,
    template,
    runFolder: run.folder,
    close: async () => {
      await runOnServer(server.url, `drop database ${template} with (force)`);
      await server.close();
      await run.remove();
      janitor.stop();
    },
  };
}

/** Runs one statement that cannot run in the database that it is about. */
export async function runOnServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The same server, another database. */
export function urlOfDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function startTemporaryServer(runFolder: string): Promise<{ url: string; close(): Promise<void> }> {
  const server = await openEmbedded({ dataFolder: runFolder, log: silentLog, settings: fastSettings });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await rm(server.folder, { recursive: true, force: true });
    },
  };
}

/** Stops what the run started and removes its folder when this process has ended in whatever way: its standard input ends then. */
function startJanitor(runFolder: string): { stop(): void } {
  const script = fileURLToPath(new URL('janitor.mjs', import.meta.url));
  const janitor = spawn(process.execPath, [script, runFolder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  janitor.unref();
  return { stop: () => janitor.kill() };
}
