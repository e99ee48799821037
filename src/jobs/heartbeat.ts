/*
 * What an outside watch is told about a slot (HEARTBEAT_URL), so that somebody hears of it when mail cannot leave: a mail of ours could not.
 * Invariant: a slot went well when everything of its edition was decided, and failed when it cannot go on by itself; what waits for a person, or is
 * still being sent, is neither. Told once for each verdict, also by several processes: a failure may be followed by a recovery.
 */
import { editionReasons, type EditionState } from '../ledger/drafts/edition.ts';

/** What the watch is told; the check constraint of `slot.pinged` says the same. */
export const slotVerdicts = ['went_well', 'failed'] as const;

/** How a slot ended, or stands. */
export type SlotVerdict = (typeof slotVerdicts)[number];

/** How long things may take before the watch is told that they do not go on. */
export interface HeartbeatPatience {
  /** Between two steps: until a slot has an edition, until it is frozen, until some server answers. */
  readonly stalledAfterMs: number;
  /** While an account stands still, before that counts: mail about it cannot leave either. */
  readonly outageMs: number;
  /** From when an edition is opened for sending until everything of it is decided. */
  readonly doneWithinMs: number;
}

const hourMs = 3_600_000;

/** An hour is what a restart, a long freeze and a slow server take together; deliveries are tried for four and a half days, so five are the end. */
export const defaultHeartbeatPatience: HeartbeatPatience = { stalledAfterMs: hourMs, outageMs: hourMs / 6, doneWithinMs: 120 * hourMs };

/** The edition of a slot, as far as its verdict depends on it. */
export interface SlotEdition {
  readonly state: EditionState;
  readonly reason: string | null;
  /** When it was brought into its state. */
  readonly stateSince: Date;
  /** Paused or cancelled by a person and no fault. */
  readonly isStoppedByStaff: boolean;
  /** Rendered and checked: a draft that is waits for a person. */
  readonly isChecked: boolean;
  readonly decideBy: Date | null;
  readonly endedAt: Date | null;
}

/** What is known about the deliveries of an edition that is being sent, or was. */
export interface SlotDeliveries {
  /** Queued, and due for longer than the patience: nobody got to them. One stands for all. */
  readonly overdueCount: number;
  /** Queued again after an attempt. */
  readonly deferredCount: number;
  readonly acceptedCount: number;
  readonly rejectedCount: number;
  /** Never handed over in all the days that they were tried. */
  readonly expiredCount: number;
}

/** A taken slot and what became of it. */
export interface SlotFacts {
  readonly takenAt: Date;
  readonly edition: SlotEdition | null;
  readonly deliveries: SlotDeliveries;
  /** When a server last took or refused a message, as workers say with each renewal; null when none did. */
  readonly lastAnsweredAt: Date | null;
  /** Since when the account refuses its newsletter's mail, a limit that ends by itself excepted; null where it does not. */
  readonly outageSince: Date | null;
  /** Of a slot for which nothing was due: whether one before it is not at its end, and was told as failed; null where none is open. */
  readonly before: 'failed' | 'open' | null;
}

/** What the watch is to be told; undefined while there is nothing to say. */
export function judgeSlot(facts: SlotFacts, now: Date, patience: HeartbeatPatience): SlotVerdict | undefined {
  const isStalled = (since: Date | null): boolean => hasPassed(since, patience.stalledAfterMs, now);
  const { edition } = facts;
  if (edition === null) return isStalled(facts.takenAt) ? 'failed' : undefined;
  switch (edition.state) {
    case 'draft':
      return (edition.isChecked ? isStalled(edition.decideBy) : isStalled(facts.takenAt)) ? 'failed' : undefined;
    case 'held':
      return 'failed';
    case 'approved':
      return isStalled(edition.stateSince) ? 'failed' : undefined;
    case 'sending':
      if (hasPassed(facts.outageSince, patience.outageMs, now)) return 'failed';
      return standsStill(facts, edition, isStalled) || hasPassed(edition.stateSince, patience.doneWithinMs, now) ? 'failed' : undefined;
    case 'paused':
      return edition.isStoppedByStaff ? undefined : 'failed';
    case 'cancelled':
      if (!edition.isStoppedByStaff) return 'failed';
      return edition.endedAt === null ? undefined : 'went_well';
    case 'done':
      return edition.reason !== null || missedMost(facts.deliveries) ? 'failed' : 'went_well';
    case 'skipped':
      return isLeftToLaterSlot(edition.reason) || isBehindFailure(facts) ? undefined : 'went_well';
  }
}

/**
 * Whether an edition that is being sent gets nowhere: no server has answered for long, and what was due is not even tried, or most of what was tried came
 * back. One reader whose server defers for days is no standing still.
 */
function standsStill({ deliveries, lastAnsweredAt }: SlotFacts, edition: SlotEdition, isStalled: (since: Date | null) => boolean): boolean {
  if (!isStalled(edition.stateSince) || (lastAnsweredAt !== null && !isStalled(lastAnsweredAt))) return false;
  return deliveries.overdueCount > 0 || deliveries.deferredCount > deliveries.acceptedCount + deliveries.rejectedCount;
}

/** Most were never handed over, or none was although there were readers. */
function missedMost({ acceptedCount, rejectedCount, expiredCount }: SlotDeliveries): boolean {
  return expiredCount > acceptedCount || (acceptedCount === 0 && rejectedCount > 0);
}

/** Nothing went out and nobody decided that; the slot that took its place says how that one went. */
function isLeftToLaterSlot(reason: string | null): boolean {
  return reason === editionReasons.replaced || reason === editionReasons.overtaken;
}

/** Nothing was due because an edition before it has everything and gets nowhere: that one says how things stand. */
function isBehindFailure({ before, outageSince }: SlotFacts): boolean {
  return before === 'failed' || (before === 'open' && outageSince !== null);
}

function hasPassed(since: Date | null, patienceMs: number, now: Date): boolean {
  return since !== null && now.getTime() - since.getTime() >= patienceMs;
}

/** The URL that tells a verdict: the watch's own after a slot that went well, with /fail at the end of its path after one that did not. */
export function verdictUrl(heartbeatUrl: string, verdict: SlotVerdict): string {
  const url = new URL(heartbeatUrl);
  if (verdict === 'failed') url.pathname = `${url.pathname.replace(/\/$/, '')}/fail`;
  return url.href;
}
