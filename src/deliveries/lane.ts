import { type AccountOutage, mayBeOfReader, mayDifferBetweenWorkers } from '../ledger/account-outage.ts';
import type { AccountRefused, AccountTrouble, Mailer } from '../mail/message.ts';
import type { Flight } from './flight.ts';
import { mayStartNow, newPace, nextStartInMs, type Pace, paceAfterAnswer, paceAfterRefusal, paceAfterStart } from './pace.ts';
import type { RangeRun } from './range-run.ts';

/** One mailer with what waits for it and what is on its way: the measure of what may be claimed. */
export interface Lane {
  readonly mailer: Mailer;
  /** Ids read ahead, in order. */
  readonly candidates: { readonly id: string; readonly run: RangeRun }[];
  readonly flights: Set<Flight>;
  /**
   * Deliveries for which the account was refused, until they are answered: others are tried before them. One that a server refuses in words about us
   * must not keep everybody else waiting each time.
   */
  isSuspect(deliveryId: string): boolean;
  /** Whether the account was refused for this delivery before, and others that this refusal would have met were answered since. */
  isRefusedAlone(flight: Flight, trouble: AccountTrouble): boolean;
  /** Whether a refusal that names the account is the reader's server's alone: it speaks after the reader was named, again, and others went. */
  isOfReaderAlone(flight: Flight, refusal: Pick<AccountRefused, 'trouble' | 'isAfterReader'>): boolean;
  /** How many more messages may be claimed now. */
  room(now: number): number;
  /** In how many milliseconds time alone makes room, for this sender; undefined where a message has to land first, which tells by itself. */
  roomInMs(sender: string, now: number): number | undefined;
  /** One message was claimed. */
  started(now: number): void;
  /**
   * Learns from an answer that was about a message; `hasSpoken` where it is a server's and no lost connection. Returns the senders (null: the whole
   * account) of which an outage is over with it.
   */
  answered(flight: Flight, hasSpoken: boolean, now: number): (string | null)[];
  /**
   * Learns that the account was refused; it stands still for `pauseMs` until the database has said for how long. `nothing` where there is nothing to write
   * down: one connection that did not come about says nothing while others carry messages, and what was on its way when the account was refused says
   * the same again. Written down late, after the outage has ended, it would open another. What is said after a reader was named is believed when it
   * is said for a second one too, where there is another to ask with; otherwise it is in doubt.
   */
  refused(
    flight: Flight,
    refusal: Pick<AccountRefused, 'trouble' | 'isAfterReader'>,
    pauseMs: number,
    now: number,
  ): 'nothing' | 'in_doubt' | 'sure';
  /** Stands still for a moment: the mailer turned a message away. */
  rest(pauseMs: number, now: number): void;
  /** Stands still as the database says: the outages of its account that are open. */
  follow(outages: readonly AccountOutage[], now: number): void;
  /** Until when it stands still, for this sender; -Infinity where it does not. */
  pausedUntil(sender: string): number;
}

// With a second message at hand a fast connection never waits for a claim; on a slow one it would only go back to the queue after its second.
const slowMs = 400;
const mostSuspects = 1_000;

interface Standing {
  readonly since: number;
  readonly until: number;
  /** Until when it stands still by what was refused here, whatever others found: who has an old password does not try it again each time that they end it. */
  readonly ownUntil: number;
  /** Of more than one reader this was said once they were named: it is nobody's own. */
  readonly isSure: boolean;
}

