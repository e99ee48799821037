/*
 * A newsletter is closed while something goes out or somebody joins: whichever is first holds, and what closing says of editions is true.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { templatesFolder } from '../../src/kernel/package-root.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { composeByHand, approveByHand, type HandSend } from '../../src/editions/by-hand/send-by-hand.ts';
import { decideByLink, findLinkedDecision } from '../../src/editions/decide/decide-by-link.ts';
import { settleDraft } from '../../src/editions/decide/settle-draft.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
import { resumeEdition } from '../../src/ledger/approve-edition.ts';
import { pauseEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { addressKey, parseAddress } from '../../src/mail/address.ts';
import { closeNewsletter, findClosing } from '../../src/newsletters/closing/close-newsletter.ts';
import type { PublicClosing } from '../../src/newsletters/closing/public-closing.ts';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { applyImport } from '../../src/subscribers/importing/apply-import.ts';
import type { ImportFile, ImportRow } from '../../src/subscribers/importing/import-row.ts';
import { prepareImport } from '../../src/subscribers/importing/prepare-import.ts';
import { addSubscriber, type AddSubscriberPorts } from '../../src/subscribers/joining/add-subscriber.ts';
import { admitSignUp } from '../../src/subscribers/joining/admit-sign-up.ts';
import { confirmSubscription } from '../../src/subscribers/joining/confirm-subscription.ts';
import { insertSignUp } from '../../src/subscribers/joining/sign-up-store.ts';
import { createKeyRing, makeToken } from '../../src/subscribers/tokens/token.ts';
import { addReader, countRows, foundPaper, friday, linkIn, noticesOf, openNewsroom, releasePost } from '../editions/newsroom.ts';
import type { Newsroom, TestPaper } from '../editions/newsroom.ts';
import { countWaiting } from '../support/blocked-sessions.ts';
import { waitFor } from '../support/wait-for.ts';

let room: Newsroom;
let joining: AddSubscriberPorts;
let paper: TestPaper;

beforeAll(async () => {
  room = await openNewsroom();
  joining = {
    ...room.ports,
    addressKeySecret: Buffer.from('a secret of at least 32 characters, for tests'),
    tokenKeys: createKeyRing(['a token key of at least 32 characters']),
    notices: await createNoticeRenderer({ templatesFolder }),
  };
});
afterAll(() => room.close());
beforeEach(() => room.setNow(friday));

const close = async (): Promise<PublicClosing> => closeNewsletter(room.database, await findClosing(room.database, slug()), friday);
const slug = (): string => paper.newsletter.slug;
const noWait = async (): Promise<void> => {};

async function waitForWaiting(count: number): Promise<void> {
  await waitFor(async () => (await countWaiting(room.database)) >= count);
}

/** Starts both while somebody else has the newsletter, or a table, so that each is at a lock, the first before the second. */
async function inOrder(
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
  table?: string,
): Promise<PromiseSettledResult<unknown>[]> {
  const racing = await room.database.transaction(async (holder) => {
    if (table === undefined) await holder.query(`select from newsletter where id = $1 for update`, [paper.newsletter.id]);
    else await holder.query(`lock table ${table} in share row exclusive mode`);
    const one = first();
    one.catch(() => {});
    await waitForWaiting(1);
    const two = second();
    two.catch(() => {});
    await waitForWaiting(2);
    return [one, two];
  });
  return Promise.allSettled(racing);
}

const editions = async (): Promise<{ id: string; state: string; reason: string | null }[]> =>
  (
    await room.database.query<{ id: string; state: string; reason: string | null }>(
      `select id, state, reason from edition where newsletter_id = $1 order by id`,
      [paper.newsletter.id],
    )
  ).rows;

interface Going {
  readonly what: string;
  /** Composes what is to go, and returns how it goes. */
  readonly prepare: () => Promise<() => Promise<unknown>>;
  /** What going says when the newsletter was closed first. */
  readonly refusal: object;
}

