import type { Queryable, Tx } from '../db/db.ts';
import { type Position, parsePosition, parsePositions } from './position.ts';
import type { CarriedRelease, ReleaseKind } from './release.ts';

/** A rendition of an open edition that holds a retracted post. */
export interface TouchedRendition {
  readonly id: string;
  readonly editionId: string;
  readonly newsletterId: string;
  readonly language: string;
  /** What remains of it, ascending. */
  readonly remaining: readonly CarriedRelease[];
}

/** Renditions of open editions that hold a retracted post, and what remains of each. */
export async function listTouchedRenditions(db: Queryable, editionId: string | null): Promise<TouchedRendition[]> {
  const { rows } = await db.query<{
    id: string;
    edition_id: string;
    newsletter_id: string;
    language: string;
    positions: string;
    revisions: number[];
    releases: { position: string; post_id: string; kind: ReleaseKind; is_retracted: boolean }[];
  }>(
    `select r.id, r.edition_id, e.newsletter_id, r.language, r.positions::text as positions, r.revisions, held.releases
     from edition e join rendition r on r.edition_id = e.id
     cross join lateral (
       select jsonb_agg(jsonb_build_object('position', l.position::text, 'post_id', l.post_id::text, 'kind', l.kind,
                                           'is_retracted', p.state = 'retracted')) as releases,
              bool_or(p.state = 'retracted') as is_touched
       from release l join post p on p.id = l.post_id where l.position = any(r.positions)) as held
     where e.ended_at is null and e.frozen_upto > 0 and ($1::bigint is null or e.id = $1) and held.is_touched
     order by r.id`,
    [editionId],
  );
  return rows.map((row) => {
    const releases = new Map(row.releases.map((release) => [parsePosition(release.position), release]));
    const remaining = parsePositions(row.positions).flatMap((position: Position, i): CarriedRelease[] => {
      const release = releases.get(position);
      if (release === undefined || release.is_retracted) return [];
      return [{ position, postId: release.post_id, kind: release.kind, revision: row.revisions[i] ?? 1 }];
    });
    return { id: row.id, editionId: row.edition_id, newsletterId: row.newsletter_id, language: row.language, remaining };
  });
}

/** True when a queued, never doubted delivery still stands on the rendition. */
export async function hasReplaceableDelivery(db: Queryable, rendition: { id: string; editionId: string }): Promise<boolean> {
  const { rows } = await db.query(
    `select from delivery where edition_id = $1 and rendition_id = $2 and state = 'queued' and doubted_at is null limit 1`,
    [rendition.editionId, rendition.id],
  );
  return rows.length > 0;
}

/** One step through the deliveries of a rendition, after a subscription id. */
export interface RepointStep {
  readonly editionId: string;
  readonly renditionId: string;
  /** Undefined cancels: nothing remains to be said. */
  readonly toRenditionId: string | undefined;
  readonly afterSubscriptionId: string;
  readonly limit: number;
  readonly now: Date;
}

/** Re-points or cancels queued, never doubted deliveries; returns where to go on, undefined at the end. Cancelled ones are not given back. */
export async function repointDeliveries(tx: Tx, step: RepointStep): Promise<string | undefined> {
  const { rows } = await tx.query<{ id: string; subscription_id: string }>(
    `select id, subscription_id from delivery
     where edition_id = $1 and subscription_id > $2 and rendition_id = $3 and state = 'queued' and doubted_at is null
     order by subscription_id limit $4`,
    [step.editionId, step.afterSubscriptionId, step.renditionId, step.limit],
  );
  if (rows.length === 0) return undefined;
  await tx.query(
    `with locked as (
       select id from delivery
       where id = any($1::bigint[]) and rendition_id = $2 and state = 'queued' and doubted_at is null
       order by id for update skip locked)
     update delivery d
     set rendition_id = coalesce($3, d.rendition_id),
         state = case when $3::bigint is null then 'cancelled' else d.state end,
         reason = case when $3::bigint is null then 'retracted' else d.reason end,
         ended_at = case when $3::bigint is null then $4::timestamptz end
     from locked where d.id = locked.id`,
    [rows.map((row) => row.id), step.renditionId, step.toRenditionId ?? null, step.now],
  );
  return rows.at(-1)?.subscription_id;
}
