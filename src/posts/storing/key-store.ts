import type { Queryable, Tx } from '../../db/db.ts';
import type { KeyKind, PostKey } from '../identity/identity.ts';

/** The posts that keys lead to; one that several posts were stated with leads nowhere. */
export async function findKeys(db: Queryable, keys: readonly PostKey[]): Promise<(PostKey & { readonly postId: string })[]> {
  if (keys.length === 0) return [];
  const { rows } = await db.query<{ kind: KeyKind; key: string; postId: string }>(
    `select k.kind, k.key, k.post_id as "postId"
     from unnest($1::text[], $2::text[]) as u (kind, key) join post_key k on k.kind = u.kind and k.key = u.key and not k.is_shared`,
    [keys.map((each) => each.kind), keys.map((each) => each.key)],
  );
  return rows;
}

/** A key of a post. */
export interface NewKey extends PostKey {
  readonly postId: string;
}

/** These keys lead to other posts from now on. */
export async function passKeys(tx: Tx, keys: readonly NewKey[]): Promise<void> {
  if (keys.length === 0) return;
  await tx.query(
    `update post_key k set post_id = u.post_id from unnest($1::text[], $2::text[], $3::bigint[]) as u (kind, key, post_id)
     where k.kind = u.kind and k.key = u.key`,
    [keys.map((each) => each.kind), keys.map((each) => each.key), keys.map((each) => each.postId)],
  );
}

/**
 * Forgets the links of posts but for those with which they are stated now: one that changes at each fetch would leave a key for each. What several posts were
 * stated with is remembered.
 */
export async function dropFormerKeys(tx: Tx, postIds: readonly string[], present: readonly NewKey[]): Promise<void> {
  if (postIds.length === 0) return;
  await tx.query(
    `delete from post_key k where k.post_id = any($1::bigint[]) and k.kind = 'url' and not k.is_shared and k.key <> all($2::text[])`,
    [postIds, present.filter(({ kind }) => kind === 'url').map(({ key }) => key)],
  );
}

/** Stores keys; one that belongs to another post already stays there, and leads nowhere from now on. */
export async function insertKeys(tx: Tx, keys: readonly NewKey[]): Promise<void> {
  await tx.query(
    `insert into post_key (kind, key, post_id)
     select distinct on (u.kind, u.key) u.kind, u.key, u.post_id from unnest($1::text[], $2::text[], $3::bigint[]) as u (kind, key, post_id)
     order by u.kind, u.key, u.post_id
     on conflict on constraint post_key_pkey do update set is_shared = true
     where post_key.post_id <> excluded.post_id and not post_key.is_shared`,
    [keys.map((each) => each.kind), keys.map((each) => each.key), keys.map((each) => each.postId)],
  );
}
