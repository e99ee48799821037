import {
  type AccountOutage,
  isLimit,
  isLongForLimit,
  mayBeOfReader,
  mayDifferBetweenWorkers,
  mostOfOneDomain,
} from '../ledger/accounts/account-outage.ts';
import { domainOf } from '../mail/address.ts';
import type { AccountRefused, AccountTrouble, Mailer } from '../mail/message.ts';
import type { Flight } from './send-flight.ts';
import { mayStartNow, newPace, nextStartInMs, type Pace, paceAfterAnswer, paceAfterRefusal, paceAfterStart } from './pace.ts';
import type { RangeRun } from './deliver-range.ts';

/** What a lane needs to know of an outage. */
export interface KnownOutage extends Pick<AccountOutage, 'sender' | 'onlyAt'> {
  /** In how many milliseconds it may be tried again; negative where that has come. */
  readonly dueInMs: number;
  /** For so long, once it may be tried again, others are tried before those for which the account was refused. */
  readonly othersFirstMs: number;
}

/** A delivery that was read ahead and waits for its turn. */
export interface Candidate {
  readonly id: string;
  readonly run: RangeRun;
}

/** One mailer with what waits for it and what is on its way: the measure of what may be claimed. */
export interface Lane {
  readonly mailer: Mailer;
  /** In order. */
  readonly candidates: Candidate[];
  readonly flights: Set<Flight>;
  /**
   * Deliveries for which the account was refused, until they are answered or it goes on after others were told so too: others are tried before them. One
   * that a server refuses in words about us must not keep everybody else waiting each time.
   */
  isSuspect(deliveryId: string): boolean;
  /** Whether the account was refused for this delivery before, and messages that this refusal would have met were answered since. */
  isRefusedAlone(flight: Flight, trouble: AccountTrouble): boolean;
  /**
   * Whether a refusal that names the account is the reader's server's alone: it speaks after the reader was named, again, and others went. Of a limit this
   * is known only after a while, because any message may meet one twice.
   */
  isOfReaderAlone(flight: Flight, refusal: Pick<AccountRefused, 'trouble' | 'isAfterReader'>, now: number): boolean;
  /** How many more messages may be claimed now, of those that may go. */
  room(now: number): number;
  /** Whether a candidate may be claimed, where there is room: it neither stands still nor waits for others to be answered first. */
  mayGo(candidate: Candidate, now: number): boolean;
  /** In how many milliseconds time alone makes room for it; undefined where a message has to land first, which tells by itself. */
  roomInMs(candidate: Candidate, now: number): number | undefined;
  /** One message was claimed. */
  started(now: number): void;
  /**
   * Learns from an answer that was about a message; `hasSpoken` where it is a server's, and neither a lost connection nor our own word. Returns the
   * senders (null: the whole account) of which an outage is over with it.
   */
  answered(flight: Flight, hasSpoken: boolean, now: number): (string | null)[];
  /**
   * Learns that the account was refused; it stands still for `pauseMs` until the database has said for how long. `nothing` where there is nothing to write
   * down: one connection that did not come about says nothing while others carry messages, and what was on its way when the account was refused says
   * the same again. Written down late, after the outage has ended, it would open another. What is said after a reader was named is believed when
   * readers at another domain are told it too, and nothing was answered in between; where there is no other to ask with, it is in
   * doubt and `onlyAt` is that domain.
   */
  refused(
    flight: Flight,
    refusal: Pick<AccountRefused, 'trouble' | 'isAfterReader'>,
    pauseMs: number,
    now: number,
  ): 'nothing' | { readonly onlyAt: string | null };
  /** Learns that a refusal which names the account is the reader's server's alone. */
  refusedAlone(flight: Flight, refusal: Pick<AccountRefused, 'trouble'>, now: number): void;
  /** Stands still for a moment: the mailer turned a message away. */
  rest(pauseMs: number, now: number): void;
  /** Stands still as the database says: the outages of its account that are open. */
  follow(outages: readonly KnownOutage[], now: number): void;
  /**
   * Until when it stands still for this sender, or for this delivery of it; -Infinity where it does not. What is in doubt holds only those back which
   * were told so: any other shows whose server it is that speaks. What is sure is tried again with others first, of whatever edition.
   */
  pausedUntil(sender: string, deliveryId?: string): number;
}

