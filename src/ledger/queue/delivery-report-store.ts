import type { Queryable } from '../../db/db.ts';
import { type DeliveryState, deliveryStates } from './delivery.ts';

/** How many deliveries of an edition are in each state. */
export type DeliveryCounts = Readonly<Record<DeliveryState, number>>;

/** Counts the deliveries of an edition by state; every state has its number. */
export async function deliveryCounts(db: Queryable, editionId: string): Promise<DeliveryCounts> {
  const { rows } = await db.query<{ state: DeliveryState; count: number }>(
    `select state, count(*)::integer as count from delivery where edition_id = $1 group by state`,
    [editionId],
  );
  const found = new Map(rows.map((row) => [row.state, row.count]));
  return Object.fromEntries(deliveryStates.map((state) => [state, found.get(state) ?? 0])) as DeliveryCounts;
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
  /** Go on after this id. */
  readonly afterId?: string;
}

/** Deliveries of an edition with their readers, in id order. */
export async function listDeliveries(db: Queryable, editionId: string, filter: DeliveryFilter = {}): Promise<DeliveryLine[]> {
  const { rows } = await db.query<DeliveryLine>(
    `select d.id, d.subscription_id as "subscriptionId", b.address, b.name, d.state, d.reason, d.reply, d.attempts,
            d.doubted_at is not null as "isDoubted", d.rendition_id as "renditionId", d.due_at as "dueAt",
            d.first_attempt_at as "firstAttemptAt", d.ended_at as "endedAt"
     from delivery d join subscription s on s.id = d.subscription_id join subscriber b on b.id = s.subscriber_id
     where d.edition_id = $1 and ($2::text is null or d.state = $2) and d.id > $3
     order by d.id limit $4`,
    [editionId, filter.state ?? null, filter.afterId ?? '0', filter.limit ?? 100],
  );
  return rows;
}

/** One attempt that did not end its delivery. */
export interface AttemptLine {
  readonly at: Date;
  readonly outcome: 'deferred' | 'in_doubt';
  readonly reply: string | null;
}

/** The attempts of a delivery before its last, oldest first. */
export async function listAttempts(db: Queryable, deliveryId: string): Promise<AttemptLine[]> {
  const { rows } = await db.query<AttemptLine>(`select at, outcome, reply from attempt where delivery_id = $1 order by id`, [deliveryId]);
  return rows;
}
