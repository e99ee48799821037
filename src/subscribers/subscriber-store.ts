import type { Queryable, Tx } from '../db/db.ts';

/** A person's address and name. */
export interface Subscriber {
  readonly id: string;
  readonly address: string;
  readonly name: string | null;
}

/**
 * The person with this address key, stored now if nobody has it; an existing address and name stay as they are. Nobody erases them, and none changes their
 * address, until commit. Before the locks of their subscriptions.
 */
export async function upsertSubscriber(
  tx: Tx,
  person: { readonly addressKey: string; readonly address: string; readonly name: string | undefined; readonly now: Date },
): Promise<Subscriber> {
  for (;;) {
    const { rows } = await tx.query<Subscriber>(
      `insert into subscriber (address, address_key, name, created_at) values ($1, $2, $3, $4)
       on conflict on constraint subscriber_address_key_key do nothing
       returning id, address, name`,
      [person.address, person.addressKey, person.name ?? null, person.now],
    );
    const subscriber = rows[0] ?? (await holdSubscriber(tx, person.addressKey));
    // Who was there was erased, or has another address, since a moment: then there is nobody.
    if (subscriber) return subscriber;
  }
}

/** The person with this address key, whom nobody erases, and whose address nobody changes, until commit; undefined where there is none. */
export async function holdSubscriber(tx: Tx, addressKey: string): Promise<Subscriber | undefined> {
  const { rows } = await tx.query<Subscriber>(`select id, address, name from subscriber where address_key = $1 for key share`, [
    addressKey,
  ]);
  return rows[0];
}

/** The person with this address key; undefined when there is none, or they were erased. */
export async function findSubscriber(db: Queryable, addressKey: string): Promise<Subscriber | undefined> {
  const { rows } = await db.query<Subscriber>(`select id, address, name from subscriber where address_key = $1`, [addressKey]);
  return rows[0];
}

/** The person of a subscription; undefined once they are erased. */
export async function findSubscriberOf(db: Queryable, subscriberId: string): Promise<Subscriber | undefined> {
  const { rows } = await db.query<Subscriber>(`select id, address, name from subscriber where id = $1 and address is not null`, [
    subscriberId,
  ]);
  return rows[0];
}

/** A person with what their links depend on. */
export interface LinkedSubscriber extends Subscriber {
  readonly addressKey: string;
  readonly tokenVersion: number;
}

/** The person with this id; undefined where there is none, or they were erased. */
export async function findLinkedSubscriber(db: Queryable, subscriberId: string): Promise<LinkedSubscriber | undefined> {
  const { rows } = await db.query<LinkedSubscriber>(`${linkedSubscriber} where id = $1 and address is not null`, [subscriberId]);
  return rows[0];
}

/** The same, locked until commit: after the suppression of their address, before their subscriptions. */
export async function lockLinkedSubscriber(tx: Tx, subscriberId: string): Promise<LinkedSubscriber | undefined> {
  const { rows } = await tx.query<LinkedSubscriber>(`${linkedSubscriber} where id = $1 and address is not null for no key update`, [
    subscriberId,
  ]);
  return rows[0];
}

const linkedSubscriber = `select id, address, name, address_key as "addressKey", token_version as "tokenVersion" from subscriber`;

/** Whether the person with this id was erased, and the last links that went to them had this version. */
export async function isErased(db: Queryable, subscriberId: string, tokenVersion: number): Promise<boolean> {
  const { rows } = await db.query(`select from subscriber where id = $1 and erased_at is not null and token_version = $2`, [
    subscriberId,
    tokenVersion,
  ]);
  return rows.length > 0;
}

/** Changes a person's name; null takes it away. */
export async function updateName(tx: Tx, subscriberId: string, name: string | null): Promise<void> {
  await tx.query(`update subscriber set name = $2 where id = $1 and address is not null`, [subscriberId, name]);
}

/**
 * Changes a person's address, and takes back every link that went to the old one alone; what is queued goes to the new one. False where another person
 * has it, or this one was erased. Whoever calls keeps the former one (`keepFormerAddress`).
 */
export async function updateAddress(
  tx: Tx,
  subscriberId: string,
  { address, addressKey }: { readonly address: string; readonly addressKey: string },
): Promise<boolean> {
  // One change of an address after the other: of two to the same one the second finds it taken.
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('gazette.address:' || $1, 0))`, [addressKey]);
  const { rowCount } = await tx.query(
    `update subscriber set address = $2, address_key = $3, token_version = token_version + 1,
       address_since = case when address_key = $3 then address_since else now() end
     where id = $1 and address is not null and not exists (select from subscriber o where o.address_key = $3 and o.id <> $1)`,
    [subscriberId, address, addressKey],
  );
  return rowCount === 1;
}

/** Locks a person who is to be erased against everybody who would still write something of theirs; undefined as `findLinkedSubscriber`. Before all else of theirs. */
export async function lockForErasure(tx: Tx, subscriberId: string): Promise<LinkedSubscriber | undefined> {
  const { rows } = await tx.query<LinkedSubscriber>(`${linkedSubscriber} where id = $1 and address is not null for update`, [subscriberId]);
  return rows[0];
}

/** Empties the row of an erased person; it stays, because the ledger and the consent log refer to it. */
export async function clearSubscriber(tx: Tx, subscriberId: string, now: Date): Promise<void> {
  await tx.query(`update subscriber set address = null, address_key = null, name = null, erased_at = $2 where id = $1`, [
    subscriberId,
    now,
  ]);
}
