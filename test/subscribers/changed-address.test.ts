/*
 * Somebody has another address from now on, by their own click or by staff's hand: what the old one was asked, told and answered holds for it alone.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { ConflictError } from '../../src/kernel/errors.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { listRecentEnds } from '../../src/ledger/queue/end-delivery-store.ts';
import { suppressAddress } from '../../src/ledger/suppress-address.ts';
import type { SuppressionReason } from '../../src/ledger/subscriptions/suppression.ts';
import { addressKey, parseAddress } from '../../src/mail/address.ts';
import { claimNotice } from '../../src/notices/notice-store.ts';
import { recordVerdict } from '../../src/notices/record-verdict.ts';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { addSubscriber, type AddSubscriberPorts } from '../../src/subscribers/joining/add-subscriber.ts';
import { confirmSubscription } from '../../src/subscribers/joining/confirm-subscription.ts';
import { insertSignUp } from '../../src/subscribers/joining/sign-up-store.ts';
import { listConsentEvents } from '../../src/subscribers/consent/consent-store.ts';
import { removeSubscriber } from '../../src/subscribers/leaving/remove-subscriber.ts';
import { askForLink } from '../../src/subscribers/links/ask-for-link.ts';
import { handleLinkRequest } from '../../src/subscribers/links/handle-link-request.ts';
import { changeAddress } from '../../src/subscribers/own-data/change-address.ts';
import { correctAddress } from '../../src/subscribers/own-data/correct-address.ts';
import { createKeyRing } from '../../src/subscribers/tokens/token.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertDeliveries, insertFrozenEdition, type FrozenEdition } from '../support/frozen-edition.ts';
import { seedNewsletter, type SeededNewsletter } from '../web/seed.ts';

let db: TestDatabase;
let ports: AddSubscriberPorts & { publicUrl: string };
let newsletter: SeededNewsletter;
let frozen: FrozenEdition;
let count = 0;
const requests: string[] = [];
const now = new Date('2026-03-01T12:00:00Z');
const secret = Buffer.from('a secret of at least 32 characters, for tests');

beforeAll(async () => {
  db = await createTestDatabase();
  ports = {
    database: db.database,
    enqueue: async (_tx, job) => void (job.name === 'link' ? requests.push(job.requestId) : undefined),
    addressKeySecret: secret,
    clock: () => now,
    publicUrl: 'https://news.example.org',
    tokenKeys: createKeyRing(['a token key of at least 32 characters']),
    notices: await createNoticeRenderer({ templatesFolder: join(packageRoot, 'templates') }),
  };
  newsletter = await seedNewsletter(db.database, 'weekly');
  frozen = await insertFrozenEdition(db.database);
});
afterAll(() => db.drop());
beforeEach(() => {
  count += 1;
  requests.length = 0;
});

const oldOne = () => `old${count}@example.net`;
const newOne = () => `new${count}@example.net`;
const keyOf = (address: string) => addressKey(parseAddress(address).normal, secret);
const add = (address: string, confirmed = true) =>
  addSubscriber(ports, { newsletter: 'weekly', address, ...(confirmed ? { confirmed: { source: 'paper' } } : {}) });

interface Person {
  readonly subscriptionId: string;
  readonly subscriberId: string;
}

async function joinUp(address = oldOne(), confirmed = true): Promise<Person> {
  const result = await add(address, confirmed);
  if (!('subscriptionId' in result)) throw new Error(result.kind);
  const { subscriptionId } = result;
  const { rows } = await db.database.query<Person>(
    `select id as "subscriptionId", subscriber_id as "subscriberId" from subscription where id = $1`,
    [subscriptionId],
  );
  return rows[0]!;
}
const correct = ({ subscriberId }: Person, to = newOne()) => correctAddress(ports, { subscriberId, source: 'test' }, to);
const suppress = (address: string, reason: SuppressionReason) =>
  db.database.transaction((tx) => suppressAddress(tx, keyOf(address), { reason, source: 'test', now }));
const stateOf = async ({ subscriptionId }: Person) =>
  (await db.database.query<{ state: string }>(`select state from subscription where id = $1`, [subscriptionId])).rows[0]!.state;

interface StoredNotice {
  readonly id: string;
  readonly to: string;
  readonly state: string;
  readonly text: string;
}
async function notices({ subscriptionId }: Person): Promise<StoredNotice[]> {
  const { rows } = await db.database.query<StoredNotice>(
    `select id, recipient_address as to, state, plain as text from notice where subscription_id = $1 order by id`,
    [subscriptionId],
  );
  return rows;
}
const tokenIn = (text: string) => /\/(?:address|confirm)\/([^\s]+)/.exec(text)![1]!;

/** Asks for another address, as the person's own page does; gives the token of the link that is mailed there. */
async function want({ subscriptionId, subscriberId }: Person, to = newOne()): Promise<string | undefined> {
  const before = (await notices({ subscriptionId, subscriberId })).length;
  await askForLink(ports, { kind: 'address', newsletterId: newsletter.id, subscriberId, address: parseAddress(to) });
  for (const id of requests.splice(0)) await handleLinkRequest(ports, id);
  const asked = (await notices({ subscriptionId, subscriberId }))[before];
  return asked && tokenIn(asked.text);
}
const click = (token: string) => changeAddress(ports, token);
const addressOf = async ({ subscriberId }: Person) =>
  (await db.database.query<{ address: string | null }>(`select address from subscriber where id = $1`, [subscriberId])).rows[0]!.address;

