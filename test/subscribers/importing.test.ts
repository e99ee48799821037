import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ConflictError } from '../../src/kernel/errors.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { releasePosts } from '../../src/ledger/releases/release-posts.ts';
import { leaveSubscription } from '../../src/ledger/change-subscription.ts';
import { suppressAddress } from '../../src/ledger/suppress-address.ts';
import { addressKey } from '../../src/mail/address.ts';
import { claimNotice } from '../../src/notices/notice-store.ts';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { exportSubscriptions, exportSuppressions, type ExportText } from '../../src/subscribers/exporting/export-people.ts';
import { applyImport } from '../../src/subscribers/importing/apply-import.ts';
import { findHadByLinks } from '../../src/subscribers/importing/find-had-posts.ts';
import { countChanges, type ImportRequest } from '../../src/subscribers/importing/import-request.ts';
import type { ImportFile, ImportRow } from '../../src/subscribers/importing/import-row.ts';
import { prepareImport, type PreparedImport } from '../../src/subscribers/importing/prepare-import.ts';
import { openImportFile } from '../../src/subscribers/importing/reading/open-import-file.ts';
import { addSubscriber, type AddSubscriberPorts } from '../../src/subscribers/joining/add-subscriber.ts';
import { confirmSubscription } from '../../src/subscribers/joining/confirm-subscription.ts';
import { insertConsentEvent } from '../../src/subscribers/consent/consent-store.ts';
import { isLastLeaving } from '../../src/subscribers/leaving/leaving-store.ts';
import { correctAddress } from '../../src/subscribers/own-data/correct-address.ts';
import { removeSubscriber } from '../../src/subscribers/leaving/remove-subscriber.ts';
import { confirmUrl } from '../../src/subscribers/tokens/signed-links.ts';
import { createKeyRing } from '../../src/subscribers/tokens/token.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { seedNewsletter, seedPost, type SeededNewsletter } from '../web/seed.ts';

let db: TestDatabase;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;
let ports: AddSubscriberPorts;
let newsletter: SeededNewsletter;
let now: Date;
let count = 0;
const secret = Buffer.from('a secret of at least 32 characters, for tests');

beforeAll(async () => {
  [db, temp] = await Promise.all([createTestDatabase({ maxConnections: 8 }), makeTempFolder()]);
  ports = {
    database: db.database,
    enqueue: async () => {},
    addressKeySecret: secret,
    clock: () => now,
    publicUrl: 'https://news.example.org',
    tokenKeys: createKeyRing(['a token key of at least 32 characters']),
    notices: await createNoticeRenderer({ templatesFolder: join(packageRoot, 'templates') }),
  };
  await db.database.query(`insert into topic (slug, name) values ('editors', 'For Editors'), ('reading', 'Reading')`);
});
afterAll(async () => {
  await db.drop();
  await temp.remove();
});
beforeEach(async () => {
  count += 1;
  now = new Date('2026-03-01T12:00:00Z');
  newsletter = await seedNewsletter(db.database, `news-${count}`);
});

type Row = Partial<ImportRow> & { readonly address: string };

/** A file as reading hands it over. */
function fileOf(rows: readonly Row[], header: readonly string[] = ['email']): ImportFile {
  const stated = rows.map((row, index): ImportRow => ({ line: index + 2, status: 'active', labels: [], cells: [row.address], ...row }));
  return {
    form: 'other',
    encoding: 'utf-8',
    separator: ',',
    header,
    mapping: [],
    cannotTellWhoLeft: false,
    bytes: 0,
    sha256: createHash('sha256').update(JSON.stringify(rows)).digest('hex'),
    async *rows() {
      await Promise.resolve();
      yield* stated;
    },
  };
}

const address = (name: string): string => `${name}-${count}@example.net`;
const keyOf = (name: string): string => addressKey(address(name), secret);

async function prepare(rows: readonly Row[], more: Partial<ImportRequest> = {}): Promise<PreparedImport> {
  return prepareImport(ports, {
    newsletter: newsletter.slug,
    labels: {},
    columns: {},
    consent: 'paper list, May 2025',
    asks: false,
    startsNow: false,
    open: async () => Promise.resolve(fileOf(rows)),
    onRefused: () => {},
    ...more,
  });
}

/** Imports and gives what became of people, nothing of what nobody came to. */
async function importAll(rows: readonly Row[], more: Partial<ImportRequest> = {}): Promise<Record<string, number>> {
  return named(await applyImport(ports, await prepare(rows, more)));
}

const named = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, each]) => each > 0));

