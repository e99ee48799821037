import type { Queryable, Tx } from '../../db/db.ts';
import { type Position, parsePosition, parsePositions } from '../position.ts';
import { inRangesSql, type OpenRanges, walkOpenRanges } from '../queue/open-range-store.ts';
import type { CarriedRelease, ReleaseKind } from '../releases/release.ts';

/** A rendition of an open edition that holds a retracted post, or a correction that was taken back. */
export interface TouchedRendition {
  readonly id: string;
  readonly editionId: string;
  readonly newsletterId: string;
  readonly language: string;
  /** What remains of it, ascending. */
  readonly remaining: readonly CarriedRelease[];
}

type TouchedRow = Omit<TouchedRendition, 'remaining'> & {
  readonly positions: string;
  readonly revisions: readonly number[];
  readonly releases: readonly { position: string; postId: string; kind: ReleaseKind; isRetracted: boolean }[];
};

/**
 * Renditions of open editions that hold a retracted post, and what remains of each, those excepted that nothing stands on any more. Found by what was
 * retracted or taken back since the oldest of the editions was composed (a day more, since these clocks are those of processes): what was earlier is in none.
 */
export async function listTouchedRenditions(db: Queryable, editionId: string | null): Promise<TouchedRendition[]> {
  const { rows } = await db.query<TouchedRow>(
    `with oldest as (
       select min(composed_at) - interval '1 day' as composed_at from edition where ended_at is null and frozen_upto > 0),
     gone as (
       select l.position from post p join release l on l.post_id = p.id
       where p.state = 'retracted' and p.retracted_at >= (select composed_at from oldest)
       union select position from release where taken_back_at >= (select composed_at from oldest))
     select r.id, r.edition_id as "editionId", e.newsletter_id as "newsletterId", r.language, r.positions::text as positions, r.revisions,
       held.releases
     from edition e join rendition r on r.edition_id = e.id
     cross join lateral (
       select jsonb_agg(jsonb_build_object('position', l.position::text, 'postId', l.post_id::text, 'kind', l.kind,
                                           'isRetracted', p.state = 'retracted' or l.taken_back_at is not null)) as releases,
              bool_or(p.state = 'retracted' or l.taken_back_at is not null) as is_touched
       from release l join post p on p.id = l.post_id where l.position = any(r.positions)) as held
     where e.ended_at is null and e.frozen_upto > 0 and ($1::bigint is null or e.id = $1) and not r.is_vacated
       and r.positions && (select coalesce(array_agg(g.position), '{}') from gone g)
       and held.is_touched
     order by r.id`,
    [editionId],
  );
  return rows.map(({ positions, revisions, releases, ...rest }) => {
    const byPosition = new Map(releases.map((release) => [parsePosition(release.position), release]));
    const remaining = parsePositions(positions).flatMap((position: Position, i): CarriedRelease[] => {
      const release = byPosition.get(position);
      if (release === undefined || release.isRetracted) return [];
      return [{ position, postId: release.postId, kind: release.kind, revision: revisions[i] ?? 1 }];
    });
    return { ...rest, remaining };
  });
}

/** What still stands on renditions of an edition: never doubted deliveries, by the rendition's id. */
export type StandingDeliveries = ReadonlyMap<string, { readonly hasQueued: boolean }>;

/** Which of these renditions never doubted deliveries stand on that are queued or being sent. */
export async function findStanding(db: Queryable, editionId: string, renditionIds: readonly string[]): Promise<StandingDeliveries> {
  const standing = new Map<string, { hasQueued: boolean }>();
  for await (const { fromIds, toIds } of walkOpenRanges(db, { editionId })) {
    const { rows } = await db.query<{ renditionId: string; hasQueued: boolean }>(
      `select d.rendition_id as "renditionId", bool_or(d.state = 'queued') as "hasQueued" from ${inRangesSql(3, 4)}
       where d.edition_id = $1 and d.rendition_id = any($2::bigint[]) and d.state in ('queued', 'sending') and d.doubted_at is null
       group by d.rendition_id`,
      [editionId, renditionIds, fromIds, toIds],
    );
    for (const { renditionId, hasQueued } of rows)
      standing.set(renditionId, { hasQueued: hasQueued || (standing.get(renditionId)?.hasQueued ?? false) });
  }
  return standing;
}

/**
 * Says of renditions that nothing stands on them any more; call it under the lock under which deliveries are re-pointed. Only once the freeze is over, which
 * writes deliveries on any of them, and while they hold what is retracted or taken back: otherwise others could be re-pointed to them.
 */