// With a second message at hand a fast connection never waits for a claim; on a slow one it would only go back to the queue after its second.
const slowMs = 400;
const mostSuspects = 1_000;

interface Standing {
  readonly since: number;
  readonly until: number;
  /** For so long after that others are tried before those for which the account was refused. */
  readonly othersFirstMs: number;
  /** Until when it stands still by what was refused here, whatever others found: who has an old password does not try it again each time that they end it. */
  readonly ownUntil: number;
  readonly isInDoubt: boolean;
  /** Of more than one reader this was said once they were named: it is nobody's own. */
  readonly isOfSeveral: boolean;
  /** The database has said so too, so that it also says when it is over. */
  readonly isWritten: boolean;
}

interface Suspect {
  /** When it was refused first. */
  readonly at: number;
  /** What was refused for it: a sender, or null for the whole account. */
  readonly scope: string | null;
  /** Once its reader was named, so that it may be their server that speaks. */
  readonly isAfterReader: boolean;
}

/** Readers for which the account was refused once they were named, and who say no more together than one: of one server, or witnesses of before. */
interface Doubt {
  readonly party: string;
  /** The domain of the first. */
  readonly domain: string;
  readonly addresses: Set<string>;
  readonly deliveryIds: Set<string>;
}

const newStanding: Omit<Standing, 'since'> = {
  until: -Infinity,
  othersFirstMs: 0,
  ownUntil: -Infinity,
  isInDoubt: true,
  isOfSeveral: false,
  isWritten: false,
};

