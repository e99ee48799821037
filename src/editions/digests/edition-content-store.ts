import type { Queryable } from '../../db/db.ts';
import { parsePosition, type Position } from '../../ledger/position.ts';
import type { OrderedTopic } from './digest-model.ts';

/** What a digest says of a release beyond its post. */
export interface ReleaseWords {
  readonly releasedAt: Date;
  readonly note: string | null;
}

/** When releases were made and what staff wrote to corrections, by position. */
export async function loadReleaseWords(db: Queryable, positions: readonly Position[]): Promise<Map<Position, ReleaseWords>> {
  const { rows } = await db.query<ReleaseWords & { position: string }>(
    `select position, released_at as "releasedAt", note from release where position = any($1::bigint[])`,
    [positions.map(String)],
  );
  return new Map(rows.map(({ position, ...words }) => [parsePosition(position), words]));
}

/** The topics that readers see, in the newsletter's order. */
export async function listOrderedTopics(db: Queryable, newsletterId: string): Promise<OrderedTopic[]> {
  const { rows } = await db.query<OrderedTopic>(
    `select t.id, t.slug, t.name
     from topic t left join newsletter_topic n on n.topic_id = t.id and n.newsletter_id = $1
     where not t.is_hidden
     order by coalesce(n.ordinal, t.ordinal), t.id`,
    [newsletterId],
  );
  return rows;
}

/** The site that the newsletter's posts come from: that of its oldest source which names one; null where none does. */
export async function findSiteUrl(db: Queryable, newsletterId: string): Promise<string | null> {
  const { rows } = await db.query<{ siteUrl: string }>(
    `select s.site_url as "siteUrl" from newsletter_source n join source s on s.id = n.source_id
     where n.newsletter_id = $1 and s.site_url is not null order by s.id limit 1`,
    [newsletterId],
  );
  return rows[0]?.siteUrl ?? null;
}

/** True when an edition of the schedule was approved before: then `first` asks no person any more. */
export async function hasApprovedEdition(db: Queryable, scheduleId: string): Promise<boolean> {
  const { rows } = await db.query<{ exists: boolean }>(
    `select exists (select from edition where schedule_id = $1 and approved_at is not null)`,
    [scheduleId],
  );
  return rows[0]?.exists ?? false;
}
