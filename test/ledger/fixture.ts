/*
 * Small newsletters on Postgres, made by the use cases themselves as far as the ledger goes.
 */
import { randomBytes } from 'node:crypto';
import type { Database, Queryable } from '../../src/db/db.ts';
import { approveEdition } from '../../src/ledger/approve-edition.ts';
import { activateSubscription } from '../../src/ledger/change-subscription.ts';
import { type ComposedEdition, composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import type { DeliveryState } from '../../src/ledger/queue/delivery.ts';
import { type FreezePorts, type FreezeResult, freezeEdition } from '../../src/ledger/freeze/freeze-edition.ts';
import { type Position, parsePositions } from '../../src/ledger/position.ts';
import { releasePosts } from '../../src/ledger/releases/release-posts.ts';
import type { DigestGroup, RenderRendition } from '../../src/ledger/drafts/rendition.ts';

export interface TestNewsletter {
  readonly id: string;
  readonly sourceId: string;
  /** The first schedule sends from one post on; the second is as the test says. */
  readonly scheduleIds: readonly [string, string];
}

interface ScheduleRules {
  readonly minimum?: number;
  readonly maxWait?: string;
}

export async function insertNewsletter(db: Queryable, second: ScheduleRules = {}): Promise<TestNewsletter> {
  const slug = `n${randomBytes(8).toString('hex')}`;
  const { rows } = await db.query<{ id: string; source_id: string; first_id: string; second_id: string }>(
    `with n as (
       insert into newsletter (slug, name, sender_name, sender_address, postal_address)
       values ($1, 'News', 'News', 'news@example.org', 'Street 1') returning id),
     s as (insert into source (url) values ('https://example.org/' || $1) returning id),
     ns as (insert into newsletter_source (newsletter_id, source_id) select n.id, s.id from n, s),
     c as (
       insert into schedule (newsletter_id, name, cron, time_zone, minimum, max_wait)
       select n.id, v.name, '0 8 * * *', 'UTC', v.minimum, v.max_wait::interval
       from n, (values ('first', 1, null), ('second', $2::integer, $3::text)) as v (name, minimum, max_wait)
       returning id, name)
     select n.id, s.id as source_id, (select id from c where name = 'first') as first_id, (select id from c where name = 'second') as second_id
     from n, s`,
    [slug, second.minimum ?? 1, second.maxWait ?? null],
  );
  const row = one(rows);
  return { id: row.id, sourceId: row.source_id, scheduleIds: [row.first_id, row.second_id] };
}

export async function insertTopics(db: Queryable, count: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `insert into topic (slug, name) select $1 || n, 'Topic ' || n from generate_series(1, $2::integer) n returning id`,
    [`t${randomBytes(8).toString('hex')}-`, count],
  );
  return rows.map((row) => row.id);
}

export async function insertPost(db: Queryable, newsletter: TestNewsletter, topics: readonly string[] = []): Promise<string> {
  const name = randomBytes(8).toString('hex');
  const { rows } = await db.query<{ id: string }>(
    `with p as (insert into post (tag_id, state) values ('tag:example.org,2026:' || $1, 'held') returning id),
     r as (insert into post_revision (post_id, revision, content_hash, title, html, summary) select id, 1, 'h', 'A post', '<p>A</p>', 'A' from p),
     s as (insert into post_source (source_id, entry_id, post_id, content_hash) select $2, $1, id, 'h' from p),
     t as (insert into post_topic (post_id, topic_id) select p.id, unnest($3::bigint[]) from p)
     select id from p`,
    [name, newsletter.sourceId, topics],
  );
  return one(rows).id;
}

/** Inserts and releases a post. */
export async function releaseNewPost(
  database: Database,
  newsletter: TestNewsletter,
  topics: readonly string[] = [],
  now = new Date(),
): Promise<{ postId: string; position: Position }> {
  return database.transaction(async (tx) => {
    const postId = await insertPost(tx, newsletter, topics);
    const positions = await releasePosts(tx, [{ postId, revision: 1 }], now);
    return { postId, position: positions.get(postId) ?? 0n };
  });
}

interface NewSubscription {
  /** Of somebody who is known by it. */
  readonly addressKey?: string;
  readonly topics?: readonly string[] | null;
  readonly scheduleId?: string;
  readonly language?: string;
  readonly localHour?: number;
}

/** An active subscription of a new person. */
export async function insertSubscription(database: Database, newsletter: TestNewsletter, wanted: NewSubscription = {}): Promise<string> {
  return database.transaction(async (tx) => {
    const id = await insertPendingSubscription(tx, newsletter, wanted);
    await activateSubscription(tx, id, new Date());
    return id;
  });
}

