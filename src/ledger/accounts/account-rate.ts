/*
 * What an account is given, for all workers together: a value and its transitions, no clock and no database. Whoever sends takes a block: so many messages,
 * each with the moment from which it may start. Seconds and minutes are spread out, so that a window has no more than its limit wherever it begins;
 * hours and days are counted in spans, so that what one lets through may go at once.
 * Invariant: however many workers take blocks at whatever moments, no window of a second, minute, hour or day begins more messages than its limit.
 */

/** Messages in a span of time at most; what is not there has no limit. */
export interface RateLimits {
  readonly perSecond?: number;
  readonly perMinute?: number;
  readonly perHour?: number;
  readonly perDay?: number;
}

/** What was given of an account, and what it taught. Instants are the database's, in milliseconds. */
export interface AccountRate {
  /** When the next message may start: what was given before takes until then. */
  readonly nextAt: number;
  readonly hour: Tally;
  readonly day: Tally;
  /** Messages a second at most, after a rate was refused; null while none was. */
  readonly learnedPerSecond: number | null;
  /** When that changed last. */
  readonly learnedAt: number;
  /** When the last message was claimed that the account is known to have let through. */
  readonly answeredAt: number;
  /** Until when an hour or a day has nothing left; null where whoever asked last was given something. */
  readonly usedUpUntil: number | null;
}

/** What was given by spans, the one with this number first and then back. */
export interface Tally {
  readonly slot: number;
  readonly counts: readonly number[];
}

/** Who asks for a block. */
export interface BlockRequest {
  /** Messages at most; 0 only looks. */
  readonly mostCount: number;
  /** A notice takes the next moment, however far editions have taken theirs, and what is kept for notices of an hour and a day. */
  readonly isNotice?: boolean;
  /** How long ago the last message was claimed that the account let through; undefined where none was. */
  readonly answeredAgoMs?: number | undefined;
}

/** Messages that may be started. */
export interface Block {
  readonly count: number;
  /** From now to the moment of the first. */
  readonly startsInMs: number;
  /** Between the moments of two; 0: all at once. */
  readonly spacingMs: number;
  /** For so long after its moment a message may start; then its place is lost. */
  readonly keepMs: number;
  /** When to ask again, where nothing was given. */
  readonly retryInMs: number;
  /** An hour or a day has nothing left until then. */
  readonly isUsedUp: boolean;
  /** Whether there is anything to count: a limit, or a rate that was refused. */
  readonly isCounted: boolean;
}

/** A window whose messages are spread out, and how late one may start. */
interface SpreadWindow {
  readonly name: 'perSecond' | 'perMinute';
  readonly ms: number;
  readonly slackMs: number;
}

/** A window that is counted in spans. */
interface CountedWindow {
  readonly name: 'perHour' | 'perDay';
  readonly ms: number;
  readonly slotMs: number;
}

const minute = 60_000;
const longestSlackMs = 2_000;
const second: SpreadWindow = { name: 'perSecond', ms: 1_000, slackMs: 80 };
const spreadWindows: readonly SpreadWindow[] = [second, { name: 'perMinute', ms: minute, slackMs: longestSlackMs }];
const hourWindow: CountedWindow = { name: 'perHour', ms: 60 * minute, slotMs: 2 * minute };
const dayWindow: CountedWindow = { name: 'perDay', ms: 24 * 60 * minute, slotMs: 30 * minute };

/** What a worker takes at once. */
const blockMs = 1_000;
/** Editions take no moment that is further ahead: so long, and no longer, a notice waits for them. */
const reachMs = 1_500;
/** Nor do notices reach further than this: those that come then are put off. */
const noticeReachMs = 20_000;
/** What no second and no minute spreads out may be kept for so long. */
const longestKeepMs = 30_000;
/** Between a block and the start of its last message: a window that is counted reaches further back by this. */
const holdMs = noticeReachMs + longestKeepMs + 2_000;
/** A moment further ahead than anything that is given is from before the clock was set back. */
const furthestMs = 2 * minute;

const slowestPerSecond = 0.05;
/** What was refused grows back to this and is forgotten, where no limit is nearer. */
const fastestLearned = 1_000;
const growsEveryMs = 5_000;
const growth = 1.25;

