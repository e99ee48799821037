import type { Queryable, Tx } from '../db/db.ts';
import type { OutagePolicy } from '../ledger/accounts/account-outage.ts';
import { outageMsSql, type OutageScope } from '../ledger/accounts/account-outage-store.ts';
import { isNoticeHeldSql } from '../ledger/hold/sending-hold-store.ts';
import { bounceRestDays } from '../ledger/subscriptions/suppression.ts';
import { type ClaimedNotice, longestAccountWaitMs, type NewNotice, type NoticeVerdict } from './notice.ts';

/** Stores a notice. Where one with its dedupe key exists already, gives the id of that one and `isNew: false`. */
export async function insertNotice(tx: Tx, notice: NewNotice, messageId: string): Promise<{ id: string; isNew: boolean }> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into notice (kind, newsletter_id, subscription_id, outlet, sender_name, sender_address, reply_to, recipient_name,
       recipient_address, recipient_key, subject, html, plain, message_id, dedupe_key, created_at, next_attempt_at, is_list_message)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, coalesce($16, now()), coalesce($16, now()), $17)
     on conflict on constraint notice_dedupe_key_key do nothing
     returning id`,
    [
      notice.kind,
      notice.newsletterId ?? null,
      notice.subscriptionId ?? null,
      notice.outlet,
      notice.from.name ?? '',
      notice.from.address,
      notice.replyTo?.address ?? null,
      notice.to.name ?? null,
      notice.to.address,
      notice.recipientKey ?? null,
      notice.subject,
      notice.html,
      notice.text,
      messageId,
      notice.dedupeKey ?? null,
      notice.notBefore ?? null,
      notice.isListMessage ?? false,
    ],
  );
  if (rows[0]) return { id: rows[0].id, isNew: true };
  const existing = await tx.query<{ id: string }>(`select id from notice where dedupe_key = $1`, [notice.dedupeKey]);
  return { id: existing.rows[0]!.id, isNew: false };
}

/** Whether a notice with this dedupe key was stored, whatever became of it. */
export async function hasNotice(db: Queryable, dedupeKey: string): Promise<boolean> {
  const { rows } = await db.query<{ exists: boolean }>(`select exists (select from notice where dedupe_key = $1)`, [dedupeKey]);
  return rows[0]?.exists ?? false;
}

interface ClaimRow {
  id: string;
  state: 'sending' | 'cancelled';
  kind: NewNotice['kind'];
  newsletterId: string | null;
  subscriptionId: string | null;
  outlet: NewNotice['outlet'];
  senderName: string;
  senderAddress: string;
  replyTo: string | null;
  recipientName: string | null;
  recipientAddress: string;
  recipientKey: string | null;
  subject: string;
  html: string;
  plain: string;
  messageId: string;
  createdAt: Date;
  ageMs: number;
  attempt: number;
  account: string | null;
  /** Null unless it is mail of a list. */
  tokenVersion: number | null;
  slug: string;
  name: string;
}

/**
 * Takes a notice that is due, or whose worker died, for `claimMs`. In the same statement a notice that must not go any more
 * (its reader is erased or suppressed, has confirmed meanwhile, or is not active where it says welcome or brings a link) ends as cancelled. One notice goes to a
 * suppressed address (P3): the confirmation that its suppression names, more than 30 days after the bounce. What waits for held sending is not taken. It goes from the address that its newsletter
 * has now, and through the account, for staff may have changed one that was refused. Its age is counted without the time for which the account stood still.
 */
export async function claimNotice(db: Queryable, noticeId: string, claimMs: number): Promise<ClaimedNotice | 'cancelled' | undefined> {
  const { rows } = await db.query<ClaimRow>(
    `with candidate as (
       select notice.id, coalesce(newsletter.sender_address, notice.sender_address) as sender, newsletter.account,
         newsletter.slug, newsletter.name, case when notice.is_list_message then subscription.token_version end as token_version,
         case
           when notice.recipient_address is null then 'erased'
           when suppression.address_key is not null then case when not (
               notice.kind = 'confirmation' and suppression.reason = 'bounced' and suppression.confirmation_notice_id is not distinct from notice.id
               and suppression.at < now() - make_interval(days => $3)) then 'suppressed' end
           when notice.kind = 'confirmation' and subscription.state = 'active' then 'confirmed already'
           when notice.kind in ('welcome', 'link') and subscription.state <> 'active' then 'left'
         end as obstacle
       from notice
         left join newsletter on newsletter.id = notice.newsletter_id
         left join subscription on subscription.id = notice.subscription_id
         left join subscriber on subscriber.id = subscription.subscriber_id
         left join suppression on suppression.address_key = coalesce(notice.recipient_key, subscriber.address_key)
       where notice.id = $1
         and (notice.state = 'queued' and notice.next_attempt_at <= now() or notice.state = 'sending' and notice.worker_until < now())
         and not ${isNoticeHeldSql}
       for no key update of notice skip locked
     )
     update notice
     set state = case when obstacle is null then 'sending' else 'cancelled' end, sender_address = candidate.sender,
       attempts = attempts + case when obstacle is null then 1 else 0 end,
       worker_until = case when obstacle is null then now() + make_interval(secs => $2::float8 / 1000) end,
       reply = coalesce(obstacle, reply),
       ended_at = case when obstacle is not null then now() end
     from candidate
     where notice.id = candidate.id
     returning notice.id, state, kind, newsletter_id as "newsletterId", subscription_id as "subscriptionId", outlet,
       sender_name as "senderName", sender_address as "senderAddress", reply_to as "replyTo", recipient_name as "recipientName",
       recipient_address as "recipientAddress", recipient_key as "recipientKey", subject, html, plain, message_id as "messageId", created_at as "createdAt",
       (extract(epoch from now() - created_at) * 1000
         - ${outageMsSql('notice.created_at', { address: 'candidate.sender', newsletterId: 'notice.newsletter_id' })})::float8 as "ageMs",
       attempts as attempt, candidate.account, candidate.slug, candidate.name, candidate.token_version as "tokenVersion"`,
    [noticeId, claimMs, bounceRestDays],
  );
  const row = rows[0];
  if (!row) return undefined;
  return row.state === 'cancelled' ? 'cancelled' : noticeFromRow(row);
}

function noticeFromRow(row: ClaimRow): ClaimedNotice {
  return {
    id: row.id,
    kind: row.kind,
    ...(row.newsletterId === null ? {} : { newsletterId: row.newsletterId }),
    ...(row.subscriptionId === null ? {} : { subscriptionId: row.subscriptionId }),
    outlet: row.outlet,
    from: { ...(row.senderName === '' ? {} : { name: row.senderName }), address: row.senderAddress },
    ...(row.replyTo === null ? {} : { replyTo: { address: row.replyTo } }),
    to: { ...(row.recipientName === null ? {} : { name: row.recipientName }), address: row.recipientAddress },
    ...(row.recipientKey === null ? {} : { recipientKey: row.recipientKey }),
    subject: row.subject,
    html: row.html,
    text: row.plain,
    messageId: row.messageId,
    createdAt: row.createdAt,
    ageMs: row.ageMs,
    attempt: row.attempt,
    account: row.account,
    ...(row.tokenVersion === null || row.subscriptionId === null
      ? {}
      : { list: { slug: row.slug, name: row.name, subscriptionId: row.subscriptionId, tokenVersion: row.tokenVersion } }),
  };
}

/** Keeps a claim for another `claimMs`, because its message is still on its way. */
export async function renewNoticeClaim(db: Queryable, notice: Pick<ClaimedNotice, 'id' | 'attempt'>, claimMs: number): Promise<void> {
  await db.query(
    `update notice set worker_until = now() + make_interval(secs => $3::float8 / 1000) where id = $1 and attempts = $2 and state = 'sending'`,
    [notice.id, notice.attempt, claimMs],
  );
}

/**
 * Records how an attempt ended; of what was sent the text is not kept, since that of a welcome is a whole digest. False when the claim is no longer
 * ours (a later attempt, or a cancelled notice that did not arrive after all).
 */
export async function recordNotice(db: Queryable, notice: Pick<ClaimedNotice, 'id' | 'attempt'>, verdict: NoticeVerdict): Promise<boolean> {
  const gapMs = verdict.state === 'queued' ? verdict.gapMs : null;
  const { rowCount } = await db.query(
    `update notice
     set state = $3, reply = $4, worker_until = null, attempts = attempts - case when $6 then 0 else 1 end,
       html = case when $3 = 'sent' then '' else html end, plain = case when $3 = 'sent' then '' else plain end,
       next_attempt_at = coalesce(now() + make_interval(secs => $5::float8 / 1000), next_attempt_at),
       ended_at = case when $5::float8 is null then now() end
     where id = $1 and attempts = $2 and (state = 'sending' or state = 'cancelled' and $3 = 'sent')`,
    [notice.id, notice.attempt, verdict.state, verdict.reply, gapMs, verdict.state !== 'queued' || verdict.isCharged],
  );
  return rowCount === 1;
}

/** What a notice goes through. */
export interface NoticeScope {
  readonly account: string;
  readonly sender: string;
}

/** Notes that the account was refused for a notice. */
export async function noteAccountRefusal(db: Queryable, noticeId: string): Promise<void> {
  await db.query(`update notice set account_refused_at = now() where id = $1`, [noticeId]);
}

/**
 * Whether a notice for which the account was refused lets others go first, now that it may be tried again: what keeps it standing still may be the
 * server of that notice's reader alone.
 */
export async function letsOthersGoFirst(
  db: Queryable,
  noticeId: string,
  { account, sender }: NoticeScope,
  { othersFirstMs }: Pick<OutagePolicy, 'othersFirstMs'>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from notice n
     where n.id = $1 and n.account_refused_at is not null and exists (
       select from account_outage o
       where o.account = $2 and (o.sender is null or o.sender = $3) and o.ended_at is null
         and o.next_try_at > now() - $4 * interval '1 millisecond')`,
    [noticeId, account, sender, othersFirstMs],
  );
  return rowCount === 1;
}

