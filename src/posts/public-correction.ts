import type { TakenBack } from '../ledger/record-correction.ts';

/** Who would be told that a post was corrected, and what they would read, as programs see it: what `--json` prints. */
export interface PublicCorrectionPlan {
  readonly post: { readonly id: string; readonly title: string; readonly revision: number };
  /** What they read below "Corrections". */
  readonly note: string;
  /** How many have it in an older text, by newsletter. */
  readonly holders: readonly { readonly newsletter: string; readonly count: number }[];
  /** Editions that go out with an older text: who gets it with them is told too. */
  readonly drafts: readonly string[];
  /** Editions that carried it and whose deliveries were deleted: in these newsletters nobody is told, because who has it is not known. */
  readonly pruned: readonly { readonly newsletter: string; readonly editions: readonly string[] }[];
}

/** A correction that was released. */
export interface PublicCorrection extends PublicCorrectionPlan {
  /** Its place in the release order. */
  readonly position: string;
}

/** What taking a correction back came to. */
export type PublicTakenBack = TakenBack & { readonly post: { readonly id: string; readonly title: string } };
