import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/app/config.ts';
import { openEditing } from '../../src/app/open-editing.ts';
import { openMailers } from '../../src/app/open-mailers.ts';
import { createAppReader } from '../../src/app/open-reader.ts';
import { openStore } from '../../src/app/open-store.ts';
import { startWorker } from '../../src/app/start-worker.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startHttpSite, type HttpSite } from '../support/http-site.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { seedNewsletter } from '../web/seed.ts';

let db: TestDatabase;
let watch: HttpSite;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;

beforeAll(async () => {
  [db, temp, watch] = await Promise.all([
    createTestDatabase(),
    makeTempFolder(),
    startHttpSite((_request, response) => void response.writeHead(200).end('OK')),
  ]);
});
afterAll(async () => {
  await watch.close();
  await db.drop();
  await temp.remove();
});

test('A worker tells HEARTBEAT_URL of a slot that went well, also while no SMTP server answers', async () => {
  const env = {
    DATABASE_URL: db.url,
    DATA_FOLDER: temp.folder,
    SMTP_URL: 'smtp://127.0.0.1:1',
    HEARTBEAT_URL: `${watch.origin}/check?rid=7`,
  };
  const config = loadConfig(env, () => '');
  const store = await openStore(config, silentLog);
  const mailers = await openMailers(config, silentLog);
  const reader = createAppReader(config, { version: 'test' });
  const { scheduleId } = await seedNewsletter(db.database, 'weekly');
  // A slot in every minute, of which one is due already.
  await db.database.query(`update schedule set cron = '* * * * *', cadence_since = now() - interval '1 hour' where id = $1`, [scheduleId]);
  const worker = await startWorker({ store, editing: await openEditing(store, reader), mailers, reader });
  try {
    await waitFor(
      async () => {
        await worker.wake();
        return watch.requests.length > 0;
      },
      { intervalMs: 200 },
    );
    expect(watch.requests[0]!.url).toBe('/check?rid=7');
  } finally {
    await worker.close();
    await mailers.close();
    await reader.close();
    await store.close();
  }
});
