/*
 * What becomes of a message by the receiving domain of its reader, decided before any input or output. Pure.
 */

/** `hold`: until when; Infinity where something has to be answered or given first, which tells by itself. `drop`: it ends without being tried again. */
export type DomainDecision =
  { readonly kind: 'send' } | { readonly kind: 'hold'; readonly until: number } | { readonly kind: 'drop'; readonly end: 'expired' };

/** What is known of a message and of the domain of its reader; instants are on the worker's own clock. */
export interface DomainFacts {
  /** Until when the domain stands still; undefined where it does not. */
  readonly heldUntil: number | undefined;
  /** When the message has been tried, or been due, for as long as messages are. */
  readonly expiresAt: number;
  /** Messages of this worker that are on their way there. */
  readonly onTheirWayCount: number;
  readonly connectionCount: number;
  /** In how many milliseconds one more may start by its rate; undefined where a block has to be given first. */
  readonly nextStartInMs: number | undefined;
}

/** What is to be done with a message now. */
export function decideByDomain(facts: DomainFacts, now: number): DomainDecision {
  const { heldUntil, expiresAt, onTheirWayCount, connectionCount, nextStartInMs } = facts;
  if (heldUntil !== undefined && heldUntil > now) {
    // Nothing would be tried in its time: its posts go into what comes next instead.
    return heldUntil > expiresAt ? { kind: 'drop', end: 'expired' } : { kind: 'hold', until: heldUntil };
  }
  // After standing still one message is tried, and others once that was answered.
  const most = heldUntil === undefined ? connectionCount : 1;
  if (onTheirWayCount >= most || nextStartInMs === undefined) return { kind: 'hold', until: Infinity };
  return nextStartInMs > 0 ? { kind: 'hold', until: now + nextStartInMs } : { kind: 'send' };
}
