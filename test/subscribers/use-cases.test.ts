import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { ConfigError, InvalidInputError, NotFoundError } from '../../src/kernel/errors.ts';
import type { Job } from '../../src/kernel/job.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { releasePosts } from '../../src/ledger/releases/release-posts.ts';
import { lastPosition } from '../../src/ledger/releases/release-store.ts';
import { suppressAddress } from '../../src/ledger/suppress-address.ts';
import { addressKey } from '../../src/mail/address.ts';
import { claimNotice } from '../../src/notices/notice-store.ts';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { addSubscriber, type AddSubscriberPorts, type NewSubscriber } from '../../src/subscribers/joining/add-subscriber.ts';
import { expireSignUps } from '../../src/subscribers/joining/expire-sign-ups.ts';
import { checkAddressKeySecret } from '../../src/subscribers/tokens/check-address-key-secret.ts';
import { chooseCadence, chooseLocalHour, chooseTopics, pause, resume } from '../../src/subscribers/choices/change-choices.ts';
import { confirmSubscription as confirmWith, findConfirmation } from '../../src/subscribers/joining/confirm-subscription.ts';
import { listConsentEvents } from '../../src/subscribers/consent/consent-store.ts';
import { unsubscribeUrl } from '../../src/subscribers/tokens/signed-links.ts';
import { removeSubscriber } from '../../src/subscribers/leaving/remove-subscriber.ts';
import { listPublicSubscriptions } from '../../src/subscribers/listing/list-subscriptions.ts';
import { setChoices, type WantedChoices } from '../../src/subscribers/choices/set-choices.ts';
import { createKeyRing } from '../../src/subscribers/tokens/token.ts';
import { findUnsubscribe, unsubscribe } from '../../src/subscribers/leaving/unsubscribe.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { seedNewsletter, seedPost, type SeededNewsletter } from '../web/seed.ts';

let db: TestDatabase;
let ports: AddSubscriberPorts;
let newsletter: SeededNewsletter;
let now = new Date('2026-03-01T12:00:00Z');
let count = 0;
const jobs: Job[] = [];
const confirmSubscription = (...[linkPorts, token]: [Parameters<typeof confirmWith>[0], string]) =>
  confirmWith(linkPorts, token, (language, { name }) => `Yes, send me ${name} (${language}).`);
const secret = Buffer.from('a secret of at least 32 characters, for tests');

beforeAll(async () => {
  db = await createTestDatabase();
  ports = {
    database: db.database,
    enqueue: async (_tx, job) => void jobs.push(job),
    addressKeySecret: secret,
    clock: () => now,
    publicUrl: 'https://news.example.org',
    tokenKeys: createKeyRing(['a token key of at least 32 characters']),
    notices: await createNoticeRenderer({ templatesFolder: join(packageRoot, 'templates') }),
  };
  newsletter = await seedNewsletter(db.database, 'weekly');
  await db.database.query(`insert into topic (slug, name) values ('leadership', 'Leadership'), ('reading', 'Reading')`);
});
afterAll(() => db.drop());
beforeEach(() => {
  count += 1;
  jobs.length = 0;
  now = new Date('2026-03-01T12:00:00Z');
});

const address = () => `Reader${count}@example.net`;
const add = (person: Partial<NewSubscriber> = {}) => addSubscriber(ports, { newsletter: 'weekly', address: address(), ...person });
const confirmed = { source: 'paper form' };

async function addedId(person: Partial<NewSubscriber> = {}): Promise<string> {
  const result = await add(person);
  if (!('subscriptionId' in result)) throw new Error(result.kind);
  return result.subscriptionId;
}

async function row(id: string): Promise<Record<string, unknown>> {
  const { rows } = await db.database.query(
    `select state, topics, language, format, local_hour as "localHour", time_zone as "timeZone", paused_until as "pausedUntil", activated_at as "activatedAt"
     from subscription where id = $1`,
    [id],
  );
  return rows[0]!;
}

async function noticesOf(id: string): Promise<{ state: string; to: string | null; plain: string; html: string; outlet: string }[]> {
  const { rows } = await db.database.query<{ state: string; to: string | null; plain: string; html: string; outlet: string }>(
    `select state, recipient_address as "to", plain, html, outlet from notice where subscription_id = $1 order by id`,
    [id],
  );
  return rows;
}

