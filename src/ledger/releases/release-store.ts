import type { Queryable, Tx } from '../../db/db.ts';
import { type Position, parsePosition } from '../position.ts';
import type { ReleaseKind } from './release.ts';

/** The position of the last committed release; 0 before the first. Nothing at or below it appears later. */
export async function lastPosition(db: Queryable): Promise<Position> {
  const { rows } = await db.query<{ lastPosition: string }>(`select last_position as "lastPosition" from release_counter`);
  return parsePosition(rows[0]?.lastPosition ?? '0');
}

/** The position of the last release at or before a moment; 0 before the first. */
export async function lastPositionAt(db: Queryable, at: Date): Promise<Position> {
  const { rows } = await db.query<{ position: string | null }>(`select max(position) as position from release where released_at <= $1`, [
    at,
  ]);
  return parsePosition(rows[0]?.position ?? '0');
}

/**
 * Locks the counter until commit and returns the last position. The lock is what makes the order trustworthy: no later commit appears
 * below a position that a cursor may already have passed (P2).
 */
export async function lockReleaseCounter(tx: Tx): Promise<Position> {
  const { rows } = await tx.query<{ lastPosition: string }>(`select last_position as "lastPosition" from release_counter for update`);
  return parsePosition(rows[0]?.lastPosition ?? '0');
}

/** A release to be stored. */
export interface NewRelease {
  readonly position: Position;
  readonly postId: string;
  readonly kind: ReleaseKind;
  readonly revision: number;
  readonly note?: string;
}

/** Stores releases and moves the counter to the last of them. The counter must be locked. */
export async function insertReleases(tx: Tx, releases: readonly NewRelease[], now: Date): Promise<void> {
  if (releases.length === 0) return;
  await tx.query(
    `insert into release (position, post_id, kind, revision, note, released_at)
     select u.position, u.post_id, u.kind, u.revision, u.note, $6
     from unnest($1::bigint[], $2::bigint[], $3::text[], $4::integer[], $5::text[]) as u (position, post_id, kind, revision, note)`,
    [
      releases.map((release) => String(release.position)),
      releases.map((release) => release.postId),
      releases.map((release) => release.kind),
      releases.map((release) => release.revision),
      releases.map((release) => release.note ?? null),
      now,
    ],
  );
  await tx.query(`update release_counter set last_position = $1`, [String(releases.at(-1)?.position)]);
}

/** The positions of the posts' own releases, by post id; posts without one are absent. */
export async function findPostPositions(db: Queryable, postIds: readonly string[]): Promise<Map<string, Position>> {
  const { rows } = await db.query<{ postId: string; position: string }>(
    `select post_id as "postId", position from release where post_id = any($1::bigint[]) and kind = 'post'`,
    [postIds],
  );
  return new Map(rows.map((row) => [row.postId, parsePosition(row.position)]));
}

/** Marks posts as released, retracted ones excepted; returns the ids of those that may have a release now. */
export async function markPostsReleased(tx: Tx, postIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ id: string }>(
    `update post set state = 'released', reason = null where id = any($1::bigint[]) and state <> 'retracted' returning id`,
    [postIds],
  );
  return new Set(rows.map((row) => row.id));
}

/** Marks a post as retracted and remembers what it was; false when it already is, or does not exist. */
export async function markPostRetracted(tx: Tx, postId: string, reason: string, now: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update post set state = 'retracted', state_before_retraction = state, reason = $2, retracted_at = $3 where id = $1 and state <> 'retracted'`,
    [postId, reason, now],
  );
  return rowCount === 1;
}

/** Undoes the mark and returns the state that the post has again; undefined when it was not retracted. */
export async function unmarkPostRetracted(tx: Tx, postId: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ state: string }>(
    `update post set state = coalesce(state_before_retraction, 'known'), state_before_retraction = null, reason = null, retracted_at = null
     where id = $1 and state = 'retracted' returning state`,
    [postId],
  );
  return rows[0]?.state;
}