/** Creates the lane of a mailer. */
export function createLane(mailer: Mailer): Lane {
  const candidates: Candidate[] = [];
  const flights = new Set<Flight>();
  const suspects = new Map<string, Suspect>();
  /** The refused senders that stand still, the whole account under null; kept until something of it was answered. */
  const standing = new Map<string | null, Standing>();
  /** When each went on: what was claimed before says nothing of after, and comes to be known in any order. */
  const wentOnAt = new Map<string | null, number>();
  let pace: Pace = newPace(mailer.maxConnections);
  let usualMs = 0;
  let restsUntil = -Infinity;
  /** When something was answered, of a sender and (null) of the whole account. */
  const answeredAt = new Map<string | null, number>();
  /** Who may have been told of themselves, of a sender or the account, since something was answered. */
  const doubts = new Map<string | null, Doubt>();
  /** Of whom it was once believed: when they say it again, together and alone, they are no two. */
  const formerWitnesses = new Set<string>();
  /** The last two deliveries that met a limit, by when: a limit that one alone meets for long is its own server's. */
  const limitsMet = new Map<string, number>();
  /** Two of the domains that were answered: whether there is another one than that of a doubt. */
  const domainsHeard = new Set<string>();

  const capacity = (): number => {
    // After standing still one message is tried, not all connections at once.
    if (standing.get(null)?.isInDoubt === false) return 1;
    const isReduced = pace.connectionCount < pace.maxConnections || pace.perSecond !== undefined;
    // At most two unrecorded messages per connection: what a kill leaves in doubt (P6).
    return pace.connectionCount * (isReduced || usualMs > slowMs ? 1 : 2);
  };
  const stand = (scope: string | null, now: number, { until, ...facts }: Partial<Omit<Standing, 'since'>> & { until: number }): void => {
    const before = standing.get(scope) ?? { ...newStanding, since: now };
    // What is on its way when a doubt becomes sure says the same again.
    const since = before.isInDoubt && facts.isInDoubt === false ? now : before.since;
    standing.set(scope, { ...before, ...facts, since, until: Math.max(before.until, until) });
  };
  const pausedUntil = (sender: string, deliveryId?: string): number => {
    const holding = [null, sender].map((scope) => {
      const stands = standing.get(scope);
      if (!stands) return -Infinity;
      const isTold = deliveryId !== undefined && doubts.get(scope)?.deliveryIds.has(deliveryId);
      if (stands.isInDoubt) return isTold ? stands.until : -Infinity;
      return stands.until + (deliveryId !== undefined && suspects.get(deliveryId)?.isAfterReader ? stands.othersFirstMs : 0);
    });
    return Math.max(restsUntil, ...holding);
  };
  /** Something of it was answered, here or elsewhere. */
  const heard = (scope: string | null, now: number): void => {
    answeredAt.set(scope, now);
    doubts.delete(scope);
  };
  const goOn = (scope: string | null, now: number): void => {
    wentOnAt.set(scope, now);
    if (standing.get(scope)?.isOfSeveral) for (const [id, suspect] of suspects) if (suspect.scope === scope) suspects.delete(id);
    standing.delete(scope);
  };
  const isRefusedAlone = (flight: Flight, trouble: AccountTrouble): boolean =>
    (suspects.get(flight.delivery.id)?.at ?? Infinity) < (answeredAt.get(scopeOf(flight, trouble)) ?? -Infinity);
  const isOn = (scope: string | null, { run }: { readonly run: RangeRun }): boolean => scope === null || run.sender === scope;
  /** What was told so itself, of whatever, shows nothing: two of them would wait for each other. */
  const isTold = (deliveryId: string): boolean => [...doubts.values()].some(({ deliveryIds }) => deliveryIds.has(deliveryId));
  const hasFlightToTell = (scope: string | null): boolean => [...flights].some((other) => isOn(scope, other) && !isTold(other.delivery.id));
  const hasOther = (scope: string | null, now: number): boolean =>
    hasFlightToTell(scope) ||
    candidates.some((other) => isOn(scope, other) && !isTold(other.id) && pausedUntil(other.run.sender, other.id) <= now);
  /** The others that are on their way will tell whether only the server of these says so. */
  const awaitsOthers = (deliveryId: string): boolean =>
    [...doubts].some(([scope, { deliveryIds }]) => deliveryIds.has(deliveryId) && hasFlightToTell(scope));
  /** The doubt that a refusal belongs to; undefined where it is sure, because others were told the same. */
  const doubtOf = ({ delivery }: Flight, scope: string | null): Doubt | undefined => {
    const { id, address } = delivery;
    const domain = domainOf(address);
    const party = formerWitnesses.has(address) ? '' : domain;
    const doubt = doubts.get(scope) ?? { party, domain, addresses: new Set(), deliveryIds: new Set() };
    doubts.set(scope, doubt);
    const isSame = doubt.party === party;
    if (isSame) {
      doubt.addresses.add(address);
      doubt.deliveryIds.add(id);
    }
    const knowsOther = party === '' || [...domainsHeard].some((heardOf) => heardOf !== domain);
    if (isSame && doubt.addresses.size <= (knowsOther ? mostOfOneDomain : 1)) return doubt;
    for (const witness of [...doubt.addresses, address]) if (formerWitnesses.size < mostSuspects) formerWitnesses.add(witness);
    return undefined;
  };
  const meetLimit = (deliveryId: string, now: number): void => {
    limitsMet.delete(deliveryId);
    limitsMet.set(deliveryId, now);
    if (limitsMet.size > 2) limitsMet.delete(limitsMet.keys().next().value!);
  };
  /** Whether this one has met a limit for so long that it is none, and no other has met one for as long. */
  const isLimitOfOne = (deliveryId: string, now: number): boolean => {
    const others = [...limitsMet].filter(([id]) => id !== deliveryId).map(([, at]) => at);
    return isLongForLimit(now - Math.max(suspects.get(deliveryId)?.at ?? now, ...others));
  };

  return {
    mailer,
    candidates,
    flights,
    isSuspect: (deliveryId) => suspects.has(deliveryId),
    isRefusedAlone,
    isOfReaderAlone(flight, refusal, now) {
      if (!refusal.isAfterReader || !isRefusedAlone(flight, refusal.trouble)) return false;
      if (!mayBeOfReader(refusal)) return isLimitOfOne(flight.delivery.id, now);
      // What others were told as well stands until something is answered that was claimed since.
      return standing.get(scopeOf(flight, refusal.trouble))?.isInDoubt !== false;
    },
    room: (now) => Math.max(0, Math.min(capacity() - flights.size, mayStartNow(pace, now))),
    mayGo: ({ id, run }, now) => pausedUntil(run.sender, id) <= now && !awaitsOthers(id),
    roomInMs({ id, run }, now) {
      if (flights.size >= capacity() || awaitsOthers(id)) return undefined;
      return Math.max(pausedUntil(run.sender, id) - now, nextStartInMs(pace, now), 0);
    },
    started(now) {
      pace = paceAfterStart(pace, now);
    },
    answered(flight, hasSpoken, now) {
      suspects.delete(flight.delivery.id);
      if (flight.startedAt !== undefined) usualMs += (now - flight.startedAt - usualMs) / 8;
      pace = paceAfterAnswer(pace, flight.claimedAt, now);
      if (!hasSpoken) return [];
      const scopes = [null, flight.run.sender];
      for (const scope of scopes) heard(scope, now);
      if (domainsHeard.size < 2) domainsHeard.add(domainOf(flight.delivery.address));
      // What was on its way when the account was refused says nothing about now.
      const over = scopes.filter((scope) => flight.claimedAt >= (standing.get(scope)?.since ?? Infinity));
      for (const scope of over) goOn(scope, now);
      return over;
    },
    refused(flight, refusal, pauseMs, now) {
      const { trouble } = refusal;
      const { id } = flight.delivery;
      const scope = scopeOf(flight, trouble);
      if (!suspects.has(id)) suspects.set(id, { at: now, scope, isAfterReader: refusal.isAfterReader });
      if (suspects.size > mostSuspects) suspects.delete(suspects.keys().next().value!);
      if (isLimit(trouble)) meetLimit(id, now);
      if (trouble === 'unreachable' && (answeredAt.get(null) ?? -Infinity) > flight.claimedAt) return 'nothing';
      pace = paceAfterRefusal(pace, trouble, flight.claimedAt, now);
      // A limit is believed at once, but for a message that meets it again while others go.
      const mayBeOwn = mayBeOfReader(refusal) || (refusal.isAfterReader && isRefusedAlone(flight, trouble));
      const doubt = mayBeOwn ? doubtOf(flight, scope) : undefined;
      const before = standing.get(scope);
      if (doubt && before === undefined && hasOther(scope, now)) return 'nothing';
      if (flight.claimedAt <= (before?.since ?? wentOnAt.get(scope) ?? -Infinity)) return 'nothing';
      stand(scope, now, {
        until: now + pauseMs,
        othersFirstMs: pauseMs,
        ...(doubt ? {} : { isInDoubt: false }),
        ...(mayBeOwn && !doubt ? { isOfSeveral: true } : {}),
        ...(mayDifferBetweenWorkers(trouble) && !doubt ? { ownUntil: now + pauseMs } : {}),
      });
      return { onlyAt: doubt?.domain ?? null };
    },
    refusedAlone(flight, { trouble }, now) {
      if (isLimit(trouble)) meetLimit(flight.delivery.id, now);
    },
    rest(pauseMs, now) {
      restsUntil = now + pauseMs;
    },
    follow(outages, now) {
      const open = new Map(outages.map((outage) => [outage.sender, outage]));
      for (const [scope, { ownUntil, isWritten }] of standing) {
        if (!isWritten || open.has(scope) || ownUntil > now) continue;
        heard(scope, now);
        goOn(scope, now);
      }
      for (const [scope, { dueInMs, othersFirstMs, onlyAt }] of open) {
        const before = standing.get(scope) ?? { ...newStanding, since: now };
        standing.set(scope, { ...before, until: now + dueInMs, othersFirstMs, isInDoubt: onlyAt !== null, isWritten: true });
      }
    },
    pausedUntil,
  };
}

function scopeOf({ run }: Flight, trouble: AccountTrouble): string | null {
  return trouble === 'sender' ? run.sender : null;
}
