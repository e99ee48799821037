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
