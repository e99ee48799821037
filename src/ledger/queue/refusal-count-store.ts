import type { Queryable, Tx } from '../../db/db.ts';
import type { RejectionSubject } from './attempt.ts';
import { type RefusalCounts, doubtedDomain } from './refusal-count.ts';

/** A delivery that was refused for good. */
export interface NewRefusal {
  readonly deliveryId: string;
  readonly subject: RejectionSubject;
  /** Null once the person is erased. */
  readonly domain: string | null;
  /** Of the address that is suppressed because of it; null where none is. */
  readonly addressKey: string | null;
}

/** Stores a refusal; a second one of the same delivery takes the place of the first. */
export async function insertRefusal(tx: Tx, refusal: NewRefusal): Promise<void> {
  await tx.query(
    `insert into refusal (delivery_id, edition_id, subject, domain, address_key)
     select d.id, d.edition_id, $2, $3, $4 from delivery d where d.id = $1
     on conflict on constraint refusal_pkey
     do update set subject = excluded.subject, domain = excluded.domain, address_key = excluded.address_key, at = now()`,
    [refusal.deliveryId, refusal.subject, refusal.domain, refusal.addressKey],
  );
}

/** An edition that is being sent and had refusals since it was last resumed. */
export interface RefusedEdition {
  readonly editionId: string;
  readonly deliveryCount: number;
  readonly counts: RefusalCounts;
}

/** Editions that are being sent, with their refusals since they were last resumed. */
export async function listRefusedEditions(db: Queryable): Promise<RefusedEdition[]> {
  const { rows } = await db.query<RefusedEdition>(
    `select c.id as "editionId", c.delivery_count as "deliveryCount", jsonb_object_agg(c.subject, c.count) as counts
     from (select e.id, e.delivery_count, r.subject, count(*) from edition e join refusal r on r.edition_id = e.id
           where e.ended_at is null and e.state = 'sending' and r.at > coalesce(e.resumed_at, '-infinity')
           group by e.id, r.subject) as c
     group by c.id, c.delivery_count order by c.id`,
  );
  return rows;
}

/**
 * How many addresses deliveries went to: one that is refused in two editions is one. Looked up only where the refusals are enough without it, because this
 * is asked several times a second.
 */
function addressCount(deliveryIds: string): string {
  return `select count(distinct s.subscriber_id)::integer as count
          from delivery d join subscription s on s.id = d.subscription_id where d.id = any(${deliveryIds})`;
}

/** A domain that refused too many addresses within a day for an edition to go on. */
export interface DoubtedDomain {
  readonly editionId: string;
  readonly domain: string;
  readonly refusedCount: number;
}

/** Editions that are being sent to a domain which refused too many addresses within a day, and since the edition was last resumed. */
export async function listDoubtedDomains(db: Queryable): Promise<DoubtedDomain[]> {
  const { rows } = await db.query<DoubtedDomain>(
    `with many as materialized (
       select e.id as edition_id, r.domain, array_agg(r.delivery_id) as delivery_ids
       from edition e
       join (select distinct edition_id, domain from refusal where subject = 'address' and at > now() - $2 * interval '1 hour') as own
         on own.edition_id = e.id
       join refusal r on r.domain = own.domain and r.subject = 'address'
         and r.at > greatest(now() - $2 * interval '1 hour', coalesce(e.resumed_at, '-infinity'))
       where e.ended_at is null and e.state = 'sending'
       group by e.id, r.domain having count(*) > $1)
     select m.edition_id as "editionId", m.domain, a.count as "refusedCount"
     from many m cross join lateral (${addressCount('m.delivery_ids')}) as a
     where a.count > $1 order by m.edition_id, m.domain`,
    [doubtedDomain.moreThan, doubtedDomain.withinHours],
  );
  return rows;
}

/** Domains that refused too many addresses within a day, with addresses that are suppressed because of it. */
export async function listDomainsToTakeBack(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ domain: string }>(
    `with many as materialized (
       select domain, array_agg(delivery_id) as delivery_ids
       from refusal where subject = 'address' and domain is not null and at > now() - $2 * interval '1 hour'
       group by domain having count(*) > $1 and bool_or(address_key is not null))
     select m.domain from many m cross join lateral (${addressCount('m.delivery_ids')}) as a
     where a.count > $1 order by m.domain`,
    [doubtedDomain.moreThan, doubtedDomain.withinHours],
  );
  return rows.map((row) => row.domain);
}

/**
 * Takes back what the refusals of a domain within a day suppressed, and returns the deliveries that are to be given back, locked: the refused ones, and
 * what the suppressions ended. A suppression that has another reason by now stays.
 */
export async function takeBackSuppressions(tx: Tx, domain: string): Promise<string[]> {
  const { rows: refused } = await tx.query<{ deliveryId: string; addressKey: string }>(
    `select delivery_id as "deliveryId", address_key as "addressKey" from refusal
     where domain = $1 and subject = 'address' and at > now() - $2 * interval '1 hour' and address_key is not null
     order by delivery_id for update`,
    [domain, doubtedDomain.withinHours],
  );
  const refusedIds = refused.map((row) => row.deliveryId);
  const { rows: lifted } = await tx.query<{ addressKey: string }>(
    `delete from suppression where address_key = any($1::text[]) and reason = 'bounced' and source = 'smtp'
     returning address_key as "addressKey"`,
    [refused.map((row) => row.addressKey)],
  );
  // What an older suppression ended is from before the activation that lifted it, so that giving it back changes nothing.
  const { rows: locked } = await tx.query<{ id: string }>(
    `select d.id from delivery d
     where d.id in (select unnest($1::bigint[])
                    union
                    select x.id from subscriber b join subscription s on s.subscriber_id = b.id join delivery x on x.subscription_id = s.id
                    where b.address_key = any($2::text[]) and x.state = 'suppressed')
     order by d.id for update of d`,
    [refusedIds, lifted.map((row) => row.addressKey)],
  );
  await tx.query(`update refusal set address_key = null where delivery_id = any($1::bigint[])`, [refusedIds]);
  return locked.map((row) => row.id);
}

/** Marks an edition of which most was refused alike. The mark stays. */
export async function setRefusedAlike(db: Queryable, editionId: string): Promise<void> {
  await db.query(`update edition set is_refused_alike = true where id = $1 and not is_refused_alike`, [editionId]);
}

/** Forgets refusals that nothing counts any more. */
export async function pruneRefusals(db: Queryable, olderThanDays: number): Promise<void> {
  await db.query(`delete from refusal where at < now() - $1 * interval '1 day'`, [olderThanDays]);
}
