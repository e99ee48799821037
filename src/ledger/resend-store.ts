import type { Queryable, Tx } from '../db/db.ts';

/** Puts deliveries back into the queue, due at once, and notes it beside each. Returns how many. */
export async function reopenDeliveries(tx: Tx, editionId: string, deliveryIds: readonly string[], now: Date): Promise<number> {
  const { rowCount } = await tx.query(
    `with reopened as (
       update delivery
       set state = 'queued', reason = null, reply = null, attempts = 0, doubts = 0, first_attempt_at = null, due_at = $3, ended_at = null
       where id = any($2::bigint[]) and edition_id = $1 and state = 'in_doubt' and not given_back
       returning id)
     insert into delivery_event (delivery_id, kind, at) select id, 'resend', $3 from reopened`,
    [editionId, deliveryIds, now],
  );
  return rowCount ?? 0;
}

/** A done edition with something to do again is being sent; what was refused of it before does not pause it. */
export async function reopenEdition(tx: Tx, editionId: string): Promise<void> {
  await tx.query(
    `update edition set state = 'sending', ended_at = null, resumed_at = now(), reason = null, state_before_pause = null
     where id = $1 and state = 'done'`,
    [editionId],
  );
}

/** Deliveries of an edition that ended in doubt, after an id, in id order. */
export async function listDoubtful(db: Queryable, after: { editionId: string; afterId: string; limit: number }): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from delivery where edition_id = $1 and id > $2 and state = 'in_doubt' and not given_back order by id limit $3`,
    [after.editionId, after.afterId, after.limit],
  );
  return rows.map((row) => row.id);
}