const skippedNow = { state: 'skipped', reason: 'the newsletter was closed' };
const goings: readonly Going[] = [
  {
    what: 'an edition is approved by a mailed link',
    prepare: async () => {
      await runSlot(room.ports, paper.schedule.id, friday);
      const id = linkIn((await noticesOf(room, paper))[0]!, 'approve')!;
      const { shown } = (await findLinkedDecision(room.ports, id, 'approve'))!;
      return async () => decideByLink(room.ports, id, 'approve', shown);
    },
    refusal: { kind: 'conflict', state: 'skipped' },
  },
  {
    what: 'staff say yes to a send',
    prepare: async () => {
      const composed = (await composeByHand(room.ports, paper.schedule)) as Extract<HandSend, { kind: 'ready' }>;
      return async () => approveByHand(room.ports, composed.draft, 'staff', noWait);
    },
    refusal: { kind: 'conflict', ...skippedNow },
  },
  {
    what: 'a tick approves a draft',
    prepare: async () => {
      const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
      await room.database.query(`update schedule set approval = 'auto' where id = $1`, [paper.schedule.id]);
      return async () => settleDraft(room.ports, editionId);
    },
    refusal: { kind: 'decided', state: 'skipped' },
  },
];

describe.each(goings)('A newsletter that is closed while $what', ({ prepare, refusal }) => {
  beforeEach(async () => {
    paper = await foundPaper(room, { approval: 'required' });
    await addReader(room, paper);
    await releasePost(room, paper);
  });

  test('lets nothing go where it was closed first, and says so', async () => {
    const go = await prepare();
    const [closed, gone] = await inOrder(close, go);
    expect(gone).toEqual({ status: 'fulfilled', value: refusal });
    const [edition] = await editions();
    expect(edition).toMatchObject(skippedNow);
    expect(closed).toMatchObject({ value: { what: 'close', history: { draftIds: [edition!.id], underWayIds: [], editionCount: 0 } } });
  });

  test('lets go what was approved first, and says that it is under way', async () => {
    const go = await prepare();
    const [gone, closed] = await inOrder(go, close);
    expect(gone).toMatchObject({ status: 'fulfilled' });
    const [edition] = await editions();
    expect(edition).toMatchObject({ state: 'approved' });
    expect(closed).toMatchObject({ value: { what: 'close', history: { draftIds: [], underWayIds: [edition!.id], editionCount: 1 } } });
  });
});

describe('A newsletter that is being closed', () => {
  beforeEach(async () => {
    paper = await foundPaper(room);
    await addReader(room, paper);
    await releasePost(room, paper);
  });

  test.each([['first'], ['second']])('has no draft left of a slot that came due, where the closing is %s', async (order) => {
    const run = async (): Promise<unknown> => runSlot(room.ports, paper.schedule.id, friday);
    const results = await (order === 'first' ? inOrder(close, run) : inOrder(run, close));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    // What was composed before the closing is a draft by then: the closing skips it, or the slot does.
    expect(await editions()).toEqual([expect.objectContaining(skippedNow)]);
  });

  test('goes on with a freeze that was paused, which is under way', async () => {
    const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
    await pauseEdition(room.database, editionId, { reason: 'staff', now: friday, isByStaff: true });
    const resume = async (): Promise<unknown> => resumeEdition(room.database, editionId, { now: friday });
    const [closed, resumed] = await inOrder(close, resume);
    expect(closed).toMatchObject({ value: { history: { underWayIds: [editionId] } } });
    expect(resumed).toMatchObject({ value: { kind: 'approved' } });
  });
});

let joined = 0;
const address = (): string => `joins${joined}@example.net`;
const subscription = async (): Promise<string | undefined> =>
  (
    await room.database.query<{ state: string }>(
      `select s.state from subscription s join subscriber p on p.id = s.subscriber_id where p.address = $1 and s.newsletter_id = $2`,
      [address(), paper.newsletter.id],
    )
  ).rows[0]?.state;

async function importThem(): Promise<() => Promise<unknown>> {
  const rows: ImportRow[] = [{ line: 2, status: 'active', labels: [], cells: [], address: address() }];
  const file: ImportFile = {
    form: 'other',
    encoding: 'utf-8',
    separator: ',',
    header: ['email'],
    mapping: [],
    cannotTellWhoLeft: false,
    bytes: 0,
    sha256: `file ${joined}`,
    async *rows() {
      await Promise.resolve();
      yield* rows;
    },
  };
  const wanted = { labels: {}, columns: {}, consent: 'paper', asks: false, startsNow: false, onRefused: () => {} };
  const prepared = await prepareImport(joining, { ...wanted, newsletter: slug(), open: async () => Promise.resolve(file) });
  return async () => applyImport(joining, prepared);
}

