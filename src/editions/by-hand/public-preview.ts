import type { NothingCounts } from '../../ledger/drafts/judgement.ts';

/** A digest as one of its readers would see it, with the values of nobody in particular. */
export interface PublicPreviewedDigest {
  /** The html part and the text part, or the files that they were written to. */
  readonly html: string;
  readonly text: string;
  readonly recipientCount: number;
  readonly postCount: number;
  readonly htmlBytes: number;
  readonly subject: string;
  /** What would hold it. */
  readonly failedGates: readonly string[];
  /** What was mended, each one sentence. */
  readonly repairs: readonly string[];
}

/** What would go, and to how many, as programs see it: what `--json` prints. */
export interface PublicPreview {
  readonly recipients: number;
  /** Those whose posts are fewer than the minimum. */
  readonly waiting: number;
  /** How many get nothing, by why: with the recipients these are all active subscriptions of the schedule. */
  readonly nothing: NothingCounts;
  readonly digests: readonly PublicPreviewedDigest[];
}
