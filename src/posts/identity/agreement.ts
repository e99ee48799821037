/*
 * Whether what an entry says agrees with a stored post: whether it may be what became of it, whether it took its place, whether a hint that led from one to
 * the other is borne out. Pure. Dates are compared as they were stated, whatever a clock thinks of them; what looks implausible is only not shown.
 */
import type { RevisionContent } from '../../content/content.ts';
import { areCompatible, areRelated, areSameButNumbers, compareTexts, haveSameTitle } from '../../content/said.ts';
import type { Likeness } from '../../content/said.ts';
import type { PreparedContent } from '../../content/content-from-entry.ts';
import { canonicalUrl, steadyFile, steadyPage } from '../../content/web-address.ts';
import type { Entry } from '../../reading/entry.ts';
import { isImplausibleDate } from '../../reading/formats/parse-date.ts';
import { isProtectedReason } from '../post.ts';
import type { IdHabit } from './id-habit.ts';
import type { IdentifiedEntry } from './identity.ts';
import { minuteNumber } from './known-posts.ts';
import type { StoredPost } from './stored-post.ts';

/** An entry with what its revision would say. */
export interface PreparedEntry extends IdentifiedEntry {
  readonly prepared: PreparedContent;
}

/** The date that a source states, if a clock that is right could have said it: what is shown. */
function plausibleDate(stated: Date | undefined, now: Date): Date | undefined {
  return stated === undefined || isImplausibleDate(stated, now) ? undefined : stated;
}

/** The date of publication to show: not that of an event, and none from tomorrow. */
export function shownDate({ publishedAt, datedAhead }: Pick<Entry, 'publishedAt' | 'datedAhead'>, now: Date): Date | undefined {
  const plausible = datedAhead === undefined ? plausibleDate(publishedAt, now) : undefined;
  return plausible !== undefined && plausible > now ? now : plausible;
}

/** The date by which an entry is told from another in the same words: as stated, for the events of a calendar are yet to come. */
export function statedDate({ publishedAt, updatedAt, event }: Pick<Entry, 'publishedAt' | 'updatedAt' | 'event'>): Date | undefined {
  return publishedAt ?? updatedAt ?? (event && dateOfMoment(event.start));
}

/** A moment for comparing it with others; what has no zone stands for UTC. */
function dateOfMoment(moment: string): Date {
  return new Date(moment.includes('T') && !moment.endsWith('Z') ? `${moment}Z` : moment);
}

/** Whether an entry states a minute that was stated of a post. */
export function isAtSameMinute({ entry }: PreparedEntry, { publishedAt, statements }: StoredPost): boolean {
  const at = statedDate(entry);
  if (at === undefined) return false;
  const isIt = (date: Date | null): boolean => date !== null && minuteNumber(date) === minuteNumber(at);
  return isIt(publishedAt) || statements.some(({ statedAt }) => isIt(statedAt));
}

/** Whether an entry has the page of a post, whatever tokens are in its address. */
export function isOnPageOf({ page, entry }: PreparedEntry, { url }: StoredPost): boolean {
  return page === canonicalUrl(url ?? undefined) || (entry.url !== undefined && url !== null && steadyPage(entry.url) === steadyPage(url));
}

/** Whether two posts name a document in common, or one names none. */
export function haveCommonDocuments({ attachments }: RevisionContent, { documents }: StoredPost): boolean {
  const keys = new Set(documents.map(steadyFile));
  return keys.size === 0 || attachments.length === 0 || attachments.some(({ url }) => keys.has(steadyFile(url)));
}

const sameDayMs = 36 * 3600 * 1000;
// What comes each day in other words, under one title, comes at about the same hour.
const nextDayMs = 18 * 3600 * 1000;

/** Whether two dates of publication are both stated, and days apart. */
export function isDaysApart(prepared: PreparedEntry, stored: StoredPost): boolean {
  return msBetween(prepared, stored) > sameDayMs;
}

/** How far two dates of publication lie apart; 0 where one is not stated. */
function msBetween({ entry }: PreparedEntry, { publishedAt, statements }: StoredPost): number {
  const was = publishedAt ?? statements.find(({ statedAt }) => statedAt !== null)?.statedAt;
  return entry.publishedAt !== undefined && was instanceof Date ? Math.abs(entry.publishedAt.getTime() - was.getTime()) : 0;
}

