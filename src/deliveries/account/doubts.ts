/*
 * Who says that the account was refused, where it may be one reader's server that speaks: once a reader was named, all readers of a domain are one witness.
 * Pure rules; who holds the state changes it through them alone.
 * Invariant: what the readers of one domain are told, and they alone, is in doubt; two domains told the same with nothing answered in between make it sure.
 */
import { mostOfOneDomain } from '../../ledger/accounts/account-outage.ts';
import { domainOf } from '../../mail/address.ts';
import type { Scope } from './standing.ts';

/** Readers for which the account was refused once they were named, and who say no more together than one: of one server, or witnesses of before. */
export interface Doubt {
  /** Whose word it is: a domain, or witnesses of before, who are one however many domains they have. */
  readonly party: string;
  /** The domain of the first. */
  readonly domain: string;
  readonly addresses: Set<string>;
  readonly deliveryIds: Set<string>;
}

/** The doubts about one account. */
export interface Doubts {
  /** By what was refused; from the first that was told so until something of it is answered. */
  readonly byScope: Map<Scope, Doubt>;
  /** Of whom it was once believed: when they say it again, together and alone, they are no two. Never emptied, but bounded. */
  readonly formerWitnesses: Set<string>;
  /** Two of the domains that were answered: whether there is another one than that of a doubt. */
  readonly domainsHeard: Set<string>;
}

const mostWitnesses = 1_000;
const partyOfFormerWitnesses = '';

/** The doubts of an account of which nothing was said. */
export function newDoubts(): Doubts {
  return { byScope: new Map(), formerWitnesses: new Set(), domainsHeard: new Set() };
}

/** One more was told so. Returns the doubt that this belongs to; undefined where it is sure, because others were told the same. */
export function doubtAfterRefusal(doubts: Doubts, scope: Scope, { id, address }: { id: string; address: string }): Doubt | undefined {
  const domain = domainOf(address);
  const party = doubts.formerWitnesses.has(address) ? partyOfFormerWitnesses : domain;
  const doubt = doubts.byScope.get(scope) ?? { party, domain, addresses: new Set(), deliveryIds: new Set() };
  doubts.byScope.set(scope, doubt);
  // Whoever was believed of something else meanwhile, or before, is still of their domain.
  const isSame = doubt.party === party || doubt.domain === domain || doubt.addresses.has(address);
  if (isSame) {
    doubt.addresses.add(address);
    doubt.deliveryIds.add(id);
  }
  if (isSame && doubt.addresses.size <= mostOfOneParty(doubts, party)) return doubt;
  for (const witness of [...doubt.addresses, address]) if (doubts.formerWitnesses.size < mostWitnesses) doubts.formerWitnesses.add(witness);
  return undefined;
}

/** A list may end in a run of one domain; where no other is known, two of it are enough. */
function mostOfOneParty({ domainsHeard }: Doubts, party: string): number {
  const isOtherKnown = party === partyOfFormerWitnesses || [...domainsHeard].some((domain) => domain !== party);
  return isOtherKnown ? mostOfOneDomain : 1;
}

/** A server answered this reader. */
export function hearDomain({ domainsHeard }: Doubts, address: string): void {
  if (domainsHeard.size < 2) domainsHeard.add(domainOf(address));
}

/** Whether this delivery is one of those that were told so, of whatever: what was shows nothing, for two of them would wait for each other. */
export function isInDoubt({ byScope }: Doubts, deliveryId: string): boolean {
  for (const { deliveryIds } of byScope.values()) if (deliveryIds.has(deliveryId)) return true;
  return false;
}

/** Of what this delivery was told so. */
export function scopesInDoubt({ byScope }: Doubts, deliveryId: string): Scope[] {
  return [...byScope].filter(([, { deliveryIds }]) => deliveryIds.has(deliveryId)).map(([scope]) => scope);
}
