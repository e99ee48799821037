import type { Queryable, Tx } from '../../db/db.ts';
import { type AccountOutage, type AccountRefusal, type AccountTrouble, quietHours } from './account-outage.ts';

const columns = `id, account, sender, trouble, reply, began_at as "beganAt", next_try_at as "nextTryAt",
  greatest(0, extract(epoch from next_try_at - clock_timestamp()) * 1000)::float8 as "waitMs",
  (extract(epoch from clock_timestamp() - began_at) * 1000)::float8 as "ageMs", try_count as "tryCount", told_at as "toldAt", only_at as "onlyAt"`;

/**
 * SQL: when staff were told of the like a short while ago, of an account's scope ($1, $2) and trouble ($3), and hear of it only after the quiet hours
 * ($4). What was in doubt to the end says nothing of what is sure, unless that is in doubt itself ($5).
 */
const toldOfLikeSql = `
  (select max(w.told_at) from account_outage w
   where w.account = $1 and w.sender is not distinct from $2 and w.told_of = $3
     and w.told_at > now() - $4 * interval '1 hour' and w.told_at <= now() - interval '1 millisecond' and ($5::text is not null or w.only_at is null))`;

/** Whose outage: the whole account, or one refused sender of it. */
export type OutageScope = Pick<AccountRefusal, 'account' | 'sender'>;

/** The open outage of a scope, locked, with the database's time. */
export async function lockOpenOutage(tx: Tx, scope: OutageScope): Promise<{ outage: AccountOutage | undefined; now: Date }> {
  const { rows } = await tx.query<{ now: Date }>(`select now() as now`);
  const { rows: open } = await tx.query<AccountOutage>(
    `select ${columns} from account_outage where account = $1 and sender is not distinct from $2 and ended_at is null for update`,
    [scope.account, scope.sender],
  );
  return { outage: open[0], now: rows[0]!.now };
}

/**
 * Opens an outage; undefined where another process has just done so. One whose like staff were told of a short while before takes over when that was,
 * which is always before it began: that they were told of this one is not so yet.
 */
export async function insertOutage(tx: Tx, refusal: AccountRefusal, nextTryAt: Date): Promise<AccountOutage | undefined> {
  const { account, sender, trouble, onlyAt } = refusal;
  const { rows } = await tx.query<AccountOutage>(
    `insert into account_outage (account, sender, trouble, only_at, reply, next_try_at, told_at, told_of)
     select $1, $2, $3, $5, $6, $7, told.at, case when told.at is not null then $3 end from ${toldOfLikeSql} as told (at)
     on conflict (account, coalesce(sender, '')) where ended_at is null do nothing
     returning ${columns}`,
    [account, sender, trouble, quietHours[trouble], onlyAt, refusal.reply, nextTryAt],
  );
  return rows[0];
}

/** A further refusal of an outage that is open, as sure or in doubt as before. Where staff were told only of its like, it is looked up for the trouble that it is now. */
export async function extendOutage(
  tx: Tx,
  outageId: string,
  refusal: AccountRefusal & Pick<AccountOutage, 'tryCount'>,
  nextTryAt: Date,
): Promise<AccountOutage | undefined> {
  const { account, sender, trouble, onlyAt } = refusal;
  const { rows } = await tx.query<AccountOutage>(
    `update account_outage o
     set trouble = $3, reply = $6, next_try_at = $7, try_count = $8,
       told_at = case when o.told_at >= o.began_at then o.told_at else told.at end,
       told_of = case when o.told_at >= o.began_at then o.told_of when told.at is not null then $3 end
     from ${toldOfLikeSql} as told (at)
     where o.id = $9 returning ${columns}`,
    [account, sender, trouble, quietHours[trouble], onlyAt, refusal.reply, nextTryAt, refusal.tryCount, outageId],
  );
  return rows[0];
}

/** A message went again: the outage of a scope is over. False when none was open. */
export async function endOutage(db: Queryable, scope: OutageScope): Promise<boolean> {
  const { rowCount } = await db.query(
    `update account_outage set ended_at = now() where account = $1 and sender is not distinct from $2 and ended_at is null`,
    [scope.account, scope.sender],
  );
  return rowCount !== 0;
}

