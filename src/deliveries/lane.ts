import { type AccountOutage, mayBeOfReader, mayDifferBetweenWorkers } from '../ledger/account-outage.ts';
import type { AccountRefused, Mailer } from '../mail/message.ts';
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
  /** Whether the account was refused for this delivery before, and others were answered since. */
  isRefusedAlone(flight: Flight): boolean;
  /** Whether a refusal that names the account is the reader's server's alone: it speaks after the reader was named, again, and others went. */
  isOfReaderAlone(flight: Flight, refusal: Pick<AccountRefused, 'trouble' | 'isAfterReader'>): boolean;
  /** How many more messages may be claimed now. */
  room(now: number): number;
  /** In how many milliseconds time alone makes room, for this sender; undefined where a message has to land first, which tells by itself. */
  roomInMs(sender: string, now: number): number | undefined;
  /** One message was claimed. */
  started(now: number): void;
  /** Learns from an answer that was about a message. Returns the senders (null: the whole account) of which an outage is over with it. */
  answered(flight: Flight, now: number): (string | null)[];
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
}

/** Creates the lane of a mailer. */
export function createLane(mailer: Mailer): Lane {
  const candidates: Lane['candidates'] = [];
  const flights = new Set<Flight>();
  /** When each was refused first. */
  const suspects = new Map<string, number>();
  /** The refused senders that stand still, the whole account under null; kept until something of it was answered. */
  const standing = new Map<string | null, Standing>();
  /** When each went on: what was claimed before says nothing of after, and comes to be known in any order. */
  const wentOnAt = new Map<string | null, number>();
  let pace: Pace = newPace(mailer.maxConnections);
  let usualMs = 0;
  let answeredAt = -Infinity;
  /** The first that was refused after its reader was named, until a message that was claimed later has been answered. */
  let witness: { readonly deliveryId: string; readonly at: number } | undefined;

  const capacity = (): number => {
    // After standing still one message is tried, not all connections at once.
    if (standing.has(null)) return 1;
    const isReduced = pace.connectionCount < pace.maxConnections || pace.perSecond !== undefined;
    // At most two unrecorded messages per connection: what a kill leaves in doubt (P6).
    return pace.connectionCount * (isReduced || usualMs > slowMs ? 1 : 2);
  };
  const untilOf = (scope: string | null): number => standing.get(scope)?.until ?? -Infinity;
  const stand = (scope: string | null, until: number, now: number, ownUntil = -Infinity): void => {
    standing.set(scope, { since: standing.get(scope)?.since ?? now, until: Math.max(untilOf(scope), until), ownUntil });
  };

  const goOn = (scope: string | null, now: number): boolean => {
    wentOnAt.set(scope, now);
    return standing.delete(scope);
  };
  const isRefusedAlone = ({ delivery }: Flight): boolean => (suspects.get(delivery.id) ?? Infinity) < answeredAt;
  const hasOthers = (flight: Flight): boolean => candidates.length > 0 || flights.size > (flights.has(flight) ? 1 : 0);

  return {
    mailer,
    candidates,
    flights,
    isSuspect: (deliveryId) => suspects.has(deliveryId),
    isRefusedAlone,
    isOfReaderAlone: (flight, refusal) => mayBeOfReader(refusal) && isRefusedAlone(flight),
    room: (now) => (now < untilOf(null) ? 0 : Math.max(0, Math.min(capacity() - flights.size, mayStartNow(pace, now)))),
    roomInMs(sender, now) {
      if (flights.size >= capacity()) return undefined;
      return Math.max(untilOf(null) - now, untilOf(sender) - now, nextStartInMs(pace, now), 0);
    },
    started(now) {
      pace = paceAfterStart(pace, now);
    },
    answered(flight, now) {
      suspects.delete(flight.delivery.id);
      if (flight.startedAt !== undefined) usualMs += (now - flight.startedAt - usualMs) / 8;
      answeredAt = now;
      if (witness !== undefined && flight.claimedAt >= witness.at) witness = undefined;
      pace = paceAfterAnswer(pace, flight.claimedAt, now);
      // What was on its way when the account was refused says nothing about now.
      return [null, flight.run.sender].filter((scope) => {
        const stands = standing.get(scope);
        return stands !== undefined && flight.claimedAt >= stands.since && goOn(scope, now);
      });
    },
    refused(flight, refusal, pauseMs, now) {
      const { trouble } = refusal;
      if (!suspects.has(flight.delivery.id)) suspects.set(flight.delivery.id, now);
      if (suspects.size > mostSuspects) suspects.delete(suspects.keys().next().value!);
      if (trouble === 'unreachable' && answeredAt > flight.claimedAt) return 'nothing';
      pace = paceAfterRefusal(pace, trouble, flight.claimedAt, now);
      const scope = trouble === 'sender' ? flight.run.sender : null;
      const isFirst = witness === undefined;
      if (mayBeOfReader(refusal)) witness ??= { deliveryId: flight.delivery.id, at: now };
      const isInDoubt = mayBeOfReader(refusal) && witness?.deliveryId === flight.delivery.id;
      if (isInDoubt && isFirst && !standing.has(scope) && hasOthers(flight)) return 'nothing';
      if (flight.claimedAt <= (standing.get(scope)?.since ?? wentOnAt.get(scope) ?? -Infinity)) return 'nothing';
      stand(scope, now + pauseMs, now, mayDifferBetweenWorkers(trouble) ? now + pauseMs : undefined);
      return isInDoubt ? 'in_doubt' : 'sure';
    },
    rest(pauseMs, now) {
      stand(null, now + pauseMs, now);
    },
    follow(outages, now) {
      const open = new Map(outages.map((outage) => [outage.sender, now + outage.waitMs]));
      for (const [scope, { ownUntil }] of standing) if (!open.has(scope) && ownUntil <= now) goOn(scope, now);
      for (const [scope, until] of open) {
        const { since = now, ownUntil = -Infinity } = standing.get(scope) ?? {};
        standing.set(scope, { since, until, ownUntil });
      }
    },
    pausedUntil: (sender) => Math.max(untilOf(null), untilOf(sender)),
  };
}
