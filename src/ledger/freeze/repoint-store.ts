import type { Queryable, Tx } from '../../db/db.ts';
import { type Position, parsePosition, parsePositions } from '../position.ts';
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

/** Renditions of open editions that hold a retracted post, and what remains of each. */
export async function listTouchedRenditions(db: Queryable, editionId: string | null): Promise<TouchedRendition[]> {
  const { rows } = await db.query<TouchedRow>(
    `select r.id, r.edition_id as "editionId", e.newsletter_id as "newsletterId", r.language, r.positions::text as positions, r.revisions,
       held.releases
     from edition e join rendition r on r.edition_id = e.id
     cross join lateral (
       select jsonb_agg(jsonb_build_object('position', l.position::text, 'postId', l.post_id::text, 'kind', l.kind,
                                           'isRetracted', p.state = 'retracted' or l.taken_back_at is not null)) as releases,
              bool_or(p.state = 'retracted' or l.taken_back_at is not null) as is_touched
       from release l join post p on p.id = l.post_id where l.position = any(r.positions)) as held
     where e.ended_at is null and e.frozen_upto > 0 and ($1::bigint is null or e.id = $1) and held.is_touched
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

/** Those of an edition's renditions that a queued, never doubted delivery still stands on. */
export async function listReplaceableRenditions(db: Queryable, editionId: string, renditionIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query<{ renditionId: string }>(
    `select distinct rendition_id as "renditionId" from delivery
     where edition_id = $1 and rendition_id = any($2::bigint[]) and state = 'queued' and doubted_at is null`,
    [editionId, renditionIds],
  );
  return new Set(rows.map((row) => row.renditionId));
}

/** One step through the deliveries of an edition, after a subscription id. */
export interface RepointStep {
  readonly editionId: string;
  /** Where the deliveries of each rendition go; null cancels, because nothing remains to be said. */
  readonly targets: ReadonlyMap<string, string | null>;
  readonly afterSubscriptionId: string;
  readonly limit: number;
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
 * Re-points or cancels queued, never doubted deliveries; returns where to go on, undefined at the end. Cancelled ones are not given back. Corrections of
 * the posts that go are not owed any more: cursors are locked first, in id order, and deliveries with `skip locked`.
 */
export async function repointDeliveries(tx: Tx, step: RepointStep): Promise<string | undefined> {
  const { rows } = await tx.query<{ id: string; subscriptionId: string }>(
    `select id, subscription_id as "subscriptionId" from delivery
     where edition_id = $1 and subscription_id > $2 and rendition_id = any($3::bigint[]) and state = 'queued' and doubted_at is null
     order by subscription_id limit $4`,
    [step.editionId, step.afterSubscriptionId, [...step.targets.keys()], step.limit],
  );
  if (rows.length === 0) return undefined;
  await tx.query(
    `select from subscription_cursor where subscription_id = any($1::bigint[]) and owed <> '{}' order by subscription_id for update`,
    [rows.map((row) => row.subscriptionId)],
  );
  await tx.query(
    `with target as (select * from unnest($2::bigint[], $3::bigint[]) as t (from_id, to_id)),
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
     from locked l where d.id = l.id`,
    [rows.map((row) => row.id), [...step.targets.keys()], [...step.targets.values()], step.now],
  );
  return rows.at(-1)?.subscriptionId;
}
