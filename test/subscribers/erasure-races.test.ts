/*
 * Somebody is erased while something else of theirs is being written: whichever is first, nothing of them is left (P4), and nobody is brought back (P3).
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { silentLog } from '../../src/kernel/log.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import type { Tx } from '../../src/db/db.ts';
import { addressKey, parseAddress } from '../../src/mail/address.ts';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { admitSignUp } from '../../src/subscribers/joining/admit-sign-up.ts';
import { insertSignUp } from '../../src/subscribers/joining/sign-up-store.ts';
import { applyImport } from '../../src/subscribers/importing/apply-import.ts';
import type { ImportFile, ImportRow } from '../../src/subscribers/importing/import-row.ts';
import { prepareImport } from '../../src/subscribers/importing/prepare-import.ts';
import { addSubscriber, type AddSubscriberPorts } from '../../src/subscribers/joining/add-subscriber.ts';
import { expireSignUps } from '../../src/subscribers/joining/expire-sign-ups.ts';
import { removeSubscriber } from '../../src/subscribers/leaving/remove-subscriber.ts';
import { askForLink } from '../../src/subscribers/links/ask-for-link.ts';
import { handleLinkRequest } from '../../src/subscribers/links/handle-link-request.ts';
import { changeName } from '../../src/subscribers/own-data/change-name.ts';
import { correctAddress } from '../../src/subscribers/own-data/correct-address.ts';
import { keepErasedAddresses } from '../../src/subscribers/kept-address-store.ts';
import { clearSubscriber } from '../../src/subscribers/subscriber-store.ts';
import { createKeyRing } from '../../src/subscribers/tokens/token.ts';
import { countWaiting, isBlocking } from '../support/blocked-sessions.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';
import { seedNewsletter, type SeededNewsletter } from '../web/seed.ts';

let db: TestDatabase;
let ports: AddSubscriberPorts;
let newsletter: SeededNewsletter;
let other: SeededNewsletter;
let subscriberId: string;
let count = 0;
let requestIds: string[] = [];
/** What whoever comes to a place waits for. */
const gates: { mail?: () => Promise<void>; job?: () => Promise<void> } = {};
let now = new Date('2026-03-01T12:00:00Z');

beforeAll(async () => {
  db = await createTestDatabase();
  const renderer = await createNoticeRenderer({ templatesFolder: join(packageRoot, 'templates') });
  ports = {
    database: db.database,
    enqueue: async (_tx, job) => {
      await gates.job?.();
      if (job.name === 'link') requestIds.push(job.requestId);
    },
    addressKeySecret: Buffer.from('a secret of at least 32 characters, for tests'),
    clock: () => now,
    publicUrl: 'https://news.example.org',
    tokenKeys: createKeyRing(['a token key of at least 32 characters']),
    notices: {
      render: async (mail) => {
        await gates.mail?.();
        return renderer.render(mail);
      },
    },
  };
  newsletter = await seedNewsletter(db.database, 'weekly');
  other = await seedNewsletter(db.database, 'other');
});
afterAll(() => db.drop());
beforeEach(async () => {
  count += 1;
  requestIds = [];
  now = new Date('2026-03-01T12:00:00Z');
  const added = await addSubscriber(ports, { newsletter: 'weekly', address: address(), name: name(), confirmed: { source: 'paper' } });
  if (added.kind !== 'activated') throw new Error(added.kind);
  const { rows } = await db.database.query<{ id: string }>(`select subscriber_id as id from subscription where id = $1`, [
    added.subscriptionId,
  ]);
  subscriberId = rows[0]!.id;
});

const address = () => `vanishing.reader${count}@example.net`;
const name = () => `Vanishing Person ${count}`;
const erase = () => removeSubscriber(ports, { address: address(), erase: true });

/** Where a writing stands still for a test: as it renders its mail or queues its job, within its transaction, or before it writes to a table. */
type Place = 'mail' | 'job' | 'consent_event';

/** What is written of a person beside. `isAdded`: somebody new may be written, who is asked anew after the erasure. */
interface Writing {
  readonly what: string;
  readonly write: () => Promise<unknown>;
  readonly place: Place;
  readonly isAdded?: true;
}

