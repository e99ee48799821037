import type { Offer, OfferKind } from './offer-store.ts';

/** An offer that waits, as programs see it: what `--json` prints. */
export interface PublicOffer {
  readonly id: string;
  readonly postId: string;
  readonly kind: OfferKind;
  /** The topic that the post gained. */
  readonly topicId: string | null;
  readonly recordedAt: Date;
  /** Since when it waits for staff; null where it is applied by itself. */
  readonly heldAt: Date | null;
}

/** The same of a row. */
export function publicOffer({ id, postId, kind, topicId, recordedAt, heldAt }: Offer): PublicOffer {
  return { id, postId, kind, topicId, recordedAt, heldAt };
}
