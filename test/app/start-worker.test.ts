import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { loadConfig } from '../../src/app/config.ts';
import { openEditing } from '../../src/app/open-editing.ts';
import { openMailers } from '../../src/app/open-mailers.ts';
import { defaultAccount, mailerSet } from '../../src/mail/mailers.ts';
import type { Mailer } from '../../src/mail/message.ts';
import { createAppReader } from '../../src/app/open-reader.ts';
import { openStore, type Store } from '../../src/app/open-store.ts';
import { startWorker, type RunningWorker } from '../../src/app/start-worker.ts';
import { templatesFolder } from '../../src/kernel/package-root.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { listOpenOutages, tryOutagesNow } from '../../src/ledger/accounts/account-outage-store.ts';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { addSubscriber } from '../../src/subscribers/joining/add-subscriber.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertFrozenEdition } from '../support/frozen-edition.ts';
import { startHttpSite } from '../support/http-site.ts';
import { startScriptedSmtp, type ScriptedSmtp, type SmtpScript } from '../support/smtp-server.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { seedNewsletter } from '../web/seed.ts';

let db: TestDatabase;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [db, temp] = await Promise.all([createTestDatabase(), makeTempFolder()]);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await db.drop();
  await temp.remove();
});

interface Started {
  readonly store: Store;
  readonly worker: RunningWorker;
  /** Recipients of messages that were handed to the SMTP mailer and composed, in order. */
  readonly handedOver: string[];
}

/** A worker as `gazette worker` has it. */
async function start(settings: Readonly<Record<string, string>>): Promise<Started> {
  const config = loadConfig({ DATABASE_URL: db.url, DATA_FOLDER: temp.folder, ...settings }, () => '');
  const store = await openStore(config, silentLog);
  const opened = await openMailers(config, silentLog);
  const reader = createAppReader(config, { version: 'test' });
  const handedOver: string[] = [];
  const real = opened.find(defaultAccount)!;
  const smtp: Mailer = {
    ...real,
    send(message, options) {
      const sending = real.send(message, options);
      // It waits for a connection by now.
      handedOver.push(message.to);
      return sending;
    },
  };
  const worker = await startWorker({
    store,
    editing: await openEditing(store, reader),
    mailers: { ...opened, ...mailerSet({ default: smtp }, opened.outbox) },
    reader,
  });
  closers.push(
    () => store.close(),
    () => reader.close(),
    () => opened.close(),
    () => worker.close(),
  );
  return { store, worker, handedOver };
}

test('A worker tells HEARTBEAT_URL of a slot that went well, also while no SMTP server answers', async () => {
  const watch = await startHttpSite((_request, response) => void response.writeHead(200).end('OK'));
  closers.push(() => watch.close());
  const { scheduleId } = await seedNewsletter(db.database, 'weekly');
  // A slot in every minute, of which one is due already.
  await db.database.query(`update schedule set cron = '* * * * *', cadence_since = now() - interval '1 hour' where id = $1`, [scheduleId]);
  const { worker } = await start({ SMTP_URL: 'smtp://127.0.0.1:1', HEARTBEAT_URL: `${watch.origin}/check?rid=7` });
  await waitFor(
    async () => {
      await worker.wake();
      return watch.requests.length > 0;
    },
    { intervalMs: 200 },
  );
  expect(watch.requests[0]!.url).toBe('/check?rid=7');
  await db.database.query(`update schedule set removed_at = now() where id = $1`, [scheduleId]);
});

test('A worker gives up on a message that is put off after DELIVERY_RETRY_HOURS', async () => {
  const smtp = await startScriptedSmtp({ onRcpt: () => '452 4.2.2 Full' });
  closers.push(() => smtp.close());
  const edition = await insertFrozenEdition(db.database);
  await db.database.query(`update delivery set attempts = 3, first_attempt_at = now() - interval '50 minutes' where edition_id = $1`, [
    edition.editionId,
  ]);
  await start({ SMTP_URL: smtp.url, DELIVERY_RETRY_HOURS: '1' });
  const states = async () => (await db.database.query(`select state from delivery where edition_id = $1`, [edition.editionId])).rows;
  await waitFor(async () => JSON.stringify(await states()) === '[{"state":"expired"}]');
});

test('A worker forgets what it knew of the domains of accounts that no longer deliver to the hosts of their readers', async () => {
  const smtp = await startScriptedSmtp();
  closers.push(() => smtp.close());
  const hold = async (account: string) =>
    db.database.query(
      `insert into receiving_domain (account, domain_group, version, trouble, reply, began_at, refused_at, held_until, try_count, next_at, learned_at, answered_at)
       values ($1, 'gmail.com', 1, 'limit', '421', now(), now(), now() + interval '1 hour', 1, now(), now(), now())`,
      [account],
    );
  const accounts = async () =>
    (await db.database.query<{ account: string }>(`select account from receiving_domain`)).rows.map((row) => row.account);
  const [own, other] = [`127.0.0.1:${smtp.port}`, 'gone.example:25'];
  await hold(own);
  await hold(other);
  const { worker } = await start({ SMTP_URL: `${smtp.url}?direct=yes` });
  expect(await accounts()).toEqual([own]);
  await worker.close();
  await start({ SMTP_URL: smtp.url });
  expect(await accounts()).toEqual([]);
});