/** Outages that are open, oldest first; of one account where it is named. */
export async function listOpenOutages(db: Queryable, account: string | null = null): Promise<AccountOutage[]> {
  const { rows } = await db.query<AccountOutage>(
    `select ${columns} from account_outage where ended_at is null and ($1::text is null or account = $1) order by began_at, id`,
    [account],
  );
  return rows;
}

/** The next try of open outages is now, of all accounts where none is named: somebody may have mended what they are about. */
export async function tryOutagesNow(db: Queryable, account: string | null, troubles: readonly AccountTrouble[]): Promise<void> {
  await db.query(
    `update account_outage set next_try_at = now()
     where ($1::text is null or account = $1) and trouble = any($2::text[]) and ended_at is null and next_try_at > now()`,
    [account, troubles],
  );
}

/** Ends what an answer to a sender disproves: that the account cannot be reached or may not log in. */
export async function endOutagesBeforeSender(tx: Tx, account: string): Promise<void> {
  await tx.query(
    `update account_outage set ended_at = now()
     where account = $1 and sender is null and ended_at is null and trouble in ('unreachable', 'connections', 'login')`,
    [account],
  );
}

/** Ends the outages of accounts that are no longer configured. */
export async function endOutagesOfOthers(db: Queryable, accounts: readonly string[]): Promise<void> {
  await db.query(`update account_outage set ended_at = now() where ended_at is null and account <> all($1::text[])`, [accounts]);
}

/** Ends the outages of senders that no newsletter has any more: nothing will be sent as them that could. */
export async function endOutagesOfGoneSenders(db: Queryable): Promise<void> {
  await db.query(
    `update account_outage o set ended_at = now()
     where o.ended_at is null and o.sender is not null and not exists (select from newsletter n where n.sender_address = o.sender)`,
  );
}

/** Marks that staff were told of an outage, and not only of its like; false when somebody else did so before. */
export async function markOutageTold(tx: Tx, outageId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update account_outage set told_at = now(), told_of = trouble where id = $1 and (told_at is null or told_at < began_at)`,
    [outageId],
  );
  return rowCount === 1;
}

/**
 * Editions that have been sent for so long through an account, whose sender was refused where one is named: no sample, that goes to the outbox, and none
 * of a newsletter that chose another account. Those that staff have just let go have their time again.
 */
export async function listEditionsOfSender(db: Queryable, { account, sender }: OutageScope, sinceMs: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select e.id from edition e join newsletter n on n.id = e.newsletter_id
     where e.ended_at is null and e.state = 'sending' and not n.is_sample and ($1::text is null or n.sender_address = $1)
       and greatest(e.frozen_at, e.resumed_at) <= now() - $2 * interval '1 millisecond'
       and not exists (select from mail_account m where m.name = coalesce(n.account, 'default') and m.account <> $3)
     order by e.id`,
    [sender, sinceMs, account],
  );
  return rows.map((row) => row.id);
}

/** Forgets outages that ended so long ago that no delivery can have waited through them, and senders that were changed as long ago. */
export async function pruneOutages(db: Queryable, olderThanDays: number): Promise<void> {
  await db.query(`delete from account_outage where ended_at < now() - $1 * interval '1 day'`, [olderThanDays]);
  await db.query(`delete from former_sender where used_until < now() - $1 * interval '1 day'`, [olderThanDays]);
}

/** SQL expressions that say who sends. */
interface SenderSql {
  readonly address: string;
  /** Null in rows of no newsletter. */
  readonly newsletterId: string;
}

/**
 * SQL: milliseconds since an instant during which accounts stood still, whichever it was, or sending was held, overlapping times counted once; those of single senders
 * count for who sends under that address, and for a newsletter that did, until it was changed.
 */
export function outageMsSql(since: string, sender: SenderSql): string {
  return `(select coalesce(sum(extract(epoch from upper(o) - lower(o))), 0) * 1000
           from unnest((select range_agg(tstzrange(greatest(x.began_at, ${since}), x.until))
                        from (select w.began_at, coalesce(w.ended_at, now()) as until from account_outage w
                              where w.sender is null or w.sender = ${sender.address}
                              union all
                              select w.began_at, least(w.ended_at, f.used_until) from former_sender f join account_outage w on w.sender = f.address
                              where f.newsletter_id = ${sender.newsletterId}
                              union all
                              select h.began_at, coalesce(h.ended_at, now()) from sending_hold h) as x
                        where x.until > greatest(x.began_at, ${since}))) as o)`;
}
