/*
 * Who decides the same thing at the same moment: one outcome each, nothing lost or doubled, no deadlock.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Tx } from '../../src/db/db.ts';
import { approveEdition, resumeEdition } from '../../src/ledger/approve-edition.ts';
import { activateSubscription } from '../../src/ledger/change-subscription.ts';
import { claimAndRecord, prepareClaimSession } from '../../src/ledger/queue/claim-store.ts';
import { composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import { cancelEdition, pauseEdition, skipEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { editEditionPost, editEditionTexts } from '../../src/ledger/drafts/draft-store.ts';
import { getEdition, listEditionPosts, lockNewsletter } from '../../src/ledger/drafts/edition-store.ts';
import { endIneligible } from '../../src/ledger/end-delivery.ts';
import { giveBack } from '../../src/ledger/queue/give-back-store.ts';
import { registerWorker } from '../../src/ledger/queue/worker-store.ts';
import { countWaiting } from '../support/blocked-sessions.ts';
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
  insertSubscription,
  releaseNewPost,
  sendEdition,
  stateOf,
  story,
} from './fixture.ts';
import { openClaims } from './postgres-world.ts';

let testDatabase: TestDatabase;
let newsletter: TestNewsletter;
let readers: string[];
const now = new Date();
const decision = { reason: 'staff', now };

beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 12 });
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  newsletter = await insertNewsletter(testDatabase.database);
  readers = [];
  for (let n = 0; n < 4; n += 1) readers.push(await insertSubscription(testDatabase.database, newsletter));
});

const approveNow = async (editionId: string) => approveEdition(testDatabase.database, editionId, { by: 'staff', now });

/** Waits until so many sessions of this database wait for a lock. */
async function waitForWaiting(count: number): Promise<void> {
  await waitFor(async () => (await countWaiting(testDatabase.database)) >= count);
}

/** What a worker does with a delivery that expired. */
async function expire(tx: Tx, deliveryId: string): Promise<void> {
  const { rowCount } = await tx.query(`update delivery set state = 'expired', ended_at = now() where id = $1 and state = 'queued'`, [
    deliveryId,
  ]);
  if (rowCount === 1) await giveBack(tx, [deliveryId]);
}

describe('approvals', () => {
  test('and whatever else locks a newsletter leave sign-ups alone', async () => {
    const { database } = testDatabase;
    await database.transaction(async (tx) => {
      await lockNewsletter(tx, newsletter.id);
      await database.transaction(async (other) => {
        await other.query(`set local lock_timeout = '100ms'`);
        await other.query(
          `with p as (insert into subscriber (address, address_key) values ('new@example.org', md5('new')) returning id)
           insert into subscription (subscriber_id, newsletter_id, schedule_id, state, language) select id, $1, $2, 'pending', 'en' from p`,
          [newsletter.id, newsletter.scheduleIds[0]],
        );
      });
    });
  });

  test('twice at once: one approves', async () => {
    await releaseNewPost(testDatabase.database, newsletter);
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    const kinds = (await Promise.all([1, 2, 3].map(async () => approveNow(editionId)))).map((result) => result.kind);
    expect(kinds.sort()).toEqual(['approved', 'conflict', 'conflict']);
  });

  test('against skipping: one of them decides', async () => {
    await releaseNewPost(testDatabase.database, newsletter);
    for (let round = 0; round < 10; round += 1) {
      const { editionId } = await composeDraft(testDatabase.database, newsletter);
      const [approved, skipped] = await Promise.all([approveNow(editionId), skipEdition(testDatabase.database, editionId, decision)]);
      const state = await stateOf(testDatabase.database, editionId);
      expect([approved.kind, skipped.kind, state]).toEqual(
        state === 'approved' ? ['approved', 'conflict', 'approved'] : ['conflict', 'changed', 'skipped (staff)'],
      );
      if (state === 'approved') await cancelEdition(testDatabase.database, editionId, decision);
    }
  });

  test('against a new composing: a replaced draft is never approved', async () => {
    await releaseNewPost(testDatabase.database, newsletter);
    const request = { newsletterId: newsletter.id, scheduleId: newsletter.scheduleIds[0], slotAt: null, byHand: true, now };
    for (let round = 0; round < 10; round += 1) {
      const { editionId } = await composeDraft(testDatabase.database, newsletter);
      const [approved] = await Promise.all([approveNow(editionId), composeEdition(testDatabase.database, request)]);
      const expected = approved.kind === 'approved' ? 'approved' : 'skipped (replaced)';
      expect(await stateOf(testDatabase.database, editionId)).toBe(expected);
      if (approved.kind === 'approved') await cancelEdition(testDatabase.database, editionId, decision);
    }
  });

  test('of two schedules at the same second: one is frozen after the other, and nobody gets a post twice', async () => {
    const [, second] = newsletter.scheduleIds;
    const other = await insertSubscription(testDatabase.database, newsletter, { scheduleId: second });
    const { position } = await releaseNewPost(testDatabase.database, newsletter);
    const drafts = await Promise.all([
      composeDraft(testDatabase.database, newsletter, 0),
      composeDraft(testDatabase.database, newsletter, 1),
    ]);
    const results = await Promise.all(drafts.map(async ({ editionId }) => approveNow(editionId)));
    expect(results.map((result) => result.kind).sort()).toEqual(['approved', 'busy']);
    for (const { editionId } of drafts) {
      await approveNow(editionId);
      await freeze(testDatabase.database, editionId);
      await Promise.all(drafts.map(async (draft) => approveNow(draft.editionId)));
    }
    for (const { editionId } of drafts) await freeze(testDatabase.database, editionId);
    for (const reader of [...readers, other]) expect(await story(testDatabase.database, reader)).toBe(`queued ${position}`);
  });
});

