import type { Queryable, Tx } from '../../db/db.ts';
import type { Newsletter } from '../newsletter.ts';

/** What there is of a newsletter. */
export interface NewsletterHistory {
  /** That were approved: sent, or about to be. */
  readonly editionCount: number;
  readonly deliveryCount: number;
  /** Pending, active and left. */
  readonly subscriptionCount: number;
  readonly activeCount: number;
  /** Editions that wait for a decision. */
  readonly draftIds: readonly string[];
  /** Editions that are under way. */
  readonly underWayIds: readonly string[];
}

/** What there is of a newsletter now. */
export async function findNewsletterHistory(db: Queryable, newsletterId: string): Promise<NewsletterHistory> {
  const { rows } = await db.query<NewsletterHistory>(
    `select
       (select count(*)::integer from edition where newsletter_id = $1 and approved_at is not null) as "editionCount",
       (select count(*)::integer from delivery d join edition e on e.id = d.edition_id where e.newsletter_id = $1)
         + (select coalesce(sum(p.count), 0)::integer from pruned_end p join edition e on e.id = p.edition_id where e.newsletter_id = $1) as "deliveryCount",
       (select count(*)::integer from subscription where newsletter_id = $1) as "subscriptionCount",
       (select count(*)::integer from subscription where newsletter_id = $1 and state = 'active') as "activeCount",
       array(select id::text from edition where newsletter_id = $1 and state in ('draft', 'held') order by id) as "draftIds",
       array(select id::text from edition where newsletter_id = $1 and state in ('approved', 'sending', 'paused') order by id) as "underWayIds"`,
    [newsletterId],
  );
  return rows[0]!;
}

/** Locks a newsletter against everybody who joins it, composes for it or changes it, until commit. */
export async function lockWholeNewsletter(tx: Tx, newsletterId: string): Promise<void> {
  // Not "no key": a subscription and an edition refer to the row, and their references have to wait.
  await tx.query(`select from newsletter where id = $1 for update`, [newsletterId]);
}

/**
 * Holds a newsletter against being closed or deleted until commit, and says since when it is closed; undefined where it is gone. An approval and a freeze go
 * on beside it. Whoever joins takes it before all other locks: what a deletion takes along waits for nobody who waits for it.
 */
export async function holdNewsletter(tx: Tx, newsletterId: string): Promise<Pick<Newsletter, 'closedAt'> | undefined> {
  const { rows } = await tx.query<Pick<Newsletter, 'closedAt'>>(
    `select closed_at as "closedAt" from newsletter where id = $1 for key share`,
    [newsletterId],
  );
  return rows[0];
}

/** Closes a newsletter; false where it was closed. */
export async function markClosed(tx: Tx, newsletterId: string, now: Date): Promise<boolean> {
  const { rowCount } = await tx.query(`update newsletter set closed_at = $2 where id = $1 and closed_at is null`, [newsletterId, now]);
  return rowCount === 1;
}

/** Opens a newsletter again; false where it was open. Its schedules begin anew: no slot from before is due. */
export async function markOpen(tx: Tx, newsletterId: string, now: Date): Promise<boolean> {
  const { rowCount } = await tx.query(`update newsletter set closed_at = null where id = $1 and closed_at is not null`, [newsletterId]);
  if (rowCount === 1)
    await tx.query(`update schedule set cadence_since = $2 where newsletter_id = $1 and removed_at is null`, [newsletterId, now]);
  return rowCount === 1;
}
