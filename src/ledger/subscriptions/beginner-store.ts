import type { Queryable } from '../../db/db.ts';
import { hadDeliverySql } from '../queue/prune-store.ts';
import { type Position, parsePosition, parsePositions } from '../position.ts';

/** Somebody active who has had no delivery yet. */
export interface Beginner {
  readonly newsletterId: string;
  /** Null follows all. */
  readonly topics: readonly string[] | null;
  readonly cursor: Position;
  readonly owed: readonly Position[];
}

/** An active subscription that never had a delivery; undefined where it has, or is not active. */
export async function findBeginner(db: Queryable, subscriptionId: string): Promise<Beginner | undefined> {
  const { rows } = await db.query<{ newsletterId: string; topics: string[] | null; cursor: string; owed: string }>(
    `select s.newsletter_id as "newsletterId", s.topics, c.cursor, c.owed::text as owed
     from subscription s join subscription_cursor c on c.subscription_id = s.id
     where s.id = $1 and s.state = 'active' and not ${hadDeliverySql('s.id')}`,
    [subscriptionId],
  );
  const row = rows[0];
  return row && { newsletterId: row.newsletterId, topics: row.topics, cursor: parsePosition(row.cursor), owed: parsePositions(row.owed) };
}
