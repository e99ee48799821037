import type { Queryable } from '../../db/db.ts';
import { type DeliveryState, deliveryStates } from './delivery.ts';

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

/** Counts the deliveries of an edition by state and reason, step by step: no statement reads all of a million. */
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

/** Counts the deliveries of an edition by state; every state has its number. */
export async function deliveryCounts(db: Queryable, editionId: string): Promise<DeliveryCounts> {
  return countsByState(await countDeliveryEnds(db, editionId));
}

/** One delivery as staff see it. */
export interface DeliveryLine {
  readonly id: string;
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

/** Which deliveries of an edition to list. */
export interface DeliveryFilter {
  readonly state?: DeliveryState;
  /** Default 100. */
  readonly limit?: number;
  /** Go on after this delivery. */
  readonly afterId?: string;
}

/** Deliveries of an edition with their readers, in the order of their subscriptions. Of a million those in one state are looked for step by step. */
export async function listDeliveries(db: Queryable, editionId: string, filter: DeliveryFilter = {}): Promise<DeliveryLine[]> {
  const { state, limit = 100 } = filter;
  const lines: DeliveryLine[] = [];
  const stepSize = state === undefined ? limit : countStepSize;
  for (let afterId = await findSubscriptionOf(db, filter.afterId); lines.length < limit;) {
    const step = await listStep(db, { editionId, afterId, stepSize, state: state ?? null, limit: limit - lines.length });
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

/** Those of the next `stepSize` that are in the state; `uptoId` null: there are none after it. */
async function listStep(
  db: Queryable,
  step: { editionId: string; afterId: string; stepSize: number; state: DeliveryState | null; limit: number },
): Promise<{ lines: DeliveryLine[]; uptoId: string | null }> {
  const { rows } = await db.query<{ uptoId: string | null; ids: string[] | null }>(
    `with step as materialized (
       select id, subscription_id, state from delivery where edition_id = $1 and subscription_id > $2 order by subscription_id limit $3)
     select case when count(*) = $3 then max(subscription_id) end as "uptoId",
       (array_agg(id order by subscription_id) filter (where $4::text is null or state = $4))[:$5] as ids
     from step`,
    [step.editionId, step.afterId, step.stepSize, step.state, step.limit],
  );
  const { uptoId, ids } = rows[0] ?? { uptoId: null, ids: [] };
  const { rows: lines } = await db.query<DeliveryLine>(
    `select d.id, d.subscription_id as "subscriptionId", b.address, b.name, d.state, d.reason, d.reply, d.attempts,
            d.doubted_at is not null as "isDoubted", d.rendition_id as "renditionId", d.due_at as "dueAt",
            d.first_attempt_at as "firstAttemptAt", d.ended_at as "endedAt"
     from delivery d join subscription s on s.id = d.subscription_id join subscriber b on b.id = s.subscriber_id
     where d.id = any($1::bigint[]) order by d.subscription_id`,
    [ids ?? []],
  );
  return { lines, uptoId };
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