/** An account to which nothing was given. */
export function newAccountRate(): AccountRate {
  const empty = { slot: 0, counts: [] };
  return { nextAt: 0, hour: empty, day: empty, learnedPerSecond: null, learnedAt: 0, answeredAt: 0, usedUpUntil: null };
}

/** Takes a block, as large as the limits allow for about a second. */
export function blockFrom(
  before: AccountRate,
  limits: RateLimits,
  request: BlockRequest,
  now: number,
): { readonly rate: AccountRate; readonly block: Block } {
  const rate = afterAnswers(before, limits, request, now);
  const spacingMs = spacingOf(rate, limits);
  const tallies = { hour: advanced(rate.hour, hourWindow, now), day: advanced(rate.day, dayWindow, now) };
  const left = Math.min(leftOf(tallies.hour, hourWindow, limits, request), leftOf(tallies.day, dayWindow, limits, request));
  const isCounted = spacingMs > 0 || left < Infinity;
  const frame = { spacingMs, keepMs: keepOf(spacingMs, limits), isCounted };
  const startAt = rate.nextAt > now + furthestMs + spacingMs ? now : Math.max(rate.nextAt, now);
  const count = Math.min(countOfBlock(startAt - now, spacingMs, request), Math.max(0, left));
  if (count > 0 && isCounted) {
    const added = { hour: plus(tallies.hour, count), day: plus(tallies.day, count) };
    const given = { ...rate, ...added, nextAt: startAt + count * spacingMs, usedUpUntil: null };
    return { rate: given, block: { ...frame, count, startsInMs: startAt - now, retryInMs: 0, isUsedUp: false } };
  }
  if (request.mostCount > 0 && left <= 0) {
    const freeAt = Math.max(freeAtOf(tallies.hour, hourWindow, limits, request), freeAtOf(tallies.day, dayWindow, limits, request));
    const block = { ...frame, count: 0, startsInMs: 0, retryInMs: Math.max(1, freeAt - now), isUsedUp: true };
    return { rate: request.isNotice ? rate : { ...rate, usedUpUntil: freeAt }, block };
  }
  const retryInMs = Math.max(1, Math.ceil(startAt - now - reachOf(request) + 1));
  return { rate, block: { ...frame, count: isCounted ? 0 : request.mostCount, startsInMs: 0, retryInMs, isUsedUp: false } };
}

/** How many a block may have by seconds and minutes, where the first starts so much later. */
function countOfBlock(aheadMs: number, spacingMs: number, request: BlockRequest): number {
  const reach = reachOf(request);
  if (aheadMs > reach) return 0;
  if (spacingMs === 0) return request.mostCount;
  const mostWithinReach = Math.floor((reach - aheadMs) / spacingMs) + 1;
  return Math.min(request.mostCount, Math.max(1, Math.floor(blockMs / spacingMs)), mostWithinReach);
}

function reachOf({ isNotice = false }: BlockRequest): number {
  return isNotice ? noticeReachMs : reachMs;
}

/** Between two messages, so that a window holds no more than its limit although each may start as late as it may. */
function spacingOf({ learnedPerSecond }: Pick<AccountRate, 'learnedPerSecond'>, limits: RateLimits): number {
  const learned = learnedPerSecond === null ? 0 : 1_000 / learnedPerSecond;
  return Math.max(learned, spacingOfLimits(limits));
}

function spacingOfLimits(limits: RateLimits): number {
  return Math.max(0, ...spreadWindows.map(({ name, ms, slackMs }) => (ms + slackMs) / (limits[name] ?? Infinity)));
}

/**
 * How late a message may start: as the limits alone would have it, whatever was learned, so that what was given slowly and what is given faster afterwards
 * fit into one window. A millisecond less, for what rounding takes away.
 */
function keepOf(spacingMs: number, limits: RateLimits): number {
  if (spacingMs === 0) return longestKeepMs;
  const spacingOfAll = spacingOfLimits(limits);
  if (spacingOfAll === 0) return second.slackMs;
  const keeps = spreadWindows.map(({ name, ms }) => (limits[name] === undefined ? Infinity : spacingOfAll * limits[name] - ms));
  return Math.min(longestSlackMs, ...keeps) - 1;
}

/** Of an hour and of a day something is kept for notices: an edition that uses up the day must not keep a confirmation waiting for the next one. */
function reserveOf(limit: number): number {
  return limit < 10 ? 0 : Math.min(100, Math.ceil(limit / 20));
}

