import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/db.ts';
import { keepingClaim, type KeptClaim } from '../db/keeping-claim.ts';
import { systemClock, type Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { type AccountOutage, defaultOutagePolicy, mayBeOfReader, type OutagePolicy } from '../ledger/accounts/account-outage.ts';
import { endOutage, listOpenOutages, type OutageScope } from '../ledger/accounts/account-outage-store.ts';
import { takeBlock } from '../ledger/accounts/take-block.ts';
import { recordAccountRefusal } from '../ledger/accounts/record-account-refusal.ts';
import { domainOf } from '../mail/address.ts';
import { chosenMailer, type MailerSet } from '../mail/mailers.ts';
import { type AccountRefused, deferredByReader, hasServerSpoken, type SendOutcome, type Mailer } from '../mail/message.ts';
import {
  claimNotice,
  hasAccountGoneOn,
  letsOthersGoFirst,
  noteAccountRefusal,
  type NoticeScope,
  recordNotice,
  renewNoticeClaim,
} from './notice-store.ts';
import { judgeAttempt, longestAccountWaitMs, type ClaimedNotice, type NoticeVerdict } from './notice.ts';
import { messageFromNotice, type NoticeSetup } from './notice-message.ts';
import { recordVerdict } from './record-verdict.ts';

/** What sending a notice needs. */
export interface NoticePorts {
  readonly database: Database;
  readonly mailers: MailerSet;
  readonly setup: NoticeSetup;
  /** The account of what its newsletter chose none for. Default: the default one. */
  readonly noticeAccount?: string | undefined;
  readonly log: Log;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** How long a claim lasts without being renewed before others take the sender for dead. Default: 5 minutes. */
  readonly claimMs?: number;
  /** How long a refused account stands still. */
  readonly outages?: OutagePolicy;
  readonly random?: () => number;
  /** Hears when the account was refused. */
  readonly onOutage?: (outage: AccountOutage) => void;
  /** Hears when an account that was refused goes on. */
  readonly onGoesOn?: () => void;
}

/** What became of it. `not_due`: nothing was done, because it is not due, ended, or another process has it. */
export type NoticeResult = 'sent' | 'retried_later' | 'failed' | 'cancelled' | 'not_due';

const defaultClaimMs = 300_000;

/**
 * Sends one notice: claims it, sends it under its stored Message-ID, records the reply. Safe to call any number of times from any
 * process; what a dead one had claimed is sent again once its claim ran out.
 */
export async function deliverNotice(ports: NoticePorts, noticeId: string): Promise<NoticeResult> {
  const claimMs = ports.claimMs ?? defaultClaimMs;
  // Half of the claim: the transaction itself has to fit into the rest.
  const startBefore = performance.now() + claimMs / 2;
  const claim = await claimNotice(ports.database, noticeId, claimMs);
  if (claim === undefined) return 'not_due';
  if (claim === 'cancelled') {
    ports.log.info('notice.cancelled', { noticeId });
    return 'cancelled';
  }
  const mailer = mailerOf(ports, claim);
  return mailer ? sendClaimed(ports, claim, mailer, { claimMs, startBefore }) : waitForAccount(ports, claim);
}

/** That of its newsletter's account; then that of notices, where one is set. */
function mailerOf({ mailers, noticeAccount }: NoticePorts, { outlet, account }: ClaimedNotice): Mailer | undefined {
  return chosenMailer(mailers, { isSample: outlet === 'outbox', account: account ?? noticeAccount ?? null });
}

async function sendClaimed(
  ports: NoticePorts,
  claim: ClaimedNotice,
  mailer: Mailer,
  { claimMs, startBefore }: { readonly claimMs: number; readonly startBefore: number },
): Promise<NoticeResult> {
  const { id: noticeId } = claim;
  const policy = ports.outages ?? defaultOutagePolicy;
  const scope = { account: mailer.account, sender: claim.from.address };
  const standing = await findOutages(ports.database, scope, claim);
  const waitMs =
    standing.waitMs === 0 && (await letsOthersGoFirst(ports.database, noticeId, scope, policy)) ? longestAccountWaitMs : standing.waitMs;
  if (waitMs > 0) {
    const verdict = { state: 'queued', reply: standing.reply, gapMs: waitOf(waitMs), isCharged: false } as const;
    return (await recordNotice(ports.database, claim, verdict)) ? 'retried_later' : 'not_due';
  }
  const putOffMs = await awaitTurn(ports.database, mailer);
  if (putOffMs !== undefined) {
    const reply = 'The account was given all that it takes for now';
    const verdict = { state: 'queued', reply, gapMs: waitOf(putOffMs), isCharged: false } as const;
    return (await recordNotice(ports.database, claim, verdict)) ? 'retried_later' : 'not_due';
  }
  const answer = await keepingClaim(keptClaim(ports, claim, claimMs), async () =>
    mailer.send(messageFromNotice(claim, ports.setup), { mayStart: () => performance.now() < startBefore, isUrgent: true }),
  );
  const isOfReader =
    answer.kind === 'account' &&
    mayBeOfReader(answer) &&
    (await isToldAlone(ports.database, noticeId, scopeOf(answer, scope), standing.open));
  const outcome = isOfReader ? deferredByReader(answer) : answer;
  const verdict = await keepToAccount(ports, { ...scope, claim, policy }, outcome, {
    open: isOfReader ? [] : standing.open,
    verdict: judgeAttempt(outcome, claim.attempt, claim.ageMs),
  });
  if (!(await recordVerdict(ports.database, claim, verdict, (ports.clock ?? systemClock)()))) return 'not_due';
  const fields = { noticeId, kind: claim.kind, attempt: claim.attempt, outcome: outcome.kind };
  if (verdict.state === 'failed') ports.log.warn('notice.failed', fields);
  else ports.log.info(`notice.${verdict.state === 'sent' ? 'sent' : 'deferred'}`, fields);
  return verdict.state === 'queued' ? 'retried_later' : verdict.state;
}

/**
 * Waits for its place among what the account may be given, which comes before whatever editions take next. Where that is far ahead, or nothing of the day is
 * left, gives for how long it is put off.
 */
async function awaitTurn(database: Database, { account, rates }: Mailer): Promise<number | undefined> {
  if (Object.keys(rates).length === 0) return undefined;
  const block = await takeBlock(database, account, rates, { mostCount: 1, isNotice: true });
  if (block.count === 0) return block.retryInMs;
  if (block.startsInMs > 0) await delay(block.startsInMs);
  return undefined;
}

/** Nobody may send it who is configured here: it waits for a start with that account, or for another choice. */
async function waitForAccount({ database, log }: NoticePorts, claim: ClaimedNotice): Promise<NoticeResult> {
  log.error('notice.account_not_configured', { noticeId: claim.id, account: claim.account });
  const reply = `The account "${claim.account}" is not configured`;
  const verdict = { state: 'queued', reply, gapMs: longestAccountWaitMs, isCharged: false } as const;
  return (await recordNotice(database, claim, verdict)) ? 'retried_later' : 'not_due';
}

function waitOf(outageMs: number): number {
  return Math.min(longestAccountWaitMs, outageMs);
}

/**
 * What stands still of an account, for a notice: for how long still, and the words of the refusal. What is in doubt holds up only the domain of which it
 * is; any other reader shows whose server it is that speaks.
 */
async function findOutages(
  database: Database,
  { account, sender }: NoticeScope,
  { to }: ClaimedNotice,
): Promise<{ open: AccountOutage[]; waitMs: number; reply: string }> {
  const open = (await listOpenOutages(database, account)).filter((outage) => outage.sender === null || outage.sender === sender);
  const holding = open.filter(({ onlyAt }) => onlyAt === null || onlyAt === domainOf(to.address));
  const last = holding.reduce((later, outage) => (outage.waitMs > later.waitMs ? outage : later), { waitMs: 0, reply: '' });
  return { open, waitMs: last.waitMs, reply: last.reply };
}

/** Whether others went since the account was refused for a notice before, and none was told the same after that. */
async function isToldAlone(database: Database, noticeId: string, scope: OutageScope, open: readonly AccountOutage[]): Promise<boolean> {
  if (open.some(({ sender, onlyAt }) => sender === scope.sender && onlyAt === null)) return false;
  return hasAccountGoneOn(database, noticeId, scope);
}

/** What was refused: one sender of the account, or all of it. */
function scopeOf({ trouble }: AccountRefused, { account, sender }: NoticeScope): OutageScope {
  return { account, sender: trouble === 'sender' ? sender : null };
}

/** What a notice learns of its account holds for all mail: a refusal lets it stand still, an answer ends that. */
async function keepToAccount(
  ports: NoticePorts,
  { account, sender, claim, policy }: NoticeScope & { readonly claim: ClaimedNotice; readonly policy: OutagePolicy },
  outcome: SendOutcome,
  { open, verdict }: { open: readonly AccountOutage[]; verdict: NoticeVerdict },
): Promise<NoticeVerdict> {
  if (outcome.kind !== 'account') {
    if (open.length > 0 && hasServerSpoken(outcome)) {
      for (const scope of [null, sender]) await endOutage(ports.database, { account, sender: scope });
      ports.onGoesOn?.();
    }
    return verdict;
  }
  const { trouble } = outcome;
  const scope = scopeOf(outcome, { account, sender });
  const onlyAt = mayBeOfReader(outcome) ? domainOf(claim.to.address) : null;
  const outage = await recordAccountRefusal(
    ports.database,
    { ...scope, trouble, reply: verdict.reply, onlyAt },
    policy,
    ports.random?.() ?? Math.random(),
  );
  // Afterwards, because writing it down may itself end another outage, with which nothing went.
  if (mayBeOfReader(outcome)) await noteAccountRefusal(ports.database, claim.id);
  ports.onOutage?.(outage);
  return { state: 'queued', reply: verdict.reply, gapMs: waitOf(outage.waitMs), isCharged: false };
}

/** A server may take its ten minutes for each reply (RFC 5321 4.5.3.2): meanwhile nobody else may send the same. */
function keptClaim({ database, log }: NoticePorts, claim: ClaimedNotice, claimMs: number): KeptClaim {
  return {
    claimMs,
    renew: () => renewNoticeClaim(database, claim, claimMs),
    onFailure: (error) => log.warn('notice.renewal_failed', { noticeId: claim.id, error }),
  };
}
