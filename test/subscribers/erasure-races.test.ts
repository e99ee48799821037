/*
 * Somebody is erased while something else of theirs is being written: whichever is first, nothing of them is left (P4), and nobody is brought back (P3).
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { packageRoot } from '../../src/kernel/package-root.ts';
import type { Tx } from '../../src/db/db.ts';
import { parseAddress } from '../../src/mail/address.ts';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { addSubscriber, type AddSubscriberPorts } from '../../src/subscribers/joining/add-subscriber.ts';
import { expireSignUps } from '../../src/subscribers/joining/expire-sign-ups.ts';
import { removeSubscriber } from '../../src/subscribers/leaving/remove-subscriber.ts';
import { askForLink } from '../../src/subscribers/links/ask-for-link.ts';
import { handleLinkRequest } from '../../src/subscribers/links/handle-link-request.ts';
import { changeName } from '../../src/subscribers/own-data/change-name.ts';
import { correctAddress } from '../../src/subscribers/own-data/correct-address.ts';
import { createKeyRing } from '../../src/subscribers/tokens/token.ts';
import { isBlocking } from '../support/blocked-sessions.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';
import { seedNewsletter, type SeededNewsletter } from '../web/seed.ts';

let db: TestDatabase;
let ports: AddSubscriberPorts;
let newsletter: SeededNewsletter;
let subscriberId: string;
let count = 0;
let requestIds: string[] = [];
let now = new Date('2026-03-01T12:00:00Z');

beforeAll(async () => {
  db = await createTestDatabase();
  ports = {
    database: db.database,
    enqueue: async (_tx, job) => void (job.name === 'link' ? requestIds.push(job.requestId) : undefined),
    addressKeySecret: Buffer.from('a secret of at least 32 characters, for tests'),
    clock: () => now,
    publicUrl: 'https://news.example.org',
    tokenKeys: createKeyRing(['a token key of at least 32 characters']),
    notices: await createNoticeRenderer({ templatesFolder: join(packageRoot, 'templates') }),
  };
  newsletter = await seedNewsletter(db.database, 'weekly');
  await seedNewsletter(db.database, 'other');
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

/** What is written of a person beside. `isAdded`: it is somebody new who may be written, because they are asked for anew after the erasure. */
const writings: readonly (readonly [string, () => Promise<unknown>, { readonly isAdded?: boolean }])[] = [
  [
    'they sign up for another newsletter',
    async () => addSubscriber(ports, { newsletter: 'other', address: address(), name: name() }),
    { isAdded: true },
  ],
  [
    'staff add them to another newsletter',
    async () => addSubscriber(ports, { newsletter: 'other', address: address(), name: name(), confirmed: { source: 'paper' } }),
    {},
  ],
  ['they ask for a new address', async () => ask(`vanishing.new${count}@example.net`), {}],
  ['they are asked about a new address', async () => answer(await preparedRequest), {}],
  ['they are mailed their link', async () => answer(await preparedLink), {}],
  [
    'staff correct their address',
    async () => correctAddress(ports, { subscriberId, source: 'test' }, `vanishing.other${count}@example.net`),
    {},
  ],
  ['they change their name', async () => changeName(ports, { subscriberId, source: 'test' }, `Vanishing Other ${count}`), {}],
];

let preparedRequest: Promise<string>;
let preparedLink: Promise<string>;
const answer = async (requestId: string): Promise<void> => handleLinkRequest(ports, requestId);
const ask = async (to?: string): Promise<string> => {
  const wanted =
    to === undefined
      ? ({ kind: 'link', address: parseAddress(address()) } as const)
      : ({ kind: 'address', subscriberId, address: parseAddress(to) } as const);
  await askForLink(ports, { newsletterId: newsletter.id, ...wanted });
  return requestIds.at(-1)!;
};

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

/** Starts `first` and holds it where it writes `table`, starts `second`, which has to wait for it or be done, and lets both go. */
async function inOrder(
  table: string,
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<PromiseSettledResult<unknown>[]> {
  const racing = await db.database.transaction(async (holder: Tx) => {
    await holder.query(`lock table ${table} in share row exclusive mode`);
    const one = first();
    one.catch(() => {});
    await waitFor(async () => isBlocking(holder));
    const two = second();
    two.catch(() => {});
    let isDone = false;
    void two.then(
      () => (isDone = true),
      () => (isDone = true),
    );
    await waitFor(async () => isDone || (await waiting()) >= 2);
    return [one, two];
  });
  return Promise.allSettled(racing);
}

async function waiting(): Promise<number> {
  const { rows } = await db.database.query(
    `select distinct l.pid from pg_locks l join pg_stat_activity a on a.pid = l.pid where not l.granted and a.datname = current_database()`,
  );
  return rows.length;
}

describe.each(writings)('An erasure while %s', (_, write, { isAdded = false }) => {
  beforeEach(async () => {
    preparedRequest = ask(`vanishing.new${count}@example.net`);
    await preparedRequest;
    preparedLink = ask();
    await preparedLink;
  });

  test('that comes second takes along what was written', async () => {
    // The last that each of them writes to is where it stands: whoever asks or is mailed, at the notices or requests; the others at the log.
    const place = write.toString().includes('ask(') ? 'link_request' : write.toString().includes('answer(') ? 'notice' : 'consent_event';
    const [written, erased] = await inOrder(place, write, async () => removeSubscriber(ports, { address: await current(), erase: true }));
    expect([written?.status, erased?.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(await traces()).toEqual([]);
  });

  test('that comes first leaves nothing to write of them', async () => {
    const [erased] = await inOrder('erased_address', erase, write);
    expect(erased?.status).toBe('fulfilled');
    const left = (await traces()).filter((said) => !isAdded || !/^(subscriber|notice):/.test(said));
    expect(left).toEqual([]);
    const { rows } = await db.database.query(
      `select from subscription s join subscriber p on p.id = s.subscriber_id where p.id = $1 and s.state <> 'left'`,
      [subscriberId],
    );
    expect(rows).toEqual([]);
    const active = await db.database.query(
      `select from subscription s join subscriber p on p.id = s.subscriber_id where p.address = $1 and s.state = 'active'`,
      [address()],
    );
    expect(active.rows).toEqual([]);
  });
});

/** Of who is being corrected the erasure is asked for by the id, which stays. */
async function current(): Promise<string> {
  const { rows } = await db.database.query<{ id: string }>(`select id from subscription where subscriber_id = $1 order by id limit 1`, [
    subscriberId,
  ]);
  return rows[0]!.id;
}

test('a sign-up that expires while its person is given another newsletter leaves the person there', async () => {
  const fresh = `fresh${count}@example.net`;
  const asked = await addSubscriber(ports, { newsletter: 'weekly', address: fresh });
  if (asked.kind !== 'asked') throw new Error(asked.kind);
  now = new Date('2026-03-20T12:00:00Z');
  await inOrder(
    'consent_event',
    async () => addSubscriber(ports, { newsletter: 'other', address: fresh, confirmed: { source: 'paper' } }),
    async () => expireSignUps(db.database, now),
  );
  const { rows } = await db.database.query(
    `select from subscription s where not exists (select from subscriber p where p.id = s.subscriber_id)`,
  );
  expect(rows).toEqual([]);
});
