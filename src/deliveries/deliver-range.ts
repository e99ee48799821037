import type { Rendition } from '../ledger/drafts/rendition.ts';
import type { MessageFrame } from './build-message.ts';

/**
 * What became of a range of deliveries. `stopped`: the worker was closed; `stands_still`: the account was refused, what is left stays queued and
 * a sweep makes a new job of it.
 */
export interface DeliveryRunResult {
  readonly kind: 'finished' | 'stopped' | 'stands_still';
  readonly acceptedCount: number;
  readonly deferredCount: number;
  readonly rejectedCount: number;
  readonly inDoubtCount: number;
}

/** One job under way: its edition's frame and what is still undecided of what was offered. */
export interface RangeRun {
  readonly frame: MessageFrame;
  /** Whom the envelope names: a refused sender stands still, others go on. */
  readonly sender: string;
  rendition(renditionId: string): Promise<Rendition>;
  /** Offered and not yet passed over, recorded or given up. */
  pendingCount: number;
  claimedCount: number;
  /** Its sender stands still: nothing more of it is taken in. */
  standsStill: boolean;
  /** Something of it was left because it, or its sender, stands still. */
  hasLeft: boolean;
  readonly counts: { accepted: number; deferred: number; rejected: number; in_doubt: number };
}

/** The result of a run that ended. */
export function resultOf(run: RangeRun, kind: DeliveryRunResult['kind']): DeliveryRunResult {
  const { accepted, deferred, rejected, in_doubt: inDoubtCount } = run.counts;
  return { kind, acceptedCount: accepted, deferredCount: deferred, rejectedCount: rejected, inDoubtCount };
}
