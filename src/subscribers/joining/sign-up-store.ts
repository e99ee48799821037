import type { Queryable, Tx } from '../../db/db.ts';
import { mailedAt } from '../consent/consent-store.ts';
import { endingKinds } from '../consent/consent.ts';
import { confirmationDays, formSource, type SignUp } from './sign-up.ts';

const columns = `id, newsletter_id as "newsletterId", address, address_key as "addressKey", name, schedule_id as "scheduleId", topics as "topicIds",
  source, wording, host(ip) as ip, state, received_at as "receivedAt"`;

/** Stores what a form sent and gives its id. */
export async function insertSignUp(tx: Tx, signUp: Omit<SignUp, 'id' | 'state'>): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into sign_up (newsletter_id, address, address_key, name, schedule_id, topics, source, wording, ip, received_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
    [
      signUp.newsletterId,
      signUp.address,
      signUp.addressKey,
      signUp.name,
      signUp.scheduleId,
      signUp.topicIds,
      signUp.source,
      signUp.wording,
      signUp.ip,
      signUp.receivedAt,
    ],
  );
  return rows[0]!.id;
}

/** A sign-up; undefined once it was handled. */
export async function findSignUp(db: Queryable, id: string): Promise<SignUp | undefined> {
  const { rows } = await db.query<SignUp>(`select ${columns} from sign_up where id = $1`, [id]);
  return rows[0];
}

/** Locks a sign-up until commit, after the person whose address it is; undefined once it was handled, or where another process handles it now. */
export async function lockSignUp(tx: Tx, id: string): Promise<SignUp | undefined> {
  const { rows } = await tx.query<SignUp>(`select ${columns} from sign_up where id = $1 for update skip locked`, [id]);
  return rows[0];
}

/** One sign-up after the other is measured against the ceiling, in whatever process: two at once would both be the last one below it. */
export async function lockCeiling(tx: Tx): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('gazette.sign_up_ceiling'))`);
}

/** What the ceiling is measured by. */
export interface SignUpFigures {
  /** Subscriptions that were asked for by a form in the last hour and not confirmed since. */
  readonly unconfirmedInHour: number;
  /** Requests by form in the hour in the middle, of all hours of the last 30 days. */
  readonly medianPerHour: number;
  readonly heldCount: number;
}

/** Counts sign-ups by form, of all newsletters together. */
export async function countSignUps(tx: Tx, now: Date): Promise<SignUpFigures> {
  const { rows } = await tx.query<SignUpFigures>(
    `with request as (
       select subscription_id, id, at, date_trunc('hour', at) as hour from consent_event
       where kind = 'requested' and at > $1::timestamptz - interval '30 days' and (source = $2 or source like $2 || ': %'))
     select
       (select count(distinct r.subscription_id)::int from request r
        where r.at > $1::timestamptz - interval '1 hour'
          and not exists (select from consent_event c where c.subscription_id = r.subscription_id and c.kind = 'confirmed' and c.id > r.id)
       ) as "unconfirmedInHour",
       (select percentile_disc(0.5) within group (order by coalesce(n.count, 0))::int
        from generate_series(0, 719) as h (back)
          left join (select hour, count(*) as count from request group by hour) n
            on n.hour = date_trunc('hour', $1::timestamptz) - h.back * interval '1 hour') as "medianPerHour",
       (select count(*)::int from sign_up where state = 'held') as "heldCount"`,
    [now, formSource],
  );
  return rows[0]!;
}

/** A sign-up waits for staff. */
export async function holdSignUp(tx: Tx, id: string): Promise<void> {
  await tx.query(`update sign_up set state = 'held' where id = $1`, [id]);
}

/** A sign-up was handled: what it held is in the subscription now, or nowhere. */
export async function deleteSignUp(tx: Tx, id: string): Promise<void> {
  await tx.query(`delete from sign_up where id = $1`, [id]);
}

/** Sign-ups that are held, oldest first; `afterId` is the last id of the page before. */
export async function listHeldSignUps(
  db: Queryable,
  page: { readonly limit: number; readonly afterId?: string | undefined },
): Promise<SignUp[]> {
  const { rows } = await db.query<SignUp>(`select ${columns} from sign_up where state = 'held' and id > $1 order by id limit $2`, [
    page.afterId ?? '0',
    page.limit,
  ]);
  return rows;
}

/** How many sign-ups are held. */
export async function countHeldSignUps(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(`select count(*)::integer as count from sign_up where state = 'held'`);
  return rows[0]!.count;
}

/** Lets held sign-ups go on, those named or all, and gives the ids of those that were. */
export async function releaseHeld(tx: Tx, ids: readonly string[] | 'all'): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `update sign_up set state = 'released' where state = 'held' and ($1::bigint[] is null or id = any ($1)) returning id`,
    [ids === 'all' ? null : ids],
  );
  return rows.map(({ id }) => id);
}

/** Forgets held sign-ups, those named or all, and gives the ids of those that were. */
export async function dropHeld(tx: Tx, ids: readonly string[] | 'all'): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `delete from sign_up where state = 'held' and ($1::bigint[] is null or id = any ($1)) returning id`,
    [ids === 'all' ? null : ids],
  );
  return rows.map(({ id }) => id);
}

/** Forgets what an address signed up for and nobody handled yet: its owner is erased. */
export async function deleteSignUpsOf(tx: Tx, addressKey: string): Promise<void> {
  await tx.query(`delete from sign_up where address_key = $1`, [addressKey]);
}

/** What was received or released and not handled yet, because a process or a job was lost. */
export async function findForgottenSignUps(db: Queryable, now: Date): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from sign_up where state <> 'held' and received_at < $1::timestamptz - interval '1 minute' order by id limit 1000`,
    [now],
  );
  return rows.map(({ id }) => id);
}

