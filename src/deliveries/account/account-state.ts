/*
 * What a worker knows of one account: how fast it may be fed, what of it stands still, who was told so, and what was answered. A value and its
 * transitions: no clock, no database, no mailer. It belongs to one lane, and the functions here and in the files of its parts are all that change it.
 * Invariants: what one domain alone is told holds back no other; an answer ends an outage only if its message was claimed since; nothing of it stands
 * still once something was answered that was claimed after everything that was refused.
 */
import {
  type AccountOutage,
  type AccountTrouble,
  isLimit,
  mayBeOfReader,
  mayDifferBetweenWorkers,
} from '../../ledger/accounts/account-outage.ts';
import { doubtAfterRefusal, type Doubts, hearDomain, newDoubts } from './doubts.ts';
import { newPace, type Pace, paceAfterAnswer, paceAfterRefusal, paceAfterStart } from './pace.ts';
import { heldUntil, isOverElsewhere, type Scope, type Standing, standingAfterRefusal, standingAsWritten } from './standing.ts';
import { clearSuspects, isLimitOfOne, meetLimit, newSuspects, suspect, type Suspects } from './suspects.ts';

/** What is known of an account; all instants are on the worker's own clock. */
export interface AccountState {
  pace: Pace;
  /** How long a message takes of late. */
  usualMs: number;
  /** Nothing goes until then: its mailer turned a message away. */
  restsUntil: number;
  /** What stands still, kept until something of it was answered. */
  readonly standing: Map<Scope, Standing>;
  /** When each went on: what was claimed before says nothing of after, and comes to be known in any order. */
  readonly wentOnAt: Map<Scope, number>;
  /** When something was answered, here or elsewhere, of a sender and of the whole. */
  readonly answeredAt: Map<Scope, number>;
  readonly suspects: Suspects;
  readonly doubts: Doubts;
}

/** A message that was claimed, as its account knows it. */
export interface Claimed {
  readonly delivery: { readonly id: string; readonly address: string };
  readonly run: { readonly sender: string };
  readonly claimedAt: number;
  readonly startedAt: number | undefined;
}

/** How an account was refused. */
export interface HeardRefusal {
  readonly trouble: AccountTrouble;
  /** Said once the reader was named. */
  readonly isAfterReader: boolean;
}

/** An outage as the database says it, in terms of now. */
export interface KnownOutage extends Pick<AccountOutage, 'sender' | 'onlyAt'> {
  /** In how many milliseconds it may be tried again; negative where that has come. */
  readonly dueInMs: number;
  /** For so long, once it may be tried again, others are tried before those for which the account was refused. */
  readonly othersFirstMs: number;
}

/** An account of which nothing is known. */
export function newAccountState(maxConnections: number): AccountState {
  return {
    pace: newPace(maxConnections),
    usualMs: 0,
    restsUntil: -Infinity,
    standing: new Map(),
    wentOnAt: new Map(),
    answeredAt: new Map(),
    suspects: newSuspects(),
    doubts: newDoubts(),
  };
}

/** One message was claimed. */
export function learnStart(account: AccountState, now: number): void {
  account.pace = paceAfterStart(account.pace, now);
}

/** Stands still for a moment: the mailer turned a message away. */
export function learnRest(account: AccountState, pauseMs: number, now: number): void {
  account.restsUntil = now + pauseMs;
}

/**
 * Learns from an answer that was about a message; `hasSpoken` where it is a server's, and neither a lost connection nor our own word. Returns of what an
 * outage is over with it: what was on its way when the account was refused says nothing about now.
 */
export function learnAnswer(account: AccountState, message: Claimed, hasSpoken: boolean, now: number): Scope[] {
  const { delivery, run, claimedAt, startedAt } = message;
  account.suspects.byDelivery.delete(delivery.id);
  if (startedAt !== undefined) account.usualMs += (now - startedAt - account.usualMs) / 8;
  account.pace = paceAfterAnswer(account.pace, claimedAt, now);
  if (!hasSpoken) return [];
  const scopes = [null, run.sender];
  for (const scope of scopes) hear(account, scope, now);
  hearDomain(account.doubts, delivery.address);
  const over = scopes.filter((scope) => claimedAt >= (account.standing.get(scope)?.since ?? Infinity));
  for (const scope of over) goOn(account, scope, now);
  return over;
}

/**
 * Learns that the account was refused; it stands still for `pauseMs` until the database has said for how long. `nothing` where there is nothing to write
 * down: one connection that did not come about says nothing while others carry messages, and what was on its way when the account was refused says the
 * same again. Written down late, after the outage has ended, it would open another. What is said after a reader was named is believed when readers at another
 * domain are told it too, and nothing was answered in between; as long as there is another to ask with (`hasOther`) nothing follows from it, and else it is in
 * doubt and `onlyAt` is that domain.
 */
