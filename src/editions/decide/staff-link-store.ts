import type { Queryable, Tx } from '../../db/db.ts';

/** A decision that a mailed link may take, once. */
export interface StaffLink {
  readonly id: string;
  readonly editionId: string;
  readonly action: 'approve' | 'skip';
  readonly expiresAt: Date;
}

/** Stores a link. */
export async function insertStaffLink(tx: Tx, link: Omit<StaffLink, 'id'>): Promise<StaffLink> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into staff_link (edition_id, action, expires_at) values ($1, $2, $3) returning id`,
    [link.editionId, link.action, link.expiresAt],
  );
  return { ...link, id: rows[0]!.id };
}

/** A link that can still be used; undefined when it was used, expired, or is of another action. */
export async function findOpenStaffLink(db: Queryable, id: string, action: 'approve' | 'skip', now: Date): Promise<StaffLink | undefined> {
  const { rows } = await db.query<StaffLink>(
    `select id, edition_id as "editionId", action, expires_at as "expiresAt"
     from staff_link where id = $1 and action = $2 and used_at is null and expires_at > $3`,
    [id, action, now],
  );
  return rows[0];
}

/** A link, used or not; undefined when it expired or is of another action. */
export async function findStaffLink(
  db: Queryable,
  id: string,
  action: 'approve' | 'skip',
  now: Date,
): Promise<(StaffLink & { readonly usedAt: Date | null }) | undefined> {
  const { rows } = await db.query<StaffLink & { usedAt: Date | null }>(
    `select id, edition_id as "editionId", action, expires_at as "expiresAt", used_at as "usedAt"
     from staff_link where id = $1 and action = $2 and expires_at > $3`,
    [id, action, now],
  );
  return rows[0];
}

/** The link that decided about an edition; undefined where none did. */
export async function findUsedLink(db: Queryable, editionId: string): Promise<Pick<StaffLink, 'action'> | undefined> {
  const { rows } = await db.query<Pick<StaffLink, 'action'>>(
    `select action from staff_link where edition_id = $1 and used_at is not null order by used_at desc limit 1`,
    [editionId],
  );
  return rows[0];
}

/** Uses a link up: of two clicks at once one gets true. */
export async function useStaffLink(db: Queryable, link: StaffLink, now: Date): Promise<boolean> {
  const { rowCount } = await db.query(`update staff_link set used_at = $2 where id = $1 and used_at is null`, [link.id, now]);
  return rowCount === 1;
}

/** How many mails about an edition have links that nobody can use any more. */
export async function countExpiredMails(db: Queryable, editionId: string, now: Date): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(distinct expires_at)::integer as count from staff_link where edition_id = $1 and expires_at <= $2`,
    [editionId, now],
  );
  return rows[0]?.count ?? 0;
}