interface Joining {
  readonly what: string;
  readonly prepare: () => Promise<() => Promise<unknown>>;
  /** What they are where it was first, and where it was second. */
  readonly states: readonly [string, string | undefined];
  readonly refusal: object;
  /** Where it is held, that has begun before and joins in another transaction. */
  readonly table?: string;
}

const refusedAsClosed = {
  status: 'rejected',
  reason: expect.objectContaining({ code: 'conflict', message: expect.stringMatching(/was closed/) }),
};
const joinings: readonly Joining[] = [
  {
    what: 'confirms',
    prepare: async () => {
      await addSubscriber(joining, { newsletter: slug(), address: address() });
      const { rows } = await room.database.query<{ id: string; event: string }>(
        `select s.id, max(c.id)::text as event from subscription s join consent_event c on c.subscription_id = s.id
         join subscriber p on p.id = s.subscriber_id where p.address = $1 group by s.id`,
        [address()],
      );
      const token = makeToken(joining.tokenKeys, { purpose: 'confirm', subjectId: rows[0]!.id, version: rows[0]!.event });
      return async () => confirmSubscription(joining, token, () => 'Yes.');
    },
    states: ['active', 'pending'],
    refusal: { status: 'fulfilled', value: { kind: 'dead' } },
  },
  {
    what: 'is asked by staff',
    prepare: async () => async () => addSubscriber(joining, { newsletter: slug(), address: address() }),
    states: ['pending', undefined],
    refusal: refusedAsClosed,
  },
  {
    what: 'is added with their consent',
    prepare: async () => async () => addSubscriber(joining, { newsletter: slug(), address: address(), confirmed: { source: 'paper' } }),
    states: ['active', undefined],
    refusal: refusedAsClosed,
  },
  { what: 'is imported', prepare: importThem, states: ['active', undefined], refusal: refusedAsClosed, table: 'consent_event' },
  {
    what: 'signs up by the form',
    prepare: async () => {
      const id = await room.database.transaction(async (tx) =>
        insertSignUp(tx, {
          newsletterId: paper.newsletter.id,
          address: address(),
          addressKey: addressKey(parseAddress(address()).normal, joining.addressKeySecret),
          name: null,
          scheduleId: null,
          topicIds: null,
          source: 'form',
          wording: 'Yes',
          ip: null,
          receivedAt: friday,
        }),
      );
      return async () => admitSignUp({ ...joining, log: silentLog }, id);
    },
    states: ['pending', undefined],
    refusal: { status: 'fulfilled' },
  },
];

describe.each(joinings)('A newsletter that is closed while somebody $what', ({ prepare, states, refusal, table }) => {
  beforeEach(async () => {
    paper = await foundPaper(room);
    await addReader(room, paper);
    joined += 1;
  });

  test('takes nobody where it was closed first', async () => {
    const [closed, join] = await inOrder(close, await prepare());
    expect(closed).toMatchObject({ status: 'fulfilled' });
    expect(join).toMatchObject(refusal);
    expect(await subscription()).toBe(states[1]);
    expect(await countRows(room, `from sign_up where newsletter_id = $1`, [paper.newsletter.id])).toBe(0);
  });

  test('keeps who was first, and counts them', async () => {
    const [join, closed] = await inOrder(await prepare(), close, table);
    expect(join).toMatchObject({ status: 'fulfilled' });
    expect(await subscription()).toBe(states[0]);
    expect(closed).toMatchObject({ value: { history: { subscriptionCount: 2, activeCount: states[0] === 'active' ? 2 : 1 } } });
  });
});

test('A newsletter without history is not deleted while somebody joins it, and neither waits for the other', async () => {
  paper = await foundPaper(room);
  joined += 1;
  const [join, closed] = await inOrder(
    async () => addSubscriber(joining, { newsletter: slug(), address: address(), confirmed: { source: 'paper' } }),
    close,
  );
  expect(join).toMatchObject({ status: 'fulfilled', value: { kind: 'activated' } });
  expect(closed).toMatchObject({ status: 'rejected', reason: expect.objectContaining({ code: 'conflict' }) });
  joined += 1;
  paper = await foundPaper(room);
  const [deleted, late] = await inOrder(close, async () => addSubscriber(joining, { newsletter: slug(), address: address() }));
  expect(deleted).toMatchObject({ status: 'fulfilled' });
  expect(late).toMatchObject({
    status: 'rejected',
    reason: expect.objectContaining({ code: expect.stringMatching(/not_found|conflict/) }),
  });
});