function mostOf({ name }: CountedWindow, limits: RateLimits, { isNotice = false }: BlockRequest): number {
  const limit = limits[name] ?? Infinity;
  return isNotice || limit === Infinity ? limit : limit - reserveOf(limit);
}

function leftOf(tally: Tally, window: CountedWindow, limits: RateLimits, request: BlockRequest): number {
  const most = mostOf(window, limits, request);
  return most === Infinity ? Infinity : most - sum(tally.counts);
}

/** When something of a window is left again, as its oldest spans fall out of it. */
function freeAtOf({ slot, counts }: Tally, window: CountedWindow, limits: RateLimits, request: BlockRequest): number {
  const most = mostOf(window, limits, request);
  let used = sum(counts);
  let freeAt = 0;
  for (let at = counts.length - 1; at >= 0 && used >= most; at -= 1) {
    used -= counts[at]!;
    freeAt = (slot - at + 1) * window.slotMs + window.ms + holdMs;
  }
  return freeAt;
}

/** A tally without what no window of now reaches back to. A clock that was set back finds what it had counted as of now. */
function advanced({ slot, counts }: Tally, { ms, slotMs }: CountedWindow, now: number): Tally {
  const mostSlots = Math.ceil((ms + holdMs) / slotMs) + 1;
  const current = Math.floor(now / slotMs);
  if (slot > current + mostSlots) return { slot: current, counts: [] };
  const newest = Math.max(slot, current);
  const passed = Array.from({ length: Math.min(mostSlots, newest - slot) }, () => 0);
  const kept = [...passed, ...counts].slice(0, mostSlots);
  // A span counts until all of it lies before the window.
  while (kept.length > 0 && (kept.at(-1) === 0 || (newest - kept.length + 2) * slotMs <= now - ms - holdMs)) kept.pop();
  return { slot: newest, counts: kept };
}

/** How many messages count against the hour and the day of an account. */
export function countedOf(rate: AccountRate, now: number): { readonly hour: number; readonly day: number } {
  return { hour: sum(advanced(rate.hour, hourWindow, now).counts), day: sum(advanced(rate.day, dayWindow, now).counts) };
}

function plus({ slot, counts: [newest = 0, ...older] }: Tally, count: number): Tally {
  return { slot, counts: [newest + count, ...older] };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** What was refused grows again while messages go, and is forgotten when it is no less than the limits. */
function afterAnswers(before: AccountRate, limits: RateLimits, { answeredAgoMs }: BlockRequest, now: number): AccountRate {
  const answeredAt = answeredAgoMs === undefined ? before.answeredAt : Math.max(before.answeredAt, now - answeredAgoMs);
  if (before.learnedPerSecond === null) return before;
  const rate = { ...before, answeredAt };
  if (answeredAt < before.learnedAt || now - before.learnedAt < growsEveryMs) return rate;
  const grown = before.learnedPerSecond * growth;
  const isForgotten = grown >= fastestLearned || 1_000 / grown <= spacingOfLimits(limits);
  return { ...rate, learnedPerSecond: isForgotten ? null : grown, learnedAt: now };
}

/**
 * The account refused the rate, of a message that was claimed so long ago, and whoever was refused had sent at no more than twice `perSecond`. Those that were on their way
 * together take something away once, and so do those of which none was let through since: a limit by the minute refuses everything for the rest of it.
 */
export function rateAfterRefusal(
  before: AccountRate,
  limits: RateLimits,
  refusal: { readonly claimedAgoMs: number; readonly perSecond: number },
  now: number,
): AccountRate {
  const isKnown = before.learnedPerSecond !== null;
  if (isKnown && (now - refusal.claimedAgoMs < before.learnedAt || before.answeredAt < before.learnedAt)) return before;
  const spacingMs = spacingOfLimits(limits);
  const half =
    before.learnedPerSecond === null
      ? Math.min(refusal.perSecond, spacingMs === 0 ? Infinity : 500 / spacingMs)
      : before.learnedPerSecond / 2;
  const learnedPerSecond = Math.max(slowestPerSecond, half);
  return { ...before, learnedPerSecond, learnedAt: now, nextAt: Math.max(before.nextAt, now + 1_000 / learnedPerSecond) };
}
