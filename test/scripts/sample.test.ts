import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { sample } from '../../sample/sample.ts';
import { openEditing } from '../../src/app/open-editing.ts';
import { prepareDemo } from '../../src/app/demo/run-demo.ts';
import { openStore, type Store } from '../../src/app/open-store.ts';
import { loadConfig } from '../../src/app/config.ts';
import { setUpSample } from '../../src/app/demo/set-up-sample.ts';
import { templatesFolder } from '../../src/kernel/package-root.ts';
import { collectPorts } from '../../src/app/collect-ports.ts';
import { createAppReader } from '../../src/app/open-reader.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import { listSources } from '../../src/sources/source-store.ts';
import { createSampleSite } from '../../sample/sample-site.ts';
import { startHttpSite, type HttpSite } from '../support/http-site.ts';
import { createInstallation, type Installation } from './run-main.ts';

let gazette: Installation;
let store: Store;
let site: HttpSite;

beforeAll(async () => {
  gazette = await createInstallation();
  const config = loadConfig(gazette.env, () => '');
  store = await openStore(config, silentLog);
  let sampleSite: ReturnType<typeof createSampleSite> | undefined;
  site = await startHttpSite((request, response) => {
    sampleSite ??= createSampleSite({ baseUrl: `http://${request.headers.host}` });
    const page = sampleSite.handle(request.url);
    response.writeHead(page ? 200 : 404, page ? { 'content-type': page.contentType } : {}).end(page?.body);
  });
});
afterAll(async () => {
  await store.close();
  await site.close();
  await gazette.remove();
});

/** Sets the sample up as a start does; returns what was there before. */
async function setUp(publicUrl = site.origin) {
  const { database, clock, queue, secrets } = store;
  const notices = await createNoticeRenderer({ templatesFolder });
  const people = {
    database,
    clock,
    addressKeySecret: secrets.addressKey,
    enqueue: queue.enqueue,
    publicUrl,
    tokenKeys: secrets.tokenKeys,
    notices,
  };
  return setUpSample(store, people, publicUrl);
}

async function collectAll(): Promise<void> {
  const reader = createAppReader(store.config, { version: '0', publicUrl: site.origin });
  try {
    const ports = await collectPorts(store, reader);
    for (const source of await listSources(store.database)) await collectSource(ports, source.id, { force: true });
  } finally {
    await reader.close();
  }
}

const tables = [
  'newsletter',
  'schedule',
  'topic',
  'category',
  'source',
  'post',
  'release',
  'subscriber',
  'subscription',
  'edition',
  'delivery',
  'rendition',
  'notice',
  'consent_event',
];

async function counts(): Promise<Record<string, number>> {
  const { rows } = await store.database.query<{ name: string; count: number }>(
    tables.map((name) => `select '${name}' as name, count(*)::int as count from ${name}`).join(' union all '),
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.count]));
}

test('the sample is set up once, kept where the web server is, and removed for good with all that belongs to it', async () => {
  const nothing = await counts();
  expect(await setUp()).toBe('absent');
  const first = await counts();
  expect(first).toMatchObject({
    newsletter: 1,
    schedule: sample.schedules.length,
    subscriber: sample.subscribers.length,
    source: sample.sources.length,
  });

  // Again, and with two starts at once: nothing is there twice.
  expect(await setUp()).toBe('present');
  await Promise.all([setUp(), setUp()]);
  expect(await counts()).toEqual(first);

  // What staff try out with it stays as they left it.
  const [person] = sample.subscribers;
  await gazette.done(`subscribers remove ${person!.address} --erase --yes`);
  await setUp();
  expect(await counts()).toMatchObject({ subscriber: sample.subscribers.length });
  const { rows } = await store.database.query(`select 1 from subscriber where address = $1`, [person!.address]);
  expect(rows).toEqual([]);

  // Its sources follow the web server to another port.
  await setUp('http://localhost:9999');
  const moved = await listSources(store.database);
  expect(moved.map((source) => new URL(source.url).origin)).toEqual(sample.sources.map(() => 'http://localhost:9999'));
  await setUp();

  await collectAll();
  expect((await counts())['release']).toBeGreaterThan(10);
  for (const schedule of sample.schedules)
    await gazette.done(`send --newsletter ${sample.newsletter.slug} --schedule ${schedule.name} --yes --wait`);
  expect((await counts())['delivery']).toBe(sample.subscribers.length - 1);

  // Somebody who reads the sample and a newsletter of their own stays with the other one.
  await gazette.done('newsletters add own --name Own --sender own@example.org --postal-address "1 Road"');
  await gazette.done('schedules add own --every friday --at 08:00 --zone UTC');
  await gazette.done(`subscribers add ${sample.subscribers[1]!.address} --newsletter own --confirmed --source test`);

  expect(await gazette.done('sample remove --yes')).toMatch(/Removed the sample/);
  expect(await counts()).toEqual({ ...nothing, newsletter: 1, schedule: 1, subscriber: 1, subscription: 1, consent_event: 1 });
  expect(await gazette.done('sample remove --yes')).toMatch(/There is no sample to remove/);
  expect(await gazette.done('newsletters list')).not.toContain(sample.newsletter.slug);

  // A later start does not bring it back.
  expect(await setUp()).toBe('removed');
  expect(await counts()).toMatchObject({ newsletter: 1, source: 0 });
});

test('a start that follows a killed one reads the sample all the same, by the address of this machine, whatever PUBLIC_URL says', async () => {
  const installation = await createInstallation();
  try {
    const env = { ...installation.env, PUBLIC_URL: 'https://news.example.org', PORT: new URL(site.origin).port };
    const other = await openStore(
      loadConfig(env, () => ''),
      silentLog,
    );
    const reader = createAppReader(other.config, { version: '0' });
    try {
      await other.queue.prepare();
      const editing = await openEditing(other, reader);
      await prepareDemo({ store: other, editing, reader: { ...reader, read: async () => Promise.reject(new Error('killed')) } }).catch(
        () => {},
      );
      // What a process leaves that died while it read.
      await other.database.query(`update source set polling_until = now() + interval '5 minutes', first_read_at = null`);
      expect(await prepareDemo({ store: other, editing, reader })).toMatchObject({
        isRead: true,
        collected: [expect.stringMatching(/^http:\/\/localhost:\d+\/.*14 released$/), expect.stringMatching(/known from another source/)],
      });
    } finally {
      await reader.close();
      await other.close();
    }
  } finally {
    await installation.remove();
  }
});