async function standing(name: string): Promise<string> {
  const { rows } = await db.database.query<{ state: string | null; reason: string | null }>(
    `select (select s.state from subscription s join subscriber p on p.id = s.subscriber_id where p.address_key = $1 and s.newsletter_id = $2) as state,
       (select reason from suppression where address_key = $1) as reason`,
    [keyOf(name), newsletter.id],
  );
  return `${rows[0]!.state ?? 'unknown'}${rows[0]!.reason === null ? '' : `, ${rows[0]!.reason}`}`;
}

async function events(name: string): Promise<{ kind: string; at: Date; source: string; details: Record<string, unknown> }[]> {
  const { rows } = await db.database.query<{ kind: string; at: Date; source: string; details: Record<string, unknown> }>(
    `select e.kind, e.at, e.source, e.details from consent_event e join subscription s on s.id = e.subscription_id
     join subscriber p on p.id = s.subscriber_id where p.address_key = $1 and s.newsletter_id = $2 order by e.id`,
    [keyOf(name), newsletter.id],
  );
  return rows;
}

const add = async (name: string) =>
  addSubscriber(ports, { newsletter: newsletter.slug, address: address(name), confirmed: { source: 'form' } });

/** Signs up and confirms, as a reader does. */
async function confirm(who: string): Promise<void> {
  const asked = await addSubscriber(ports, { newsletter: newsletter.slug, address: address(who) });
  if (asked.kind !== 'asked') throw new Error(asked.kind);
  const { rows: requests } = await db.database.query<{ id: string }>(
    `select id from consent_event where subscription_id = $1 and kind = 'requested' order by id desc limit 1`,
    [asked.subscriptionId],
  );
  const url = confirmUrl(ports, asked.subscriptionId, requests[0]!.id);
  await confirmSubscription(ports, url.split('/').at(-1)!, () => 'Yes');
}

async function wholeOf(text: ExportText): Promise<string> {
  let whole = '';
  for await (const piece of text) whole += piece;
  return whole;
}

const exportOf = async (slug: string, format: 'csv' | 'json'): Promise<string> =>
  wholeOf(await exportSubscriptions(db.database, { newsletter: slug }, format));

async function tableOf(slug: string): Promise<Record<string, unknown>[]> {
  const { subscriptions } = JSON.parse(await exportOf(slug, 'json')) as { subscriptions: Record<string, unknown>[] };
  return subscriptions.toSorted((a, b) => (String(a['address']) < String(b['address']) ? -1 : 1));
}

