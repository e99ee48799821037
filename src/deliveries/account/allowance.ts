/*
 * What a lane may still start of what its account was given: blocks that were taken for all workers together (`ledger/accounts/account-rate.ts`), on the
 * worker's own clock. Pure; only the functions here change it.
 * Invariant: nothing is started beyond what was given, nor before or long after its moment.
 */
import type { Block, RateLimits } from '../../ledger/accounts/account-rate.ts';

/** What a lane has of its account. */
export interface Allowance {
  readonly limits: RateLimits;
  /** Whether anything is counted: a limit is stated, or a rate was refused. */
  isCounted: boolean;
  /** In order of their moments. */
  blocks: HeldBlock[];
  /** A block is being taken. */
  isAsking: boolean;
  /** No block is asked for before that. */
  askAgainAt: number;
  /** An hour or a day has nothing left until then. */
  usedUpUntil: number;
  /** Messages of the next block at most, where neither seconds nor minutes say: grows while blocks are used up quickly. */
  mostCount: number;
  askedAt: number;
}

interface HeldBlock {
  readonly startsAt: number;
  readonly spacingMs: number;
  readonly keepMs: number;
  readonly count: number;
  /** The first that is neither started nor lost. */
  next: number;
}

/** The next block is taken while there is as much left as a statement takes at its slowest. */
const aheadMs = 500;
/** Where nothing is counted others may have learned of a limit meanwhile. */
const lookEveryMs = 5_000;
const retryAfterFailureMs = 1_000;
/** A day or an hour may be raised, and others may leave something of it. */
const longestRetryMs = 60_000;
const mostCounts = { first: 50, least: 10, most: 5_000 };
/** A block without moments of its own should last about so long. */
const blockLastsMs = 1_000;

/** Nothing was given yet. */
export function newAllowance(limits: RateLimits): Allowance {
  const isCounted = Object.keys(limits).length > 0;
  const { first: mostCount } = mostCounts;
  return { limits, isCounted, blocks: [], isAsking: false, askAgainAt: -Infinity, usedUpUntil: -Infinity, mostCount, askedAt: -Infinity };
}

/** How many messages may start now; Infinity where nothing is counted. */
export function allowedNow(allowance: Allowance, now: number): number {
  if (!allowance.isCounted) return Infinity;
  return allowance.blocks.reduce((total, block) => total + Math.max(0, begunOf(block, now) - firstOf(block, now)), 0);
}

/** In how many milliseconds one more may start; 0 where one may now, undefined where a block has to come first. */
export function nextAllowedInMs(allowance: Allowance, now: number): number | undefined {
  if (allowedNow(allowance, now) > 0) return 0;
  const coming = allowance.blocks.filter((block) => firstOf(block, now) < block.count);
  if (coming.length === 0) return undefined;
  return Math.max(0, Math.min(...coming.map((block) => block.startsAt + firstOf(block, now) * block.spacingMs - now)));
}

/** Those whose moment has come, of the first `count`. */
function begunOf({ startsAt, spacingMs, count }: HeldBlock, now: number): number {
  if (now < startsAt) return 0;
  return spacingMs === 0 ? count : Math.min(count, Math.floor((now - startsAt) / spacingMs) + 1);
}

/** The first that is neither started nor too late. */
function firstOf({ startsAt, spacingMs, keepMs, count, next }: HeldBlock, now: number): number {
  const late = now - keepMs - startsAt;
  if (late < 0) return next;
  return Math.max(next, spacingMs === 0 ? count : Math.min(count, Math.floor(late / spacingMs) + 1));
}

/** So many messages are being started. */
export function spend(allowance: Allowance, count: number, now: number): void {
  let left = count;
  for (const block of allowance.blocks) {
    const first = firstOf(block, now);
    const taken = Math.min(left, Math.max(0, begunOf(block, now) - first));
    block.next = first + taken;
    left -= taken;
  }
  allowance.blocks = allowance.blocks.filter((block) => firstOf(block, now) < block.count);
}

/** Until when there is nothing of an hour or a day, once what was given before is used; -Infinity while there is. */
export function usedUpUntil({ blocks, usedUpUntil: until }: Allowance, now: number): number {
  return blocks.some((block) => firstOf(block, now) < block.count) ? -Infinity : until;
}

/** Whether a block is to be taken now, for whoever waits. */
export function wantsBlock(allowance: Allowance, now: number): boolean {
  return !allowance.isAsking && wantsBlockInMs(allowance, now) <= 0;
}

/** In how many milliseconds a block is to be taken, if somebody waits then. */
export function wantsBlockInMs(allowance: Allowance, now: number): number {
  const { isCounted, blocks, askAgainAt } = allowance;
  const asksInMs = Math.max(0, askAgainAt - now);
  if (!isCounted) return asksInMs;
  const lasts = blocks.map((block) => lastsMs(block, now));
  return Math.max(asksInMs, ...lasts.map((ms) => ms - aheadMs), 0);
}

/** How long a block is good for: one without moments of its own until half of it is used. */
function lastsMs(block: HeldBlock, now: number): number {
  const { startsAt, spacingMs, count, keepMs } = block;
  if (spacingMs > 0) return startsAt + (count - 1) * spacingMs - now;
  return 2 * (count - firstOf(block, now)) > count ? startsAt + keepMs - now : 0;
}

/** A block is being taken, of no more than can be used. Returns how many messages to ask for: 0 only looks, where nothing is counted. */
export function asked(allowance: Allowance, usableCount: number, now: number): number {
  allowance.isAsking = true;
  const sinceMs = now - allowance.askedAt;
  if (sinceMs < blockLastsMs) allowance.mostCount = Math.min(mostCounts.most, allowance.mostCount * 2);
  else if (sinceMs > 2 * blockLastsMs) allowance.mostCount = Math.max(mostCounts.least, Math.ceil(allowance.mostCount / 2));
  allowance.askedAt = now;
  if (!allowance.isCounted) return 0;
  const { perSecond, perMinute } = allowance.limits;
  const isSpread = perSecond !== undefined || perMinute !== undefined;
  return Math.min(usableCount, isSpread ? mostCounts.most : allowance.mostCount);
}

/** What was asked for has come, after so long. */
export function given(allowance: Allowance, block: Block, tookMs: number, now: number): void {
  allowance.isAsking = false;
  allowance.isCounted = block.isCounted;
  allowance.askAgainAt = block.isCounted ? now + Math.min(block.retryInMs, longestRetryMs) : now + lookEveryMs;
  allowance.usedUpUntil = block.isUsedUp ? now + block.retryInMs : -Infinity;
  if (block.count === 0) return;
  const { count, spacingMs } = block;
  // Its moments are counted from the reading: what has passed since is taken off of how late one may be.
  const keepMs = Math.max(block.keepMs / 2, block.keepMs - tookMs);
  allowance.blocks.push({ startsAt: now + block.startsInMs, spacingMs, keepMs, count, next: 0 });
}

/** What was asked for has not come. */
export function notGiven(allowance: Allowance, now: number): void {
  allowance.isAsking = false;
  allowance.askAgainAt = now + retryAfterFailureMs;
}

/** The account refused the rate: what it was given before was too much, and no more is asked for until all have heard. */
export function limitMet(allowance: Allowance, now: number): void {
  allowance.isCounted = true;
  allowance.blocks = [];
  allowance.askAgainAt = now + retryAfterFailureMs;
}

/** All have heard, or cannot: what is given from now on is less. */
export function limitShared(allowance: Allowance): void {
  allowance.askAgainAt = -Infinity;
}
