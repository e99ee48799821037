/*
 * What changes single subscriptions, for the hundreds of an import at once: each verb does to every one what its namesake in change-subscription.ts and
 * suppress-address.ts does, which a test over random histories holds. Locks are taken level by level, and on each level in one order (suppressions by
 * key, cursors by id, deliveries with `skip locked`), so that two imports, sign-ups and freezes never wait in a circle.
 */
import type { Queryable, Tx } from '../db/db.ts';
import { findJoiningFacts, forgetErasedSubscriptions } from './drafts/joining-base-store.ts';
import { defaultJoinReachDays, joiningBase } from './drafts/joining-base.ts';
import { listToBeSent } from './drafts/selection.ts';
import { laterPosition, type Position } from './position.ts';
import { deliveryEnds } from './queue/delivery.ts';
import { endQueuedDeliveries } from './queue/give-back-store.ts';
import { loadReleaseFacts } from './releases/release-facts-store.ts';
import { lastPosition } from './releases/release-store.ts';
import { ReleaseIndex } from './releases/release.ts';
import { lockCursors, upsertCursors } from './subscriptions/cursor-store.ts';
import { cursorAfterActivation, cursorAfterTakeover, type CursorState } from './subscriptions/cursor.ts';
import { groupBySchedule, listSubscriptionsOfAddresses, markAllActive, markManyLeft } from './subscriptions/subscription-store.ts';
import { upsertSuppressions } from './subscriptions/suppression-store.ts';
import type { SuppressionReason } from './subscriptions/suppression.ts';
import type { NewSuppression } from './suppress-address.ts';

const dayMs = 86_400_000;

/**
 * Where people begin who come together. `since_last_edition`: as whoever joins. `now`: at the last release. `had`: as whoever joins, but for the posts
 * that another tool has sent them.
 */
export type ManyBeginning =
  { readonly kind: 'since_last_edition' | 'now' } | { readonly kind: 'had'; readonly postIds: ReadonlySet<string> };

/** How many become active, and how far back who joins gets what was released. */
export interface ManyActivations {
  readonly newsletterId: string;
  readonly now: Date;
  readonly beginning: ManyBeginning;
  /** In days. Default: 35. */
  readonly reachDays?: number | undefined;
}

/** Subscriptions of one newsletter become active, as `activateSubscription` says of one; who was erased before begins at the last release. */
export async function activateSubscriptions(tx: Tx, subscriptionIds: readonly string[], how: ManyActivations): Promise<void> {
  if (subscriptionIds.length === 0) return;
  await markAllActive(tx, subscriptionIds, how.now);
  // Locked before bases are read, so that these are no older than the locks.
  const before = await lockCursors(tx, subscriptionIds);
  const erased = await forgetErasedSubscriptions(tx, subscriptionIds);
  const after = new Map<string, CursorState>();
  for (const [scheduleId, ids] of await groupBySchedule(tx, subscriptionIds)) {
    const { base, last, lacking } = await findBeginning(tx, scheduleId, how);
    for (const id of ids) {
      const start = erased.has(id) ? { base: last, last, lacking: [] } : { base, last, lacking };
      after.set(
        id,
        how.beginning.kind === 'had' ? cursorAfterTakeover(before.get(id), start) : cursorAfterActivation(before.get(id), start.base),
      );
    }
  }
  await upsertCursors(tx, after);
  await endQueuedDeliveries(tx, subscriptionIds, { ...deliveryEnds.activated, now: how.now, endsDoubted: false });
}

/** Subscriptions are left, as `leaveSubscription` says of one. */
export async function leaveSubscriptions(tx: Tx, subscriptionIds: readonly string[], now: Date): Promise<void> {
  if (subscriptionIds.length === 0) return;
  await markManyLeft(tx, subscriptionIds, now);
  await endQueuedDeliveries(tx, subscriptionIds, { ...deliveryEnds.left, now, endsDoubted: true });
}

/** Addresses are never to be mailed again, each for its reason, as `suppressAddress` says of one. */
export async function suppressAddresses(
  tx: Tx,
  reasons: ReadonlyMap<string, SuppressionReason>,
  { source, now }: Pick<NewSuppression, 'source' | 'now'>,
): Promise<void> {
  if (reasons.size === 0) return;
  await upsertSuppressions(tx, reasons, { source, now });
  const ids = await listSubscriptionsOfAddresses(tx, [...reasons.keys()]);
  if (ids.length > 0) await endQueuedDeliveries(tx, ids, { ...deliveryEnds.suppressed, now, endsDoubted: true });
}

/** How many posts wait for who follows all topics and joins a schedule now: what the next edition would bring them. */
export async function countFirstPosts(db: Queryable, scheduleId: string, how: ManyActivations): Promise<number> {
  const { base, last, lacking } = await findBeginning(db, scheduleId, how);
  const { cursor, owed } =
    how.beginning.kind === 'had' ? cursorAfterTakeover(undefined, { base, last, lacking }) : cursorAfterActivation(undefined, base);
  const index = new ReleaseIndex(await loadReleaseFacts(db, how.newsletterId, { above: cursor, upto: last, positions: owed }));
  return listToBeSent({ topics: null, cursor, owed }, last, index).filter((release) => release.kind === 'post').length;
}

interface Start {
  readonly base: Position;
  readonly last: Position;
  /** Posts above the base that nobody has had. */
  readonly lacking: readonly Position[];
}

async function findBeginning(db: Queryable, scheduleId: string, how: ManyActivations): Promise<Start> {
  const { beginning, newsletterId, now, reachDays = defaultJoinReachDays } = how;
  const last = await lastPosition(db);
  if (beginning.kind === 'now') return { base: last, last, lacking: [] };
  const { position: base } = joiningBase(
    await findJoiningFacts(db, { kind: 'schedule', id: scheduleId }, new Date(now.getTime() - reachDays * dayMs)),
  );
  if (beginning.kind !== 'had') return { base, last, lacking: [] };
  const facts = await loadReleaseFacts(db, newsletterId, { above: base, upto: laterPosition(base, last) });
  const lacking = facts.filter(
    ({ kind, isAdmitted, isRetracted, postId }) => kind === 'post' && isAdmitted && !isRetracted && !beginning.postIds.has(postId),
  );
  return { base, last, lacking: lacking.map(({ position }) => position) };
}
