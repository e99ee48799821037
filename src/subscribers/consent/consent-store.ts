import type { Queryable, Tx } from '../../db/db.ts';
import { endingKinds, type ConsentEvent, type NewConsentEvent } from './consent.ts';

/** Appends an event to the log and gives its id. */
export async function insertConsentEvent(tx: Tx, event: NewConsentEvent): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into consent_event (subscription_id, kind, at, source, wording, ip, details) values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [
      event.subscriptionId,
      event.kind,
      event.at,
      event.source,
      event.wording ?? null,
      event.ip ?? null,
      JSON.stringify(event.details ?? {}),
    ],
  );
  return rows[0]!.id;
}

/** Appends many events in their order and gives their ids in it. */
export async function insertConsentEvents(tx: Tx, events: readonly NewConsentEvent[]): Promise<string[]> {
  if (events.length === 0) return [];
  const { rows } = await tx.query<{ id: string }>(
    `insert into consent_event (subscription_id, kind, at, source, wording, ip, details)
     select u.subscription_id, u.kind, u.at, u.source, u.wording, u.ip, u.details
     from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::inet[], $7::jsonb[])
       with ordinality as u (subscription_id, kind, at, source, wording, ip, details, place)
     order by u.place
     returning id`,
    [
      events.map((event) => event.subscriptionId),
      events.map((event) => event.kind),
      events.map((event) => event.at),
      events.map((event) => event.source),
      events.map((event) => event.wording ?? null),
      events.map((event) => event.ip ?? null),
      events.map((event) => JSON.stringify(event.details ?? {})),
    ],
  );
  return rows.map((row) => row.id);
}

/** Everything that a person agreed to or withdrew in one subscription, oldest first. */
export async function listConsentEvents(db: Queryable, subscriptionId: string): Promise<ConsentEvent[]> {
  const { rows } = await db.query<ConsentEvent>(
    `select id, subscription_id as "subscriptionId", kind, at, source, wording, host(ip) as ip, details
     from consent_event where subscription_id = $1 order by id`,
    [subscriptionId],
  );
  return rows;
}

/** When the confirmation of a request was mailed, as SQL: `now` while it is on its way; when it was asked for where it never went. */
export function mailedAt(request: string, now: string): string {
  return `coalesce((select case when n.state = 'sent' then n.ended_at when n.state in ('queued', 'sending') then ${now} end
    from notice n where n.dedupe_key = 'confirmation:' || ${request}.id), ${request}.at)`;
}

/** What a request stands by: it belongs to the subscription, the person did not leave after it, and its confirmation was mailed less than `days` ago. */
export async function isRequestOpen(
  db: Queryable,
  { subscriptionId, requestEventId }: { readonly subscriptionId: string; readonly requestEventId: string },
  { now, days }: { readonly now: Date; readonly days: number },
): Promise<boolean> {
  const { rows } = await db.query(
    `select 1
     from consent_event request
     where request.id = $2 and request.subscription_id = $1 and request.kind = 'requested'
       and not exists (select 1 from consent_event ending where ending.subscription_id = $1 and ending.id > $2 and ending.kind = any ($3))
       and ${mailedAt('request', '$4::timestamptz')} > $4::timestamptz - make_interval(days => $5)`,
    [subscriptionId, requestEventId, endingKinds, now, days],
  );
  return rows.length > 0;
}

/** Forgets from where the forms of a person's subscriptions were sent; everything else of the log stays. */
export async function forgetIps(tx: Tx, subscriberId: string): Promise<void> {
  await tx.query(
    `update consent_event set ip = null
     where ip is not null and subscription_id in (select id from subscription where subscriber_id = $1)`,
    [subscriberId],
  );
}
