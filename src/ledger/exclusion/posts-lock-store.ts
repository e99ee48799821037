import type { Tx } from '../../db/db.ts';

/** One writer of posts at a time: two sources that state the same new post at the same moment make one row. Ends with the transaction. */
export async function lockPosts(tx: Tx): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('gazette.posts'))`);
}
