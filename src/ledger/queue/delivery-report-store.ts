import type { Queryable } from '../../db/db.ts';
import { type DeliveryState, deliveryStates } from './delivery.ts';
import { listPrunedEnds } from './prune-store.ts';

/** How many deliveries of an edition are in each state. */
export type DeliveryCounts = Readonly<Record<DeliveryState, number>>;

/** How many deliveries of an edition are in a state for a reason. */
export interface DeliveryEndCount {
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly count: number;
}

/** What one step of a count saw: subscriptions after the first id, up to the second. */
export interface CountedStep {
  readonly afterId: string;
  readonly uptoId: string;
  readonly openCount: number;
}

/** Deliveries that one statement reads, however many an edition has. */
const countStepSize = 10_000;

/** Counts the deliveries that an edition has by state and reason, step by step: no statement reads all of a million. */
export async function countDeliveryEnds(
  db: Queryable,
  editionId: string,
  onStep: (step: CountedStep) => Promise<void> = async () => {},
): Promise<DeliveryEndCount[]> {
  const counts = new Map<string, DeliveryEndCount>();
  for (let afterId = '0', readCount = countStepSize; readCount === countStepSize;) {
    const { rows } = await db.query<DeliveryEndCount & { readonly lastId: string }>(
      `select state, reason, count(*)::integer as count, max(subscription_id) as "lastId"
       from (select state, reason, subscription_id from delivery
             where edition_id = $1 and subscription_id > $2 order by subscription_id limit $3) as step
       group by state, reason`,
      [editionId, afterId, countStepSize],
    );
    readCount = rows.reduce((sum, row) => sum + row.count, 0);
    if (readCount === 0) break;
    const uptoId = rows.map((row) => BigInt(row.lastId)).reduce((last, id) => (id > last ? id : last));
    for (const { state, reason, count } of rows) {
      const key = `${state} ${reason}`;
      counts.set(key, { state, reason, count: count + (counts.get(key)?.count ?? 0) });
    }
    const openCount = rows.filter(({ state }) => state === 'queued' || state === 'sending').reduce((sum, row) => sum + row.count, 0);
    await onStep({ afterId, uptoId: String(uptoId), openCount });
    afterId = String(uptoId);
  }
  return [...counts.values()];
}

/** The same by state alone; every state has its number. */
export function countsByState(ends: readonly DeliveryEndCount[]): DeliveryCounts {
  const countOf = (state: DeliveryState): number => ends.filter((end) => end.state === state).reduce((sum, { count }) => sum + count, 0);
  return Object.fromEntries(deliveryStates.map((state) => [state, countOf(state)])) as DeliveryCounts;
}

/** Counts the deliveries of an edition by state, those that were deleted included; every state has its number. */
export async function deliveryCounts(db: Queryable, editionId: string): Promise<DeliveryCounts> {
  return countsByState([...(await countDeliveryEnds(db, editionId)), ...(await listPrunedEnds(db, editionId))]);
}

/** One delivery as staff see it. */
export interface DeliveryLine {
  readonly id: string;
  readonly editionId: string;
  readonly subscriptionId: string;
  /** Null once the person is erased. */
  readonly address: string | null;
  readonly name: string | null;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly reply: string | null;
  readonly attempts: number;
  readonly isDoubted: boolean;
  readonly renditionId: string;
  readonly dueAt: Date;
  readonly firstAttemptAt: Date | null;
  readonly endedAt: Date | null;
}

/** Which deliveries of an edition to list: those that meet all that is set. */
export interface DeliveryFilter {
  /** In one of these states. */
  readonly states?: readonly DeliveryState[] | undefined;
  /** Ended for one of these reasons. */
  readonly reasons?: readonly string[] | undefined;
  /** The last reply has this text in it, in any case. */
  readonly reply?: string | undefined;
  /** To readers at one of these domains, each in every form that an address may have it in; lower case. */
  readonly domains?: readonly string[] | undefined;
  /** Of these subscriptions. */
  readonly subscriptionIds?: readonly string[] | undefined;
  /** What was last known of it is from then or later: its end, else its first attempt, else when it is due. */
  readonly since?: Date | undefined;
  /** The same, from before then, or then. */
  readonly until?: Date | undefined;
}