/** Forgets what was held for longer than a confirmation could be clicked; gives how many. */
export async function deleteOldHeld(db: Queryable, now: Date): Promise<number> {
  const { rowCount } = await db.query(
    `delete from sign_up where state = 'held' and received_at < $1::timestamptz - make_interval(days => $2)`,
    [now, confirmationDays],
  );
  return rowCount ?? 0;
}

/** When a subscription was asked to confirm, since its person last left or its sign-up expired. */
export async function listRequestTimes(db: Queryable, subscriptionId: string): Promise<Date[]> {
  const { rows } = await db.query<{ at: Date }>(
    `select request.at from consent_event request
     where request.subscription_id = $1 and request.kind = 'requested'
       and not exists (
         select from consent_event ending where ending.subscription_id = $1 and ending.id > request.id and ending.kind = any ($2))
     order by request.id`,
    [subscriptionId, [...endingKinds, 'confirmed']],
  );
  return rows.map(({ at }) => at);
}

/** A sign-up that nobody confirmed in time. */
export interface ExpiredSignUp {
  readonly subscriptionId: string;
  readonly subscriberId: string;
}

/**
 * Pending subscriptions whose last confirmation was mailed longer ago than it can be clicked, each locked until commit with its person: nobody gives them
 * another one meanwhile. What somebody else holds is left for the next time.
 */
export async function lockExpired(tx: Tx, now: Date, limit: number): Promise<ExpiredSignUp[]> {
  const { rows } = await tx.query<ExpiredSignUp>(
    `select s.id as "subscriptionId", s.subscriber_id as "subscriberId" from subscription s join subscriber p on p.id = s.subscriber_id
     where s.state = 'pending' and not exists (
       select from consent_event request
       where request.subscription_id = s.id and request.kind in ('requested', 'imported')
         and ${mailedAt('request', '$1::timestamptz')} > $1::timestamptz - make_interval(days => $2))
     order by s.id limit $3 for no key update of s skip locked for update of p skip locked`,
    [now, confirmationDays, limit],
  );
  return rows;
}

/**
 * Forgets sign-ups that nobody confirmed: the subscription, and the person where they have no other. Their events stay, as ids without anybody, and
 * what was sent to them stays without address and text.
 */
export async function deletePending(tx: Tx, subscriptionIds: readonly string[]): Promise<void> {
  await tx.query(
    `update notice set recipient_name = null, recipient_address = null, recipient_key = null, subject = '', html = '', plain = '', reply = null, subscription_id = null,
       state = case when state in ('queued', 'sending') then 'cancelled' else state end, ended_at = coalesce(ended_at, now())
     where subscription_id = any ($1)`,
    [subscriptionIds],
  );
  await tx.query(`update consent_event set ip = null where subscription_id = any ($1) and ip is not null`, [subscriptionIds]);
  await tx.query(
    `with gone as (delete from subscription where id = any ($1) and state = 'pending' returning id, subscriber_id),
       nobody as (
         delete from subscriber p using gone
         where p.id = gone.subscriber_id and not exists (
           select from subscription o where o.subscriber_id = p.id and o.id <> all ($1))
         returning p.id)
     delete from former_address f using nobody where f.subscriber_id = nobody.id`,
    [subscriptionIds],
  );
}