const signUpWith = async (address: string) =>
  db.database.transaction((tx) =>
    insertSignUp(tx, {
      newsletterId: newsletter.id,
      address,
      addressKey: keyOf(address),
      name: null,
      scheduleId: null,
      topicIds: null,
      source: 'form',
      wording: 'Yes',
      ip: null,
      receivedAt: now,
    }),
  );
const isKeptIn = async (table: 'former_address' | 'sign_up', address: string): Promise<boolean> =>
  (await db.database.query(`select from ${table} where address_key = $1`, [keyOf(address)])).rows.length > 0;

describe('The address that somebody had before', () => {
  test.each([
    ['is still here', async () => {}],
    ['left since', async () => removeSubscriber(ports, { address: newOne() })],
    ['was erased since', async () => removeSubscriber(ports, { address: newOne(), erase: true })],
  ])('of who %s makes nobody active by what staff say: they are asked, and only a click from there counts', async (_, then) => {
    const person = await joinUp();
    await correct(person);
    await then();
    const before = await stateOf(person);
    expect(['was_erased', 'has_moved']).toContain((await add(oldOne())).kind);
    expect((await db.database.query(`select from subscriber where address = $1`, [oldOne()])).rowCount).toBe(0);
    const other = await joinUp(oldOne(), false);
    expect(other.subscriberId).not.toBe(person.subscriberId);
    expect(['was_erased', 'has_moved']).toContain((await add(oldOne())).kind);
    const token = tokenIn((await notices(other))[0]!.text);
    expect((await confirmSubscription(ports, token, () => 'Yes')).kind).toBe('found');
    expect(await stateOf(other)).toBe('active');
    expect(await stateOf(person)).toBe(before);
    // It is theirs now like any other.
    await removeSubscriber(ports, { address: oldOne() });
    expect((await add(oldOne())).kind).toBe('stays_left');
  });

  test('is theirs again where staff move them back, and nobody else’s by staff', async () => {
    const person = await joinUp();
    await correct(person);
    const other = await joinUp(`other${count}@example.net`);
    await expect(correct(other, oldOne())).rejects.toThrow('that somebody else here had before');
    expect((await correct(person, oldOne())).isChanged).toBe(true);
    expect((await add(oldOne())).kind).toBe('already_active');
    expect((await add(newOne())).kind).toBe('has_moved');
  });

  test('goes to another person by their own click there, and so does that of somebody who was erased', async () => {
    const person = await joinUp();
    await correct(person);
    const other = await joinUp(`other${count}@example.net`);
    expect((await click((await want(other, oldOne()))!))?.kind).toBe('changed');
    expect(await addressOf(other)).toBe(oldOne());
    await removeSubscriber(ports, { address: newOne(), erase: true });
    expect((await click((await want(other, newOne()))!))?.kind).toBe('changed');
    const { rows } = await db.database.query(`select from erased_address where address_key = $1`, [keyOf(newOne())]);
    expect(rows).toEqual([]);
  });

  test('is forgotten with a sign-up that nobody confirmed, and becomes an erased one with an erasure', async () => {
    const person = await joinUp();
    await correct(person);
    // Somebody filled the form in with it, and it waits for staff.
    await signUpWith(oldOne());
    await removeSubscriber(ports, { address: newOne(), erase: true });
    expect([await isKeptIn('former_address', oldOne()), await isKeptIn('sign_up', oldOne())]).toEqual([false, false]);
    expect(
      (await db.database.query(`select from erased_address where address_key = any($1)`, [[keyOf(oldOne()), keyOf(newOne())]])).rowCount,
    ).toBe(2);
    // Who comes back by it begins at the last release: what they had got is not known any more.
    const { rows } = await db.database.query(`select from erased_subscription where address_key = $1`, [keyOf(oldOne())]);
    expect(rows).toHaveLength(1);
  });
});