/** Creates the lane of a mailer. */
export function createLane(mailer: Mailer): Lane {
  const candidates: Lane['candidates'] = [];
  const flights = new Set<Flight>();
  /** When each was refused first, and what of the account; they are forgotten with an outage that was nobody's own. */
  const suspects = new Map<string, { readonly at: number; readonly scope: string | null }>();
  /** The refused senders that stand still, the whole account under null; kept until something of it was answered. */
  const standing = new Map<string | null, Standing>();
  /** When each went on: what was claimed before says nothing of after, and comes to be known in any order. */
  const wentOnAt = new Map<string | null, number>();
  let pace: Pace = newPace(mailer.maxConnections);
  let usualMs = 0;
  /** When something was answered, of a sender and (null) of the whole account. */
  const answeredAt = new Map<string | null, number>();
  /** The first that was refused after its reader was named, of a sender or the account, until a message that was claimed later has been answered. */
  const witnesses = new Map<string | null, { readonly deliveryId: string; readonly at: number }>();

  const capacity = (): number => {
    // After standing still one message is tried, not all connections at once.
    if (standing.has(null)) return 1;
    const isReduced = pace.connectionCount < pace.maxConnections || pace.perSecond !== undefined;
    // At most two unrecorded messages per connection: what a kill leaves in doubt (P6).
    return pace.connectionCount * (isReduced || usualMs > slowMs ? 1 : 2);
  };
  const untilOf = (scope: string | null): number => standing.get(scope)?.until ?? -Infinity;
  const stand = (scope: string | null, until: number, now: number, { ownUntil = -Infinity, isSure = false } = {}): void => {
    const before = standing.get(scope);
    standing.set(scope, {
      since: before?.since ?? now,
      until: Math.max(untilOf(scope), until),
      ownUntil,
      isSure: isSure || before?.isSure === true,
    });
  };

  const goOn = (scope: string | null, now: number): boolean => {
    wentOnAt.set(scope, now);
    if (standing.get(scope)?.isSure) for (const [id, suspect] of suspects) if (suspect.scope === scope) suspects.delete(id);
    return standing.delete(scope);
  };
  const scopeOf = ({ run }: Flight, trouble: AccountTrouble): string | null => (trouble === 'sender' ? run.sender : null);
  const isRefusedAlone = (flight: Flight, trouble: AccountTrouble): boolean =>
    (suspects.get(flight.delivery.id)?.at ?? Infinity) < (answeredAt.get(scopeOf(flight, trouble)) ?? -Infinity);
  const hasOthers = (flight: Flight, scope: string | null): boolean => {
    const isOther = ({ run }: { run: RangeRun }): boolean => scope === null || run.sender === scope;
    return candidates.some(isOther) || [...flights].some((other) => other !== flight && isOther(other));
  };

  return {
    mailer,
    candidates,
    flights,
    isSuspect: (deliveryId) => suspects.has(deliveryId),
    isRefusedAlone,
    isOfReaderAlone: (flight, refusal) => mayBeOfReader(refusal) && isRefusedAlone(flight, refusal.trouble),
    room: (now) => (now < untilOf(null) ? 0 : Math.max(0, Math.min(capacity() - flights.size, mayStartNow(pace, now)))),
    roomInMs(sender, now) {
      if (flights.size >= capacity()) return undefined;
      return Math.max(untilOf(null) - now, untilOf(sender) - now, nextStartInMs(pace, now), 0);
    },
    started(now) {
      pace = paceAfterStart(pace, now);
    },
    answered(flight, hasSpoken, now) {
      suspects.delete(flight.delivery.id);
      if (flight.startedAt !== undefined) usualMs += (now - flight.startedAt - usualMs) / 8;
      for (const scope of hasSpoken ? [null, flight.run.sender] : []) {
        answeredAt.set(scope, now);
        if (flight.claimedAt >= (witnesses.get(scope)?.at ?? Infinity)) witnesses.delete(scope);
      }
      pace = paceAfterAnswer(pace, flight.claimedAt, now);
      // What was on its way when the account was refused says nothing about now.
      return [null, flight.run.sender].filter((scope) => {
        const stands = standing.get(scope);
        return stands !== undefined && flight.claimedAt >= stands.since && goOn(scope, now);
      });
    },
    refused(flight, refusal, pauseMs, now) {
      const { trouble } = refusal;
      const scope = scopeOf(flight, trouble);
      if (!suspects.has(flight.delivery.id)) suspects.set(flight.delivery.id, { at: now, scope });
      if (suspects.size > mostSuspects) suspects.delete(suspects.keys().next().value!);
      if (trouble === 'unreachable' && (answeredAt.get(null) ?? -Infinity) > flight.claimedAt) return 'nothing';
      pace = paceAfterRefusal(pace, trouble, flight.claimedAt, now);
      const isFirst = !witnesses.has(scope);
      if (mayBeOfReader(refusal) && isFirst) witnesses.set(scope, { deliveryId: flight.delivery.id, at: now });
      const isInDoubt = mayBeOfReader(refusal) && witnesses.get(scope)?.deliveryId === flight.delivery.id;
      if (isInDoubt && isFirst && !standing.has(scope) && hasOthers(flight, scope)) return 'nothing';
      if (flight.claimedAt <= (standing.get(scope)?.since ?? wentOnAt.get(scope) ?? -Infinity)) return 'nothing';
      stand(scope, now + pauseMs, now, {
        isSure: mayBeOfReader(refusal) && !isInDoubt,
        ...(mayDifferBetweenWorkers(trouble) ? { ownUntil: now + pauseMs } : {}),
      });
      return isInDoubt ? 'in_doubt' : 'sure';
    },
    rest(pauseMs, now) {
      stand(null, now + pauseMs, now);
    },
    follow(outages, now) {
      const open = new Map(outages.map((outage) => [outage.sender, now + outage.waitMs]));
      for (const [scope, { ownUntil }] of standing) if (!open.has(scope) && ownUntil <= now) goOn(scope, now);
      for (const [scope, until] of open) {
        const { since = now, ownUntil = -Infinity, isSure = false } = standing.get(scope) ?? {};
        standing.set(scope, { since, until, ownUntil, isSure });
      }
    },
    pausedUntil: (sender) => Math.max(untilOf(null), untilOf(sender)),
  };
}
