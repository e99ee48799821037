import type { Queryable, Tx } from '../../db/db.ts';
import { linkGapMs, type LinkRequest } from './link-request.ts';

const columns = `id, kind, newsletter_id as "newsletterId", subscriber_id as "subscriberId", address, address_key as "addressKey", state`;

/** Stores a request and gives its id. */
export async function insertLinkRequest(tx: Tx, request: Omit<LinkRequest, 'id' | 'state'>, now: Date): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into link_request (kind, newsletter_id, subscriber_id, address, address_key, received_at) values ($1, $2, $3, $4, $5, $6) returning id`,
    [request.kind, request.newsletterId, request.subscriberId, request.address, request.addressKey, now],
  );
  return rows[0]!.id;
}

/** A request that was not answered yet; undefined where it was. */
export async function findReceivedRequest(db: Queryable, id: string): Promise<LinkRequest | undefined> {
  const { rows } = await db.query<LinkRequest>(`select ${columns} from link_request where id = $1 and state = 'received'`, [id]);
  return rows[0];
}

/** Locks a request that was not answered yet, after the person whom it concerns; undefined where it was, or another process answers it now. */
export async function lockLinkRequest(tx: Tx, id: string): Promise<LinkRequest | undefined> {
  const { rows } = await tx.query<LinkRequest>(
    `select ${columns} from link_request where id = $1 and state = 'received' for update skip locked`,
    [id],
  );
  return rows[0];
}

/** The change of address that a person asked for and was mailed about; undefined once it was done or forgotten. */
export async function findAddressRequest(db: Queryable, id: string, subscriberId: string): Promise<LinkRequest | undefined> {
  const { rows } = await db.query<LinkRequest>(
    `select ${columns} from link_request where id = $1 and subscriber_id = $2 and kind = 'address' and state = 'mailed'`,
    [id, subscriberId],
  );
  return rows[0];
}

/** The mail of a change of address is on its way; the request waits for the click. */
export async function markMailed(tx: Tx, id: string, noticeId: string): Promise<void> {
  await tx.query(`update link_request set state = 'mailed', notice_id = $2 where id = $1`, [id, noticeId]);
}

/** Takes a request away; false where it was gone. */
export async function deleteLinkRequest(tx: Tx, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(`delete from link_request where id = $1`, [id]);
  return rowCount === 1;
}

/** Forgets what a person asked for, by whichever page, and what others asked for their address. */
export async function deleteLinkRequestsOf(tx: Tx, person: { readonly id: string; readonly key: string }): Promise<void> {
  await tx.query(`delete from link_request where subscriber_id = $1 or address_key = $2`, [person.id, person.key]);
}

/** Forgets changes of address that nobody confirmed within a day; gives how many. */
export async function deleteOldLinkRequests(db: Queryable, now: Date): Promise<number> {
  const { rowCount } = await db.query(`delete from link_request where received_at < $1::timestamptz - interval '25 hours'`, [now]);
  return rowCount ?? 0;
}

/** Requests that nobody answered, because a process or a job was lost. */
export async function findForgottenLinkRequests(db: Queryable, now: Date): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from link_request where state = 'received' and received_at < $1::timestamptz - interval '1 minute' order by id limit 1000`,
    [now],
  );
  return rows.map(({ id }) => id);
}

/** Whether a person was mailed their link within the last hour; one that went to an address before this one works no more, and does not count. */
export async function wasMailedLink(
  db: Queryable,
  { id, address }: { readonly id: string; readonly address: string },
  now: Date,
): Promise<boolean> {
  const { rows } = await db.query(
    `select from notice n join subscription s on s.id = n.subscription_id
     where s.subscriber_id = $1 and n.kind = 'link' and n.dedupe_key like 'link:%' and n.state <> 'cancelled'
       and n.recipient_address = $2 and n.created_at > $3::timestamptz - $4 * interval '1 millisecond'
     limit 1`,
    [id, address, now, linkGapMs],
  );
  return rows.length > 0;
}

/** The active subscription by which a person is mailed: that of the newsletter, or else their oldest. */
export async function findMailedSubscription(
  db: Queryable,
  subscriberId: string,
  newsletterId: string,
): Promise<{ readonly id: string; readonly newsletterId: string; readonly language: string } | undefined> {
  const { rows } = await db.query<{ id: string; newsletterId: string; language: string }>(
    `select id, newsletter_id as "newsletterId", language from subscription
     where subscriber_id = $1 and state = 'active' order by newsletter_id = $2 desc, id limit 1`,
    [subscriberId, newsletterId],
  );
  return rows[0];
}
