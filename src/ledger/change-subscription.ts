import type { Tx } from '../db/db.ts';
import { InvalidInputError } from '../kernel/errors.ts';
import { findJoiningFacts, forgetErasedSubscription } from './drafts/joining-base-store.ts';
import { defaultJoinReachDays, joiningBase, type JoiningBase } from './drafts/joining-base.ts';
import { cursorAfterActivation } from './subscriptions/cursor.ts';
import { lockCursors, upsertCursor } from './subscriptions/cursor-store.ts';
import { deliveryEnds } from './queue/delivery.ts';
import { type LocalHour, firstOccurrence } from './subscriptions/due.ts';
import { endQueuedDeliveries, giveBack, lockEndedByLeaving } from './queue/give-back-store.ts';
import { lastPosition } from './releases/release-store.ts';
import {
  markActive,
  markLeft,
  type RenderingChoice,
  setLocalHour,
  setPausedUntil,
  setRendering,
  setSchedule,
  setTopics,
} from './subscriptions/subscription-store.ts';

const dayMs = 86_400_000;

/**
 * A subscription becomes active (confirmation, import, re-subscription): it gets what was released since the last edition, at most `reachDays` back.
 * Who was erased before begins at the last release, because what they got is not known any more. Returns the edition after which it begins,
 * undefined where it begins elsewhere. Waits for no freeze, only for its own chunk.
 */
export async function activateSubscription(
  tx: Tx,
  subscriptionId: string,
  now: Date,
  reachDays = defaultJoinReachDays,
): Promise<string | undefined> {
  await markActive(tx, subscriptionId, now);
  return begin(tx, subscriptionId, now, async () => {
    // Asked before it is forgotten: each newsletter is rejoined so once.
    if (await forgetErasedSubscription(tx, subscriptionId)) return atLastRelease(tx);
    return joiningBase(
      await findJoiningFacts(tx, { kind: 'subscription', id: subscriptionId }, new Date(now.getTime() - reachDays * dayMs)),
    );
  });
}

/** A subscription is left: queued deliveries end at once, nothing is given back. A second call changes nothing. */
export async function leaveSubscription(tx: Tx, subscriptionId: string, now: Date): Promise<void> {
  await markLeft(tx, subscriptionId, now);
  await endQueuedDeliveries(tx, [subscriptionId], { ...deliveryEnds.left, now, endsDoubted: true });
}

/**
 * A leaving is taken back: the subscription goes on where it was, as if it had paused meanwhile. What was ended by the leaving and nobody can have read is
 * owed again, what came since is above the cursor: nothing is lost, nothing repeated. Decision record 0036.
 */
export async function takeBackLeaving(tx: Tx, subscriptionId: string, now: Date): Promise<void> {
  await markActive(tx, subscriptionId, now);
  await giveBack(tx, await lockEndedByLeaving(tx, subscriptionId));
}

/** A subscription pauses: queued deliveries end at once, and their posts wait for the reader's return. */
export async function pauseSubscription(tx: Tx, subscriptionId: string, until: Date | 'indefinitely', now: Date): Promise<void> {
  await setPausedUntil(tx, subscriptionId, until === 'indefinitely' ? 'infinity' : until);
  await giveBack(tx, await endQueuedDeliveries(tx, [subscriptionId], { ...deliveryEnds.paused, now, endsDoubted: true }));
}

/** What somebody who comes back from a pause chooses: everything from the meantime, or only what is new from now on. */
export type ResumeChoice = 'catch_up' | 'afresh';

/** A pause ends. `catch_up` is also what happens when a pause just runs out. */
export async function resumeSubscription(tx: Tx, subscriptionId: string, choice: ResumeChoice, now: Date): Promise<void> {
  await setPausedUntil(tx, subscriptionId, null);
  if (choice === 'afresh') await beginAnew(tx, subscriptionId, now);
}

/** Changes the topics; null follows all. What the cursor has passed stays passed, what is owed and no longer matches is dropped at the next freeze. */
export async function changeTopics(tx: Tx, subscriptionId: string, topicIds: readonly string[] | null): Promise<void> {
  if (topicIds?.length === 0) throw new InvalidInputError('Expected at least one topic, or all, got an empty list');
  await setTopics(tx, subscriptionId, topicIds);
}

/** Moves the subscription to another schedule of the same newsletter. Cursor and owed stay: nothing is repeated or lost. */
export async function moveToSchedule(tx: Tx, subscriptionId: string, scheduleId: string): Promise<void> {
  if (await setSchedule(tx, subscriptionId, scheduleId)) return;
  throw new InvalidInputError('Expected a schedule of the same newsletter, got another', { details: { subscriptionId, scheduleId } });
}

/** Sets the reader's own hour; null follows the schedule's. Holds from the next freeze. */
export async function changeLocalHour(tx: Tx, subscriptionId: string, local: LocalHour | null): Promise<void> {
  if (local !== null) {
    if (!Number.isInteger(local.hour) || local.hour < 0 || local.hour > 23) {
      throw new InvalidInputError(`Expected an hour from 0 to 23, got ${local.hour}`);
    }
    if (!isTimeZone(local.timeZone)) throw new InvalidInputError('Expected an IANA time zone such as Europe/Madrid, got another name');
  }
  await setLocalHour(tx, subscriptionId, local?.hour ?? null, local?.timeZone ?? null);
}

/** From the next freeze on digests come in this language or this format; what is queued goes as it is. */
export async function changeRendering(tx: Tx, subscriptionId: string, choice: RenderingChoice): Promise<void> {
  await setRendering(tx, subscriptionId, choice);
}

/** Starts afresh at the last release: nothing from before is sent. */
export async function beginAnew(tx: Tx, subscriptionId: string, now: Date): Promise<void> {
  await begin(tx, subscriptionId, now, () => atLastRelease(tx));
}

/**
 * Sets cursor and `since`, owes nothing, and ends what is queued and was never in doubt. The cursor is locked first: a freeze chunk under way is
 * waited for (milliseconds), and what it queued is seen and ended. The base is read after that, so that it is no older than the lock.
 */
async function begin(tx: Tx, subscriptionId: string, now: Date, findBase: () => Promise<JoiningBase>): Promise<string | undefined> {
  const before = (await lockCursors(tx, [subscriptionId])).get(subscriptionId);
  const base = await findBase();
  const after = cursorAfterActivation(before, base.position);
  await upsertCursor(tx, subscriptionId, after);
  await endQueuedDeliveries(tx, [subscriptionId], { ...deliveryEnds.activated, now, endsDoubted: false });
  return after.cursor === base.position ? base.editionId : undefined;
}

async function atLastRelease(tx: Tx): Promise<JoiningBase> {
  return { position: await lastPosition(tx), editionId: undefined };
}

function isTimeZone(name: string): boolean {
  try {
    firstOccurrence({ hour: 0, timeZone: name }, new Date(0));
    return true;
  } catch {
    return false;
  }
}
