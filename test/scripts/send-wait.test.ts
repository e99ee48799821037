import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../../src/app/config.ts';
import { openEditing } from '../../src/app/open-editing.ts';
import { createAppReader } from '../../src/app/open-reader.ts';
import { openStore, type Store } from '../../src/app/open-store.ts';
import type { SendProgress } from '../../src/deliveries/report/send-pace.ts';
import { beginWaiting } from '../../src/app/wait-until-sent.ts';
import { freezeApproved } from '../../src/editions/freeze-approved.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { deliveryCounts } from '../../src/ledger/queue/delivery-report-store.ts';
import { registerWorker } from '../../src/ledger/queue/worker-store.ts';
import { addSubscriber } from '../../src/subscribers/joining/add-subscriber.ts';
import { addSchedule, foundPaper, openNewsroom, releasePost, type Newsroom, type TestPaper } from '../editions/newsroom.ts';
import { startDatabaseProxy, type DatabaseProxy } from '../../bench/support-database-proxy.ts';
import { runShell, startShell, withoutWaits } from '../support/run-shell.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { startScriptedSmtp, type ScriptedSmtp } from '../support/smtp-server.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { installationAt, type MainRun } from './run-main.ts';

let room: Newsroom;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;
let gazette: ReturnType<typeof installationAt>;
let store: Store;
let smtp: ScriptedSmtp;

// A database for each test: a worker of `send --wait` takes up whatever it finds.
beforeEach(async () => {
  [room, temp] = await Promise.all([openNewsroom(), makeTempFolder()]);
  room.setNow(new Date());
  gazette = installationAt(room.url, temp.folder);
  store = await openStore(
    loadConfig(gazette.env, () => ''),
    silentLog,
  );
  smtp.rescript({});
});
afterEach(async () => {
  await store.close();
  await room.close();
  await temp.remove();
});
beforeAll(async () => {
  smtp = await startScriptedSmtp();
});
afterAll(() => smtp.close());

const send = (line: string): Promise<MainRun> => gazette.run(`send ${line}`, { SMTP_URL: smtp.url });
const acceptedBy = (name: string): number => smtp.accepted().filter(({ envelope }) => envelope.to[0] === `${name}@example.org`).length;

async function addReader(paper: TestPaper, name: string, schedule = 'weekly'): Promise<void> {
  const { database, clock, queue, secrets } = store;
  const { notices, links } = room.notifyPorts;
  await addSubscriber(
    {
      database,
      clock,
      enqueue: queue.enqueue,
      addressKeySecret: secrets.addressKey,
      tokenKeys: secrets.tokenKeys,
      publicUrl: links.publicUrl,
      notices,
    },
    { newsletter: paper.newsletter.slug, address: `${name}@example.org`, schedule, confirmed: { source: 'test' } },
  );
}

/** A newsletter with a weekly edition that is frozen and queued for its readers, a daily schedule, and a reader of that with a post to come. */
async function openEdition(
  names: readonly string[],
  dailyNames: readonly string[],
): Promise<{ paper: TestPaper; slug: string; earlier: string }> {
  const paper = await foundPaper(room);
  const { slug } = paper.newsletter;
  await addSchedule(room, paper.newsletter, { name: 'daily', cron: '0 7 * * *' });
  // No slot is due: a worker that looks at the clock has only what is sent by hand to do.
  await room.database.query(`update schedule set cadence_since = now()`);
  for (const name of names) await addReader(paper, name);
  for (const name of dailyNames) await addReader(paper, name, 'daily');
  await releasePost(room, paper, { title: `Alpha of ${slug}` });
  const queued = await gazette.done(`send --newsletter ${slug} --schedule weekly --yes`);
  const [, earlier = ''] = /Queued edition (\d+)/.exec(queued) ?? [];
  await freezeApproved(room.ports, earlier);
  return { paper, slug, earlier };
}

