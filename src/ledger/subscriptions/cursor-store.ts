import type { Tx } from '../../db/db.ts';
import type { CursorState } from './cursor.ts';
import { parsePosition, parsePositions, positionsLiteral } from '../position.ts';

/** Locks the rows of subscriptions in id order and returns them; those that have none are absent. */
export async function lockCursors(tx: Tx, subscriptionIds: readonly string[]): Promise<Map<string, CursorState>> {
  const { rows } = await tx.query<{ subscriptionId: string } & Record<keyof CursorState, string>>(
    `select subscription_id as "subscriptionId", cursor, owed::text as owed, since from subscription_cursor
     where subscription_id = any($1::bigint[]) order by subscription_id for update`,
    [subscriptionIds],
  );
  return new Map(
    rows.map(({ subscriptionId, cursor, owed, since }) => [
      subscriptionId,
      { cursor: parsePosition(cursor), owed: parsePositions(owed), since: parsePosition(since) },
    ]),
  );
}

/** Stores a whole row, the first one included. The row must be locked where it exists; the cursor never goes back whatever is passed. */
export async function upsertCursor(tx: Tx, subscriptionId: string, state: CursorState): Promise<void> {
  await tx.query(
    `insert into subscription_cursor as c (subscription_id, cursor, owed, since) values ($1, $2, $3::bigint[], $4)
     on conflict (subscription_id) do update
     set cursor = greatest(c.cursor, excluded.cursor), owed = excluded.owed, since = greatest(c.since, excluded.since)`,
    [subscriptionId, String(state.cursor), positionsLiteral(state.owed), String(state.since)],
  );
}

/** Stores many rows as `upsertCursor` does one. Those that exist must be locked. */
export async function upsertCursors(tx: Tx, states: ReadonlyMap<string, CursorState>): Promise<void> {
  if (states.size === 0) return;
  await tx.query(
    `insert into subscription_cursor as c (subscription_id, cursor, owed, since)
     select u.subscription_id, u.cursor, u.owed::bigint[], u.since
     from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) as u (subscription_id, cursor, owed, since) order by u.subscription_id
     on conflict (subscription_id) do update
     set cursor = greatest(c.cursor, excluded.cursor), owed = excluded.owed, since = greatest(c.since, excluded.since)`,
    [
      [...states.keys()],
      [...states.values()].map((state) => String(state.cursor)),
      [...states.values()].map((state) => positionsLiteral(state.owed)),
      [...states.values()].map((state) => String(state.since)),
    ],
  );
}

/** Stores what locked subscriptions are owed. */
export async function updateOwed(tx: Tx, owed: ReadonlyMap<string, CursorState>): Promise<void> {
  if (owed.size === 0) return;
  await tx.query(
    `update subscription_cursor c set owed = u.owed::bigint[]
     from unnest($1::bigint[], $2::text[]) as u (subscription_id, owed) where c.subscription_id = u.subscription_id`,
    [[...owed.keys()], [...owed.values()].map((state) => positionsLiteral(state.owed))],
  );
}
