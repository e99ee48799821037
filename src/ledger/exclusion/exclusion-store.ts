import type { Tx } from '../../db/db.ts';

/** Locks the rows of newsletters in id order, as `lockNewsletter` does; what somebody else has is waited for, or passed over. Returns what is locked. */
export async function lockNewsletters(tx: Tx, newsletterIds: readonly string[], waits: boolean): Promise<Set<string>> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from newsletter where id = any($1::bigint[]) order by id for no key update ${waits ? '' : 'skip locked'}`,
    [newsletterIds],
  );
  return new Set(rows.map((row) => row.id));
}

/** The editions of newsletters that are being frozen, by newsletter. */
export async function listApprovedEditions(tx: Tx, newsletterIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await tx.query<{ newsletterId: string; id: string }>(
    `select newsletter_id as "newsletterId", id from edition where newsletter_id = any($1::bigint[]) and state = 'approved'`,
    [newsletterIds],
  );
  return new Map(rows.map((row) => [row.newsletterId, row.id]));
}