describe('send --wait waits for every open edition of the newsletter', () => {
  test('also for one that was open before, and says what came of both', async () => {
    const { slug, earlier } = await openEdition(['ann', 'ben'], ['cleo']);
    let letIn = (): void => {};
    const gate = new Promise<void>((resolve) => (letIn = resolve));
    smtp.rescript({ onRcpt: async (address) => (address.startsWith('cleo') ? undefined : gate.then(() => undefined)) });
    let isEnded = false;
    const running = send(`--newsletter ${slug} --schedule daily --yes --wait`).finally(() => (isEnded = true));
    const own = String(Number(earlier) + 1);
    await waitFor(async () => (await room.database.query(`select 1 from edition where id = $1 and ended_at is not null`, [own])).rows[0]);
    expect(isEnded).toBe(false);
    letIn();
    const { exitCode, stdout } = await running;
    expect(stdout).toMatch(new RegExp(`Edition ${own}: 1 of 1 accepted\\.`));
    expect(stdout).toMatch(new RegExp(`Edition ${earlier}, open besides: 2 accepted\\.`));
    expect(exitCode).toBe(0);
    expect(['ann', 'ben', 'cleo'].map(acceptedBy)).toEqual([1, 1, 1]);
  });

  test('and hears how far they are', async () => {
    const { slug } = await openEdition(['olga', 'pia', 'quin'], []);
    let letIn = (): void => {};
    const gate = new Promise<void>((resolve) => (letIn = resolve));
    smtp.rescript({ onRcpt: async (address) => (address.startsWith('olga') ? undefined : gate.then(() => undefined)) });
    const sending = await openStore(
      loadConfig({ ...gazette.env, SMTP_URL: smtp.url }, () => ''),
      silentLog,
    );
    const heard: string[] = [];
    const deaf = (): void => {};
    const tellers = { say: deaf, onOutage: deaf, onUsedUp: deaf, stopped: new Promise<void>(() => {}), version: '0' };
    const onProgress = ({ done, total }: SendProgress): void => void heard.push(`${done} of ${total}`);
    const reader = createAppReader(sending.config, { version: '0' });
    const waiting = await beginWaiting(sending, await openEditing(sending, reader), { newsletter: slug, onProgress, ...tellers });
    try {
      const finished = waiting.finish(undefined);
      await waitFor(() => heard.at(-1) === '1 of 3');
      letIn();
      expect(await finished).toMatchObject({ kind: 'ended', end: { others: [{ meanwhile: { accepted: 3 } }] } });
    } finally {
      letIn();
      await waiting.close();
      await reader.close();
      await sending.close();
    }
  });

  test('also when nothing new is due', async () => {
    const { slug, earlier } = await openEdition(['dora', 'emil'], []);
    const { exitCode, stdout } = await send(`--newsletter ${slug} --schedule weekly --yes --wait`);
    expect(stdout).toMatch(new RegExp(`On its way: edition ${earlier} still has 2 queued; they stay with edition ${earlier}\\.`));
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(new RegExp(`Edition ${earlier}, open besides: 2 accepted\\.`))]);
    expect(['dora', 'emil'].map(acceptedBy)).toEqual([1, 1]);
  });

  test('and ends with 1 when a delivery of another one was refused meanwhile', async () => {
    const { slug, earlier } = await openEdition(['fritz', 'gone'], ['hanna']);
    smtp.rescript({ onRcpt: (address) => (address.startsWith('gone') ? '550 5.1.1 No such person' : undefined) });
    const { exitCode, stdout, stderr } = await send(`--newsletter ${slug} --schedule daily --yes --wait`);
    expect(stdout).toMatch(new RegExp(`Edition ${earlier}, open besides: 1 accepted, 1 rejected\\.`));
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`"gazette deliveries ${earlier}" shows who and why`)]);
  });

  test('but never for one that waits for a person: it sends the rest, ends with 1 and names what is left', async () => {
    const { slug, earlier } = await openEdition(['ida', 'jon'], ['kim']);
    await gazette.done(`editions pause ${earlier}`);
    const { exitCode, stdout, stderr } = await send(`--newsletter ${slug} --schedule daily --yes --wait`);
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/1 of 1 accepted\.$/m)]);
    expect(stderr).toMatch(
      new RegExp(`edition ${earlier} is paused.* not waited for: 2 queued\\. "gazette deliveries ${earlier}" shows it`),
    );
    expect(['ida', 'jon', 'kim'].map(acceptedBy)).toEqual([0, 0, 1]);
    const facts = JSON.parse((await send(`--newsletter ${slug} --schedule daily --yes --wait --json`)).stdout) as object;
    expect(facts).toMatchObject({ outcome: 'incomplete', left: [{ edition: earlier, state: 'paused', counts: { queued: 2 } }] });
  });

  test('also for what a paused one has on its way, and says of an outage only where it concerns the newsletter', async () => {
    const { slug, earlier } = await openEdition(['lars', 'mia'], []);
    const workerId = await registerWorker(room.database, { host: 'test', pid: 1, aliveMs: 600_000 });
    await room.database.query(
      `update delivery set state = 'sending', worker_id = $2 where id = (select min(id) from delivery where edition_id = $1)`,
      [earlier, workerId],
    );
    await gazette.done(`editions pause ${earlier}`);
    await room.database.query(
      `insert into account_outage (account, sender, trouble, reply, next_try_at)
       values ('relay:587', 'other@example.org', 'sender', '550', now()), ('relay:587', null, 'rate', '454', now())`,
    );
    let isEnded = false;
    const running = send(`--newsletter ${slug} --schedule weekly --yes --wait`).finally(() => (isEnded = true));
    const shell = await Promise.race([running, delay(6_000)]);
    expect([shell, isEnded]).toEqual([undefined, false]);
    await room.database.query(`update delivery set state = 'accepted', worker_id = null, ended_at = now() where worker_id = $1`, [
      workerId,
    ]);
    const { exitCode, stderr } = await running;
    await room.database.query(`delete from account_outage`);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/edition \d+ is paused.* not waited for: 1 queued/);
    const waiting = stderr.split('\n').filter((line) => /waiting\. Mail stands still/.test(line));
    expect(waiting).toEqual([expect.stringContaining('wants fewer messages')]);
  });

  test('and says why one that has ended did not reach its readers', async () => {
    const readers = Array.from({ length: 10 }, (_one, index) => `nora${index}`);
    const { slug, earlier } = await openEdition(readers, []);
    smtp.rescript({ onRcpt: (address) => (address.startsWith('nora') ? '550 5.7.1 Rejected by policy' : undefined) });
    const { exitCode, stderr } = await send(`--newsletter ${slug} --schedule weekly --yes --wait`);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(new RegExp(`edition ${earlier} has ended, and not as it should: 10 of its deliveries were refused`));
  });

  test('nor for one that is held, also when nothing is due', async () => {
    const paper = await foundPaper(room);
    const { slug } = paper.newsletter;
    await room.database.query(`update schedule set cadence_since = now()`);
    await addReader(paper, 'lea');
    await releasePost(room, paper, { title: 'Alpha' });
    await addSchedule(room, paper.newsletter, { name: 'daily', cron: '0 7 * * *' });
    await room.database.query(`update schedule set cadence_since = now()`);
    await room.database.query(`update newsletter set postal_address = '' where slug = $1`, [slug]);
    expect(await send(`--newsletter ${slug} --schedule weekly --yes`)).toMatchObject({ exitCode: 1 });
    const { exitCode, stdout, stderr } = await send(`--newsletter ${slug} --schedule daily --yes --wait`);
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^Nothing is due/)]);
    expect(stderr).toMatch(/edition \d+ is held \(.*postal address.*not waited for.*gazette editions show \d+/);
  });
});

