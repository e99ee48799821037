import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Tx } from '../../src/db/db.ts';
import { InvalidInputError } from '../../src/kernel/errors.ts';
import { activateSubscriptions, leaveSubscriptions, suppressAddresses } from '../../src/ledger/change-many.ts';
import {
  activateSubscription,
  changeLocalHour,
  moveToSchedule,
  changeTopics,
  leaveSubscription,
  pauseSubscription,
  resumeSubscription,
  takeBackLeaving,
} from '../../src/ledger/change-subscription.ts';
import { composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import { eraseSubscriber, liftSuppression, suppressAddress } from '../../src/ledger/suppress-address.ts';
import { allowConfirmation, lockSuppression } from '../../src/ledger/subscriptions/suppression-store.ts';
import { countWaiting, isBlocking } from '../support/blocked-sessions.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  type TestNewsletter,
  approve,
  composeDraft,
  cursorOf,
  deliveriesOf,
  freeze,
  insertNewsletter,
  insertPendingSubscription,
  insertSubscription,
  insertTopics,
  one,
  releaseNewPost,
  sendEdition,
  setDelivery,
  story,
} from './fixture.ts';

let testDatabase: TestDatabase;
let newsletter: TestNewsletter;
let reader: string;
let position: bigint;
const now = new Date();

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  newsletter = await insertNewsletter(testDatabase.database);
  reader = await insertSubscription(testDatabase.database, newsletter);
  ({ position } = await releaseNewPost(testDatabase.database, newsletter));
  await sendEdition(testDatabase.database, newsletter);
});

const change = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => testDatabase.database.transaction(work);
const told = async (): Promise<string> => story(testDatabase.database, reader);
const cursor = async (): ReturnType<typeof cursorOf> => cursorOf(testDatabase.database, reader);

async function person(): Promise<{ id: string; address: string | null; address_key: string }> {
  const { rows } = await testDatabase.database.query<{ id: string; address: string | null; address_key: string }>(
    `select p.id, p.address, p.address_key from subscriber p join subscription s on s.subscriber_id = p.id where s.id = $1`,
    [reader],
  );
  return one(rows);
}

async function doubt(): Promise<void> {
  await setDelivery(testDatabase.database, (await deliveriesOf(testDatabase.database, reader))[0]?.id ?? '', 'queued', true);
}

describe('leaving', () => {
  test('ends what is queued at once and gives nothing back', async () => {
    await change(async (tx) => leaveSubscription(tx, reader, now));
    expect([await told(), (await cursor()).owed]).toEqual([`cancelled(left) ${position}`, []]);
  });

  test('ends what was ever in doubt as in doubt', async () => {
    await doubt();
    await change(async (tx) => leaveSubscription(tx, reader, now));
    expect(await told()).toBe(`in_doubt(left) ${position}`);
  });

  test('leaves to the claim what somebody else has locked, without waiting', async () => {
    await change(async (other) => {
      await other.query(`select from delivery where subscription_id = $1 for update`, [reader]);
      await change(async (tx) => {
        await tx.query(`set local lock_timeout = '100ms'`);
        await leaveSubscription(tx, reader, now);
      });
    });
    expect(await told()).toBe(`queued ${position}`);
  });
});

