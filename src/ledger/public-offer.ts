import type { Offer, OfferKind } from './offer-store.ts';

/** An offer that waits, as programs see it: what `--json` prints. */
export interface PublicOffer {
  readonly id: string;
  readonly postId: string;
  /** Of its post. */
  readonly title: string;
  readonly kind: OfferKind;
  /** The topic that the post gained. */
  readonly topicId: string | null;
  readonly recordedAt: Date;
  /** Since when it waits for staff; null where it is applied by itself. */
  readonly heldAt: Date | null;
}

/** The same of a row, with the title of its post. */
export function publicOffer({ id, postId, kind, topicId, recordedAt, heldAt }: Offer, title: string): PublicOffer {
  return { id, postId, title, kind, topicId, recordedAt, heldAt };
}