/** Whether an account, or a sender of it, was refused for a notice before and went on since, as it does when a message was answered. */
export async function hasAccountGoneOn(db: Queryable, noticeId: string, { account, sender }: OutageScope): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from notice n
     where n.id = $1 and exists (
       select from account_outage o
       where o.account = $2 and o.sender is not distinct from $3 and o.ended_at > n.account_refused_at)`,
    [noticeId, account, sender],
  );
  return rowCount === 1;
}

/** Ids of notices that are due or were left by a dead worker, the longest waiting first; none that waits for held sending. */
export async function listDueNotices(db: Queryable, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from notice
     where state in ('queued', 'sending') and (state = 'queued' and next_attempt_at <= now() or state = 'sending' and worker_until < now())
       and not ${isNoticeHeldSql}
     order by next_attempt_at limit $1`,
    [limit],
  );
  return rows.map((row) => row.id);
}

/** What waited for an account to go on is due at once: whoever waits for a confirmation comes before any edition. */
export async function bringForwardNotices(db: Queryable): Promise<void> {
  await db.query(
    `update notice set next_attempt_at = now()
     where state = 'queued' and next_attempt_at > now() and next_attempt_at <= now() + $1 * interval '1 millisecond'`,
    [longestAccountWaitMs],
  );
}