describe('a leaving that is taken back', () => {
  const leaveAndComeBack = async (between: () => Promise<unknown> = async () => undefined): Promise<void> => {
    await change(async (tx) => leaveSubscription(tx, reader, now));
    await between();
    await change(async (tx) => takeBackLeaving(tx, reader, now));
  };

  test('loses nothing of what was queued, and repeats nothing', async () => {
    await leaveAndComeBack();
    expect([await told(), (await cursor()).owed]).toEqual([`cancelled(left) ${position}`, [position]]);
    await sendEdition(testDatabase.database, newsletter);
    await change(async (tx) => takeBackLeaving(tx, reader, now));
    expect([await told(), (await cursor()).owed]).toEqual([`cancelled(left) ${position}, queued ${position}`, []]);
  });

  test('brings what an edition brought to others meanwhile', async () => {
    await insertSubscription(testDatabase.database, newsletter);
    let missed = 0n;
    await leaveAndComeBack(async () => {
      missed = (await releaseNewPost(testDatabase.database, newsletter)).position;
      await sendEdition(testDatabase.database, newsletter);
    });
    await sendEdition(testDatabase.database, newsletter);
    expect(await told()).toBe(`cancelled(left) ${position}, queued ${position} ${missed}`);
  });

  test('does not bring again what they had, or may have had, nor what an older leaving ended', async () => {
    await setDelivery(testDatabase.database, (await deliveriesOf(testDatabase.database, reader))[0]!.id, 'accepted');
    await leaveAndComeBack();
    expect([await told(), (await cursor()).owed]).toEqual([`accepted ${position}`, []]);
    await releaseNewPost(testDatabase.database, newsletter);
    await sendEdition(testDatabase.database, newsletter);
    await testDatabase.database.query(`update delivery set doubted_at = now() where state = 'queued' and subscription_id = $1`, [reader]);
    await leaveAndComeBack();
    expect((await cursor()).owed).toEqual([]);
    await releaseNewPost(testDatabase.database, newsletter);
    await sendEdition(testDatabase.database, newsletter);
    await change(async (tx) => leaveSubscription(tx, reader, now));
    await change(async (tx) => activateSubscription(tx, reader, now));
    await leaveAndComeBack();
    expect((await cursor()).owed).toEqual([]);
  });
});

describe('an activation', () => {
  test('after leaving starts at the last release and ends what was still queued', async () => {
    await change(async (tx) => activateSubscription(tx, reader, now));
    expect(await told()).toBe(`cancelled(activated) ${position}`);
    expect(await cursor()).toMatchObject({ owed: [], since: position });
  });

  test('leaves an ever doubted delivery to its end', async () => {
    await doubt();
    await change(async (tx) => activateSubscription(tx, reader, now));
    expect(await told()).toBe(`queued ${position}`);
  });

  test('ends a pause and what was owed', async () => {
    await change(async (tx) => pauseSubscription(tx, reader, 'indefinitely', now));
    await change(async (tx) => leaveSubscription(tx, reader, now));
    await change(async (tx) => activateSubscription(tx, reader, now));
    const { rows } = await testDatabase.database.query(`select state, paused_until, left_at from subscription where id = $1`, [reader]);
    expect(rows).toEqual([{ state: 'active', paused_until: null, left_at: null }]);
    expect((await cursor()).owed).toEqual([]);
  });
});

describe('a pause', () => {
  test('ends what is queued and owes its posts', async () => {
    await change(async (tx) => pauseSubscription(tx, reader, 'indefinitely', now));
    expect([await told(), (await cursor()).owed]).toEqual([`cancelled(paused) ${position}`, [position]]);
  });

  test('never owes what may have been read', async () => {
    await doubt();
    await change(async (tx) => pauseSubscription(tx, reader, 'indefinitely', now));
    expect([await told(), (await cursor()).owed]).toEqual([`in_doubt(paused) ${position}`, []]);
  });

  test('and catching up brings everything from the meantime', async () => {
    await change(async (tx) => pauseSubscription(tx, reader, 'indefinitely', now));
    const next = await releaseNewPost(testDatabase.database, newsletter);
    await change(async (tx) => resumeSubscription(tx, reader, 'catch_up', now));
    await sendEdition(testDatabase.database, newsletter);
    expect(await told()).toBe(`cancelled(paused) ${position}, queued ${position} ${next.position}`);
  });

  test('and starting afresh while a freeze holds the cursor ends what that freeze queues', async () => {
    const { database } = testDatabase;
    await change(async (tx) => pauseSubscription(tx, reader, new Date(now.getTime() - 1_000), now));
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    const waitingCount = async (): Promise<number> => countWaiting(database);
    let frozen: Promise<unknown> = Promise.resolve();
    let begun: Promise<unknown> = Promise.resolve();
    await change(async (tx) => {
      // The chunk has locked the cursors and waits to write its deliveries.
      await tx.query(`lock table open_range in share mode`);
      frozen = freeze(database, editionId);
      await waitFor(async () => (await waitingCount()) === 1);
      begun = change(async (other) => resumeSubscription(other, reader, 'afresh', now));
      await waitFor(async () => (await waitingCount()) === 2);
    });
    await Promise.all([frozen, begun]);
    expect(await told()).toBe(`cancelled(paused) ${position}, cancelled(activated) ${position}`);
    expect(await cursor()).toMatchObject({ owed: [] });
  });

  test('and starting afresh brings only what comes after', async () => {
    await change(async (tx) => pauseSubscription(tx, reader, 'indefinitely', now));
    await releaseNewPost(testDatabase.database, newsletter);
    await change(async (tx) => resumeSubscription(tx, reader, 'afresh', now));
    const next = await releaseNewPost(testDatabase.database, newsletter);
    await sendEdition(testDatabase.database, newsletter);
    expect(await told()).toBe(`cancelled(paused) ${position}, queued ${next.position}`);
  });
});

