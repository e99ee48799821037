import type { Database, Queryable } from '../../db/db.ts';
import { readSnapshot } from '../../db/read-snapshot.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { findSuppression } from '../../ledger/subscriptions/suppression-store.ts';
import { addressKey, parseKnownAddress } from '../../mail/address.ts';
import { getPerson, type NamedPerson } from '../choices/find-subscription.ts';
import { mapDayZones } from '../choices/preference-store.ts';
import { listLeavingReasons } from '../leaving/leaving-store.ts';
import { listLatestOwnRows, listOwnRows, type ExportedPart, type ExportedRow } from '../own-data/own-data-store.ts';
import { findNames, findStoredPerson, listProgress, listReceivedPosts } from './history-store.ts';
import type { PublicHistory, PublicHistoryEvent, PublicHistorySubscription, PublicPerson, PublicStranger } from './public-history.ts';

/** Whose story, and how much of it. */
export interface HistoryQuestion {
  /** An address, in any spelling of its normal form, or the id of a subscription. */
  readonly person: string;
  readonly addressKeySecret: Buffer;
  /** How many events and how many posts at most: the last ones. */
  readonly limits: { readonly events: number; readonly posts: number };
}

/**
 * One person's whole story, as of one moment; of an address that nobody has and that is never mailed all the same, why.
 * @throws NotFoundError where there is neither; InvalidInputError for neither an address nor an id
 */
export async function showHistory(database: Database, question: HistoryQuestion): Promise<PublicHistory | PublicStranger> {
  const { person, addressKeySecret, limits } = question;
  return readSnapshot(database, async (tx) => {
    const found = await findPerson(tx, person, addressKeySecret);
    if ('suppression' in found) return found;
    const { subscriberId } = found;
    const { events, count } = await listEvents(tx, subscriberId, limits.events);
    const { count: postCount, posts } = await listReceivedPosts(tx, subscriberId, limits.posts);
    return {
      person: await readPerson(tx, subscriberId),
      subscriptions: await readSubscriptions(tx, subscriberId),
      events,
      earlierCount: count - events.length,
      posts: { count: postCount, latest: posts },
      names: await findNames(tx, subscriberId),
    };
  });
}

async function findPerson(db: Queryable, person: string, addressKeySecret: Buffer): Promise<NamedPerson | PublicStranger> {
  try {
    return await getPerson(db, person, addressKeySecret);
  } catch (error) {
    const isAddress = error instanceof NotFoundError && person.includes('@');
    const suppression = isAddress && (await findSuppression(db, addressKey(parseKnownAddress(person).normal, addressKeySecret)));
    if (suppression) return { person: null, suppression };
    throw error;
  }
}

async function readPerson(db: Queryable, subscriberId: string): Promise<PublicPerson> {
  const stored = await findStoredPerson(db, subscriberId);
  if (!stored) throw new NotFoundError(`Expected a person, found none with id ${subscriberId}`);
  const [suppression] = await listOwnRows(db, 'suppression', subscriberId);
  return { subscriberId, ...stored, suppression: (suppression as PublicPerson['suppression'] | undefined) ?? null };
}

type DeletedDeliveries = NonNullable<PublicHistorySubscription['deleted']>;

async function readSubscriptions(db: Queryable, subscriberId: string): Promise<PublicHistorySubscription[]> {
  const progress = new Map((await listProgress(db, subscriberId)).map(({ subscriptionId, ...of }) => [subscriptionId, of]));
  const rows = (await listOwnRows(db, 'subscriptions', subscriberId)) as unknown as Omit<
    PublicHistorySubscription,
    'progress' | 'dayZone' | 'deleted'
  >[];
  const deleted = new Map(
    ((await listOwnRows(db, 'deleted', subscriberId)) as unknown as (DeletedDeliveries & { readonly subscription: string })[]).map(
      ({ subscription, ...counts }) => [subscription, counts],
    ),
  );
  const zones = await mapDayZones(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    ...row,
    dayZone: zones.get(row.id)!,
    progress: progress.get(row.id)!,
    deleted: deleted.get(row.id) ?? null,
  }));
}

/** Which rows are events, and when each happened: the first of these columns that holds something. */
const parts = [
  ['consent', 'consent', ['at']],
  ['deliveries', 'delivery', ['endedAt', 'firstAttemptAt', 'dueAt']],
  ['attempts', 'attempt', ['at']],
  ['reports', 'report', ['at']],
  ['notices', 'notice', ['endedAt', 'createdAt']],
  ['signUps', 'sign_up', ['receivedAt']],
  ['requests', 'request', ['receivedAt']],
] as const satisfies readonly (readonly [ExportedPart, PublicHistoryEvent['kind'], readonly string[]])[];

/** The last so many of all that happened, oldest first, and how many there are. */
async function listEvents(db: Queryable, subscriberId: string, limit: number): Promise<{ events: PublicHistoryEvent[]; count: number }> {
  const reasons = await listLeavingReasons(db, subscriberId);
  const events: PublicHistoryEvent[] = reasons.map(({ subscriptionId, at, ...details }) => ({
    at,
    kind: 'reason',
    subscriptionId,
    details,
  }));
  let count = reasons.length;
  for (const [part, kind, times] of parts) {
    const latest = await listLatestOwnRows(db, part, subscriberId, limit);
    count += latest.count;
    events.push(...latest.rows.map((row) => eventOf(row, kind, times)));
  }
  // What happened at one moment stays in the order in which it was stored.
  return { events: events.toSorted((a, b) => a.at.getTime() - b.at.getTime()).slice(-limit), count };
}

function eventOf(row: ExportedRow, kind: PublicHistoryEvent['kind'], times: readonly string[]): PublicHistoryEvent {
  const { subscription, at: _at, ...details } = row;
  const at = times.map((name) => row[name]).find((value) => value instanceof Date) as Date;
  return { at, kind, subscriptionId: typeof subscription === 'string' ? subscription : null, details };
}