describe('the plan says what becomes of the editions before it', () => {
  test('what is taken over and what stays, as the freeze then does it', async () => {
    const { paper, slug, earlier } = await openEdition(['mia', 'nils', 'otto'], []);
    // Otto has changed to the daily one: what is queued for him stays where it is.
    await room.database.query(
      `update subscription set schedule_id = (select id from schedule where newsletter_id = $1 and name = 'daily')
       where subscriber_id = (select id from subscriber where address = 'otto@example.org')`,
      [paper.newsletter.id],
    );
    await releasePost(room, paper, { title: `Beta of ${slug}` });
    const words = `--newsletter ${slug} --schedule weekly`;
    const told = new RegExp(
      `Before it: edition ${earlier} still has 3 queued; the posts of 2 readers go with this one unless they are sent before, 1 stays with edition ${earlier}$`,
      'm',
    );
    expect((await send(`${words} --dry-run`)).stdout).toMatch(told);
    const facts = JSON.parse((await send(`${words} --dry-run --json`)).stdout) as { before: object[] };
    expect(facts.before).toEqual([{ edition: earlier, state: 'sending', queued: 3, sending: 0, takenOver: 2 }]);
    const queued = (await send(`${words} --yes`)).stdout;
    expect(queued).toMatch(told);
    await freezeApproved(room.ports, /Queued edition (\d+)/.exec(queued)![1]!);
    expect(await deliveryCounts(room.database, earlier)).toMatchObject({ superseded: 2, queued: 1 });
  });

  test('in few words where all of it goes along, and that one is being frozen', async () => {
    const { paper, slug, earlier } = await openEdition(['paul', 'rosa'], []);
    await releasePost(room, paper, { title: `Beta of ${slug}` });
    const words = `--newsletter ${slug} --schedule weekly`;
    expect((await send(`${words} --dry-run`)).stdout).toMatch(
      new RegExp(
        `Before it: edition ${earlier} still has 2 queued; these readers' posts go with this one unless they are sent before$`,
        'm',
      ),
    );
    await gazette.done(`send ${words} --yes`);
    await releasePost(room, paper, { title: `Gamma of ${slug}` });
    expect((await send(`${words} --dry-run`)).stdout).toMatch(/Before it: edition \d+ is being frozen/);
    // A newer digest took the deliveries of the older one over: that is no failure of either.
    const { exitCode, stdout } = await send(`${words} --yes --wait`);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/2 of 2 accepted\.$/m)]);
    const ids = smtp
      .accepted()
      .filter(({ envelope }) => /^(paul|rosa)@/.test(envelope.to[0] ?? ''))
      .map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(['paul', 'rosa'].map((name) => acceptedBy(name) > 0)).toEqual([true, true]);
  });
});