/** Cancels what waits for somebody who left, or is on its way to them: nothing of it is sent any more, and what did not arrive not again. */
export async function cancelNotices(tx: Tx, ...subscriptionIds: readonly string[]): Promise<void> {
  await tx.query(
    `update notice set state = 'cancelled', reply = 'left', ended_at = now()
     where subscription_id = any($1::bigint[]) and state in ('queued', 'sending')`,
    [subscriptionIds],
  );
}

/** Empties every notice to an erased person: name, address, replies and the texts, which hold personal links. */
export async function eraseNotices(tx: Tx, subscriberId: string): Promise<void> {
  await tx.query(
    `update notice
     set recipient_name = null, recipient_address = null, recipient_key = null, subject = '', html = '', plain = '', reply = null,
       state = case when state in ('queued', 'sending') then 'cancelled' else state end,
       ended_at = case when state in ('queued', 'sending') then now() else ended_at end
     where subscription_id in (select id from subscription where subscriber_id = $1)`,
    [subscriberId],
  );
}

/** Notices that are to be sent, and for how long the oldest of those that are due has been. */
export async function readNoticeDepth(db: Queryable): Promise<{ readonly openCount: number; readonly oldestDueMs: number }> {
  const { rows } = await db.query<{ openCount: number; oldestDueMs: number }>(
    `select count(*)::integer as "openCount",
            greatest(0, coalesce(extract(epoch from now() - min(next_attempt_at) filter (where state = 'queued')) * 1000, 0))::float8 as "oldestDueMs"
     from notice where state in ('queued', 'sending')`,
  );
  return rows[0]!;
}