describe('a suppression', () => {
  const suppression = { reason: 'complained', source: 'webhook', now } as const;

  test('ends what is queued, gives nothing back and keeps its first reason', async () => {
    const { address_key: key } = await person();
    await change(async (tx) => suppressAddress(tx, key, suppression));
    await change(async (tx) => suppressAddress(tx, key, { ...suppression, reason: 'staff' }));
    expect([await told(), (await cursor()).owed]).toEqual([`suppressed ${position}`, []]);
    const { rows } = await testDatabase.database.query(`select reason from suppression where address_key = $1`, [key]);
    expect(rows).toEqual([{ reason: 'complained' }]);
  });

  test('of who merely bounced becomes that of who complained, and never the other way', async () => {
    const { address_key: key } = await person();
    const reasonsAfter = async (...reasons: ('bounced' | 'unreachable' | 'complained' | 'staff')[]): Promise<string> => {
      await testDatabase.database.query(`delete from suppression where address_key = $1`, [key]);
      for (const reason of reasons) await change(async (tx) => suppressAddress(tx, key, { ...suppression, reason }));
      const { rows } = await testDatabase.database.query<{ reason: string }>(`select reason from suppression where address_key = $1`, [
        key,
      ]);
      return rows.map((row) => row.reason).join();
    };
    expect(await reasonsAfter('bounced', 'complained', 'bounced')).toBe('complained');
    expect(await reasonsAfter('unreachable', 'staff', 'bounced', 'complained')).toBe('staff');
    expect(await reasonsAfter('unreachable', 'bounced', 'unreachable')).toBe('bounced');
  });

  test('of an address that bounces again counts from then, and takes back the confirmation that it might have got', async () => {
    const { address_key: key } = await person();
    const again = new Date(now.getTime() + 40 * 86_400_000);
    await change(async (tx) => suppressAddress(tx, key, { ...suppression, reason: 'bounced' }));
    await change(async (tx) => allowConfirmation(tx, key, '12', again));
    expect(await change(async (tx) => lockSuppression(tx, key))).toEqual({ reason: 'bounced', at: now, confirmationAt: again });
    await change(async (tx) => suppressAddress(tx, key, { ...suppression, reason: 'bounced', now: again }));
    expect(await change(async (tx) => lockSuppression(tx, key))).toEqual({ reason: 'bounced', at: again, confirmationAt: null });
  });

  test('that is lifted begins anew and raises no state', async () => {
    const { address_key: key } = await person();
    await change(async (tx) => suppressAddress(tx, key, suppression));
    const missed = await releaseNewPost(testDatabase.database, newsletter);
    expect(await change(async (tx) => liftSuppression(tx, key, now))).toBe(true);
    expect(await cursor()).toMatchObject({ cursor: missed.position, since: missed.position, owed: [] });
    await change(async (tx) => leaveSubscription(tx, reader, now));
    await change(async (tx) => suppressAddress(tx, key, suppression));
    await change(async (tx) => liftSuppression(tx, key, now));
    const { rows } = await testDatabase.database.query(`select state from subscription where id = $1`, [reader]);
    expect(rows).toEqual([{ state: 'left' }]);
    expect(await change(async (tx) => liftSuppression(tx, key, now))).toBe(false);
  });
});

