/*
 * A suppression: an address that is never to be mailed, with its reason; it goes by keyed hash and outlives the subscriber.
 * Invariant (P3): one mail may go to a suppressed address, the confirmation for somebody whose address bounced more than 30 days ago and who signs
 * up again; one for each bounce, and only their own click on it lifts the suppression.
 */

/** Every reason: the same list as the check constraint `suppression_reason_check`. */
export const suppressionReasons = ['bounced', 'complained', 'unreachable', 'staff'] as const;

/** Why an address is never to be mailed. `bounced`: hard, nobody is there; `unreachable`: soft bounces for two weeks. */
export type SuppressionReason = (typeof suppressionReasons)[number];

/** A suppression as it stands now. */
export interface Suppression {
  readonly reason: SuppressionReason;
  /** When it bounced last, or was suppressed. */
  readonly at: Date;
  /** When the one confirmation after this bounce was queued; null while there was none, or the one that was queued never left. */
  readonly confirmationAt: Date | null;
}

/** Whether somebody said no, for themselves or by staff: no other address is mailed for them either. The others say only that the mail does not arrive. */
export function isRefusing(reason: SuppressionReason | undefined): reason is 'complained' | 'staff' {
  return reason === 'complained' || reason === 'staff';
}

/** Mailboxes come back: a job taken up again, a domain renewed. Before that a server that says so again only counts against us. */
export const bounceRestDays = 30;

/**
 * Whether somebody with this address who signs up again is asked once. Only after a hard bounce: who complained or was suppressed by staff said no,
 * and an unreachable host was tried for weeks already.
 */
export function mayAskAgain({ reason, at, confirmationAt }: Suppression, now: Date): boolean {
  return reason === 'bounced' && confirmationAt === null && now.getTime() - at.getTime() > bounceRestDays * 86_400_000;
}
