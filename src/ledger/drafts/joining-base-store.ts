import type { Queryable, Tx } from '../../db/db.ts';
import { parsePosition } from '../position.ts';
import { lastPositionAt } from '../releases/release-store.ts';
import { editionReasons } from './edition.ts';
import { bringsPostsSql } from './edition-store.ts';
import { type JoiningFacts, passingStates } from './joining-base.ts';

interface JoiningRow {
  readonly editionId: string | null;
  readonly cutoff: string | null;
  readonly madeAt: string;
}

/** Who joins: a subscription, or anybody who joins a schedule. */
const joinerSql = {
  subscription: `select newsletter_id, schedule_id from subscription where id = $1`,
  schedule: `select newsletter_id, id as schedule_id from schedule where id = $1`,
} as const;

/**
 * What decides where a subscription begins, or whoever joins a schedule: the last edition that has passed what is before it, of those with one cutoff the
 * one that can be shown. Of a subscription it is read after the cursor's lock, and without any other: who joins waits for no freeze.
 */
export async function findJoiningFacts(
  db: Queryable,
  joiner: { readonly kind: keyof typeof joinerSql; readonly id: string },
  reachesBackTo: Date,
): Promise<JoiningFacts> {
  const { rows } = await db.query<JoiningRow>(
    `select e.id as "editionId", e.cutoff, n.made_at_position as "madeAt"
     from (${joinerSql[joiner.kind]}) as j join newsletter n on n.id = j.newsletter_id left join lateral (
       select x.id, x.cutoff from edition x
       where x.newsletter_id = n.id and (x.state = any($2::text[]) and (x.minimum <= 1 or ${bringsPostsSql('x')})
           or x.state = 'skipped' and not x.is_stopped_by_staff and x.reason = $3)
       order by x.schedule_id = j.schedule_id desc, x.cutoff desc, x.archive_rendition_id is not null desc, x.id desc limit 1) as e on true`,
    [joiner.id, passingStates, editionReasons.nothingDue],
  );
  const { editionId = null, cutoff = null, madeAt = '0' } = rows[0] ?? {};
  return {
    edition: editionId === null || cutoff === null ? undefined : { id: editionId, cutoff: parsePosition(cutoff) },
    madeAt: parsePosition(madeAt),
    reach: await lastPositionAt(db, reachesBackTo),
  };
}

/** Forgets that the person of a subscription was erased from its newsletter; true where it was known. */
export async function forgetErasedSubscription(tx: Tx, subscriptionId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `delete from erased_subscription e using subscription s join subscriber p on p.id = s.subscriber_id
     where s.id = $1 and e.address_key = p.address_key and e.newsletter_id = s.newsletter_id`,
    [subscriptionId],
  );
  return rowCount === 1;
}

/** The same of many; gives those of whom it was known. */
export async function forgetErasedSubscriptions(tx: Tx, subscriptionIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ id: string }>(
    // Person by person: while an import fills the tables the planner knows too little of them to be left the choice.
    `delete from erased_subscription e using unnest($1::bigint[]) as u (id)
       cross join lateral (
         select p.address_key, s.newsletter_id from subscription s join subscriber p on p.id = s.subscriber_id where s.id = u.id limit 1) as r
     where e.address_key = r.address_key and e.newsletter_id = r.newsletter_id
       -- Asked once: where nobody was ever erased, nobody is looked up.
       and exists (select from erased_subscription)
     returning u.id`,
    [subscriptionIds],
  );
  return new Set(rows.map((row) => row.id));
}

/** Remembers which newsletters a person had ever been active in, by every address that they had. Before their row loses its key. */
export async function rememberErasedSubscriptions(tx: Tx, subscriberId: string, now: Date): Promise<void> {
  await tx.query(
    `insert into erased_subscription (address_key, newsletter_id, at)
     select k.address_key, s.newsletter_id, $2
     from (select id, address_key from subscriber union all select subscriber_id, address_key from former_address) as k (subscriber_id, address_key)
       join subscription s on s.subscriber_id = k.subscriber_id join subscription_cursor c on c.subscription_id = s.id
     where k.subscriber_id = $1 and k.address_key is not null
     on conflict on constraint erased_subscription_pkey do nothing`,
    [subscriberId, now],
  );
}