/** A page of a list. */
export interface DeliveryPage {
  /** Default 100. */
  readonly limit?: number;
  /** Go on after this delivery. */
  readonly afterId?: string | undefined;
}

/** Deliveries of an edition with their readers, in the order of their subscriptions. Of a million those that are wanted are looked for step by step. */
export async function listDeliveries(
  db: Queryable,
  editionId: string,
  filter: DeliveryFilter & DeliveryPage = {},
): Promise<DeliveryLine[]> {
  const { limit = 100, afterId: afterDelivery, ...wanted } = filter;
  const lines: DeliveryLine[] = [];
  const stepSize = Object.values(wanted).every((each) => each === undefined) ? limit : countStepSize;
  for (let afterId = await findSubscriptionOf(db, afterDelivery); lines.length < limit;) {
    const step = await listStep(db, { editionId, afterId, stepSize, limit: limit - lines.length }, wanted);
    lines.push(...step.lines);
    if (step.uptoId === null) break;
    afterId = step.uptoId;
  }
  return lines;
}

async function findSubscriptionOf(db: Queryable, deliveryId: string | undefined): Promise<string> {
  if (deliveryId === undefined) return '0';
  const { rows } = await db.query<{ id: string }>(`select subscription_id as id from delivery where id = $1`, [deliveryId]);
  return rows[0]?.id ?? '0';
}

interface ListStep {
  readonly editionId: string;
  readonly afterId: string;
  readonly stepSize: number;
  readonly limit: number;
}

/** Those of a step that are wanted; `uptoId` null: there are none after it. */
async function findStep(
  db: Queryable,
  step: ListStep,
  filter: DeliveryFilter,
): Promise<{ readonly uptoId: string | null; readonly ids: readonly string[] }> {
  const { rows } = await db.query<{ uptoId: string | null; ids: string[] | null }>(
    `with step as materialized (
       select id, subscription_id, state, reason, reply, due_at, first_attempt_at, ended_at from delivery
       where edition_id = $1 and subscription_id > $2 and ($6::bigint[] is null or subscription_id = any($6))
       order by subscription_id limit $3),
     wanted as (
       select id, subscription_id from step x
       where ($4::text[] is null or state = any($4)) and ($7::text[] is null or reason = any($7))
         and ($8::text is null or strpos(lower(reply), lower($8)) > 0)
         and ($9::timestamptz is null or ${lastKnownSql} >= $9) and ($10::timestamptz is null or ${lastKnownSql} <= $10)
         and ($11::text[] is null or exists (
           select from subscription s join subscriber b on b.id = s.subscriber_id
           where s.id = x.subscription_id and lower(substring(b.address from '[^@]*$')) = any($11))))
     select (select case when count(*) = $3 then max(subscription_id) end from step) as "uptoId",
       (select (array_agg(id order by subscription_id))[:$5] from wanted) as ids`,
    [
      step.editionId,
      step.afterId,
      step.stepSize,
      filter.states ?? null,
      step.limit,
      filter.subscriptionIds ?? null,
      filter.reasons ?? null,
      filter.reply ?? null,
      filter.since ?? null,
      filter.until ?? null,
      filter.domains ?? null,
    ],
  );
  const { uptoId = null, ids = null } = rows[0] ?? {};
  return { uptoId, ids: ids ?? [] };
}

/** SQL: when what is known of a delivery happened, as lists show it. */
const lastKnownSql = `coalesce(ended_at, case when state = 'queued' then due_at else first_attempt_at end, due_at)`;

