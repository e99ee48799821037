import type { Queryable, Tx } from '../../db/db.ts';
import type { Choices, SubscriptionState } from '../subscriber.ts';

/** A person's subscription as an import finds it. */
export interface FoundSubscription {
  readonly addressKey: string;
  readonly subscriptionId: string;
  readonly state: SubscriptionState;
  /** They confirmed after the moment asked about. */
  readonly hasComeBack: boolean;
}

/** What is known of these people in one newsletter. `since`: who confirmed after it has come back; null asks for nobody. */
export async function findSubscriptions(
  db: Queryable,
  newsletterId: string,
  addressKeys: readonly string[],
  since: Date | undefined,
): Promise<Map<string, FoundSubscription>> {
  const { rows } = await db.query<FoundSubscription>(
    `select r.address_key as "addressKey", n.id as "subscriptionId", n.state,
       $3::timestamptz is not null and n.state = 'active' and exists (
         select from consent_event e where e.subscription_id = n.id and e.kind = 'confirmed' and e.at > $3) as "hasComeBack"
     from unnest($2::text[]) as u (key)
       -- One by one through the unique keys: a planner that knows nothing yet of a table that is just being filled would read all of it each time.
       cross join lateral (select id, address_key from subscriber where address_key = u.key limit 1) as r
       cross join lateral (select id, state from subscription where subscriber_id = r.id and newsletter_id = $1 limit 1) as n`,
    [newsletterId, addressKeys, since ?? null],
  );
  return new Map(rows.map((row) => [row.addressKey, row]));
}

/** When people last confirmed by themselves: in any newsletter, and in the one that is asked about, where they are active by it. */
export interface LastConfirmation {
  readonly at: Date;
  /** Null where they are not active here, or never confirmed here. */
  readonly atHere: Date | null;
}

/** The last confirmations of people; those who never confirmed are absent. */
export async function listLastConfirmations(
  db: Queryable,
  addressKeys: readonly string[],
  newsletterId: string,
): Promise<Map<string, LastConfirmation>> {
  const { rows } = await db.query<LastConfirmation & { addressKey: string }>(
    `select r.address_key as "addressKey", max(e.at) as at,
       max(e.at) filter (where n.newsletter_id = $2 and n.state = 'active') as "atHere"
     from subscriber r join subscription n on n.subscriber_id = r.id join consent_event e on e.subscription_id = n.id and e.kind = 'confirmed'
     where r.address_key = any($1::text[]) group by r.address_key`,
    [addressKeys, newsletterId],
  );
  return new Map(rows.map(({ addressKey, at, atHere }) => [addressKey, { at, atHere }]));
}

/** Somebody new, and what they are to have. */
export interface NewPerson {
  readonly addressKey: string;
  readonly address: string;
  readonly name: string | undefined;
  readonly choices: Choices;
  /** Stored as active, for the ledger to begin in this same transaction: a second writing of every row would take a fifth of an import's time. */
  readonly isToBegin: boolean;
}

/** The person behind a subscription that was just made. */
export interface CreatedSubscription {
  readonly addressKey: string;
  readonly subscriptionId: string;
}

/**
 * Stores people, by order of their keys so that two imports never wait for each other in a circle; whoever is known keeps address and name. Gives their ids.
 */
async function upsertPeople(tx: Tx, people: readonly NewPerson[], now: Date): Promise<Map<string, string>> {
  const keys = people.map((person) => person.addressKey);
  const { rows: made } = await tx.query<{ id: string; addressKey: string }>(
    // Compared as bytes: keys are hexadecimal, and no language has to be asked how it sorts them.
    `insert into subscriber (address, address_key, name, created_at)
     select u.address, u.address_key, u.name, $4::timestamptz
     from unnest($1::text[], $2::text[], $3::text[]) as u (address, address_key, name) order by u.address_key collate "C"
     on conflict on constraint subscriber_address_key_key do nothing
     returning id, address_key as "addressKey"`,
    [people.map((person) => person.address), keys, people.map((person) => person.name ?? null), now],
  );
  const ids = new Map(made.map((row) => [row.addressKey, row.id]));
  const known = keys.filter((key) => !ids.has(key));
  if (known.length === 0) return ids;
  // A statement of its own, which sees whom another transaction has stored meanwhile; nobody erases them until commit.
  const { rows } = await tx.query<{ id: string; addressKey: string }>(
    `select r.id, r.address_key as "addressKey" from unnest($1::text[]) as u (key)
       cross join lateral (select id, address_key from subscriber where address_key = u.key limit 1 for key share) as r`,
    [known],
  );
  for (const row of rows) ids.set(row.addressKey, row.id);
  return ids;
}

/** Stores subscriptions of people, pending but for those that are to begin; gives those that were made, without whoever got one meanwhile by somebody else. */
export async function insertSubscriptions(
  tx: Tx,
  newsletterId: string,
  people: readonly NewPerson[],
  now: Date,
): Promise<CreatedSubscription[]> {
  if (people.length === 0) return [];
  const ids = await upsertPeople(tx, people, now);
  const known = people.filter((person) => ids.has(person.addressKey));
  const { rows } = await tx.query<{ subscriberId: string; subscriptionId: string }>(
    `insert into subscription (subscriber_id, newsletter_id, state, activated_at, schedule_id, topics, language, format, local_hour, time_zone, created_at)
     select u.subscriber_id, $1, case when u.begins then 'active' else 'pending' end, case when u.begins then $9::timestamptz end,
       u.schedule_id, u.topics::bigint[], u.language, u.format, u.local_hour, u.time_zone, $9
     from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::text[], $10::boolean[])
       as u (subscriber_id, schedule_id, topics, language, format, local_hour, time_zone, begins)
     order by u.subscriber_id
     on conflict on constraint subscription_person_key do nothing
     returning subscriber_id as "subscriberId", id as "subscriptionId"`,
    [
      newsletterId,
      known.map((person) => ids.get(person.addressKey)),
      known.map(({ choices }) => choices.scheduleId),
      known.map(({ choices }) => choices.topicIds && `{${choices.topicIds.join(',')}}`),
      known.map(({ choices }) => choices.language),
      known.map(({ choices }) => choices.format),
      known.map(({ choices }) => choices.localHour),
      known.map(({ choices }) => choices.timeZone),
      now,
      known.map(({ isToBegin }) => isToBegin),
    ],
  );
  const keys = new Map([...ids].map(([addressKey, id]) => [id, addressKey]));
  return rows.map(({ subscriberId, subscriptionId }) => ({ addressKey: keys.get(subscriberId)!, subscriptionId }));
}

/** Locks subscriptions in the order of their ids until commit and gives the states that they have then. */
export async function lockStates(tx: Tx, subscriptionIds: readonly string[]): Promise<Map<string, SubscriptionState>> {
  const { rows } = await tx.query<{ id: string; state: SubscriptionState }>(
    `select id, state from subscription where id = any($1::bigint[]) order by id for no key update`,
    [subscriptionIds],
  );
  return new Map(rows.map((row) => [row.id, row.state]));
}
