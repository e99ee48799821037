import type { DeliveryCounts } from '../../ledger/queue/delivery-report-store.ts';
import type { Unserved } from '../../ledger/queue/unserved-store.ts';
import type { UnfinishedEdition } from '../../ledger/unfinished-edition-store.ts';

/** An edition before this one that still has something to do, and what this one takes over of it. */
export interface PublicEditionBefore {
  readonly edition: string;
  readonly state: UnfinishedEdition['state'];
  readonly queued: number;
  readonly sending: number;
  /** How many of the queued end, and their posts travel in the new edition, if they are not sent before. */
  readonly takenOver: number;
}

/** What a send would do, or does, as programs see it. */
export interface PublicPlan {
  /** Of the digest that most get. */
  readonly subject: string;
  readonly recipients: number;
  readonly digests: number;
  /** The titles in the digest that most get. */
  readonly posts: readonly string[];
  /** The titles of the posts that it says were corrected. */
  readonly corrections: readonly string[];
  readonly before: readonly PublicEditionBefore[];
}

/** Why a send has nothing to do, and what is open all the same. */
export interface PublicNothingDue {
  /** Those whose posts are fewer than the minimum. */
  readonly waiting: number;
  readonly before: readonly PublicEditionBefore[];
  readonly unserved: Unserved;
}

/** What a send would do now: what `send --dry-run --json` prints. */
export type PublicDryRun =
  | ({ readonly outcome: 'nothing_due' } & PublicNothingDue)
  /** `faults`: what its gates would hold. */
  | ({ readonly outcome: 'dry_run' } & PublicPlan & { readonly faults: readonly string[] });

/** An edition that waits for a person: `send --wait` does not wait for it. */
export interface PublicEditionLeft {
  readonly edition: string;
  readonly state: UnfinishedEdition['state'];
  readonly reason: string | null;
  readonly counts: DeliveryCounts | undefined;
}

/** An edition that was open besides and has ended, with what became of its deliveries meanwhile. */
export interface PublicEditionBesides {
  readonly edition: string;
  readonly meanwhile: Partial<DeliveryCounts>;
}

/** What waiting for a newsletter came to. Without `edition` there was nothing to send, and only what was open was waited for. */
export type PublicWaited = { readonly edition?: string } & (
  | {
      readonly outcome: 'sent' | 'nothing_due' | 'incomplete';
      /** Of the edition. */
      readonly counts?: DeliveryCounts | undefined;
      readonly others: readonly PublicEditionBesides[];
      readonly left: readonly PublicEditionLeft[];
    }
  /** What was under way goes on without the command. */
  | { readonly outcome: 'stopped' | 'database_lost' }
);

/** What a send came to: the line that `send --json` prints. */
export type PublicSend =
  | PublicDryRun
  /** The schedule has a draft about which nobody decided yet. */
  | { readonly outcome: 'draft_waits'; readonly edition: string }
  | { readonly outcome: 'held'; readonly edition: string; readonly reason: string }
  /** Somebody decided otherwise meanwhile, edited it, or composed another in its place, which `replacedBy` names. */
  | { readonly outcome: 'not_approved'; readonly edition: string; readonly replacedBy?: string }
  /** `workerLives`: somebody sends it; otherwise it waits for a worker. */
  | ({ readonly outcome: 'queued'; readonly edition: string; readonly workerLives: boolean } & PublicPlan)
  | (PublicWaited & (PublicPlan | PublicNothingDue));