describe('a resumption', () => {
  test('at the moment of a pause goes on with the freeze that was paused, and never sends half of it', async () => {
    const { database } = testDatabase;
    const { position } = await releaseNewPost(database, newsletter);
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    const [paused, resumed] = await database
      .transaction(async (holder) => {
        await holder.query(`select from edition where id = $1 for no key update`, [editionId]);
        const pausing = pauseEdition(database, editionId, decision);
        await waitForWaiting(1);
        const resuming = resumeEdition(database, editionId, { now });
        await waitForWaiting(2);
        return [pausing, resuming] as const;
      })
      .then(async (racing) => Promise.all(racing));
    expect([paused.kind, resumed.kind, await stateOf(database, editionId)]).toEqual(['changed', 'approved', 'approved']);
    expect(await freeze(database, editionId)).toMatchObject({ kind: 'frozen', deliveryCount: 4 });
    for (const reader of readers) expect(await story(database, reader)).toBe(`queued ${position}`);
  });

  test('twice at once resumes once', async () => {
    const { database } = testDatabase;
    await releaseNewPost(database, newsletter);
    const editionId = await sendEdition(database, newsletter);
    await pauseEdition(database, editionId, decision);
    const kinds = (await Promise.all([1, 2].map(async () => resumeEdition(database, editionId, { now })))).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['approved', 'conflict']);
    expect(await stateOf(database, editionId)).toBe('sending');
  });
});

describe('a draft that takes over another', () => {
  const edits = { subject: 'Week 48', preheader: 'Snow', note: 'We are back.' };

  test('takes what staff had written and decided, also what was written a moment before', async () => {
    const { database } = testDatabase;
    const [first, second, third] = [
      await releaseNewPost(database, newsletter),
      await releaseNewPost(database, newsletter),
      await releaseNewPost(database, newsletter),
    ];
    const old = await composeDraft(database, newsletter);
    const taking = await database.transaction(async (editor) => {
      await editEditionTexts(editor, old.editionId, edits);
      await editEditionPost(editor, old.editionId, first.position, { isLeftOut: true });
      await editEditionPost(editor, old.editionId, second.position, { rank: 1 });
      await editEditionPost(editor, old.editionId, third.position, { isPinnedFirst: true, rank: 0 });
      const promise = composeDraft(database, newsletter);
      await waitForWaiting(1);
      return { promise };
    });
    const { editionId, replacedEditionId } = await taking.promise;
    expect(replacedEditionId).toBe(old.editionId);
    expect(await getEdition(database, editionId)).toMatchObject(edits);
    const plain = { rank: null, isPinnedFirst: false, isLeftOut: false };
    expect(await listEditionPosts(database, editionId)).toMatchObject([
      { ...plain, position: first.position, isLeftOut: true },
      { ...plain, position: second.position, rank: 1 },
      { ...plain, position: third.position, isPinnedFirst: true, rank: 0 },
    ]);
    await approve(database, editionId);
    await freeze(database, editionId);
    for (const reader of readers) {
      expect(await story(database, reader)).toBe(`queued ${second.position} ${third.position}`);
      expect((await cursorOf(database, reader)).owed).toEqual([first.position]);
    }
  });

  test('leaves new posts as they are, and is edited itself', async () => {
    const { database } = testDatabase;
    await releaseNewPost(database, newsletter);
    const old = await composeDraft(database, newsletter);
    await database.transaction(async (tx) => editEditionTexts(tx, old.editionId, edits));
    const fresh = await releaseNewPost(database, newsletter);
    const { editionId } = await composeDraft(database, newsletter);
    await database.transaction(async (tx) => editEditionTexts(tx, editionId, { note: null }));
    expect(await getEdition(database, editionId)).toMatchObject({ ...edits, note: null });
    expect((await listEditionPosts(database, editionId)).at(-1)).toMatchObject({ position: fresh.position, isLeftOut: false, rank: null });
    const late = await database.transaction(async (tx) => editEditionTexts(tx, old.editionId, { note: 'Too late' }));
    expect(late).toBe(false);
  });
});