test('an erasure ends what is queued and takes the address out of stored replies', async () => {
  const { id, address } = await person();
  const [delivery] = await deliveriesOf(testDatabase.database, reader);
  const reply = `550 no such user <${address?.toUpperCase()}> (${address})`;
  await testDatabase.database.query(`update delivery set reply = $2 where id = $1`, [delivery?.id, reply]);
  await testDatabase.database.query(`insert into attempt (delivery_id, outcome, reply) values ($1, 'deferred', $2)`, [delivery?.id, reply]);
  await change(async (tx) => eraseSubscriber(tx, id, now));
  expect(await told()).toBe(`cancelled(erased) ${position}`);
  const { rows } = await testDatabase.database.query(
    `select d.reply, a.reply as attempt from delivery d join attempt a on a.delivery_id = d.id where d.id = $1`,
    [delivery?.id],
  );
  expect(rows).toEqual([{ reply: '550 no such user <[address]> ([address])', attempt: '550 no such user <[address]> ([address])' }]);
});

test('an erasure takes every spelling of the address out of any number of stored replies', async () => {
  const { id, address } = await person();
  const [delivery] = await deliveriesOf(testDatabase.database, reader);
  const [local = '', host = ''] = address!.split('@');
  const spellings = [
    `<${local}@${host}>`,
    `"${local}"@${host}`,
    `${local}=40${host}`,
    `${local}+40${host}`,
    `${local}%40${host}`,
    `${local}&#64;${host}`,
    `b+${local}=${host}@example.org`,
    `${local} (at) ${host}`,
    `SRS0=aa=bb=${host}=${local}@example.org`,
    `${local} @ ${host}`,
    `${local}@${host.slice(0, 3)}`,
  ];
  await testDatabase.database.query(
    `insert into attempt (delivery_id, outcome, reply)
     select $1, 'deferred', '450 ' || n || ' ' || spelling from generate_series(1, 100) as n, unnest($2::text[]) as spelling`,
    [delivery?.id, spellings],
  );
  await testDatabase.database.query(`update delivery set reply = $2 where id = $1`, [delivery?.id, `550 ${spellings.join(', ')}`]);
  await change(async (tx) => eraseSubscriber(tx, id, now));
  const { rows } = await testDatabase.database.query<{ reply: string }>(
    `select reply from delivery where id = $1 union all select reply from attempt where delivery_id = $1`,
    [delivery?.id],
  );
  expect(rows).toHaveLength(1 + 100 * spellings.length);
  expect(rows.filter(({ reply }) => reply.includes(local))).toEqual([]);
});

test('an erasure leaves what is answered while it looks, which holds no address', async () => {
  const { id, address } = await person();
  const [delivery] = await deliveriesOf(testDatabase.database, reader);
  await testDatabase.database.query(`update delivery set reply = $2 where id = $1`, [delivery?.id, `450 ${address} is busy`]);
  const erased = await testDatabase.database.transaction(async (tx) => {
    await tx.query(`update delivery set reply = '250 2.0.0 taken' where id = $1`, [delivery?.id]);
    const erasing = change(async (other) => eraseSubscriber(other, id, now));
    await waitFor(async () => isBlocking(tx));
    return { erasing };
  });
  await erased.erasing;
  const { rows } = await testDatabase.database.query(`select reply from delivery where id = $1`, [delivery?.id]);
  expect(rows).toEqual([{ reply: '250 2.0.0 taken' }]);
});

