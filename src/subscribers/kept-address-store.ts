import type { Queryable, Tx } from '../db/db.ts';

/** Why an address that nobody has is kept, by keyed hash: its owner was erased, or has another one since. Their own confirmation frees it, and nothing else. */
export type KeptAddress = 'erased' | 'former';

/** Those of these addresses that are kept, with the reason; the others are absent. */
export async function listKeptAddresses(db: Queryable, addressKeys: readonly string[]): Promise<Map<string, KeptAddress>> {
  const { rows } = await db.query<{ addressKey: string; kind: KeptAddress }>(
    `select address_key as "addressKey", 'former' as kind from former_address where address_key = any($1::text[])
     union all
     select address_key, 'erased' from erased_address where address_key = any($1::text[])`,
    [addressKeys],
  );
  return new Map(rows.map(({ addressKey, kind }) => [addressKey, kind]));
}

/** Whether an address is kept, and of a former one whose it was; undefined where it is free. */
export async function findKeptAddress(
  db: Queryable,
  addressKey: string,
): Promise<{ readonly kind: 'erased' } | { readonly kind: 'former'; readonly subscriberId: string } | undefined> {
  const { rows } = await db.query<{ kind: 'erased' } | { kind: 'former'; subscriberId: string }>(
    `select 'erased' as kind, null as "subscriberId" from erased_address where address_key = $1
     union all
     select 'former', subscriber_id from former_address where address_key = $1
     limit 1`,
    [addressKey],
  );
  return rows[0];
}

/** A person has another address from now on: the one before is kept, and the new one no longer. */
export async function keepFormerAddress(
  tx: Tx,
  { id, addressKey }: { readonly id: string; readonly addressKey: string },
  now: Date,
): Promise<void> {
  await tx.query(
    `insert into former_address (address_key, subscriber_id, at) values ($1, $2, $3)
     on conflict on constraint former_address_pkey do update set subscriber_id = excluded.subscriber_id, at = excluded.at`,
    [addressKey, id, now],
  );
  await freeAddress(tx, id);
}

/** The address of a person is theirs, because they said so from there: whatever kept it before is forgotten. */
export async function freeAddress(tx: Tx, subscriberId: string): Promise<void> {
  for (const table of ['erased_address', 'former_address'])
    await tx.query(`delete from ${table} where address_key = (select address_key from subscriber where id = $1)`, [subscriberId]);
}

/** The keys of every address that a person had before the one that they have. */
export async function listFormerKeys(db: Queryable, subscriberId: string): Promise<string[]> {
  const { rows } = await db.query<{ key: string }>(`select address_key as key from former_address where subscriber_id = $1 order by 1`, [
    subscriberId,
  ]);
  return rows.map(({ key }) => key);
}

/** Every address of a person who is being erased is remembered so, those that they had before too. Before their row loses the last one. */
export async function keepErasedAddresses(tx: Tx, subscriberId: string, now: Date): Promise<void> {
  await tx.query(
    `with former as (delete from former_address where subscriber_id = $1 returning address_key)
     insert into erased_address (address_key, at)
     select address_key, $2::timestamptz from former union select address_key, $2 from subscriber where id = $1 and address_key is not null
     on conflict on constraint erased_address_pkey do update set at = excluded.at`,
    [subscriberId, now],
  );
}