async function listStep(db: Queryable, step: ListStep, filter: DeliveryFilter): Promise<{ lines: DeliveryLine[]; uptoId: string | null }> {
  const { uptoId, ids } = await findStep(db, step, filter);
  const { rows: lines } = await db.query<DeliveryLine>(
    `select d.id, d.edition_id as "editionId", d.subscription_id as "subscriptionId", b.address, b.name, d.state, d.reason, d.reply, d.attempts,
            d.doubted_at is not null as "isDoubted", d.rendition_id as "renditionId", d.due_at as "dueAt",
            d.first_attempt_at as "firstAttemptAt", d.ended_at as "endedAt"
     from delivery d join subscription s on s.id = d.subscription_id join subscriber b on b.id = s.subscriber_id
     where d.id = any($1::bigint[]) order by d.subscription_id`,
    [ids],
  );
  return { lines, uptoId };
}

/** An edition whose deliveries are listed, and of which newsletter. */
export interface EditionWithDeliveries {
  readonly id: string;
  readonly newsletter: string;
}

/** Which editions. */
export interface EditionWithDeliveriesFilter {
  readonly newsletterId?: string | undefined;
  /** Whose newsletter is mailed through this account; the sample goes through none. */
  readonly account?: { readonly name: string; readonly isDefault: boolean } | undefined;
  /** Not ended before then. */
  readonly since?: Date | undefined;
  /** Composed by then. */
  readonly until?: Date | undefined;
  readonly editionId?: string | undefined;
  /** This one, or older ones. */
  readonly uptoId?: string | undefined;
}

/** The ids of editions that have deliveries, newest first. Of editions there are few. */
export async function listEditionsWithDeliveries(db: Queryable, filter: EditionWithDeliveriesFilter): Promise<EditionWithDeliveries[]> {
  const { rows } = await db.query<EditionWithDeliveries>(
    `select e.id, n.slug as newsletter from edition e join newsletter n on n.id = e.newsletter_id
     where e.state in ('sending', 'paused', 'done', 'cancelled') and ($1::bigint is null or e.newsletter_id = $1)
       and ($2::text is null or not n.is_sample and (n.account = $2 or $3 and n.account is null))
       and ($4::timestamptz is null or e.ended_at is null or e.ended_at >= $4) and ($5::timestamptz is null or e.composed_at <= $5)
       and ($6::bigint is null or e.id = $6) and ($7::bigint is null or e.id <= $7)
     order by e.id desc`,
    [
      filter.newsletterId ?? null,
      filter.account?.name ?? null,
      filter.account?.isDefault ?? false,
      filter.since ?? null,
      filter.until ?? null,
      filter.editionId ?? null,
      filter.uptoId ?? null,
    ],
  );
  return rows;
}

/** The edition of a delivery; undefined where there is none. */
export async function findEditionOfDelivery(db: Queryable, deliveryId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(`select edition_id as id from delivery where id = $1`, [deliveryId]);
  return rows[0]?.id;
}

/** Who a subscription belongs to. */
export type SubscriptionReader = Pick<DeliveryLine, 'subscriptionId' | 'address' | 'name'>;

/** The readers of subscriptions, by the id of the subscription. */
export async function findReaders(db: Queryable, subscriptionIds: readonly string[]): Promise<Map<string, SubscriptionReader>> {
  const { rows } = await db.query<SubscriptionReader>(
    `select s.id as "subscriptionId", b.address, b.name from subscription s join subscriber b on b.id = s.subscriber_id where s.id = any($1::bigint[])`,
    [subscriptionIds],
  );
  return new Map(rows.map((row) => [row.subscriptionId, row]));
}

/** One attempt that did not end its delivery. */
export interface AttemptLine {
  readonly at: Date;
  readonly outcome: 'deferred' | 'in_doubt';
  readonly reply: string | null;
}

/** The attempts of a delivery before its last, oldest first. */
export async function listAttempts(db: Queryable, deliveryId: string): Promise<AttemptLine[]> {
  const { rows } = await db.query<AttemptLine>(
    `select at, outcome, reply from attempt where delivery_id = $1 and outcome <> 'last_doubt' order by id`,
    [deliveryId],
  );
  return rows;
}