describe('A confirmation that is asked for while a large edition goes over one connection', () => {
  const count = 60;

  /** A server that holds back its answer to the sixth message until it is let go. */
  async function startSlowServer(
    script: SmtpScript = {},
  ): Promise<{ readonly smtp: ScriptedSmtp; readonly isHolding: () => boolean; letGo(): void }> {
    let letGo = (): void => {};
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    let isHolding = false;
    const smtp = await startScriptedSmtp({
      ...script,
      onData: async (_message, { messageCount }) => {
        if (messageCount < 5) return undefined;
        isHolding = true;
        await gate;
        return undefined;
      },
    });
    closers.push(() => smtp.close());
    return { smtp, isHolding: () => isHolding, letGo: () => letGo() };
  }

  /** Signs somebody up; their confirmation is stored, with or without its job. */
  async function signUp(store: Store, address: string): Promise<void> {
    const newsletter = await seedNewsletter(db.database, address.replaceAll(/\W/g, '-'));
    await addSubscriber(
      {
        database: store.database,
        enqueue: store.queue.enqueue,
        clock: store.clock,
        addressKeySecret: store.secrets.addressKey,
        tokenKeys: store.secrets.tokenKeys,
        publicUrl: 'https://news.example.org',
        notices: await createNoticeRenderer({ templatesFolder }),
      },
      { newsletter: newsletter.slug, address },
    );
  }

  async function leavesNext(address: string, ask: (started: Started) => Promise<void>): Promise<void> {
    const { smtp, isHolding, letGo } = await startSlowServer();
    await insertFrozenEdition(db.database, { count });
    const started = await start({ SMTP_URL: smtp.url, SMTP_CONNECTIONS: '1' });
    await started.worker.wake();
    await waitFor(isHolding, { what: 'the sixth message' });
    await ask(started);
    await waitFor(() => started.handedOver.includes(address), { what: 'the confirmation to be handed over' });
    // It waits for the connection now; one delivery that came before it has begun behind the data of the sixth.
    await nextTurn();
    expect(started.handedOver.indexOf(address)).toBe(7);
    letGo();
    await waitFor(() => smtp.accepted().length === count + 1, { what: 'everything to arrive' });
    expect(smtp.accepted().findIndex(({ envelope }) => envelope.to.includes(address))).toBe(7);
    expect(smtp.connectionCount).toBe(1);
  }

  test('is sent next, before the rest of the edition', async () => {
    await leavesNext('ann@example.net', ({ store }) => signUp(store, 'ann@example.net'));
  });

  test('is sent next also where its job was lost, from the next look at the clock on', async () => {
    await leavesNext('bob@example.net', async ({ store, worker }) => {
      await signUp({ ...store, queue: { ...store.queue, enqueue: async () => {} } }, 'bob@example.net');
      await worker.wake();
    });
  });

  test('is sent next when the account goes on that was refused meanwhile, and not a minute later', async () => {
    let isUsedUp = true;
    const { smtp, isHolding, letGo } = await startSlowServer({
      onMail: () => (isUsedUp ? '550 5.4.5 Daily user sending limit exceeded' : undefined),
    });
    await insertFrozenEdition(db.database, { count });
    const { store, worker, handedOver } = await start({ SMTP_URL: smtp.url, SMTP_CONNECTIONS: '1' });
    await worker.wake();
    await waitFor(async () => (await listOpenOutages(db.database)).length > 0, { what: 'the refusal' });
    handedOver.length = 0;
    await signUp(store, 'cleo@example.net');
    await waitFor(
      async () =>
        (await db.database.query(`select from notice where recipient_address = 'cleo@example.net' and reply is not null`)).rowCount,
      { what: 'the confirmation to wait for the account' },
    );
    isUsedUp = false;
    await tryOutagesNow(db.database, null, ['quota']);
    await worker.wake();
    await waitFor(isHolding, { what: 'the sixth message' });
    await waitFor(() => handedOver.includes('cleo@example.net'), { what: 'the confirmation to be handed over', timeoutMs: 30_000 });
    letGo();
    await waitFor(() => smtp.accepted().length === count + 1, { what: 'everything to arrive' });
    expect(smtp.accepted().findIndex(({ envelope }) => envelope.to.includes('cleo@example.net'))).toBeLessThan(10);
  });
});