const writings: readonly Writing[] = [
  {
    what: 'they sign up for another newsletter',
    write: async () => addSubscriber(ports, { newsletter: 'other', address: address(), name: name() }),
    place: 'mail',
    isAdded: true,
  },
  {
    what: 'a form of theirs is handled',
    write: async () => admitSignUp({ ...ports, log: silentLog }, preparedSignUp),
    place: 'mail',
    isAdded: true,
  },
  {
    what: 'staff add them to another newsletter',
    write: async () => addSubscriber(ports, { newsletter: 'other', address: address(), name: name(), confirmed: { source: 'paper' } }),
    place: 'consent_event',
  },
  { what: 'an import asks them for another newsletter', write: async () => importThem({ asks: true }), place: 'mail' },
  { what: 'an import brings them to another newsletter', write: async () => importThem({ consent: 'paper' }), place: 'consent_event' },
  { what: 'they ask for a new address', write: async () => ask(`vanishing.new${count}@example.net`), place: 'job' },
  { what: 'they are asked about a new address', write: async () => answer(preparedRequest), place: 'mail' },
  { what: 'they are mailed their link', write: async () => answer(preparedLink), place: 'mail' },
  {
    what: 'staff correct their address',
    write: async () => correctAddress(ports, { subscriberId, source: 'test' }, `vanishing.other${count}@example.net`),
    place: 'consent_event',
  },
  {
    what: 'they change their name',
    write: async () => changeName(ports, { subscriberId, source: 'test' }, `Vanishing Other ${count}`),
    place: 'consent_event',
  },
];

let preparedRequest: string;
let preparedLink: string;
let preparedSignUp: string;
const answer = async (requestId: string): Promise<void> => handleLinkRequest(ports, requestId);
const ask = async (to?: string): Promise<string> => {
  const wanted =
    to === undefined
      ? ({ kind: 'link', address: parseAddress(address()) } as const)
      : ({ kind: 'address', subscriberId, address: parseAddress(to) } as const);
  await askForLink(ports, { newsletterId: newsletter.id, ...wanted });
  return requestIds.at(-1)!;
};

const signUp = () => ({
  newsletterId: other.id,
  address: address(),
  addressKey: addressKey(parseAddress(address()).normal, ports.addressKeySecret),
  name: name(),
  scheduleId: null,
  topicIds: null,
  source: 'form',
  wording: 'Yes',
  ip: null,
  receivedAt: now,
});

async function importThem({ consent, asks = false }: { consent?: string; asks?: boolean }): Promise<void> {
  const rows: ImportRow[] = [{ line: 2, status: 'active', labels: [], cells: [], address: address(), name: name() }];
  const file: ImportFile = {
    form: 'other',
    encoding: 'utf-8',
    separator: ',',
    header: ['email'],
    mapping: [],
    cannotTellWhoLeft: false,
    bytes: 0,
    sha256: `file ${count} ${asks}`,
    async *rows() {
      await Promise.resolve();
      yield* rows;
    },
  };
  const wanted = { newsletter: 'other', labels: {}, columns: {}, consent, asks, startsNow: false, onRefused: () => {} };
  await applyImport(ports, await prepareImport(ports, { ...wanted, open: async () => Promise.resolve(file) }));
}

async function traces(): Promise<string[]> {
  const { rows: tables } = await db.database.query<{ name: string }>(`select tablename as name from pg_tables where schemaname = 'public'`);
  const found: string[] = [];
  for (const { name: table } of tables) {
    const { rows } = await db.database.query<{ said: string }>(
      `select row_to_json(t)::text as said from "${table}" as t where row_to_json(t)::text ~* $1`,
      [`vanishing[^"]*${count}\\M`],
    );
    found.push(...rows.map(({ said }) => `${table}: ${said}`));
  }
  return found;
}

const waiting = async (): Promise<number> => countWaiting(db.database);

/** Waits until something that was started is done, or waits for a lock itself. */
async function settle(started: Promise<unknown>, waitingBefore: number): Promise<void> {
  let isDone = false;
  const done = (): void => void (isDone = true);
  void started.then(done, done);
  await waitFor(async () => isDone || (await waiting()) > waitingBefore);
}

