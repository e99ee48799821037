/*
 * An edition: one run of a newsletter's schedule. `draft → approved → sending → done`; beside them `held` (a gate failed), `paused`,
 * `skipped` and `cancelled`, each with a reason. A draft owns nothing; what was approved is frozen and cannot change (P5).
 * At most one edition of a newsletter is `approved`, that is being frozen, at a time.
 * So many files: what composing asks of cohorts, holdings, bases and readers has a store and a rule each.
 */
import type { Position } from '../position.ts';

/** Every state of an edition; the check constraint of the table says the same. */
export const editionStates = ['draft', 'held', 'approved', 'sending', 'paused', 'done', 'skipped', 'cancelled'] as const;

/** The state of an edition. */
export type EditionState = (typeof editionStates)[number];

/** Which state may follow which. */
const editionTransitions = {
  draft: ['approved', 'held', 'skipped'],
  /** A held draft is rechecked, and by that a draft again, before anyone approves it. */
  held: ['draft', 'skipped'],
  approved: ['sending', 'paused', 'skipped', 'cancelled'],
  sending: ['done', 'paused', 'cancelled'],
  /** Done where it had paused itself and nothing of it is left. */
  paused: ['approved', 'sending', 'done', 'cancelled'],
  /** Only by `resend`. */
  done: ['sending'],
  skipped: [],
  cancelled: [],
} as const satisfies Readonly<Record<EditionState, readonly EditionState[]>>;

/** True when an edition may go from one state to the other. */
function mayBecome(from: EditionState, to: EditionState): boolean {
  return (editionTransitions[from] as readonly EditionState[]).includes(to);
}

/** The states from which one may be reached. */
export function statesBefore(to: EditionState): EditionState[] {
  return editionStates.filter((from) => mayBecome(from, to));
}

/** True while staff may still edit, approve or skip it. */
export function isDraft(state: EditionState): boolean {
  return state === 'draft' || state === 'held';
}

/** Reasons that the ledger itself gives for the state of an edition. */
export const editionReasons = {
  nothingDue: 'nothing due',
  belowMinimum: 'nothing due: fewer posts than the minimum',
  replaced: 'replaced',
  declined: 'not sent: nobody agreed',
  overtaken: 'a later slot was composed before',
  passesNow: 'it passes its checks now; approve it or skip it',
} as const;

/** Something wrong with an edition, and what to do about it. */
export interface Fault {
  readonly what: string;
  readonly remedy: string;
}

/** A fault in a sentence or two. */
export function faultText({ what, remedy }: Fault): string {
  return `${what} ${remedy}`;
}

/** What a draft was planned to do when its digests were rendered and checked. */
export interface CheckedPlan {
  readonly archiveRenditionId: string;
  readonly recipientCount: number;
  /** Of the digest that most readers get. */
  readonly renditionId: string;
  readonly postCount: number;
  /** How many get nothing of it, by why; see judgement.ts. */
  readonly nothing: readonly { readonly reason: string; readonly count: number }[];
}

/** An edition as the table holds it. */
export interface Edition {
  readonly id: string;
  readonly newsletterId: string;
  readonly scheduleId: string;
  readonly slotAt: Date | null;
  readonly state: EditionState;
  readonly reason: string | null;
  readonly byHand: boolean;
  readonly cutoff: Position;
  readonly previousCutoff: Position;
  readonly minimum: number;
  readonly maximum: number;
  readonly maxWaitMs: number | null;
  readonly subject: string | null;
  readonly preheader: string | null;
  readonly note: string | null;
  /** What keeps it from being approved, when it was looked at last. */
  readonly gates: readonly Fault[];
  readonly repairs: readonly unknown[];
  readonly archiveRenditionId: string | null;
  /** What it would do, when it was checked last. It holds while the archive page is the one of that check. */
  readonly checkedPlan: CheckedPlan | null;
  readonly frozenUpto: bigint;
  /** How often it became `approved`. */
  readonly freezeRun: number;
  readonly stateBeforePause: EditionState | null;
  /** When it was brought into its state; null where it ended by itself, or where that is not known any more. */
  readonly stateSince: Date | null;
  /** Paused, cancelled or skipped by a person, and by no fault. */
  readonly isStoppedByStaff: boolean;
  readonly decideBy: Date | null;
  readonly composedAt: Date;
  readonly approvedAt: Date | null;
  readonly approvedBy: string | null;
  /** The newsletter's address at that moment: the domain of the Message-IDs, which a later change of it must not change. */
  readonly approvedSender: string | null;
  readonly frozenAt: Date | null;
  readonly endedAt: Date | null;
  /** When its deliveries began to be deleted; null where they are all there. */
  readonly prunedAt: Date | null;
}

/** A release that a draft pinned: what was seen at approval is what goes. */
export interface EditionPost {
  readonly position: Position;
  readonly postId: string;
  readonly kind: 'post' | 'correction';
  readonly revision: number;
  /** Topic ids when the edition was composed. */
  readonly topics: readonly string[];
  /** Staff's own order, lower first; null stands after all that have one. */
  readonly rank: number | null;
  readonly isPinnedFirst: boolean;
  /** Staff leave it for the next edition: it is owed, not sent. */
  readonly isLeftOut: boolean;
}

/** What a decision about an edition came to. `conflict`: somebody else decided before, `state` is what it is now. */
export type EditionChange = { readonly kind: 'changed' } | { readonly kind: 'conflict'; readonly state: EditionState };
