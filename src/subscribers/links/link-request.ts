/*
 * What people ask for who subscribe already: their own link by mail, or their mail at another address. A request is stored and answered by a job, so that
 * a page says the same, and as fast, whatever is known of an address. Invariant (P3): a link goes only to the address of somebody who is active and not
 * suppressed, at most one an hour, and a new address is used only once its owner confirmed it.
 */

/** `link`: mail me my link; `address`: send my mail there. */
export type LinkRequestKind = 'link' | 'address';

/** A request that was not answered yet, or of which the mail is under way. */
export interface LinkRequest {
  readonly id: string;
  readonly kind: LinkRequestKind;
  readonly newsletterId: string;
  /** Whose it is, where they came by a link of theirs. */
  readonly subscriberId: string | null;
  /** As typed. */
  readonly address: string | null;
  readonly addressKey: string | null;
  readonly state: 'received' | 'mailed';
}

/** Nobody needs more than one of them at once. */
export const linkGapMs = 3_600_000;