export async function markVacated(tx: Tx, renditionIds: readonly string[]): Promise<void> {
  await tx.query(
    `update rendition r set is_vacated = true from edition e
     where r.id = any($1::bigint[]) and e.id = r.edition_id and e.frozen_at is not null
       and exists (select from release l join post p on p.id = l.post_id
                   where l.position = any(r.positions) and (p.state = 'retracted' or l.taken_back_at is not null))`,
    [renditionIds],
  );
}

/** One step through the deliveries of an edition. */
export interface RepointStep {
  readonly editionId: string;
  /** Where the deliveries of each rendition go; null cancels, because nothing remains to be said. */
  readonly targets: ReadonlyMap<string, string | null>;
  readonly ranges: OpenRanges;
  readonly now: Date;
}

/**
 * Those of the targets whose step still holds: everything that a rendition loses is retracted now. Ask under the lock that an undone retraction takes:
 * an offer of a post whose retraction was undone meanwhile has passed over who still held it.
 */
export async function listValidTargets(tx: Tx, targets: RepointStep['targets']): Promise<Map<string, string | null>> {
  const { rows } = await tx.query<{ fromId: string }>(
    `select t.from_id as "fromId"
     from unnest($1::bigint[], $2::bigint[]) as t (from_id, to_id)
     join rendition r on r.id = t.from_id left join rendition n on n.id = t.to_id
     where not exists (
       select from release l join post p on p.id = l.post_id
       where l.position = any(r.positions) and l.position <> all(coalesce(n.positions, '{}'))
         and p.state <> 'retracted' and l.taken_back_at is null)`,
    [[...targets.keys()], [...targets.values()]],
  );
  const valid = new Set(rows.map((row) => row.fromId));
  return new Map([...targets].filter(([id]) => valid.has(id)));
}

/**
 * Re-points or cancels queued, never doubted deliveries. Cancelled ones are not given back. Corrections of the posts that go are not owed any more: cursors
 * are locked first, in id order, and deliveries with `skip locked`.
 */
export async function repointDeliveries(tx: Tx, step: RepointStep): Promise<void> {
  const { editionId, targets, ranges, now } = step;
  const fromIds = [...targets.keys()];
  const toIds = [...targets.values()];
  const { rows } = await tx.query<{ id: string; subscriptionId: string }>(
    `select distinct d.id, d.subscription_id as "subscriptionId" from ${inRangesSql(3, 4)}
     where d.edition_id = $1 and d.rendition_id = any($2::bigint[]) and d.state = 'queued' and d.doubted_at is null`,
    [editionId, fromIds, ranges.fromIds, ranges.toIds],
  );
  if (rows.length === 0) return;
  await tx.query(`update rendition set is_vacated = false where id = any($1::bigint[]) and is_vacated`, [
    toIds.filter((id) => id !== null),
  ]);
  await tx.query(
    `select from subscription_cursor where subscription_id = any($1::bigint[]) and owed <> '{}' order by subscription_id for update`,
    [rows.map((row) => row.subscriptionId)],
  );
  await tx.query(repointSql, [rows.map((row) => row.id), fromIds, toIds, now]);
}

const repointSql = `
  with target as (select * from unnest($2::bigint[], $3::bigint[]) as t (from_id, to_id)),
  locked as (
    select d.id, d.subscription_id, d.rendition_id, t.to_id from delivery d join target t on t.from_id = d.rendition_id
    where d.id = any($1::bigint[]) and d.state = 'queued' and d.doubted_at is null
    order by d.id for update of d skip locked),
  gone as (
    select l.subscription_id, array_agg(c.position) as corrections
    from locked l join rendition r on r.id = l.rendition_id left join rendition n on n.id = l.to_id
    join release o on o.position = any(r.positions) and o.kind = 'post' and o.position <> all(coalesce(n.positions, '{}'))
    join release c on c.post_id = o.post_id and c.kind = 'correction'
    group by l.subscription_id),
  cleared as (
    update subscription_cursor s
    set owed = (select coalesce(array_agg(p order by p), '{}') from unnest(s.owed) as p where p <> all(g.corrections))
    from gone g where s.subscription_id = g.subscription_id and s.owed && g.corrections)
  update delivery d
  set rendition_id = coalesce(l.to_id, d.rendition_id),
      state = case when l.to_id is null then 'cancelled' else d.state end,
      reason = case when l.to_id is null then 'retracted' else d.reason end,
      ended_at = case when l.to_id is null then $4::timestamptz end
  from locked l where d.id = l.id`;