export function learnRefusal(
  account: AccountState,
  message: Claimed,
  refusal: HeardRefusal,
  facts: { readonly pauseMs: number; readonly hasOther: (scope: Scope) => boolean; readonly now: number },
): 'nothing' | { readonly onlyAt: string | null } {
  const { trouble, isAfterReader } = refusal;
  const { delivery, claimedAt } = message;
  const { pauseMs, now } = facts;
  const scope = scopeOf(message, trouble);
  suspect(account.suspects, delivery.id, { at: now, scope, isAfterReader });
  if (isLimit(trouble)) meetLimit(account.suspects, delivery.id, now);
  if (trouble === 'unreachable' && (account.answeredAt.get(null) ?? -Infinity) > claimedAt) return 'nothing';
  account.pace = paceAfterRefusal(account.pace, trouble, claimedAt, now);
  // A limit is believed at once, but for a message that meets it again while others go.
  const mayBeOwn = mayBeOfReader(refusal) || (isAfterReader && isRefusedAlone(account, message, trouble));
  const doubt = mayBeOwn ? doubtAfterRefusal(account.doubts, scope, delivery) : undefined;
  const before = account.standing.get(scope);
  if (doubt && before === undefined && facts.hasOther(scope)) return 'nothing';
  if (claimedAt <= (before?.since ?? account.wentOnAt.get(scope) ?? -Infinity)) return 'nothing';
  const sure = doubt ? {} : whatIsSure(trouble, mayBeOwn, now + pauseMs);
  account.standing.set(scope, standingAfterRefusal(before, { until: now + pauseMs, othersFirstMs: pauseMs, ...sure }, now));
  return { onlyAt: doubt?.domain ?? null };
}

function whatIsSure(trouble: AccountTrouble, isOfSeveral: boolean, until: number): Partial<Standing> {
  return {
    isInDoubt: false,
    ...(isOfSeveral ? { isOfSeveral } : {}),
    ...(mayDifferBetweenWorkers(trouble) ? { ownUntil: until } : {}),
  };
}

/** Learns that a refusal which names the account is the reader's server's alone. */
export function learnOwnRefusal(
  account: AccountState,
  { delivery }: Claimed,
  { trouble }: Pick<HeardRefusal, 'trouble'>,
  now: number,
): void {
  if (isLimit(trouble)) meetLimit(account.suspects, delivery.id, now);
}

/** Stands still as the database says: the outages of the account that are open. What others ended is over here too, as if it had been answered. */
export function learnOutages(account: AccountState, outages: readonly KnownOutage[], now: number): void {
  const open = new Map(outages.map((outage) => [outage.sender, outage]));
  for (const [scope, standing] of account.standing) {
    if (open.has(scope) || !isOverElsewhere(standing, now)) continue;
    hear(account, scope, now);
    goOn(account, scope, now);
  }
  for (const [scope, { dueInMs, othersFirstMs, onlyAt }] of open) {
    const facts = { until: now + dueInMs, othersFirstMs, isInDoubt: onlyAt !== null };
    account.standing.set(scope, standingAsWritten(account.standing.get(scope), facts, now));
  }
}

/** Something of it was answered, here or elsewhere: whoever was told otherwise was told of themselves. */
function hear(account: AccountState, scope: Scope, now: number): void {
  account.answeredAt.set(scope, now);
  account.doubts.byScope.delete(scope);
}

function goOn(account: AccountState, scope: Scope, now: number): void {
  account.wentOnAt.set(scope, now);
  if (account.standing.get(scope)?.isOfSeveral) clearSuspects(account.suspects, scope);
  account.standing.delete(scope);
}

/**
 * Until when the account stands still for this sender, or for this delivery of it; -Infinity where it does not. What is in doubt holds only those back which
 * were told so: any other shows whose server it is that speaks. What is sure is tried again with others first, of whatever edition.
 */
export function pausedUntil(account: AccountState, sender: string, deliveryId?: string): number {
  const { standing, restsUntil, suspects, doubts } = account;
  // Nearly always.
  if (standing.size === 0) return restsUntil;
  const isAfterReader = deliveryId !== undefined && suspects.byDelivery.get(deliveryId)?.isAfterReader === true;
  const held = [null, sender].map((scope) => {
    const isInDoubt = deliveryId !== undefined && doubts.byScope.get(scope)?.deliveryIds.has(deliveryId) === true;
    return heldUntil(standing.get(scope), { isInDoubt, isAfterReader });
  });
  return Math.max(restsUntil, ...held);
}

/**
 * Whether the account was refused for this delivery, which was not answered since: others are tried before it. One that a server refuses in words about us must
 * not keep everybody else waiting each time.
 */
export function isSuspect({ suspects }: AccountState, deliveryId: string): boolean {
  return suspects.byDelivery.has(deliveryId);
}

/** Whether the account was refused for this message before, and messages that this refusal would have met were answered since. */
export function isRefusedAlone({ suspects, answeredAt }: AccountState, message: Claimed, trouble: AccountTrouble): boolean {
  return (suspects.byDelivery.get(message.delivery.id)?.at ?? Infinity) < (answeredAt.get(scopeOf(message, trouble)) ?? -Infinity);
}

/**
 * Whether a refusal that names the account is the reader's server's alone: it speaks after the reader was named, again, and others went. Of a limit this is
 * known only after a while, because any message may meet one twice.
 */
export function isOfReaderAlone(account: AccountState, message: Claimed, refusal: HeardRefusal, now: number): boolean {
  if (!refusal.isAfterReader || !isRefusedAlone(account, message, refusal.trouble)) return false;
  if (!mayBeOfReader(refusal)) return isLimitOfOne(account.suspects, message.delivery.id, now);
  // What others were told as well stands until something is answered that was claimed since.
  return account.standing.get(scopeOf(message, refusal.trouble))?.isInDoubt !== false;
}

/** Of what a message is refused with such trouble: of its sender, or of the whole account. */
function scopeOf({ run }: Claimed, trouble: AccountTrouble): Scope {
  return trouble === 'sender' ? run.sender : null;
}