describe('An import', () => {
  test('says beforehand what it does, does it, and changes nothing the second time', async () => {
    await add('here');
    await add('gone');
    await removeSubscriber(ports, { address: address('gone') });
    const rows: Row[] = [
      { address: address('new') },
      { address: address('NEW').toUpperCase() },
      { address: address('here'), name: 'Another Name' },
      { address: address('gone') },
      { address: 'no address' },
      { address: address('left'), status: 'left' },
      { address: address('dead'), status: 'bounced' },
    ];
    const refused: string[] = [];
    const prepared = await prepare(rows, { onRefused: ({ line, reason }) => refused.push(`${line}: ${reason}`) });
    const expected = { activated: 1, already_active: 1, stays_left: 1, recorded_left: 1, suppressed: 1 };
    expect(prepared.plan.contents).toMatchObject({ rows: 7, doubled: 1, refused: 1 });
    expect(named(prepared.plan.counts)).toEqual(expected);
    expect(refused).toEqual([expect.stringContaining('6: Expected one mail address')]);
    expect(await standing('new')).toBe('unknown');
    expect(named(await applyImport(ports, prepared))).toEqual(expected);
    for (const [name, state] of [
      ['new', 'active'],
      ['here', 'active'],
      ['gone', 'left'],
      ['left', 'left'],
      ['dead', 'unknown, bounced'],
    ] as const)
      expect([name, await standing(name)]).toEqual([name, state]);
    const again = await prepare(rows);
    expect(countChanges(again.plan.counts)).toBe(0);
    await applyImport(ports, again);
    expect((await events('new')).map(({ kind }) => kind)).toEqual(['imported']);
    expect((await events('left')).map(({ kind }) => kind)).toEqual(['left']);
  });

  test('keeps when and how people agreed: the time of the file, else that of the import', async () => {
    const consentAt = new Date('2019-02-03T04:05:06Z');
    await importAll([{ address: address('dated'), consentAt }, { address: address('undated') }]);
    await importAll([{ address: address('of-file'), consentAt }], { consent: undefined });
    const details = { import: expect.any(String), form: 'other' };
    expect(await events('dated')).toEqual([{ kind: 'imported', at: consentAt, source: 'paper list, May 2025', details }]);
    expect(await events('undated')).toEqual([{ kind: 'imported', at: now, source: 'paper list, May 2025', details }]);
    expect(await events('of-file')).toEqual([{ kind: 'imported', at: consentAt, source: 'import: other', details }]);
  });

  test('keeps no word of a row that holds an address: the log of consent cannot forget one', async () => {
    const own = (consentSource: string) => ({ consentAt: new Date('2019-02-03T04:05:06Z'), own: { consentSource } });
    const rows = [
      { address: address('plain'), ...own('paper, 2019') },
      { address: address('words'), ...own(`mail of ${address('words')}`) },
      { address: address('spelled'), ...own(`mail of ${address('spelled').replace('@', ' (at) ')}`) },
    ];
    expect(await importAll(rows, { consent: undefined })).toEqual({ activated: 3 });
    const sources = await Promise.all(['plain', 'words', 'spelled'].map(async (name) => (await events(name)).map(({ source }) => source)));
    expect(sources).toEqual([['paper, 2019'], ['import: other'], ['import: other']]);
    for (const name of ['words', 'spelled']) await removeSubscriber(ports, { address: address(name), erase: true });
    const { rows: tables } = await db.database.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    );
    for (const { name: table } of tables) {
      const { rows: said } = await db.database.query(`select from "${table}" t where t::text ~ $1`, [`(words|spelled)-${count}\\M`]);
      expect([table, said.length]).toEqual([table, 0]);
    }
  });

  test('without any consent is refused before anybody is imported', async () => {
    const prepared = await prepare([{ address: address('ann') }, { address: address('bob'), status: 'left' }], { consent: undefined });
    expect([prepared.plan.lacksConsent, prepared.plan.counts.no_consent]).toEqual([true, 1]);
    await expect(prepare([], { consent: ' ' })).rejects.toThrow('when and how people agreed');
    await expect(prepare([], { consent: `list of ${address('ann')}` })).rejects.toThrow('without an address');
  });

  test('may lower: who left or bounced elsewhere gets nothing more, and no confirmation that was on its way', async () => {
    await add('ann');
    await addSubscriber(ports, { newsletter: newsletter.slug, address: address('bob') });
    await add('complains');
    const rows: Row[] = [
      { address: address('ann'), status: 'left' },
      { address: address('bob'), status: 'left' },
      { address: address('complains'), status: 'complained' },
    ];
    expect(await importAll(rows)).toEqual({ lowered: 2, suppressed: 1 });
    expect([await standing('ann'), await standing('bob'), await standing('complains')]).toEqual(['left', 'left', 'active, complained']);
    expect((await events('ann')).at(-1)).toMatchObject({ kind: 'left', source: 'import', at: now });
    const { rows: notices } = await db.database.query(`select state from notice where recipient_address = $1`, [address('bob')]);
    expect(notices).toEqual([{ state: 'cancelled' }]);
  });

  test('takes the lowest of several rows about one person, whatever their order, and does not make them active in between', async () => {
    const rows: Row[] = [
      { address: address('ann') },
      { address: address('ann'), status: 'left' },
      { address: address('bob'), status: 'left' },
      { address: address('bob') },
    ];
    expect(await importAll(rows)).toEqual({ recorded_left: 2 });
    expect((await events('ann')).map(({ kind }) => kind)).toEqual(['left']);
  });

  test('lowers by a row in which something else is wrong, and lets no row raise whom a refused one says less of', async () => {
    await add('here');
    const name = 'x'.repeat(201);
    const rows: Row[] = [
      { address: address('ann'), status: 'left', name },
      { address: address('ann') },
      { address: address('here'), status: 'left', own: { topics: ['gone'] } },
      { address: address('dead'), status: 'bounced', name },
      { address: address('dead') },
      { address: address('asked') },
      { address: address('asked'), status: 'pending', name },
      { address: address('fine'), name },
      { address: address('fine') },
    ];
    const remarks: string[] = [];
    const { plan } = await prepare(rows, { onRefused: ({ line, reason }) => remarks.push(`${line} ${reason.slice(0, 5)}`) });
    expect(plan.contents).toMatchObject({ rows: 9, flawed: 3, refused: 2, held: 1, doubled: 2 });
    expect(remarks).toEqual(['2 Taken', '4 Taken', '5 Taken', '8 Expec', '9 Expec']);
    expect(await importAll(rows)).toEqual({ recorded_left: 1, lowered: 1, suppressed: 1, activated: 1 });
    expect([await standing('ann'), await standing('here'), await standing('dead')]).toEqual(['left', 'left', 'unknown, bounced']);
    expect([await standing('asked'), await standing('fine')]).toEqual(['unknown', 'active']);
  });

  test('keeps the stronger of two suppressions, of two rows and of what staff say of the file', async () => {
    const bounced = { status: 'bounced', own: { suppression: 'bounced' } } as const;
    const byStaff = { status: 'bounced', own: { suppression: 'staff' } } as const;
    await importAll([
      { address: address('ann'), ...bounced },
      { address: address('ann'), ...byStaff },
      { address: address('bob'), ...byStaff },
      { address: address('bob'), ...bounced },
    ]);
    await importAll(
      [
        { address: address('cid'), ...bounced },
        { address: address('dan'), status: 'complained' },
      ],
      { as: 'suppressed' },
    );
    const found = await Promise.all(['ann', 'bob', 'cid', 'dan'].map(standing));
    expect(found).toEqual(['unknown, staff', 'unknown, staff', 'unknown, staff', 'unknown, complained']);
  });

  test('of suppressions does not touch who has confirmed by themselves since', async () => {
    await confirm('ann');
    const suppressedAt = (seconds: number): Row => ({
      address: address('ann'),
      status: 'bounced',
      goneAt: new Date(now.getTime() + seconds * 1000),
      own: { suppression: 'bounced' },
    });
    const other = await seedNewsletter(db.database, `other-${count}`);
    expect(await importAll([suppressedAt(-1)], { newsletter: other.slug })).toEqual({ came_back: 1 });
    expect(await standing('ann')).toBe('active');
    expect(await importAll([suppressedAt(1)])).toEqual({ suppressed: 1 });
    expect(await standing('ann')).toBe('active, bounced');
  });

  test('does not send away who has confirmed here since the file says that they left', async () => {
    const left = (seconds: number): Row => ({ address: address('ann'), status: 'left', goneAt: new Date(now.getTime() + seconds * 1000) });
    const here = newsletter;
    newsletter = await seedNewsletter(db.database, `other-${count}`);
    await confirm('ann');
    newsletter = here;
    await add('ann');
    // They confirmed to another newsletter, which says nothing of this one.
    expect(await importAll([left(-1)])).toEqual({ lowered: 1 });
    await confirm('ann');
    expect(await importAll([left(-1)])).toEqual({ came_back: 1 });
    expect(await standing('ann')).toBe('active');
    // Staff say it of the whole file, and now.
    expect(await importAll([left(-2)], { as: 'left' })).toEqual({ lowered: 1 });
    await confirm('ann');
    expect(await importAll([left(1)])).toEqual({ lowered: 1 });
    expect(await standing('ann')).toBe('left');
  });

  test('into one newsletter suppresses also whom a row of another newsletter suppresses, and takes nothing else of that', async () => {
    const other = await seedNewsletter(db.database, `other-${count}`);
    await add('ann');
    const rows: Row[] = [
      { address: address('ann'), status: 'complained', own: { newsletter: other.slug } },
      { address: address('bob'), status: 'active', own: { newsletter: other.slug } },
      { address: address('cid'), status: 'left', own: { newsletter: other.slug } },
    ];
    expect(await importAll(rows, { consent: undefined })).toEqual({ suppressed: 1 });
    expect(await Promise.all(['ann', 'bob', 'cid'].map(standing))).toEqual(['active, complained', 'unknown', 'unknown']);
  });

  test('leaves who was erased away, who is pending pending, and who is suppressed suppressed', async () => {
    await add('erased');
    await removeSubscriber(ports, { address: address('erased'), erase: true });
    await addSubscriber(ports, { newsletter: newsletter.slug, address: address('pending') });
    await db.database.transaction(async (tx) => suppressAddress(tx, keyOf('dead'), { reason: 'bounced', source: 'smtp', now }));
    const rows = ['erased', 'pending', 'dead'].map((name) => ({ address: address(name) }));
    expect(await importAll(rows)).toEqual({ was_erased: 1, stays_pending: 1, stays_suppressed: 1 });
    expect(await importAll(rows, { as: 'left', consent: undefined })).toEqual({ was_erased: 1, lowered: 1, stays_suppressed: 1 });
  });

  test('brings nobody back, and mails nobody twice, by an address that they had before', async () => {
    const { subscriptionId: id } = (await add('ann')) as { subscriptionId: string };
    const { rows } = await db.database.query<{ who: string }>(`select subscriber_id as who from subscription where id = $1`, [id]);
    await correctAddress(ports, { subscriberId: rows[0]!.who, source: 'test' }, address('ann-now'));
    const old: Row[] = [{ address: address('ann') }];
    expect(await importAll(old)).toEqual({ has_moved: 1 });
    expect(await importAll([{ address: address('ann'), status: 'left' }])).toEqual({ has_moved: 1 });
    expect([await standing('ann'), await standing('ann-now')]).toEqual(['unknown', 'active']);
    await removeSubscriber(ports, { address: address('ann-now') });
    expect(await importAll(old, { asks: true, consent: undefined })).toEqual({ has_moved: 1 });
    await removeSubscriber(ports, { address: address('ann-now'), erase: true });
    expect(await importAll(old)).toEqual({ was_erased: 1 });
  });

  test('that says that somebody left, who did so by themselves a moment ago, is not undone by the link of that leaving', async () => {
    const { subscriptionId: id } = (await add('ann')) as { subscriptionId: string };
    const eventId = await db.database.transaction(async (tx) => {
      const event = await insertConsentEvent(tx, { subscriptionId: id, kind: 'left', at: now, source: 'page' });
      await leaveSubscription(tx, id, now);
      return event;
    });
    expect(await isLastLeaving(db.database, id, eventId)).toBe(true);
    expect(await importAll([{ address: address('ann'), status: 'left' }])).toEqual({ stays_left: 1 });
    expect(await isLastLeaving(db.database, id, eventId)).toBe(false);
    const { rows } = await db.database.query(`select from consent_event where subscription_id = $1`, [id]);
    now = new Date(now.getTime() + 2 * 3_600_000);
    await importAll([{ address: address('ann'), status: 'left', name: 'Again' }]);
    expect((await db.database.query(`select from consent_event where subscription_id = $1`, [id])).rowCount).toBe(rows.length);
  });

  test('does not send away who came back by their own confirmation after the same file had been imported', async () => {
    const rows: Row[] = [{ address: address('ann'), status: 'left' }];
    await importAll(rows);
    now = new Date(now.getTime() + 60_000);
    await confirm('ann');
    expect(await standing('ann')).toBe('active');
    expect(await importAll(rows)).toEqual({ came_back: 1 });
    expect(await importAll([...rows, { address: address('other'), status: 'left' }])).toMatchObject({ lowered: 1 });
  });

  test('asks at a gentle pace where staff want that: pending, one confirmation each, whose link lives from its day', async () => {
    const rows = ['ann', 'bob', 'cid'].map((name) => ({ address: address(name) }));
    expect(await importAll(rows, { consent: undefined, asks: true })).toEqual({ asked: 3 });
    expect(await standing('bob')).toBe('pending');
    expect((await events('bob')).map(({ kind, source }) => `${kind} ${source}`)).toEqual(['requested import: other']);
    const { rows: notices } = await db.database.query<{ id: string; seconds: number }>(
      `select id, extract(epoch from next_attempt_at - $2)::float8 as seconds from notice where newsletter_id = $1 order by id`,
      [newsletter.id, now],
    );
    expect(notices.map(({ seconds }) => seconds)).toEqual([0, 6, 12]);
    await db.database.query(
      `update notice set next_attempt_at = now() + interval '1 hour', created_at = now() + interval '1 hour' where id = $1`,
      [notices[1]!.id],
    );
    expect(await claimNotice(db.database, notices[1]!.id, 1_000)).toBeUndefined();
    expect(await importAll(rows, { consent: undefined, asks: true })).toEqual({ stays_pending: 3 });
  });

  test('follows labels to topics, those that staff map too, lists the others, and remembers the mapping for the header', async () => {
    const rows: Row[] = [
      { address: address('ann'), labels: ['Writers', 'reading'] },
      { address: address('bob'), labels: ['VIP'] },
      { address: address('cid'), labels: ['VIP', 'for editors'] },
    ];
    const open = async (): Promise<ImportFile> => Promise.resolve(fileOf(rows, ['email', `tags ${count}`]));
    const first = await prepare(rows, { labels: { Writers: 'editors' }, open });
    expect(first.plan.contents.unknownLabels).toEqual([{ label: 'VIP', count: 2 }]);
    await applyImport(ports, first);
    const { rows: followed } = await db.database.query<{ topics: string[] | null }>(
      `select array(select t.slug from topic t where t.id = any (s.topics) order by t.slug) as topics
       from subscription s join subscriber p on p.id = s.subscriber_id where s.newsletter_id = $1 order by p.address`,
      [newsletter.id],
    );
    expect(followed.map(({ topics }) => topics)).toEqual([['editors', 'reading'], [], ['editors']]);
    const second = await prepare(rows, { open });
    expect([second.plan.isMappingRemembered, second.plan.contents.unknownLabels.map(({ label }) => label)]).toEqual([true, ['VIP']]);
    await expect(prepare(rows, { labels: { Writers: 'nothing' }, open })).rejects.toThrow('Expected a topic');
  });

  test('opens the next file with the columns that staff named for its header', async () => {
    const opened: unknown[] = [];
    const header = [`Adresse ${count}`];
    const rows = [{ address: address('ann') }];
    const open: ImportRequest['open'] = async (columns) => {
      opened.push(columns);
      return Promise.resolve(fileOf(rows, header));
    };
    await applyImport(ports, await prepare(rows, { columns: { address: header[0]! }, open }));
    await prepare(rows, { open });
    expect(opened).toEqual([undefined, undefined, { address: header[0]! }]);
  });

  test('is refused for a newsletter that was closed', async () => {
    await db.database.query(`update newsletter set closed_at = now() where id = $1`, [newsletter.id]);
    await expect(prepare([{ address: address('ann') }])).rejects.toThrow('which was closed on');
  });

  test('passes over rows of another newsletter of this installation unless staff say how these people agreed to this one', async () => {
    const other = await seedNewsletter(db.database, `other-${count}`);
    const rows: Row[] = [
      { address: address('ann'), own: { newsletter: newsletter.slug } },
      { address: address('bob'), own: { newsletter: other.slug } },
      { address: address('cid'), own: { newsletter: 'of-elsewhere' } },
    ];
    const agreed = rows.map((row) => ({ ...row, consentAt: new Date('2026-01-01T00:00:00Z') }));
    const { plan } = await prepare(agreed, { consent: undefined });
    expect([plan.contents.otherNewsletters, plan.counts.activated]).toEqual([{ [other.slug]: 1 }, 2]);
    expect((await prepare(agreed, { consent: 'asked in person' })).plan.counts.activated).toBe(3);
  });

  test('begins where who joins begins, at the last release, or owes what the other tool has not sent', async () => {
    const posts: { id: string; position: bigint; url: string }[] = [];
    for (const title of ['one', 'two', 'three']) {
      const url = `https://example.org/${count}/${title}/`;
      const id = await seedPost(db.database, newsletter, { title });
      await db.database.query(`insert into post_key (kind, key, post_id) values ('url', $1, $2)`, [`example.org/${count}/${title}`, id]);
      const positions = await db.database.transaction(async (tx) => releasePosts(tx, [{ postId: id, revision: 1 }], now));
      posts.push({ id, position: positions.get(id)!, url });
    }
    const cursorOf = async (name: string): Promise<unknown> => {
      const { rows } = await db.database.query(
        `select c.cursor::text, c.owed::text, c.since::text from subscription_cursor c join subscription s on s.id = c.subscription_id
         join subscriber p on p.id = s.subscriber_id where p.address_key = $1`,
        [keyOf(name)],
      );
      return rows[0];
    };
    const { rows: made } = await db.database.query<{ at: string }>(`select made_at_position::text as at from newsletter where id = $1`, [
      newsletter.id,
    ]);
    const [first, , last] = posts.map(({ position }) => String(position));
    const had = await findHadByLinks(db.database, [
      posts[0]!.url,
      `http://www.example.org/${count}/three?utm_source=x`,
      'https://example.org/?',
    ]);
    expect(had).toEqual({ postIds: new Set([posts[0]!.id, posts[2]!.id]), named: 3 });
    const prepared = await prepare([{ address: address('had') }], { had: had.postIds });
    expect(prepared.plan.firstPosts).toBe(1);
    await applyImport(ports, prepared);
    await importAll([{ address: address('now') }], { startsNow: true });
    await importAll([{ address: address('joins') }]);
    expect(await cursorOf('now')).toEqual({ cursor: last, owed: '{}', since: last });
    expect(await cursorOf('joins')).toMatchObject({ owed: '{}', since: made[0]!.at });
    expect(await cursorOf('had')).toEqual({ cursor: last, owed: `{${posts[1]!.position}}`, since: made[0]!.at });
    expect(BigInt(made[0]!.at) < BigInt(first!)).toBe(true);
  });

  test('that fails on its way goes on where it was, and nobody has agreed twice', async () => {
    const rows = Array.from({ length: 2_500 }, (_, index) => ({ address: address(`r${index}`) }));
    const prepared = await prepare(rows);
    let left = 2;
    const failing = { ...ports, onProgress: () => void (left === 1 ? fail() : (left -= 1)) };
    const fail = (): never => {
      throw new Error('the power went');
    };
    await expect(applyImport(failing, prepared)).rejects.toThrow('the power went');
    const resumed = await prepare(rows);
    expect(resumed.plan.doneUptoLine).toBe(2_001);
    expect(named(resumed.plan.counts)).toEqual({ activated: 2_500 });
    expect(named(await applyImport(ports, resumed))).toEqual({ activated: 2_500 });
    const { rows: told } = await db.database.query(
      `select count(*)::int as events, count(distinct e.subscription_id)::int as people from consent_event e
       join subscription s on s.id = e.subscription_id where s.newsletter_id = $1`,
      [newsletter.id],
    );
    expect(told).toEqual([{ events: 2_500, people: 2_500 }]);
  });

  test.each(['csv', 'json'] as const)(
    'of our own export as %s brings the same people: states, consent and choices, and raises nobody',
    async (format) => {
      const formula = '=HYPERLINK("https://example.org")';
      const choices = { topics: ['editors'], localHour: 7, timeZone: 'Europe/Madrid' };
      const consentAt = new Date('2024-02-03T04:05:06Z');
      await importAll(
        [
          {
            address: address('ann'),
            name: formula,
            consentAt,
            language: 'es',
            format: 'text',
            own: { ...choices, pausedUntil: 'indefinitely' },
          },
          { address: address('bob'), status: 'left', name: "'+Bob" },
          { address: address('dan'), name: '"Dan", É' },
          { address: address('eve') },
        ],
        { consent: 'paper, 2024' },
      );
      await addSubscriber(ports, { newsletter: newsletter.slug, address: address('cleo') });
      await removeSubscriber(ports, { address: address('eve'), erase: true });
      await db.database.transaction(async (tx) => suppressAddress(tx, keyOf('dan'), { reason: 'staff', source: 'x', now }));
      const exported = await exportOf(newsletter.slug, format);
      const before = await tableOf(newsletter.slug);
      expect(before.map(({ name, state, suppression }) => [name, state, suppression])).toEqual([
        [formula, 'active', null],
        ["'+Bob", 'left', null],
        [null, 'pending', null],
        ['"Dan", É', 'active', 'staff'],
      ]);
      expect(before[0]).toMatchObject({ consent_at: consentAt.toISOString(), consent_source: 'paper, 2024', topics: ['editors'], hour: 7 });
      const path = join(temp.folder, `export-${count}.${format}`);
      // As from another installation, whose newsletter is none of ours.
      writeFileSync(path, exported.replaceAll(newsletter.slug, 'of-elsewhere'));
      const other = await seedNewsletter(db.database, `other-${count}`);
      const into = { newsletter: other.slug, consent: undefined, open: async () => openImportFile(path) };
      expect(await importAll([], into)).toEqual({ activated: 1, recorded_left: 1, never_agreed: 1, stays_suppressed: 1 });
      const kept = before.filter(({ state, suppression }) => state !== 'pending' && suppression === null);
      const same = (rows: typeof before) => rows.map(({ newsletter: _slug, created_at: _at, ...rest }) => rest);
      expect(same(await tableOf(other.slug))).toEqual(same(kept));
      expect(await importAll([], into)).toEqual({ already_active: 1, stays_left: 1, never_agreed: 1, stays_suppressed: 1 });
    },
  );

  test('of our own export of suppressions keeps away who is only known by their key', async () => {
    await db.database.transaction(async (tx) => suppressAddress(tx, keyOf('ann'), { reason: 'complained', source: 'x', now }));
    const textOf = async (withUnknown: boolean): Promise<string> => wholeOf(exportSuppressions(db.database, { withUnknown }, 'csv'));
    expect(await textOf(false)).not.toContain(keyOf('ann'));
    const path = join(temp.folder, 'suppressions.csv');
    writeFileSync(path, await textOf(true));
    await db.database.query(`delete from suppression where address_key = $1`, [keyOf('ann')]);
    await importAll([], { consent: undefined, open: async () => openImportFile(path) });
    expect(await standing('ann')).toBe('unknown, complained');
  });

  test('of one file runs once at a time', async () => {
    const prepared = await prepare([{ address: address('ann') }]);
    let second: unknown;
    await applyImport(ports, {
      ...prepared,
      // Before the first has come to the end of its file.
      portions: async function* (from) {
        yield* prepared.portions(from);
        second = await applyImport(ports, prepared).catch((error: unknown) => error);
      },
    });
    expect(second).toBeInstanceOf(ConflictError);
  });

  test('beside sign-ups and another import of the same people ends, with nobody twice', async () => {
    const names = Array.from({ length: 400 }, (_, index) => `r${index}`);
    const rows = names.map((name) => ({ address: address(name) }));
    const one = await prepare(rows);
    const other = await prepare(rows.toReversed());
    const [first, second] = await Promise.all([
      applyImport(ports, one),
      applyImport(ports, other),
      Promise.all(names.slice(0, 40).map(async (name) => add(name))),
    ]);
    expect(first.activated + second.activated + first.already_active + second.already_active).toBe(800);
    const { rows: told } = await db.database.query(
      `select count(*)::int as active, (select count(*)::int from consent_event e where e.subscription_id = any(array_agg(s.id))) as events
       from subscription s where newsletter_id = $1 and state = 'active'`,
      [newsletter.id],
    );
    expect(told).toEqual([{ active: 400, events: 400 }]);
  });

  test('after an erasure holds the address nowhere', async () => {
    await importAll([
      { address: address('ann'), name: 'Ann Example', labels: ['Editors'] },
      { address: address('bob'), status: 'left' },
    ]);
    for (const name of ['ann', 'bob']) await removeSubscriber(ports, { address: address(name), erase: true });
    const { rows: tables } = await db.database.query<{ name: string }>(
      `select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables) {
      const { rows } = await db.database.query(`select t from ${name} t where t::text ilike $1 or t::text ilike $2`, [
        `%${address('ann')}%`,
        `%${address('bob')}%`,
      ]);
      expect([name, rows]).toEqual([name, []]);
    }
  });
});

describe('An import and single adds', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const step = fc.record({ what: fc.constantFrom('add', 'ask', 'remove', 'erase', 'suppress', 'release'), who: fc.nat(4) });

  async function play({ what, who }: { what: string; who: number }): Promise<void> {
    const name = names[who]!;
    const person = { newsletter: newsletter.slug, address: address(name) };
    if (what === 'add') await add(name);
    else if (what === 'ask') await addSubscriber(ports, person);
    else if (what === 'suppress')
      await db.database.transaction(async (tx) => suppressAddress(tx, keyOf(name), { reason: 'bounced', source: 'smtp', now }));
    else if (what === 'release') {
      const postId = await seedPost(db.database, newsletter, { title: 'A post' });
      await db.database.transaction(async (tx) => releasePosts(tx, [{ postId, revision: 1 }], now));
    } else await removeSubscriber(ports, { address: person.address, erase: what === 'erase' }).catch(() => {});
  }

  async function everything(): Promise<unknown> {
    const { rows } = await db.database.query(
      `select p.address, p.name, s.state, s.topics, s.language, s.activated_at, s.left_at, c.cursor, c.owed, c.since,
         array(select e.kind || ' ' || e.source || ' ' || e.at from consent_event e where e.subscription_id = s.id order by e.id) as events
       from subscription s join subscriber p on p.id = s.subscriber_id left join subscription_cursor c on c.subscription_id = s.id
       where s.newsletter_id = $1 order by p.address, s.id`,
      [newsletter.id],
    );
    return rows.map((row) => JSON.parse(JSON.stringify(row).replaceAll(new RegExp(`-${count}@`, 'g'), '@')));
  }

  test('come to the same, whatever happened before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (history) => {
        const ends: unknown[] = [];
        const results: string[][] = [];
        let base = 0n;
        for (const isImport of [false, true]) {
          count += 1;
          newsletter = await seedNewsletter(db.database, `news-${count}`);
          const { rows } = await db.database.query<{ at: string }>(`select last_position::text as at from release_counter`);
          base = BigInt(rows[0]!.at);
          await db.database.query(`update newsletter set made_at_position = $2 where id = $1`, [newsletter.id, rows[0]!.at]);
          for (const each of history) await play(each);
          const source = { source: 'paper list, May 2025' };
          if (isImport) await importAll(names.map((name) => ({ address: address(name) })));
          else
            for (const name of names)
              results.push([(await addSubscriber(ports, { newsletter: newsletter.slug, address: address(name), confirmed: source })).kind]);
          const seen = (await everything()) as { cursor: string | null; since: string | null }[];
          ends.push(
            seen.map((row) => ({
              ...row,
              cursor: row.cursor && String(BigInt(row.cursor) - base),
              since: row.since && String(BigInt(row.since) - base),
            })),
          );
        }
        expect(ends[1]).toEqual(ends[0]);
      }),
      { numRuns: 12 },
    );
  });
});