/** A subscription of a new person that was never active. */
export async function insertPendingSubscription(db: Queryable, newsletter: TestNewsletter, wanted: NewSubscription = {}): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `with p as (
       insert into subscriber (address, address_key) values ($1, coalesce($7, md5($1)))
       on conflict on constraint subscriber_address_key_key do update set name = subscriber.name returning id)
     insert into subscription (subscriber_id, newsletter_id, schedule_id, state, topics, language, local_hour, time_zone)
     select id, $2, $3, 'pending', $4, $5, $6::smallint, case when $6::smallint is not null then 'UTC' end from p returning id`,
    [
      `${randomBytes(8).toString('hex')}@example.org`,
      newsletter.id,
      wanted.scheduleId ?? newsletter.scheduleIds[0],
      wanted.topics ?? null,
      wanted.language ?? 'en',
      wanted.localHour ?? null,
      wanted.addressKey ?? null,
    ],
  );
  return one(rows).id;
}

/** A renderer that writes down what it was asked for. */
export function recordingRenderer(): { readonly groups: DigestGroup[]; readonly render: RenderRendition } {
  const groups: DigestGroup[] = [];
  return {
    groups,
    render: async (group) => {
      groups.push(group);
      const text = group.releases.map((release) => `${release.kind} ${release.postId} r${release.revision}`).join(', ');
      return Promise.resolve({ subject: text, preheader: '', html: `<p>${text}</p>`, text, repairs: [] });
    },
  };
}

export async function composeDraft(
  database: Database,
  newsletter: TestNewsletter,
  schedule: 0 | 1 = 0,
  now = new Date(),
): Promise<ComposedEdition> {
  const composed = await composeEdition(database, {
    newsletterId: newsletter.id,
    scheduleId: newsletter.scheduleIds[schedule],
    slotAt: null,
    byHand: true,
    now,
  });
  if (composed.kind !== 'composed') throw new Error(`Expected a draft, got ${composed.kind}`);
  return composed;
}

export async function freeze(database: Database, editionId: string, ports: Partial<FreezePorts> = {}): Promise<FreezeResult> {
  return freezeEdition(database, editionId, {
    renderRendition: recordingRenderer().render,
    enqueue: async () => Promise.resolve(),
    now: () => new Date(),
    ...ports,
  });
}

/** Composes, approves and freezes; returns the edition's id. */
export async function sendEdition(
  database: Database,
  newsletter: TestNewsletter,
  schedule: 0 | 1 = 0,
  ports: Partial<FreezePorts> = {},
): Promise<string> {
  const { editionId } = await composeDraft(database, newsletter, schedule, ports.now?.() ?? new Date());
  await approve(database, editionId);
  await freeze(database, editionId, ports);
  return editionId;
}

export async function approve(database: Database, editionId: string): Promise<void> {
  const result = await approveEdition(database, editionId, { by: 'test', now: new Date() });
  if (result.kind !== 'approved') throw new Error(`Expected an approval, got ${result.kind}`);
}

export interface SeenDelivery {
  readonly id: string;
  readonly editionId: string;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly positions: readonly Position[];
  readonly subject: string;
}

/** A subscription's deliveries, oldest first. */
export async function deliveriesOf(db: Queryable, subscriptionId: string): Promise<SeenDelivery[]> {
  const { rows } = await db.query<{
    id: string;
    edition_id: string;
    state: DeliveryState;
    reason: string | null;
    positions: string;
    subject: string;
  }>(
    `select d.id, d.edition_id, d.state, d.reason, r.positions::text as positions, r.subject
     from delivery d join rendition r on r.id = d.rendition_id where d.subscription_id = $1 order by d.id`,
    [subscriptionId],
  );
  return rows.map((row) => ({ ...row, editionId: row.edition_id, positions: parsePositions(row.positions) }));
}

/** What a subscription's deliveries say, in words: "queued 1 2, accepted 3". */
export async function story(db: Queryable, subscriptionId: string): Promise<string> {
  const deliveries = await deliveriesOf(db, subscriptionId);
  return deliveries
    .map(({ state, reason, positions }) => `${state}${reason === null ? '' : `(${reason})`} ${positions.join(' ')}`)
    .join(', ');
}

export async function cursorOf(
  db: Queryable,
  subscriptionId: string,
): Promise<{ cursor: Position; owed: readonly Position[]; since: Position }> {
  const { rows } = await db.query<{ cursor: string; owed: string[]; since: string }>(
    `select cursor::text as cursor, owed::text[] as owed, since::text as since from subscription_cursor where subscription_id = $1`,
    [subscriptionId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`Expected a cursor of subscription ${subscriptionId}, found none`);
  return { cursor: BigInt(row.cursor), owed: row.owed.map((each) => BigInt(each)), since: BigInt(row.since) };
}

export async function setDelivery(db: Queryable, deliveryId: string, state: DeliveryState, isDoubted = false): Promise<void> {
  await db.query(
    `update delivery set state = $2, doubted_at = case when $3 then now() else doubted_at end,
       ended_at = case when $2 in ('queued', 'sending') then null else now() end where id = $1`,
    [deliveryId, state, isDoubted],
  );
}

export async function stateOf(db: Queryable, editionId: string): Promise<string> {
  const { rows } = await db.query<{ state: string; reason: string | null }>(`select state, reason from edition where id = $1`, [editionId]);
  const { state, reason } = one(rows);
  return reason === null ? state : `${state} (${reason})`;
}

export function one<T>(rows: readonly T[]): T {
  const row = rows[0];
  if (row === undefined) throw new Error('Expected a row, got none');
  return row;
}
