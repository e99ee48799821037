import type { Queryable, Tx } from '../../db/db.ts';
import type { Suppression, SuppressionReason } from './suppression.ts';

/** Locks the suppression of an address until commit; undefined where it has none. Take it before a subscription's lock. */
export async function lockSuppression(tx: Tx, addressKey: string): Promise<Suppression | undefined> {
  const { rows } = await tx.query<Suppression>(
    `select s.reason, s.at,
       case when not exists (select from notice n where n.id = s.confirmation_notice_id and n.state in ('cancelled', 'failed') and n.attempts = 0)
         then s.confirmation_at end as "confirmationAt"
     from suppression s where s.address_key = $1 for update of s`,
    [addressKey],
  );
  return rows[0];
}

/** Why an address is never mailed, as staff are told it. */
export interface StatedSuppression {
  readonly reason: SuppressionReason;
  /** By what it was suppressed. */
  readonly source: string;
  readonly at: Date;
}

/** The suppression of an address, whoever has it; undefined where it has none. */
export async function findSuppression(db: Queryable, addressKey: string): Promise<StatedSuppression | undefined> {
  const { rows } = await db.query<StatedSuppression>(`select reason, source, at from suppression where address_key = $1`, [addressKey]);
  return rows[0];
}

/** Locks the suppressions of many addresses until commit, in the order of their keys; those that have none are absent. Take them before any subscription's lock. */
export async function lockSuppressions(tx: Tx, addressKeys: readonly string[]): Promise<Map<string, SuppressionReason>> {
  const { rows } = await tx.query<{ addressKey: string; reason: SuppressionReason }>(
    `select address_key as "addressKey", reason from suppression where address_key = any($1::text[]) order by address_key for update`,
    [addressKeys],
  );
  return new Map(rows.map((row) => [row.addressKey, row.reason]));
}

/** The reasons for which addresses are suppressed; those that are not are absent. */
export async function listSuppressions(db: Queryable, addressKeys: readonly string[]): Promise<Map<string, SuppressionReason>> {
  const { rows } = await db.query<{ addressKey: string; reason: SuppressionReason }>(
    `select address_key as "addressKey", reason from suppression where address_key = any($1::text[])`,
    [addressKeys],
  );
  return new Map(rows.map((row) => [row.addressKey, row.reason]));
}

/** Lets this notice go to a suppressed address: the one confirmation after a bounce. Ask `mayAskAgain` under the lock before. */
export async function allowConfirmation(tx: Tx, addressKey: string, noticeId: string, now: Date): Promise<void> {
  await tx.query(`update suppression set confirmation_notice_id = $2, confirmation_at = $3 where address_key = $1 and reason = 'bounced'`, [
    addressKey,
    noticeId,
    now,
  ]);
}

const liftable = `
  from suppression s join subscriber p on p.address_key = s.address_key join notice n on n.id = s.confirmation_notice_id
  where p.id = $1 and s.reason = 'bounced' and n.dedupe_key = $2`;

/** Whether the notice with this dedupe key is the one confirmation that may lift the suppression of a person's address. */
export async function isLiftable(db: Queryable, subscriberId: string, noticeKey: string): Promise<boolean> {
  const { rows } = await db.query(`select 1 ${liftable}`, [subscriberId, noticeKey]);
  return rows.length > 0;
}

/** The key of the person's address where `isLiftable`, its suppression locked until commit; undefined otherwise. */
export async function lockLiftable(tx: Tx, subscriberId: string, noticeKey: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ addressKey: string }>(`select s.address_key as "addressKey" ${liftable} for update of s`, [
    subscriberId,
    noticeKey,
  ]);
  return rows[0]?.addressKey;
}

// Whatever suppresses, one address or many.
const keepsTheStronger = `
  on conflict on constraint suppression_pkey do update
  set reason = excluded.reason, source = excluded.source, at = excluded.at, confirmation_notice_id = null, confirmation_at = null
  where s.reason in ('bounced', 'unreachable') and excluded.reason <> 'unreachable'`;

/**
 * Stores a suppression. One that stands keeps its reason, but who complained, or was suppressed by staff, is no longer one who merely bounced; a new
 * bounce has a new date, and takes back the confirmation that was allowed after the one before.
 */
export async function upsertSuppression(
  tx: Tx,
  addressKey: string,
  suppression: { readonly reason: SuppressionReason; readonly source: string; readonly now: Date },
): Promise<void> {
  await tx.query(`insert into suppression as s (address_key, reason, source, at) values ($1, $2, $3, $4) ${keepsTheStronger}`, [
    addressKey,
    suppression.reason,
    suppression.source,
    suppression.now,
  ]);
}

/** Stores many, each for its reason, in the order of their keys, as `upsertSuppression` does one. */
export async function upsertSuppressions(
  tx: Tx,
  reasons: ReadonlyMap<string, SuppressionReason>,
  { source, now }: { readonly source: string; readonly now: Date },
): Promise<void> {
  await tx.query(
    `insert into suppression as s (address_key, reason, source, at)
     select u.address_key, u.reason, $3, $4 from unnest($1::text[], $2::text[]) as u (address_key, reason) order by u.address_key
     ${keepsTheStronger}`,
    [[...reasons.keys()], [...reasons.values()], source, now],
  );
}

/** Removes a suppression; false when there was none. */
export async function deleteSuppression(tx: Tx, addressKey: string): Promise<boolean> {
  const { rowCount } = await tx.query(`delete from suppression where address_key = $1`, [addressKey]);
  return rowCount === 1;
}