// Shorter texts are what stands beside a link: "Read the whole alert on our site".
const tellingWords = 20;
// A word that is another one is in three runs: of 40 words three may be others.
const nearlyAll = 0.8;

/**
 * Whether a source put another post under the id of a stored one: title and text are both others, or the text with the page or the day, or title, page
 * and day, or title and page where the text says nothing. What waits to be mailed for the first time, on the same page or day, is revised all the same: it
 * was written anew.
 */
export function isReplaced(
  prepared: PreparedEntry,
  stored: StoredPost,
  {
    datesMove,
    likenessOf = compareTexts,
  }: { readonly datesMove: boolean; readonly likenessOf?: (said: RevisionContent, stored: StoredPost) => Likeness },
): boolean {
  if (prepared.entry.isProtected || (stored.state === 'held' && isProtectedReason(stored.reason))) return false;
  const { content } = prepared.prepared;
  const isOtherDay = !datesMove && isDaysApart(prepared, stored);
  const isOtherPage = prepared.page !== undefined && stored.url !== null && prepared.page !== canonicalUrl(stored.url);
  const isOtherTitle = !haveSameTitle(content, stored);
  const isWaiting = (stored.state === 'released' || stored.state === 'held') && !stored.isMailed;
  const likeness = likenessOf(content, stored);
  // A post that is put off before it was mailed has another title and date, and with them another page, and all of its text.
  const isPutOff = isWaiting && likeness.wordCount >= tellingWords && likeness.sharedText >= nearlyAll;
  if (isOtherDay && isOtherPage && isOtherTitle && !isPutOff) return true;
  if (isOtherTitle && isOtherPage && saysNothing(likeness) && !isOnPageOf(prepared, stored) && !isAtSameMinute(prepared, stored))
    return true;
  const isOtherText = likeness.haveText && likeness.sharedText < 0.5;
  const isNextDay = !datesMove && msBetween(prepared, stored) >= nextDayMs;
  if (areRelated(likeness) && !(isOtherText && (isNextDay || isOtherPage))) return false;
  return !isWaiting;
}

/** Whether both have the same few words. */
function saysNothing({ haveText, wordCount, sharedText }: Likeness): boolean {
  return haveText && wordCount < tellingWords && sharedText === 1;
}

/** How an entry and a post that its source does not list any more hang together. */
export interface FormerFacts {
  readonly likeness: Likeness;
  readonly habit: IdHabit;
  /** Both state a date, and it is the same minute; undefined where one states none, or dates say nothing. */
  readonly isSameMinute: boolean | undefined;
  /** Title and page are those of several posts, and tell none of them. */
  readonly isOfSeveral: boolean;
}

/**
 * Whether an entry in new words under a new id is a post that its source listed until now. With the minute compatible texts are enough; without a date the
 * page has to be the same, and no more than a little of the text another, or a number where ids may be worth something, or where a page has several posts of
 * one title: the menus of a canteen. Proved ids are different posts.
 */
export function isFormer(
  prepared: PreparedEntry,
  stored: StoredPost,
  { likeness, habit, isSameMinute, isOfSeveral }: FormerFacts,
): boolean {
  if (!isLikeFormer({ likeness, isSameMinute })) return false;
  const isSamePage = isOnPageOf(prepared, stored);
  if (isSameMinute === true) return isSamePage || habit === 'renewed' || isNearlySame(likeness, prepared, stored);
  const isProved = prepared.idKind === 'guid' && habit === 'stable';
  if (!isSamePage || isProved) return false;
  return isOfSeveral || (prepared.idKind === 'guid' && habit === 'unproved')
    ? areSameButNumbers(prepared.prepared.content, stored)
    : isNearlySame(likeness, prepared, stored);
}

/** Whether an entry looks like a post that is not listed any more: several such entries are a site that made its ids anew. */
export function isLikeFormer({ likeness, isSameMinute }: Pick<FormerFacts, 'likeness' | 'isSameMinute'>): boolean {
  return likeness.isSameTitle && likeness.haveText && areCompatible(likeness) && isSameMinute !== false;
}

function isNearlySame({ sharedText, wordCount }: Likeness, { prepared }: PreparedEntry, stored: StoredPost): boolean {
  return (wordCount >= tellingWords && sharedText >= nearlyAll) || areSameButNumbers(prepared.content, stored);
}
