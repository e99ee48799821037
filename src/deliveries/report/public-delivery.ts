import type { DeliveryCounts, DeliveryLine } from '../../ledger/queue/delivery-report-store.ts';
import type { NothingReason } from '../../ledger/drafts/judgement.ts';
import type { DeliveryState } from '../../ledger/queue/delivery.ts';
import type { Edition, EditionState } from '../../ledger/drafts/edition.ts';

/** A delivery as programs see it: what `--json` prints. */
export interface PublicDelivery {
  readonly id: string;
  readonly editionId: string;
  readonly subscriptionId: string;
  /** Null once the person is erased. */
  readonly address: string | null;
  readonly name: string | null;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly reply: string | null;
  readonly attempts: number;
  readonly isDoubted: boolean;
  readonly renditionId: string;
  readonly dueAt: Date;
  readonly firstAttemptAt: Date | null;
  readonly endedAt: Date | null;
}

/** An active reader of the schedule who gets nothing of an edition, or got nothing, and why. */
export interface PublicPassedOver {
  readonly subscriptionId: string;
  /** Null once the person is erased. */
  readonly address: string | null;
  readonly name: string | null;
  readonly why: NothingReason;
}

/** Who gets nothing of an edition. */
export interface PublicPassedOverList {
  readonly edition: PublicDeliveries['edition'];
  /** In the order of their subscriptions; at most as many as were asked for. */
  readonly readers: readonly PublicPassedOver[];
}

/** What became of an edition. */
export interface PublicDeliveries {
  readonly edition: {
    readonly id: string;
    readonly state: EditionState;
    readonly reason: string | null;
    /** When its deliveries were deleted, of which only counts are kept; null where they are there. */
    readonly prunedAt: Date | null;
  };
  /** Deleted ones too. */
  readonly counts: DeliveryCounts;
  readonly deliveries: readonly PublicDelivery[];
}

/** A delivery among those of several newsletters. */
export interface PublicDeliveryOfNewsletter extends PublicDelivery {
  /** Slug. */
  readonly newsletter: string;
}

/** Deliveries of several editions. */
export interface PublicDeliveryList {
  /** The newest edition first, each in the order of its subscriptions. */
  readonly deliveries: readonly PublicDeliveryOfNewsletter[];
}

/** The same of a row. */
export function publicDelivery(line: DeliveryLine): PublicDelivery {
  return {
    id: line.id,
    editionId: line.editionId,
    subscriptionId: line.subscriptionId,
    address: line.address,
    name: line.name,
    state: line.state,
    reason: line.reason,
    reply: line.reply,
    attempts: line.attempts,
    isDoubted: line.isDoubted,
    renditionId: line.renditionId,
    dueAt: line.dueAt,
    firstAttemptAt: line.firstAttemptAt,
    endedAt: line.endedAt,
  };
}

/** What deliveries say of their edition. */
export function editionOfDeliveries({ id, state, reason, prunedAt }: Edition): PublicDeliveries['edition'] {
  return { id, state, reason, prunedAt };
}