/** The token of the newest confirmation mail to somebody. */
async function tokenFor(id: string): Promise<string> {
  const mail = (await noticesOf(id)).at(-1)!;
  const token = /https:\/\/news\.example\.org\/confirm\/([\w-]+)/.exec(mail.plain)?.[1];
  if (!token) throw new Error('no link in the mail');
  expect(mail.html).toContain(token);
  return token;
}

const kinds = async (id: string) => (await listConsentEvents(db.database, id)).map((event) => event.kind);
const leaveToken = (id: string) => unsubscribeUrl(ports, { subscriptionId: id, tokenVersion: 1 }).split('/').at(-1)!;

describe('Somebody who is added', () => {
  test('is pending, and is asked by one mail with a link that confirms', async () => {
    const result = await add({ name: 'Ann' });
    expect(result.kind).toBe('asked');
    const id = (result as { subscriptionId: string }).subscriptionId;
    expect(await row(id)).toMatchObject({ state: 'pending', topics: null, language: 'en', format: 'html', activatedAt: null });
    expect(await noticesOf(id)).toMatchObject([{ state: 'queued', to: address(), outlet: 'smtp' }]);
    expect(jobs).toEqual([{ name: 'notice', noticeId: expect.any(String) }]);
    expect(await kinds(id)).toEqual(['requested']);

    expect(await confirmSubscription(ports, await tokenFor(id))).toMatchObject({ kind: 'found', subscription: { id, state: 'active' } });
    expect(await row(id)).toMatchObject({ state: 'active', activatedAt: now });
    const [, event] = await listConsentEvents(db.database, id);
    expect(event).toMatchObject({ kind: 'confirmed', at: now });
    expect(event!.wording).toMatch(/^Yes, send me The weekly.* \(en\)\.$/);
  });

  test('begins where the newsletter was made as long as it has had no edition, with nothing owed', async () => {
    await db.database.query(`update newsletter set made_at_position = (select last_position from release_counter) where slug = $1`, [
      newsletter.slug,
    ]);
    const madeAt = String(await lastPosition(db.database));
    const postId = await seedPost(db.database, newsletter, { state: 'known' });
    await db.database.transaction((tx) => releasePosts(tx, [{ postId, revision: 1 }], now));
    const id = await addedId({ confirmed });
    const { rows } = await db.database.query<{ cursor: string; since: string; owed: string[] }>(
      `select cursor, since, owed from subscription_cursor where subscription_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ cursor: madeAt, since: madeAt, owed: [] }]);
  });

  test('begins no further back than is set', async () => {
    const postId = await seedPost(db.database, newsletter, { state: 'known' });
    await db.database.transaction((tx) => releasePosts(tx, [{ postId, revision: 1 }], new Date(now.getTime() - 86_400_000)));
    const position = String(await lastPosition(db.database));
    const cursorOf = async (id: string): Promise<string | undefined> => {
      const { rows } = await db.database.query<{ cursor: string }>(`select cursor from subscription_cursor where subscription_id = $1`, [
        id,
      ]);
      return rows[0]?.cursor;
    };
    const reach = { ...ports, joinReachDays: 0 };
    const person = { newsletter: newsletter.slug, address: address() };
    const imported = await addSubscriber(reach, { ...person, address: `imported-${person.address}`, confirmed });
    expect(await cursorOf((imported as { subscriptionId: string }).subscriptionId)).toBe(position);
    const asked = await addedId();
    await confirmSubscription(reach, await tokenFor(asked));
    expect(await cursorOf(asked)).toBe(position);
  });

  test('with consent stated elsewhere is active at once, and the log says how', async () => {
    const id = await addedId({ confirmed, topics: ['Leadership', 'reading'], localHour: 7, timeZone: 'Europe/Madrid', format: 'text' });
    expect(await row(id)).toMatchObject({ state: 'active', format: 'text', localHour: 7, timeZone: 'Europe/Madrid' });
    expect((await row(id))['topics']).toHaveLength(2);
    expect(await listConsentEvents(db.database, id)).toMatchObject([{ kind: 'imported', source: 'paper form' }]);
    expect(await noticesOf(id)).toEqual([]);
  });

  test('to the sample newsletter is asked through the local outbox only', async () => {
    await db.database.query(`update newsletter set is_sample = true where id = $1`, [newsletter.id]);
    const id = await addedId();
    await db.database.query(`update newsletter set is_sample = false where id = $1`, [newsletter.id]);
    expect(await noticesOf(id)).toMatchObject([{ outlet: 'outbox' }]);
  });

  test('under another spelling of the address is the same person', async () => {
    const id = await addedId({ confirmed });
    expect(await add({ address: address().toUpperCase() })).toEqual({ kind: 'already_active', subscriptionId: id });
  });

  test('twice at the same moment is one subscription', async () => {
    const results = await Promise.all(Array.from({ length: 6 }, () => add({ confirmed })));
    expect(new Set(results.map((result) => (result as { subscriptionId: string }).subscriptionId)).size).toBe(1);
    expect(results.filter((result) => result.kind === 'activated')).toHaveLength(1);
  });

  test('by a broken address, an unknown topic, newsletter, hour or zone is refused, and nothing is stored', async () => {
    await expect(add({ address: 'no address' })).rejects.toThrow(InvalidInputError);
    await expect(add({ topics: ['nonsense'] })).rejects.toThrow(/\(leadership, reading\), got "nonsense"/);
    await expect(add({ topics: [] })).rejects.toThrow(InvalidInputError);
    await expect(add({ newsletter: 'none' })).rejects.toThrow(NotFoundError);
    await expect(add({ schedule: 'hourly' })).rejects.toThrow(NotFoundError);
    await expect(add({ localHour: 8 })).rejects.toThrow('time zone');
    await expect(add({ localHour: 8, timeZone: 'Nowhere' })).rejects.toThrow(InvalidInputError);
    await expect(add({ confirmed: { source: ' ' } })).rejects.toThrow(InvalidInputError);
    for (const words of ['mail of ann@example.net', 'mail of ann (at) example.net', '@ann on a network'])
      for (const refused of [{ confirmed: { source: words } }, { source: words }])
        await expect(add(refused)).rejects.toThrow('without an address');
    const { rows } = await db.database.query(`select 1 from subscriber where address = $1`, [address()]);
    expect(rows).toEqual([]);
  });

  test('to a newsletter with several schedules has to name one', async () => {
    const other = await seedNewsletter(db.database, `other-${count}`);
    await db.database.query(`insert into schedule (newsletter_id, name, cron, time_zone) values ($1, 'daily', '0 7 * * *', 'UTC')`, [
      other.id,
    ]);
    await expect(add({ newsletter: other.slug })).rejects.toThrow(InvalidInputError);
    expect((await add({ newsletter: other.slug, schedule: 'daily' })).kind).toBe('asked');
  });
});

describe('An add never raises the state', () => {
  test('of somebody who is pending', async () => {
    const id = await addedId();
    expect(await add({ confirmed })).toEqual({ kind: 'stays_pending', subscriptionId: id });
    expect(await row(id)).toMatchObject({ state: 'pending' });
  });

  test('of somebody who left; they may be asked, and only they can come back', async () => {
    const id = await addedId({ confirmed });
    await unsubscribe(ports, leaveToken(id), 'page');
    expect(await add({ confirmed })).toEqual({ kind: 'stays_left', subscriptionId: id });
    expect((await add()).kind).toBe('asked');
    expect(await row(id)).toMatchObject({ state: 'left' });
    await confirmSubscription(ports, await tokenFor(id));
    expect(await row(id)).toMatchObject({ state: 'active' });
  });

  test('of an address that is suppressed, of which it stores nothing', async () => {
    const key = addressKey(address().toLowerCase(), secret);
    await db.database.transaction((tx) => suppressAddress(tx, key, { reason: 'complained', source: 'test', now }));
    for (const person of [{}, { confirmed }])
      expect(await add(person)).toEqual({ kind: 'suppressed', suppression: { reason: 'complained', at: now, confirmationAt: null } });
    const { rows } = await db.database.query(`select 1 from subscriber where address = $1`, [address()]);
    expect(rows).toEqual([]);
  });

  test('of somebody active, whose choices a second add does not touch', async () => {
    const id = await addedId({ confirmed, topics: ['reading'] });
    const before = await row(id);
    expect((await add({ topics: ['leadership'], format: 'text' })).kind).toBe('already_active');
    expect(await row(id)).toEqual(before);
  });
});

describe('Somebody whose address bounced more than 30 days ago and who signs up again', () => {
  const bouncedAt = new Date('2026-01-20T12:00:00Z');
  const key = () => addressKey(address().toLowerCase(), secret);
  const suppress = (reason: 'bounced' | 'complained' | 'staff' | 'unreachable' = 'bounced', at = bouncedAt) =>
    db.database.transaction((tx) => suppressAddress(tx, key(), { reason, source: 'test', now: at }));
  const suppression = async () =>
    (await db.database.query<{ reason: string; at: Date }>(`select reason, at from suppression where address_key = $1`, [key()])).rows[0];
  const claim = async (id: string) => {
    const { rows } = await db.database.query<{ id: string }>(`select id from notice where subscription_id = $1 order by id desc limit 1`, [
      id,
    ]);
    const claimed = await claimNotice(db.database, rows[0]!.id, 60_000);
    return typeof claimed === 'object' ? 'claimed' : claimed;
  };

  test('is asked once, whatever they were before, and only their own confirmation brings them back', async () => {
    const before = {
      nobody: async () => undefined,
      pending: () => addedId(),
      active: () => addedId({ confirmed }),
      left: async () => {
        const id = await addedId({ confirmed });
        await unsubscribe(ports, leaveToken(id), 'page');
        return id;
      },
    };
    for (const [state, make] of Object.entries(before)) {
      count += 1;
      await make();
      await suppress();
      const result = await add();
      expect([state, result]).toEqual([state, { kind: 'asked', subscriptionId: expect.any(String), bouncedAt }]);
      const id = (result as { subscriptionId: string }).subscriptionId;
      expect([state, await claim(id)]).toEqual([state, 'claimed']);
      const again = { kind: 'suppressed', suppression: { reason: 'bounced', at: bouncedAt, confirmationAt: now } };
      for (const person of [{}, { confirmed }]) expect(await add(person)).toEqual(again);
      expect(await suppression()).toMatchObject({ reason: 'bounced' });

      expect(await findConfirmation(ports, await tokenFor(id))).toMatchObject({ kind: 'found', isConfirmed: false });
      expect(await suppression()).toBeDefined();
      await confirmSubscription(ports, await tokenFor(id));
      expect(await suppression()).toBeUndefined();
      expect(await row(id)).toMatchObject({ state: 'active' });
      expect((await kinds(id)).at(-1)).toBe('confirmed');
      expect(await findConfirmation(ports, await tokenFor(id))).toMatchObject({ kind: 'found', isConfirmed: true });
    }
  });

  test('begins at the last release, in every newsletter that they were active in', async () => {
    const other = await seedNewsletter(db.database, `bounced-${count}`);
    const kept = await addedId({ newsletter: other.slug, confirmed });
    await suppress();
    const postId = await seedPost(db.database, newsletter, { state: 'known' });
    await db.database.transaction((tx) => releasePosts(tx, [{ postId, revision: 1 }], now));
    const id = await addedId();
    await confirmSubscription(ports, await tokenFor(id));
    const { rows } = await db.database.query<{ cursor: string; since: string; owed: string[] }>(
      `select cursor, since, owed from subscription_cursor where subscription_id = any ($1) order by subscription_id`,
      [[kept, id]],
    );
    const position = String(await lastPosition(db.database));
    expect(rows).toEqual(Array.from({ length: 2 }, () => ({ cursor: position, since: position, owed: [] })));
  });

  test('many times at the same moment is asked once', async () => {
    await suppress();
    const results = await Promise.all(Array.from({ length: 6 }, () => add()));
    expect(results.map((result) => result.kind).sort()).toEqual(['asked', ...Array.from({ length: 5 }, () => 'suppressed')]);
    expect(jobs).toHaveLength(1);
  });

  test('while they click is not held up by themselves', async () => {
    await suppress();
    const id = await addedId();
    const token = await tokenFor(id);
    await Promise.all(Array.from({ length: 6 }, () => Promise.all([confirmSubscription(ports, token), add()])));
    expect(await row(id)).toMatchObject({ state: 'active' });
    expect((await kinds(id)).filter((kind) => kind === 'confirmed')).toHaveLength(1);
  });

  test('is not asked by what somebody else says, nor after any other reason, nor sooner', async () => {
    await suppress();
    expect((await add({ confirmed })).kind).toBe('suppressed');
    for (const reason of ['complained', 'staff', 'unreachable'] as const) {
      count += 1;
      await suppress(reason);
      expect((await add()).kind).toBe('suppressed');
    }
    count += 1;
    await suppress('bounced', new Date('2026-01-30T12:00:00Z'));
    expect((await add()).kind).toBe('suppressed');
    expect(jobs).toEqual([]);
  });

  test('is not brought back by an older link, nor by one to another newsletter', async () => {
    const other = await seedNewsletter(db.database, `older-${count}`);
    const otherId = await addedId({ newsletter: other.slug });
    const older = await tokenFor(otherId);
    await suppress();
    await addedId();
    await confirmSubscription(ports, older);
    expect(await suppression()).toMatchObject({ reason: 'bounced' });
  });

  test('is asked again after the next bounce has rested too, and not before', async () => {
    await suppress();
    await addedId();
    now = new Date('2026-03-02T12:00:00Z');
    await suppress('bounced', now);
    expect(await suppression()).toMatchObject({ at: now });
    now = new Date('2026-03-30T12:00:00Z');
    expect((await add()).kind).toBe('suppressed');
    now = new Date('2026-04-02T12:00:01Z');
    expect((await add()).kind).toBe('asked');
  });

  test('gets no mail once they complained, even where it was queued before', async () => {
    await suppress();
    const id = await addedId();
    await suppress('complained', now);
    expect(await claim(id)).toBe('cancelled');
    // And a confirmation that never left is none: but who complained is asked no more.
    expect((await add()).kind).toBe('suppressed');
  });

  test('may ask anew where their one confirmation never left', async () => {
    await suppress();
    const id = await addedId();
    await unsubscribe(ports, leaveToken(id), 'page');
    expect((await add()).kind).toBe('asked');
    expect(await claim(id)).toBe('claimed');
    await unsubscribe(ports, leaveToken(id), 'page');
    expect((await add()).kind).toBe('suppressed');
  });
});

describe('A confirmation link', () => {
  test('works twice and logs once', async () => {
    const id = await addedId();
    const token = await tokenFor(id);
    await confirmSubscription(ports, token);
    expect((await confirmSubscription(ports, token)).kind).toBe('found');
    expect(await kinds(id)).toEqual(['requested', 'confirmed']);
  });

  test('clicked many times at once activates once', async () => {
    const id = await addedId();
    const token = await tokenFor(id);
    await Promise.all(Array.from({ length: 6 }, () => confirmSubscription(ports, token)));
    expect(await kinds(id)).toEqual(['requested', 'confirmed']);
  });

  test('changes nothing when it is only looked at', async () => {
    const id = await addedId();
    expect((await findConfirmation(ports, await tokenFor(id))).kind).toBe('found');
    expect(await row(id)).toMatchObject({ state: 'pending' });
  });

  test('is dead seven days after it was mailed, whenever that was, and forgotten then', async () => {
    const id = await addedId();
    const token = await tokenFor(id);
    const mailed = (at: string) =>
      db.database.query(`update notice set state = 'sent', ended_at = $2 where subscription_id = $1`, [id, at]);
    now = new Date('2026-04-01T12:00:00Z');
    expect(await findConfirmation(ports, token)).toMatchObject({ kind: 'found' });
    await mailed('2026-03-25T12:00:01Z');
    expect(await findConfirmation(ports, token)).toMatchObject({ kind: 'found' });
    await expireSignUps(db.database, now);
    expect(await row(id)).toMatchObject({ state: 'pending' });
    await mailed('2026-03-25T12:00:00Z');
    expect(await confirmSubscription(ports, token)).toEqual({ kind: 'dead' });
    await expireSignUps(db.database, now);
    expect(await row(id)).toBeUndefined();
    const { rows } = await db.database.query(
      `select 1 from subscriber p where p::text ilike $1 union all select 1 from notice n where n::text ilike $1`,
      [`%${address()}%`],
    );
    expect(rows).toEqual([]);
    expect(await kinds(id)).toEqual(['requested', 'expired']);
  });

  test('from before somebody left brings nobody back', async () => {
    const id = await addedId();
    const token = await tokenFor(id);
    await confirmSubscription(ports, token);
    await unsubscribe(ports, leaveToken(id), 'one-click');
    expect(await confirmSubscription(ports, token)).toEqual({ kind: 'dead' });
    expect(await row(id)).toMatchObject({ state: 'left' });
  });
});

describe('An unsubscribe link', () => {
  test('ends the subscription at once, whatever its state, and what waits for its reader', async () => {
    const id = await addedId();
    expect((await unsubscribe(ports, leaveToken(id), 'one-click')).kind).toBe('found');
    expect(await row(id)).toMatchObject({ state: 'left' });
    expect(await noticesOf(id)).toMatchObject([{ state: 'cancelled' }]);
    expect((await listConsentEvents(db.database, id)).at(-1)).toMatchObject({ kind: 'left', source: 'one-click' });
  });

  test('works twice and logs once', async () => {
    const id = await addedId({ confirmed });
    await Promise.all([unsubscribe(ports, leaveToken(id), 'page'), unsubscribe(ports, leaveToken(id), 'page')]);
    expect(await kinds(id)).toEqual(['imported', 'left']);
  });

  test('still works for somebody who came back after leaving once', async () => {
    const id = await addedId({ confirmed });
    await unsubscribe(ports, leaveToken(id), 'page');
    await add();
    await confirmSubscription(ports, await tokenFor(id));
    expect((await findUnsubscribe(ports, leaveToken(id))).kind).toBe('found');
  });

  test('of an older version is dead', async () => {
    const id = await addedId({ confirmed });
    await db.database.query(`update subscription set token_version = 2 where id = $1`, [id]);
    expect(await unsubscribe(ports, leaveToken(id), 'page')).toEqual({ kind: 'dead' });
  });
});

describe('The consent log', () => {
  test('is changed by no statement, except that an IP goes with an erasure', async () => {
    const id = await addedId({ confirmed });
    const sql = (text: string) => db.database.query(text, [id]);
    await sql(`insert into consent_event (subscription_id, kind, source, ip) values ($1, 'requested', 'form', '203.0.113.9')`);
    const refused = /append-only/;
    await expect(sql(`update consent_event set source = 'another' where subscription_id = $1`)).rejects.toThrow(refused);
    await expect(sql(`update consent_event set ip = '203.0.113.10' where subscription_id = $1`)).rejects.toThrow(refused);
    await expect(sql(`update consent_event set ip = null, at = now() where subscription_id = $1`)).rejects.toThrow(refused);
    await expect(sql(`delete from consent_event where subscription_id = $1`)).rejects.toThrow(refused);
    await expect(db.database.query(`truncate consent_event`)).rejects.toThrow(refused);

    const before = await listConsentEvents(db.database, id);
    await removeSubscriber(ports, { address: address(), erase: true });
    const after = await listConsentEvents(db.database, id);
    expect(after.slice(0, before.length)).toEqual(before.map((event) => ({ ...event, ip: null })));
  });
});

describe('Removing', () => {
  test('ends the subscription and keeps the person', async () => {
    const id = await addedId({ confirmed });
    expect(await removeSubscriber(ports, { address: address(), newsletter: 'weekly' })).toMatchObject({ left: 1, erased: false });
    expect(await row(id)).toMatchObject({ state: 'left' });
    expect(await removeSubscriber(ports, { address: address() })).toMatchObject({ left: 0, erased: false });
  });

  test('by the id of a subscription ends that one, or all that are asked for, and erases the person; of an erased one it is an error', async () => {
    const id = await addedId({ confirmed });
    expect(await removeSubscriber(ports, { address: id })).toMatchObject({ left: 1, erased: false, subscriptionIds: [id] });
    expect(await row(id)).toMatchObject({ state: 'left' });
    expect(await removeSubscriber(ports, { address: id, newsletter: 'weekly' })).toMatchObject({ left: 0 });
    expect(await removeSubscriber(ports, { address: id, erase: true })).toMatchObject({ erased: true, subscriptionIds: [id] });
    await expect(removeSubscriber(ports, { address: id })).rejects.toThrow(NotFoundError);
    await expect(removeSubscriber(ports, { address: '999999999' })).rejects.toThrow(NotFoundError);
  });

  test('with erasure leaves no trace of the person, in no table', async () => {
    const typed = `Trace.Less${count}@example.net`;
    const id = await addedId({ address: typed, name: `Traceless Person ${count}` });
    expect(await removeSubscriber(ports, { address: typed, erase: true })).toMatchObject({ left: 1, erased: true });
    for (const table of ['subscriber', 'subscription', 'consent_event', 'notice', 'delivery', 'attempt']) {
      const { rows } = await db.database.query(`select 1 from ${table} t where t::text ilike '%trace%less%'`);
      expect([table, rows]).toEqual([table, []]);
    }
    expect(await kinds(id)).toEqual(['requested', 'removed', 'erased']);
    const { rows } = await db.database.query(`select 1 from subscriber where address_key = $1`, [addressKey(typed.toLowerCase(), secret)]);
    expect(rows).toEqual([]);
    expect((await unsubscribe(ports, leaveToken(id), 'page')).kind).toBe('found');
  });

  test('somebody unknown is an error', async () => {
    await expect(removeSubscriber(ports, { address: 'nobody@example.net' })).rejects.toThrow(NotFoundError);
  });

  test('an erased person is brought back by no import, only by their own confirmation, and is somebody new then', async () => {
    const before = await addedId({ confirmed });
    await removeSubscriber(ports, { address: address(), erase: true });
    expect(await add({ confirmed })).toEqual({ kind: 'was_erased' });
    const { rows } = await db.database.query(`select 1 from subscriber where address = $1`, [address()]);
    expect(rows).toEqual([]);

    const after = await addedId();
    expect(after).not.toBe(before);
    expect(await add({ confirmed })).toEqual({ kind: 'was_erased' });
    expect(await confirmSubscription(ports, await tokenFor(after))).toMatchObject({ kind: 'found', subscription: { state: 'active' } });
    expect(await add({ confirmed })).toEqual({ kind: 'already_active', subscriptionId: after });
  });

  test('who complained and is erased is lifted by nothing: no sign-up, and no older link', async () => {
    const id = await addedId();
    const older = await tokenFor(id);
    const key = addressKey(address().toLowerCase(), secret);
    await db.database.transaction(async (tx) => suppressAddress(tx, key, { reason: 'complained', source: 'test', now: ports.clock() }));
    await removeSubscriber(ports, { address: address(), erase: true });
    await add();
    await add({ confirmed });
    await confirmSubscription(ports, older);
    const { rows } = await db.database.query(`select reason from suppression where address_key = $1`, [key]);
    expect(rows).toEqual([{ reason: 'complained' }]);
    expect((await db.database.query(`select from subscriber where address_key = $1`, [key])).rowCount).toBe(0);
  });
});

describe('A reader’s choices', () => {
  test('are changed and logged together', async () => {
    const id = await addedId({ confirmed });
    const who = { subscriptionId: id, source: 'page' };
    await db.database.query(`insert into schedule (newsletter_id, name, cron, time_zone) values ($1, $2, '0 7 * * *', 'UTC')`, [
      newsletter.id,
      `daily-${count}`,
    ]);
    await chooseTopics(ports, who, ['reading']);
    await chooseCadence(ports, who, `daily-${count}`);
    await chooseLocalHour(ports, who, 6, 'Europe/Madrid');
    await pause(ports, who, 'indefinitely');
    expect(await row(id)).toMatchObject({ topics: [expect.any(String)], localHour: 6, pausedUntil: Infinity });
    await resume(ports, who, 'catch_up');
    expect(await row(id)).toMatchObject({ pausedUntil: null });
    await chooseTopics(ports, who, null);
    expect(await row(id)).toMatchObject({ topics: null });
    expect(await kinds(id)).toEqual(['imported', 'topics_chosen', 'schedule_chosen', 'hour_chosen', 'paused', 'resumed', 'topics_chosen']);
    await db.database.query(`update schedule set removed_at = now() where name like 'daily-%'`);
  });

  test('are nobody’s to change once they left, nor to a moment that is past', async () => {
    const id = await addedId({ confirmed });
    const who = { subscriptionId: id, source: 'page' };
    await expect(pause(ports, who, new Date('2020-01-01T00:00:00Z'))).rejects.toThrow(InvalidInputError);
    await removeSubscriber(ports, { address: address() });
    await expect(chooseTopics(ports, who, null)).rejects.toThrow(InvalidInputError);
    await expect(pause(ports, who, 'indefinitely')).rejects.toThrow(InvalidInputError);
  });
});

describe('The list of subscribers', () => {
  test('is filtered, paged and counted', async () => {
    const own = await seedNewsletter(db.database, `listed-${count}`);
    const names = ['a', 'b', 'c', 'd'].map((letter) => `${letter}${count}@example.net`);
    for (const each of names)
      await add({ newsletter: own.slug, address: each, ...(each.startsWith('a') ? {} : { confirmed }), topics: ['reading'] });
    await removeSubscriber(ports, { address: names[3]! });
    await db.database.transaction((tx) => suppressAddress(tx, addressKey(names[2]!, secret), { reason: 'bounced', source: 'test', now }));
    const choice = { newsletter: own.slug };
    const { counts, subscriptions: first } = await listPublicSubscriptions(db.database, choice, { limit: 3 });
    expect(counts).toEqual({ pending: 1, active: 2, left: 1, paused: 0, suppressed: 1 });
    const rest = await listPublicSubscriptions(db.database, choice, { limit: 3, afterId: first.at(-1)!.subscriptionId });
    expect(rest.counts).toEqual(counts);
    expect([...first, ...rest.subscriptions].map((line) => line.address)).toEqual(names);
    expect(first[2]).toMatchObject({
      newsletter: own.slug,
      state: 'active',
      suppression: 'bounced',
      schedule: 'weekly',
      topics: ['reading'],
      isPaused: false,
    });
    const countOf = async (more: object): Promise<number> =>
      (await listPublicSubscriptions(db.database, { ...choice, ...more }, { limit: 9 })).subscriptions.length;
    expect([await countOf({ state: 'pending' }), await countOf({ isSuppressed: true }), await countOf({ schedule: 'weekly' })]).toEqual([
      1, 1, 4,
    ]);
    await expect(countOf({ schedule: 'never' })).rejects.toThrow(NotFoundError);
    await expect(countOf({ newsletter: 'nobody' })).rejects.toThrow(NotFoundError);
  });

  test('says of each these things', async () => {
    await add();
    const { subscriptions } = await listPublicSubscriptions(db.database, {}, { limit: 1 });
    expect(Object.keys(subscriptions[0]!)).toEqual([
      'subscriptionId',
      'subscriberId',
      'newsletter',
      'address',
      'name',
      'state',
      'schedule',
      'topics',
      'language',
      'format',
      'localHour',
      'timeZone',
      'isPaused',
      'suppression',
      'createdAt',
    ]);
  });
});

describe('Choices that staff set', () => {
  const set = async (wanted: WantedChoices): Promise<string[]> => {
    const changed: string[] = [];
    await setChoices(ports, { newsletter: 'weekly', person: address(), source: 'command line' }, wanted, (what) =>
      changed.push(what),
    ).catch((error: unknown) => changed.push((error as Error).message));
    return changed;
  };

  test('are changed one after the other, each with its line in the consent log', async () => {
    const id = await addedId({ confirmed });
    const wanted = { format: 'text', topics: ['reading'], hour: { hour: 7, timeZone: 'Europe/Madrid' }, language: 'es' } as const;
    expect(await set(wanted)).toEqual(['topics', 'hour', 'language', 'format']);
    expect(await row(id)).toMatchObject({ format: 'text', language: 'es', localHour: 7, timeZone: 'Europe/Madrid' });
    expect((await listConsentEvents(db.database, id)).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['topics_chosen', 'hour_chosen', 'language_chosen', 'format_chosen']),
    );
    expect(await set({ topics: null, hour: null })).toEqual(['topics', 'hour']);
    expect(await row(id)).toMatchObject({ topics: null, localHour: null });
  });

  test('stay as far as they came where one is refused', async () => {
    const id = await addedId({ confirmed });
    expect(await set({ topics: ['reading'], schedule: 'never', format: 'text' })).toEqual(['topics', expect.stringMatching(/got "never"/)]);
    expect(await row(id)).toMatchObject({ topics: [expect.any(String)], format: 'html' });
  });

  test('are those of somebody who is there', async () => {
    expect(await set({ format: 'text' })).toEqual([expect.stringMatching(/found none with this address/)]);
  });
});

describe('The secret of address keys', () => {
  test('is remembered by its fingerprint, and another one stops the start', async () => {
    await checkAddressKeySecret(db.database, secret);
    await checkAddressKeySecret(db.database, secret);
    await expect(checkAddressKeySecret(db.database, Buffer.from('another secret of at least 32 characters'))).rejects.toThrow(ConfigError);
    const { rows } = await db.database.query<{ value: string }>(`select value::text from setting`);
    expect(rows[0]!.value).not.toContain(secret.toString());
  });
});
