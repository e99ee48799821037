import type { Edition, EditionPost, EditionState, Fault } from '../ledger/drafts/edition.ts';
import type { Rendition } from '../ledger/drafts/rendition.ts';
import type { LeavingBurst } from '../subscribers/leaving/leaving-burst.ts';
import type { DeliveryCounts } from '../ledger/queue/delivery-report-store.ts';

/** An edition as programs see it: what `--json` prints. Positions are text, because JSON has no whole numbers of their size. */
export interface PublicEdition {
  readonly id: string;
  readonly newsletterId: string;
  readonly scheduleId: string;
  readonly slotAt: Date | null;
  readonly state: EditionState;
  readonly reason: string | null;
  readonly byHand: boolean;
  readonly cutoff: string;
  readonly previousCutoff: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly maxWaitMs: number | null;
  readonly subject: string | null;
  readonly preheader: string | null;
  readonly note: string | null;
  readonly gates: readonly Fault[];
  readonly repairs: readonly unknown[];
  readonly archiveRenditionId: string | null;
  readonly frozenUpto: string;
  readonly freezeRun: number;
  readonly stateBeforePause: EditionState | null;
  readonly stateSince: Date | null;
  readonly isStoppedByStaff: boolean;
  readonly decideBy: Date | null;
  readonly composedAt: Date;
  readonly approvedAt: Date | null;
  readonly approvedBy: string | null;
  readonly approvedSender: string | null;
  readonly frozenAt: Date | null;
  readonly endedAt: Date | null;
  /** When its deliveries were deleted, of which only counts are kept; null where they are there. */
  readonly prunedAt: Date | null;
}

/** An edition whose deliveries would be deleted by their age. */
export interface PublicPrunableEdition {
  readonly id: string;
  /** Slug. */
  readonly newsletter: string;
  readonly endedAt: Date;
  /** That are left. */
  readonly deliveryCount: number;
  /** When deleting began, and was cut off; null where it did not. */
  readonly prunedAt: Date | null;
}

/** A post, or a correction of one, of an edition. */
export interface PublicEditionPost {
  readonly position: string;
  readonly postId: string;
  readonly kind: 'post' | 'correction';
  readonly revision: number;
  readonly topics: readonly string[];
  readonly rank: number | null;
  readonly isPinnedFirst: boolean;
  readonly isLeftOut: boolean;
}

/** One of the digests of an edition, without its texts. */
export interface PublicRendition {
  readonly id: string;
  readonly language: string;
  readonly positions: readonly string[];
  readonly revisions: readonly number[];
  readonly subject: string;
  readonly repairs: readonly string[];
  readonly htmlBytes: number;
  readonly textBytes: number;
}

/** Everything that programs see of one edition. */
export interface PublicEditionDetails extends PublicEdition {
  /** In the order of their release. */
  readonly posts: readonly PublicEditionPost[];
  readonly renditions: readonly PublicRendition[];
  readonly deliveries: DeliveryCounts;
  /** Who left by one click within a day, and how many at once from one network each: a scanner may have clicked. */
  readonly oneClick: { readonly leftCount: number; readonly bursts: readonly LeavingBurst[] };
}

/** The same of a row. */
export function publicEdition(edition: Edition): PublicEdition {
  return {
    id: edition.id,
    newsletterId: edition.newsletterId,
    scheduleId: edition.scheduleId,
    slotAt: edition.slotAt,
    state: edition.state,
    reason: edition.reason,
    byHand: edition.byHand,
    cutoff: String(edition.cutoff),
    previousCutoff: String(edition.previousCutoff),
    minimum: edition.minimum,
    maximum: edition.maximum,
    maxWaitMs: edition.maxWaitMs,
    subject: edition.subject,
    preheader: edition.preheader,
    note: edition.note,
    gates: edition.gates,
    repairs: edition.repairs,
    archiveRenditionId: edition.archiveRenditionId,
    frozenUpto: String(edition.frozenUpto),
    freezeRun: edition.freezeRun,
    stateBeforePause: edition.stateBeforePause,
    stateSince: edition.stateSince,
    isStoppedByStaff: edition.isStoppedByStaff,
    decideBy: edition.decideBy,
    composedAt: edition.composedAt,
    approvedAt: edition.approvedAt,
    approvedBy: edition.approvedBy,
    approvedSender: edition.approvedSender,
    frozenAt: edition.frozenAt,
    endedAt: edition.endedAt,
    prunedAt: edition.prunedAt,
  };
}

/** The same of a row. */
export function publicEditionPost(post: EditionPost): PublicEditionPost {
  const { position, postId, kind, revision, topics, rank, isPinnedFirst, isLeftOut } = post;
  return { position: String(position), postId, kind, revision, topics, rank, isPinnedFirst, isLeftOut };
}

/** The same of a row with the sizes of its texts. */
export function publicRendition(
  rendition: Pick<Rendition, 'id' | 'language' | 'positions' | 'revisions' | 'subject' | 'repairs'> &
    Pick<PublicRendition, 'htmlBytes' | 'textBytes'>,
): PublicRendition {
  const { id, language, positions, revisions, subject, repairs, htmlBytes, textBytes } = rendition;
  return { id, language, positions: positions.map(String), revisions, subject, repairs, htmlBytes, textBytes };
}