/** A newsroom on another server than that of the tests. */
async function openNewsroomOn(server: TestServer): Promise<Newsroom> {
  const shared = { GAZETTE_TEST_SERVER: process.env['GAZETTE_TEST_SERVER'], GAZETTE_TEST_TEMPLATE: process.env['GAZETTE_TEST_TEMPLATE'] };
  Object.assign(process.env, { GAZETTE_TEST_SERVER: server.url, GAZETTE_TEST_TEMPLATE: server.template });
  try {
    return await openNewsroom();
  } finally {
    Object.assign(process.env, shared);
  }
}

describe('send --wait and a database that is lost', () => {
  const names = Array.from({ length: 30 }, (_one, index) => `reader${index}`);
  let proxy: DatabaseProxy;

  beforeEach(async () => {
    proxy = await startDatabaseProxy(room.url);
  });
  afterEach(() => proxy.close());

  async function startSending(): Promise<{ line: string; env: Record<string, string>; before: number }> {
    const paper = await foundPaper(room);
    await room.database.query(`update schedule set cadence_since = now()`);
    for (const name of names) await addReader(paper, name);
    await releasePost(room, paper, { title: 'Alpha' });
    smtp.rescript({ delayMs: 100 });
    const env = { ...gazette.env, DATABASE_URL: proxy.url, SMTP_URL: smtp.url };
    return { line: `gazette send --newsletter ${paper.newsletter.slug} --yes --wait`, env, before: smtp.accepted().length };
  }

  test('waits for it, says so, and goes on: nobody is left out or served twice', async () => {
    const { line, env, before } = await startSending();
    const sending = startShell(line, env);
    await waitFor(() => smtp.accepted().length > before + 3);
    proxy.refuse(true);
    proxy.cutClients();
    await waitFor(() => /the database was lost: .*waiting for it, up to 5 minutes/.test(sending.stderr()));
    proxy.refuse(false);
    expect(await sending.ended).toBe(0);
    expect(sending.stderr()).toMatch(/the database answers again/);
    expect(sending.stdout()).toMatch(/: 30 of 30 accepted\.$/m);
    // What was in flight when the database went may have been sent again, under the same Message-ID.
    expect(
      new Set(
        smtp
          .accepted()
          .slice(before)
          .map(({ messageId }) => messageId),
      ).size,
    ).toBe(30);
  });

  test('(a real server that is killed and started again) is waited for, and everybody is served', async () => {
    const own = await startTestServer(undefined);
    const [outerRoom, outerStore] = [room, store];
    try {
      room = await openNewsroomOn(own);
      room.setNow(new Date());
      store = await openStore(
        loadConfig({ ...gazette.env, DATABASE_URL: room.url, DATA_FOLDER: join(temp.folder, 'own') }, () => ''),
        silentLog,
      );
      const { line, env, before } = await startSending();
      const sending = startShell(line, { ...env, DATABASE_URL: room.url, DATA_FOLDER: join(temp.folder, 'own') });
      await waitFor(() => smtp.accepted().length > before + 3);
      const { rows } = await room.database.query<{ data_directory: string }>(`show data_directory`);
      const serverPid = () => Number(readFileSync(join(rows[0]!.data_directory, 'postmaster.pid'), 'utf8').split('\n')[0]);
      const killedPid = serverPid();
      process.kill(killedPid, 'SIGKILL');
      expect(await sending.ended).toBe(0);
      // It may be back between two looks of the command, which then has nothing to say of it.
      expect(serverPid()).not.toBe(killedPid);
      expect(sending.stdout()).toMatch(/: 30 of 30 accepted\.$/m);
      const ids = smtp.accepted().slice(before);
      expect(new Set(ids.map(({ messageId }) => messageId)).size).toBe(30);
    } finally {
      if (store !== outerStore) await store.close();
      if (room !== outerRoom) await room.close();
      [room, store] = [outerRoom, outerStore];
      await own.close();
    }
    // A job that failed while the database was gone comes again with the next minute.
  }, 300_000);

  test('ends at once with 130 when it is interrupted meanwhile', async () => {
    const { line, env, before } = await startSending();
    const sending = startShell(`${line}; echo "ended with $?"`, env);
    await waitFor(() => smtp.accepted().length > before + 3);
    proxy.refuse(true);
    proxy.cutClients();
    await waitFor(() => /the database was lost/.test(sending.stderr()));
    const askedAt = performance.now();
    sending.signal('SIGINT');
    await waitFor(() => /ended with \d+/.test(sending.stdout()));
    // Its patience with the database is five minutes, a worker's with its last replies half a minute.
    expect(performance.now() - askedAt).toBeLessThan(15_000);
    expect(sending.stdout()).toMatch(/ended with 130/);
    expect(sending.stderr()).toMatch(/not waited for any longer\. Edition \d+ goes on while a worker runs/);
  });

  test('(that was never there) ends with 1 and one line', async () => {
    proxy.refuse(true);
    const { line, env } = await startSending();
    const { exitCode, stderr } = await runShell(line, env);
    expect([exitCode, withoutWaits(stderr)]).toEqual([2, expect.stringMatching(/^gazette send: DATABASE_URL: [^\n]*\n$/)]);
  });
});