/** Starts `first`, holds it in its transaction at a place, starts `second`, which has to wait for it or be done, and lets both go. */
async function inOrder(
  place: Place | 'erased_address',
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<PromiseSettledResult<unknown>[]> {
  if (place === 'mail' || place === 'job') {
    const held = holdAt(place);
    const one = first();
    const isHeld = await Promise.race([held.isReached.then(() => true), one.then(() => false)]);
    expect(isHeld).toBe(true);
    const two = second();
    await settle(two, 0);
    held.letGo();
    return Promise.allSettled([one, two]);
  }
  const racing = await db.database.transaction(async (holder: Tx) => {
    await holder.query(`lock table ${place} in share row exclusive mode`);
    const one = first();
    one.catch(() => {});
    await waitFor(async () => isBlocking(holder));
    const two = second();
    await settle(two, 1);
    return [one, two];
  });
  return Promise.allSettled(racing);
}

/** Holds the next that comes to a place. */
function holdAt(place: 'mail' | 'job'): { readonly isReached: Promise<void>; letGo(): void } {
  let reach: () => void = () => {};
  let letGo: () => void = () => {};
  const isReached = new Promise<void>((resolve) => (reach = resolve));
  const isLetGo = new Promise<void>((resolve) => (letGo = resolve));
  gates[place] = async () => {
    delete gates[place];
    reach();
    await isLetGo;
  };
  return { isReached, letGo };
}

describe.each(writings)('An erasure while $what', ({ write, place, isAdded = false }) => {
  beforeEach(async () => {
    preparedRequest = await ask(`vanishing.new${count}@example.net`);
    preparedLink = await ask();
    preparedSignUp = await db.database.transaction(async (tx) => insertSignUp(tx, signUp()));
  });

  test('that comes second takes along what was written', async () => {
    const [written, erased] = await inOrder(place, write, async () => removeSubscriber(ports, { address: await current(), erase: true }));
    expect([written?.status, erased?.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(await traces()).toEqual([]);
  });

  test('that comes first leaves nothing to write of them', async () => {
    const [erased] = await inOrder('erased_address', erase, write);
    expect(erased?.status).toBe('fulfilled');
    const left = (await traces()).filter((said) => !isAdded || !/^(subscriber|notice):/.test(said));
    expect(left).toEqual([]);
    const { rows } = await db.database.query(`select from subscription where subscriber_id = $1 and state <> 'left'`, [subscriberId]);
    expect(rows).toEqual([]);
    const active = await db.database.query(
      `select from subscription s join subscriber p on p.id = s.subscriber_id where p.address = $1 and s.state = 'active'`,
      [address()],
    );
    expect(active.rows).toEqual([]);
  });

  test('that waits for the person beside it is waited for, and neither waits for the other', async () => {
    const racing = await db.database.transaction(async (holder: Tx) => {
      await holder.query(`select from subscriber where id = $1 for update`, [subscriberId]);
      const erased = erase();
      await settle(erased, 0);
      const written = write();
      await settle(written, 1);
      return [erased, written];
    });
    const [erased, written] = await Promise.allSettled(racing);
    expect(erased?.status).toBe('fulfilled');
    expect(written?.status === 'rejected' ? String(written.reason) : '').not.toMatch(/deadlock/);
  });
});

test.each(writings.filter(({ place }) => place === 'consent_event').slice(0, 2))(
  'Nobody is brought back while $what, who is erased but for the commit',
  async ({ write }) => {
    const racing = await db.database.transaction(async (eraser: Tx) => {
      await keepErasedAddresses(eraser, subscriberId, now);
      await clearSubscriber(eraser, subscriberId, now);
      const written = write();
      await settle(written, 0);
      return [written];
    });
    await Promise.allSettled(racing);
    const { rows } = await db.database.query(`select from subscriber where address = $1`, [address()]);
    expect(rows).toEqual([]);
  },
);

/** Of who is being corrected the erasure is asked for by the id, which stays. */
async function current(): Promise<string> {
  const { rows } = await db.database.query<{ id: string }>(`select id from subscription where subscriber_id = $1 order by id limit 1`, [
    subscriberId,
  ]);
  return rows[0]!.id;
}

test('a sign-up that expires while its person asks for another newsletter leaves the person there', async () => {
  const fresh = `fresh${count}@example.net`;
  const asked = await addSubscriber(ports, { newsletter: 'weekly', address: fresh });
  if (asked.kind !== 'asked') throw new Error(asked.kind);
  await db.database.query(`update notice set state = 'sent', ended_at = $2 where subscription_id = $1`, [asked.subscriptionId, now]);
  now = new Date('2026-03-20T12:00:00Z');
  const [, expired] = await inOrder(
    'mail',
    async () => addSubscriber(ports, { newsletter: 'other', address: fresh }),
    async () => expireSignUps(db.database, now),
  );
  const { rows } = await db.database.query(
    `select from subscription s where not exists (select from subscriber p where p.id = s.subscriber_id)`,
  );
  expect(rows).toEqual([]);
  expect(expired?.status).toBe('fulfilled');
  expect(await expireSignUps(db.database, now)).toBe(1);
});
