import type { Queryable } from '../../db/db.ts';

/** Rows as they are exported, with names that a person understands. */
export type ExportedRow = Readonly<Record<string, unknown>>;

const statements = {
  subscriptions: `
    select s.id, n.slug as newsletter, s.state, c.name as schedule, s.language, s.format, s.local_hour as "localHour", s.time_zone as "timeZone",
      case when s.topics is not null then array(select slug from topic where topic.id = any (s.topics) order by ordinal, slug) end as topics,
      nullif(s.paused_until, 'infinity') as "pausedUntil", s.paused_until is not distinct from 'infinity' as "isPausedIndefinitely",
      s.created_at as "createdAt", s.activated_at as "activatedAt", s.left_at as "leftAt"
    from subscription s join newsletter n on n.id = s.newsletter_id join schedule c on c.id = s.schedule_id
    where s.subscriber_id = $1 order by s.id`,
  consent: `
    select e.subscription_id as subscription, e.kind, e.at, e.source, e.wording, host(e.ip) as ip, e.details
    from consent_event e join subscription s on s.id = e.subscription_id where s.subscriber_id = $1 order by e.id`,
  deliveries: `
    select d.subscription_id as subscription, d.edition_id as edition, r.subject, d.state, d.reason, d.due_at as "dueAt", d.first_attempt_at as "firstAttemptAt",
      d.ended_at as "endedAt", d.reply
    from delivery d join subscription s on s.id = d.subscription_id join rendition r on r.id = d.rendition_id
    where s.subscriber_id = $1 order by d.id`,
  deleted: `
    select p.subscription_id as subscription, p.delivery_count as "deliveryCount", p.accepted_count as "acceptedCount", p.last_at as "lastAt"
    from pruned_person p join subscription s on s.id = p.subscription_id where s.subscriber_id = $1 order by p.subscription_id`,
  attempts: `
    select d.subscription_id as subscription, r.subject, a.at, a.outcome, a.reply
    from attempt a join delivery d on d.id = a.delivery_id join subscription s on s.id = d.subscription_id join rendition r on r.id = d.rendition_id
    where s.subscriber_id = $1 order by a.id`,
  reports: `
    select d.subscription_id as subscription, d.edition_id as edition, v.kind, v.at, v.details
    from delivery_event v join delivery d on d.id = v.delivery_id join subscription s on s.id = d.subscription_id
    where s.subscriber_id = $1 order by v.id`,
  notices: `
    select n.subscription_id as subscription, n.kind, n.recipient_address as "to", n.recipient_name as name, n.subject, n.state, n.created_at as "createdAt",
      n.ended_at as "endedAt", n.reply
    from notice n join subscription s on s.id = n.subscription_id where s.subscriber_id = $1 order by n.id`,
  suppression: `
    select x.reason, x.source, x.at from suppression x join subscriber p on p.address_key = x.address_key where p.id = $1`,
  signUps: `
    select n.slug as newsletter, u.address, u.name, u.source, u.wording, host(u.ip) as ip, u.state, u.received_at as "receivedAt"
    from sign_up u join newsletter n on n.id = u.newsletter_id join subscriber p on p.address_key = u.address_key where p.id = $1 order by u.id`,
  requests: `
    select q.kind, q.address, q.state, q.received_at as "receivedAt"
    from link_request q where q.subscriber_id = $1 or q.address_key = (select address_key from subscriber where id = $1) order by q.id`,
} as const;

/** What is exported of a person beside their name and address. */
export type ExportedPart = keyof typeof statements;

/** Everything that is stored about a person in one part. */
export async function listOwnRows(db: Queryable, part: ExportedPart, subscriberId: string): Promise<ExportedRow[]> {
  const { rows } = await db.query<ExportedRow>(statements[part], [subscriberId]);
  return rows;
}

/** The last so many of what `listOwnRows` gives, in the same order, and how many there are in all. */
export async function listLatestOwnRows(
  db: Queryable,
  part: ExportedPart,
  subscriberId: string,
  limit: number,
): Promise<{ readonly rows: readonly ExportedRow[]; readonly count: number }> {
  const { rows } = await db.query<ExportedRow & { place: string; count: number }>(
    `select * from (select own.*, row_number() over () as place, count(*) over ()::integer as count from (${statements[part]}) as own) as placed
     where place > count - $2 order by place`,
    [subscriberId, limit],
  );
  return { rows: rows.map(({ place: _place, count: _count, ...own }) => own), count: rows[0]?.count ?? 0 };
}

/** Every part, in the order in which it is exported. */
export const exportedParts = Object.keys(statements) as ExportedPart[];

/** When a person was first stored. */
export async function findStoredSince(db: Queryable, subscriberId: string): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date }>(`select created_at as at from subscriber where id = $1`, [subscriberId]);
  return rows[0]?.at;
}