describe('two freezes of one edition', () => {
  test('at once take turns and make one delivery for each reader', async () => {
    const { position } = await releaseNewPost(testDatabase.database, newsletter);
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    await approve(testDatabase.database, editionId);
    const results = await Promise.all([1, 2, 3].map(async () => freeze(testDatabase.database, editionId, { chunkSize: 1 })));
    expect(results.filter((result) => result.kind === 'frozen')).toHaveLength(1);
    for (const reader of readers) expect(await story(testDatabase.database, reader)).toBe(`queued ${position}`);
  });

  test('one killed between two chunks is ended by the other as if nothing had happened', async () => {
    const { position } = await releaseNewPost(testDatabase.database, newsletter);
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    await approve(testDatabase.database, editionId);
    const dying = freeze(testDatabase.database, editionId, {
      chunkSize: 1,
      afterChunk: () => {
        throw new Error('killed');
      },
    });
    await expect(dying).rejects.toThrow('killed');
    expect(await stateOf(testDatabase.database, editionId)).toBe('approved');
    expect(await freeze(testDatabase.database, editionId, { chunkSize: 1 })).toMatchObject({ kind: 'frozen', deliveryCount: 4 });
    for (const reader of readers) expect(await story(testDatabase.database, reader)).toBe(`queued ${position}`);
  });

  test('one whose connection is cut inside a chunk loses only that chunk', async () => {
    const { position } = await releaseNewPost(testDatabase.database, newsletter);
    const { editionId } = await composeDraft(testDatabase.database, newsletter);
    await approve(testDatabase.database, editionId);
    const dying = testDatabase.database.transaction(async (holder) => {
      await holder.query(`select from subscription_cursor where subscription_id = $1 for update`, [readers[2]]);
      const running = freeze(testDatabase.database, editionId, { chunkSize: 1 });
      // Whoever watches the promise first must not be late.
      const outcome = running.then(
        () => 'done',
        () => 'cut',
      );
      await waitForWaiting(1);
      await holder.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return outcome;
    });
    expect(await dying).toBe('cut');
    expect([await story(testDatabase.database, readers[1] ?? ''), await story(testDatabase.database, readers[2] ?? '')]).toEqual([
      `queued ${position}`,
      '',
    ]);
    await freeze(testDatabase.database, editionId, { chunkSize: 1 });
    for (const reader of readers) expect(await story(testDatabase.database, reader)).toBe(`queued ${position}`);
  });
});

