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
  /** Slug of the newsletter to whose readers alone it goes; null: of each that takes the post. */
  readonly newsletter: string | null;
  readonly recordedAt: Date;
  /** Since when it waits for staff; null where it is applied by itself. */
  readonly heldAt: Date | null;
}

/** The same of a row, with the title of its post and the slug of its newsletter. */
export function publicOffer(
  { id, postId, kind, topicId, recordedAt, heldAt }: Offer,
  { title, newsletter }: Pick<PublicOffer, 'title' | 'newsletter'>,
): PublicOffer {
  return { id, postId, title, kind, topicId, newsletter, recordedAt, heldAt };
}
