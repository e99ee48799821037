import type { Tx } from '../../db/db.ts';
import { deleteDeliveries } from '../queue/prune-store.ts';

/** Deliveries per statement. */
const deliveryStepSize = 5_000;

/**
 * Removes a newsletter with its whole history: editions, deliveries, subscriptions, notices, and people who have no other subscription.
 * For the sample, and for one without a past: a real newsletter's history is what staff answer with when somebody asks who got what.
 */
export async function removeNewsletter(tx: Tx, newsletterId: string): Promise<void> {
  const { rows: editions } = await tx.query<{ id: string }>(`select id from edition where newsletter_id = $1 order by id`, [newsletterId]);
  for (const { id } of editions) while ((await deleteDeliveries(tx, id, deliveryStepSize)) > 0);
  // In the order of the references between them. Attempts and events of a delivery go with it.
  const statements = [
    `delete from notice where newsletter_id = $1 or subscription_id in (select id from subscription where newsletter_id = $1)`,
    `update edition set archive_rendition_id = null where newsletter_id = $1`,
    `delete from edition where newsletter_id = $1`,
    `delete from consent_event where subscription_id in (select id from subscription where newsletter_id = $1)`,
    `delete from subscription_cursor where subscription_id in (select id from subscription where newsletter_id = $1)`,
    `with gone as (delete from subscription where newsletter_id = $1 returning subscriber_id)
     delete from subscriber s using gone
     where s.id = gone.subscriber_id and not exists (select from subscription o where o.subscriber_id = s.id and o.newsletter_id <> $1)`,
    `delete from newsletter where id = $1`,
  ];
  for (const statement of statements) await tx.query(statement, [newsletterId]);
}