describe('a give-back against a freeze', () => {
  test.each(['before', 'behind'] as const)('that waits %s it for the same cursor is not lost, and nothing deadlocks', async (place) => {
    const { database } = testDatabase;
    const [reader = ''] = readers;
    const first = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter);
    const [delivery] = await deliveriesOf(database, reader);
    const second = await releaseNewPost(database, newsletter);
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    const work = {
      giveBack: async () => database.transaction(async (tx) => expire(tx, delivery?.id ?? '')),
      freeze: async () => freeze(database, editionId),
    };
    let racing: Promise<unknown>[] = [];
    await database.transaction(async (holder) => {
      await holder.query(`select from subscription_cursor where subscription_id = $1 for update`, [reader]);
      for (const [i, name] of (place === 'before' ? (['giveBack', 'freeze'] as const) : (['freeze', 'giveBack'] as const)).entries()) {
        racing.push(work[name]());
        await waitForWaiting(i + 1);
      }
    });
    await Promise.all(racing);
    racing = [];
    // Behind the give-back the freeze may already see what is owed, but the draft did not pin it.
    expect(await story(database, reader)).toBe(`expired ${first.position}, queued ${second.position}`);
    expect((await cursorOf(database, reader)).owed).toEqual([first.position]);
    await sendEdition(database, newsletter);
    const third = await releaseNewPost(database, newsletter);
    await sendEdition(database, newsletter);
    expect((await deliveriesOf(database, reader)).at(-1)?.positions).toEqual([first.position, second.position, third.position]);
  });

  test('and an activation, many times over, leave each post in one place', async () => {
    const { database } = testDatabase;
    for (let round = 0; round < 5; round += 1) {
      const { position } = await releaseNewPost(database, newsletter);
      await sendEdition(database, newsletter);
      await releaseNewPost(database, newsletter);
      const { editionId } = await composeDraft(database, newsletter);
      await approve(database, editionId);
      const queued = (await Promise.all(readers.map(async (reader) => deliveriesOf(database, reader))))
        .flat()
        .filter((d) => d.state === 'queued');
      await Promise.all([
        freeze(database, editionId, { chunkSize: 1 }),
        ...queued.map(async ({ id }) => database.transaction(async (tx) => expire(tx, id))),
        database.transaction(async (tx) => activateSubscription(tx, readers[3] ?? '', now)),
      ]);
      for (const reader of readers.slice(0, 3)) {
        const { owed } = await cursorOf(database, reader);
        const live = (await deliveriesOf(database, reader)).filter((delivery) => delivery.state === 'queued').flatMap((d) => d.positions);
        expect([...owed, ...live].filter((place) => place === position)).toEqual([position]);
      }
      await cancelEdition(database, editionId, decision);
    }
  });
});

describe('a cancellation', () => {
  test('against a claim: each delivery is either sent or given back', async () => {
    const { database } = testDatabase;
    const { position } = await releaseNewPost(database, newsletter);
    const editionId = await sendEdition(database, newsletter);
    const ids = (await Promise.all(readers.map(async (reader) => deliveriesOf(database, reader)))).flat().map((delivery) => delivery.id);
    const workerId = await registerWorker(database, { host: 'test', pid: 1, aliveMs: 60_000 });
    const claims = openClaims(testDatabase.url);
    try {
      const claimEach = async (): Promise<void> =>
        claims.connection(async (session) => {
          await prepareClaimSession(session);
          for (const id of ids) {
            const tick = await claimAndRecord(session, { workerId, record: [], giveUp: [], claimIds: [id] });
            await endIneligible(database, tick.ineligibleIds);
          }
        });
      await Promise.all([claimEach(), cancelEdition(database, editionId, decision)]);
      for (const reader of readers) {
        const told = await story(database, reader);
        const { owed } = await cursorOf(database, reader);
        expect([told, owed]).toEqual(
          told.startsWith('sending') ? [`sending ${position}`, []] : [`cancelled(edition) ${position}`, [position]],
        );
      }
    } finally {
      await claims.close();
    }
  });

  test('waits for the chunk under way, the freeze stops, and those not reached were never touched', async () => {
    const { database } = testDatabase;
    const { position } = await releaseNewPost(database, newsletter);
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    const [frozen, cancelled] = await database
      .transaction(async (holder) => {
        await holder.query(`select from subscription_cursor where subscription_id = $1 for update`, [readers[1]]);
        const freezing = freeze(database, editionId, { chunkSize: 1 });
        await waitForWaiting(1);
        const cancelling = cancelEdition(database, editionId, decision);
        await waitForWaiting(2);
        return [freezing, cancelling] as const;
      })
      .then(async (racing) => Promise.all(racing));
    expect([frozen, cancelled]).toEqual([{ kind: 'stopped', state: 'cancelled' }, { kind: 'changed' }]);
    const seen = await Promise.all(readers.map(async (reader) => [await story(database, reader), (await cursorOf(database, reader)).owed]));
    const reached = [`cancelled(edition) ${position}`, [position]];
    // The next chunk may be a hair faster than the cancellation that waits; never more is touched than was reached.
    expect(seen.slice(0, 2)).toEqual([reached, reached]);
    for (const rest of seen.slice(2)) expect([reached, ['', []]]).toContainEqual(rest);
  });
});
