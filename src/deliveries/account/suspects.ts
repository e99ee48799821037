/*
 * Deliveries for which the account was refused, and which may be the only ones. Pure rules; who holds the state changes it through them alone.
 * Invariant: a limit, which any message may meet twice, is a delivery's own only after it alone has met it for long.
 */
import { isLongForLimit } from '../../ledger/accounts/account-outage.ts';
import type { Scope } from './standing.ts';

interface Suspect {
  /** When it was refused first. */
  readonly at: number;
  readonly scope: Scope;
  /** Once its reader was named, so that it may be their server that speaks. */
  readonly isAfterReader: boolean;
}

/** The suspects of one account. */
export interface Suspects {
  /** By delivery, the oldest first, until it is answered or the account goes on after others were told so too. Bounded. */
  readonly byDelivery: Map<string, Suspect>;
  /** The last two deliveries that met a limit, by when: a limit that one alone meets for long is its own server's. */
  readonly limitsMet: Map<string, number>;
}

const mostSuspects = 1_000;

/** Nobody is suspected. */
export function newSuspects(): Suspects {
  return { byDelivery: new Map(), limitsMet: new Map() };
}

/** The account was refused for a delivery; the first time counts. */
export function suspect({ byDelivery }: Suspects, deliveryId: string, facts: Suspect): void {
  if (!byDelivery.has(deliveryId)) byDelivery.set(deliveryId, facts);
  if (byDelivery.size > mostSuspects) byDelivery.delete(byDelivery.keys().next().value!);
}

/** What was refused goes on, and of more than one was it said: it was nobody's own. */
export function clearSuspects({ byDelivery }: Suspects, scope: Scope): void {
  for (const [id, one] of byDelivery) if (one.scope === scope) byDelivery.delete(id);
}

/** A delivery met a limit. */
export function meetLimit({ limitsMet }: Suspects, deliveryId: string, now: number): void {
  limitsMet.delete(deliveryId);
  limitsMet.set(deliveryId, now);
  if (limitsMet.size > 2) limitsMet.delete(limitsMet.keys().next().value!);
}

/** Whether this one has met a limit for so long that it is none, and no other has met one for as long. */
export function isLimitOfOne({ byDelivery, limitsMet }: Suspects, deliveryId: string, now: number): boolean {
  const others = [...limitsMet].filter(([id]) => id !== deliveryId).map(([, at]) => at);
  return isLongForLimit(now - Math.max(byDelivery.get(deliveryId)?.at ?? now, ...others));
}