describe('A change of address', () => {
  test.each([['complained'], ['staff']] as const)('is for nobody whose address is suppressed as %s, whoever asks', async (reason) => {
    const person = await joinUp();
    const token = (await want(person))!;
    await suppress(oldOne(), reason);
    expect(await want(person, `third${count}@example.net`)).toBeUndefined();
    expect(await click(token)).toBeUndefined();
    await expect(correct(person)).rejects.toThrow(ConflictError);
    expect(await addressOf(person)).toBe(oldOne());
  });

  test('lets who bounced begin at the last release, and tells the dead address nothing', async () => {
    const person = await joinUp();
    const token = (await want(person))!;
    await suppress(oldOne(), 'bounced');
    await db.database.query(`update subscription_cursor set cursor = 0, since = 0 where subscription_id = $1`, [person.subscriptionId]);
    expect((await click(token))?.kind).toBe('changed');
    expect((await notices(person)).map(({ to }) => to)).toEqual([newOne()]);
    const { rows } = await db.database.query(
      `select from subscription_cursor where subscription_id = $1 and cursor = (select last_position from release_counter)`,
      [person.subscriptionId],
    );
    expect(rows).toHaveLength(1);
  });

  test('takes back every other link and mail that waits for the old address', async () => {
    const person = await joinUp();
    const first = (await want(person, `first${count}@example.net`))!;
    await signUpWith(oldOne());
    const second = (await want(person, newOne()))!;
    expect((await click(second))?.kind).toBe('changed');
    expect(await click(first)).toBeUndefined();
    expect((await notices(person)).map(({ to, state }) => [to, state])).toEqual([
      [`first${count}@example.net`, 'cancelled'],
      [newOne(), 'cancelled'],
      [oldOne(), 'queued'],
    ]);
    expect((await db.database.query(`select from link_request where subscriber_id = $1`, [person.subscriberId])).rowCount).toBe(0);
    expect(await isKeptIn('sign_up', oldOne())).toBe(false);
    const again = (await want(person, `again${count}@example.net`))!;
    await correct(person, `staff${count}@example.net`);
    expect(await click(again)).toBeUndefined();
    expect(await addressOf(person)).toBe(`staff${count}@example.net`);
  });

  test('waits for a digest that is on its way, whose answer would be taken for one of the new address', async () => {
    const person = await joinUp();
    const token = (await want(person))!;
    const [deliveryId] = await insertDeliveries(db.database, frozen, [person.subscriptionId]);
    await db.database.query(`update delivery set state = 'sending' where id = $1`, [deliveryId]);
    expect((await click(token))?.kind).toBe('busy');
    expect(await addressOf(person)).toBe(oldOne());
    await db.database.query(`update delivery set state = 'accepted', ended_at = now() where id = $1`, [deliveryId]);
    expect((await click(token))?.kind).toBe('changed');
  });

  test('leaves what servers said of the old address with it', async () => {
    const person = await joinUp();
    const [deliveryId] = await insertDeliveries(db.database, frozen, [person.subscriptionId]);
    await db.database.query(`update delivery set state = 'expired', ended_at = now() where id = $1`, [deliveryId]);
    const told = (await want(person))!;
    const [asked] = await notices(person);
    const claim = await claimNotice(db.database, asked!.id, 60_000);
    if (typeof claim !== 'object') throw new Error(claim);
    await db.database.transaction((tx) => listRecentEnds(tx, keyOf(oldOne()))).then((ends) => expect(ends).toHaveLength(1));
    expect((await click(told))?.kind).toBe('changed');
    expect(await listRecentEnds(db.database, keyOf(newOne()))).toEqual([]);
    // The old one is dead, as the mail about the change finds out.
    const [, changed] = await notices(person);
    const goodbye = await claimNotice(db.database, changed!.id, 60_000);
    if (typeof goodbye !== 'object') throw new Error(goodbye);
    expect(goodbye.to.address).toBe(oldOne());
    await recordVerdict(db.database, goodbye, { state: 'failed', reply: '550 nobody', isDeadAddress: true }, now);
    const { rows } = await db.database.query(`select from suppression where address_key = $1`, [keyOf(newOne())]);
    expect(rows).toEqual([]);
  });

  test('is not told to an old address that is suppressed meanwhile, though the new one may be mailed', async () => {
    const person = await joinUp();
    expect((await click((await want(person))!))?.kind).toBe('changed');
    await suppress(oldOne(), 'complained');
    const [, changed] = await notices(person);
    expect(await claimNotice(db.database, changed!.id, 60_000)).toBe('cancelled');
  });

  test('that only spells it otherwise is no other address', async () => {
    const person = await joinUp();
    expect((await correct(person, oldOne().toUpperCase().replace('EXAMPLE.NET', 'example.net'))).isChanged).toBe(true);
    expect((await db.database.query(`select from former_address where subscriber_id = $1`, [person.subscriberId])).rowCount).toBe(0);
    expect((await listConsentEvents(db.database, person.subscriptionId)).at(-1)).toMatchObject({ kind: 'address_changed' });
  });
});
