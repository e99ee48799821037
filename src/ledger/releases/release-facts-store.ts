import type { Queryable } from '../../db/db.ts';
import { listAdmittedPosts } from './membership-store.ts';
import { type Position, parsePosition } from '../position.ts';
import type { ReleaseFact } from './release.ts';

/** Which releases to load: a range of the order, and single positions beside it with the corrections of what lies there, wherever those are. */
export interface ReleaseRange {
  readonly above: Position;
  readonly upto: Position;
  readonly positions?: readonly Position[];
}

type FactRow = Omit<ReleaseFact, 'position' | 'isAdmitted'> & { readonly position: string; readonly isStated: boolean };

/** Loads what selection has to know about releases, as one newsletter sees them. */
export async function loadReleaseFacts(db: Queryable, newsletterId: string, range: ReleaseRange): Promise<ReleaseFact[]> {
  const { rows } = await db.query<FactRow>(
    `select r.position, r.post_id as "postId", r.kind, p.revision, r.revision as "releasedRevision", r.released_at as "releasedAt",
       p.state = 'retracted' or r.taken_back_at is not null as "isRetracted",
       coalesce((select array_agg(t.topic_id order by t.topic_id) from post_topic t where t.post_id = r.post_id), '{}') as topics,
       exists (select from post_source ps join newsletter_source ns on ns.source_id = ps.source_id
               where ps.post_id = r.post_id and ns.newsletter_id = $1) as "isStated"
     from release r join post p on p.id = r.post_id
     where (r.position > $2 and r.position <= $3) or r.position = any($4::bigint[])
       or r.position in (
         select c.position from release o join release c on c.post_id = o.post_id and c.kind = 'correction'
         where o.position = any($4::bigint[]))
     order by r.position`,
    [newsletterId, String(range.above), String(range.upto), (range.positions ?? []).map(String)],
  );
  const stated = [...new Set(rows.filter((row) => row.isStated).map((row) => row.postId))];
  const admitted = await listAdmittedPosts(db, newsletterId, stated);
  return rows.map(({ position, isStated, ...rest }) => ({
    ...rest,
    position: parsePosition(position),
    isAdmitted: isStated && admitted.has(rest.postId),
  }));
}

/** Those of the positions whose post is retracted now, or that are a correction which was taken back. */
export async function listRetractedPositions(db: Queryable, positions: readonly Position[]): Promise<Set<Position>> {
  const { rows } = await db.query<{ position: string }>(
    `select r.position from release r join post p on p.id = r.post_id where r.position = any($1::bigint[])
       and (p.state = 'retracted' or r.taken_back_at is not null)`,
    [positions.map(String)],
  );
  return new Set(rows.map((row) => parsePosition(row.position)));
}