describe('changes of a subscription', () => {
  test('sort topics, and refuse an empty list', async () => {
    const [a = '', b = ''] = await insertTopics(testDatabase.database, 2);
    await change(async (tx) => changeTopics(tx, reader, [b, a, b]));
    const { rows } = await testDatabase.database.query(`select topics from subscription where id = $1`, [reader]);
    expect(rows).toEqual([{ topics: [a, b] }]);
    await change(async (tx) => changeTopics(tx, reader, null));
    await expect(change(async (tx) => changeTopics(tx, reader, []))).rejects.toThrow(InvalidInputError);
  });

  test('keep to schedules of the same newsletter', async () => {
    const other = await insertNewsletter(testDatabase.database);
    await change(async (tx) => moveToSchedule(tx, reader, newsletter.scheduleIds[1]));
    await expect(change(async (tx) => moveToSchedule(tx, reader, other.scheduleIds[0]))).rejects.toThrow(InvalidInputError);
  });

  test('know hours and zones', async () => {
    await change(async (tx) => changeLocalHour(tx, reader, { hour: 7, timeZone: 'Europe/Madrid' }));
    await change(async (tx) => changeLocalHour(tx, reader, null));
    await expect(change(async (tx) => changeLocalHour(tx, reader, { hour: 24, timeZone: 'UTC' }))).rejects.toThrow(InvalidInputError);
    await expect(change(async (tx) => changeLocalHour(tx, reader, { hour: 7, timeZone: 'Nowhere' }))).rejects.toThrow(InvalidInputError);
  });
});

describe('many at once', () => {
  const reasons = ['bounced', 'complained', 'unreachable', 'staff'] as const;
  /** What may have happened to one of some readers before; `release` and `send` to all. */
  const step = fc.record({
    what: fc.constantFrom('release', 'send', 'leave', 'pause', 'accept', 'doubt', 'erase', 'suppress', 'activate', 'correction_owed'),
    who: fc.nat(5),
    which: fc.nat(3),
  });

  async function play({ what, who, which }: { what: string; who: number; which: number }, readers: string[]): Promise<void> {
    const { database } = testDatabase;
    const id = readers[who]!;
    if (what === 'release') await releaseNewPost(database, newsletter);
    else if (what === 'send') await sendWhatIsDue(which < 2 ? 0 : 1);
    else if (what === 'accept' || what === 'doubt') {
      const delivery = (await deliveriesOf(database, id)).find((each) => each.state === 'queued');
      if (delivery) await setDelivery(database, delivery.id, what === 'accept' ? 'accepted' : 'queued', what === 'doubt');
    } else await change(async (tx) => changeOne(tx, what, id, which));
  }

  async function sendWhatIsDue(schedule: 0 | 1): Promise<void> {
    const scheduleId = newsletter.scheduleIds[schedule];
    const edition = { newsletterId: newsletter.id, scheduleId, slotAt: null, byHand: true, now };
    const composed = await composeEdition(testDatabase.database, edition);
    if (composed.kind !== 'composed') return;
    await approve(testDatabase.database, composed.editionId);
    await freeze(testDatabase.database, composed.editionId);
  }

  async function changeOne(tx: Tx, what: string, id: string, which: number): Promise<void> {
    if (what === 'leave') return leaveSubscription(tx, id, now);
    if (what === 'pause') return pauseSubscription(tx, id, 'indefinitely', now);
    if (what === 'activate') return void (await activateSubscription(tx, id, now));
    if (what === 'correction_owed')
      return void (await tx.query(`update subscription_cursor set owed = owed || cursor where subscription_id = $1 and cursor > 0`, [id]));
    const { rows } = await tx.query<{ key: string }>(
      `select p.address_key as key from subscriber p join subscription s on s.subscriber_id = p.id where s.id = $1`,
      [id],
    );
    if (what === 'suppress') return suppressAddress(tx, one(rows).key, { reason: reasons[which]!, source: 'smtp', now: new Date(0) });
    await tx.query(
      `insert into erased_subscription (address_key, newsletter_id) values ($1, $2) on conflict on constraint erased_subscription_pkey do nothing`,
      [one(rows).key, newsletter.id],
    );
  }

  /** Everything that the verbs may touch, as it stands in a transaction. */
  async function standing(tx: Tx): Promise<unknown[]> {
    const all: unknown[] = [];
    for (const text of [
      `select id, state, activated_at, left_at, paused_until from subscription order by id`,
      `select subscription_id, cursor, owed, since from subscription_cursor order by 1`,
      `select id, state, reason, ended_at, given_back from delivery order by id`,
      `select address_key, reason, source, at, confirmation_notice_id from suppression order by 1`,
      `select address_key, newsletter_id from erased_subscription order by 1, 2`,
    ])
      all.push((await tx.query(text)).rows);
    return all;
  }

  /** What stands after a change that is taken back. */
  async function after(work: (tx: Tx) => Promise<void>): Promise<unknown[]> {
    let seen: unknown[] = [];
    await change(async (tx) => {
      await work(tx);
      seen = await standing(tx);
      throw new Error('taken back');
    }).catch((error: unknown) => {
      if ((error as Error).message !== 'taken back') throw error;
    });
    return seen;
  }

  async function keysOf(ids: readonly string[]): Promise<string[]> {
    const { rows } = await testDatabase.database.query<{ key: string }>(
      `select p.address_key as key from subscriber p join subscription s on s.subscriber_id = p.id where s.id = any($1::bigint[])`,
      [ids],
    );
    return rows.map(({ key }) => key);
  }

  test('come to the same as one after the other, whatever happened to them before', async () => {
    const later = new Date(now.getTime() + 60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 }), async (history, chosen) => {
        newsletter = await insertNewsletter(testDatabase.database, { minimum: 2 });
        const readers: string[] = [];
        for (const place of [0, 1, 2, 3, 4, 5]) {
          const wanted = { scheduleId: newsletter.scheduleIds[place % 2]! };
          const insert = place < 4 ? insertSubscription : insertPendingSubscription;
          readers.push(await insert(testDatabase.database, newsletter, wanted));
        }
        for (const each of history) await play(each, readers);
        const ids = chosen.map((place) => readers[place]!);
        const keys = await keysOf(ids);
        const how = { newsletterId: newsletter.id, now: later, beginning: { kind: 'since_last_edition' } } as const;
        expect(await after(async (tx) => activateSubscriptions(tx, ids, how))).toEqual(
          await after(async (tx) => {
            for (const id of ids) await activateSubscription(tx, id, later);
          }),
        );
        expect(await after(async (tx) => leaveSubscriptions(tx, ids, later))).toEqual(
          await after(async (tx) => {
            for (const id of ids) await leaveSubscription(tx, id, later);
          }),
        );
        const given = new Map(keys.map((key, place) => [key, reasons[place % reasons.length]!]));
        expect(await after(async (tx) => suppressAddresses(tx, given, { source: 'import', now: later }))).toEqual(
          await after(async (tx) => {
            for (const [key, reason] of given) await suppressAddress(tx, key, { reason, source: 'import', now: later });
          }),
        );
      }),
      { numRuns: 15 },
    );
  });

  test('wait for no freeze and in no circle: two sets that meet in other orders both end', async () => {
    const others = [
      await insertSubscription(testDatabase.database, newsletter),
      await insertSubscription(testDatabase.database, newsletter),
    ];
    const ids = [reader, ...others];
    const how = { newsletterId: newsletter.id, now, beginning: { kind: 'now' } } as const;
    const run = async (order: string[]): Promise<void> => change(async (tx) => activateSubscriptions(tx, order, how));
    await Promise.all([run(ids), run(ids.toReversed()), run([ids[1]!, ids[2]!, ids[0]!])]);
    expect((await cursor()).since).toBe(position);
  });
});
