import type { Database, Tx } from '../../db/db.ts';
import { keepingClaim, type KeptClaim } from '../../db/keeping-claim.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ConflictError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { utcMoment } from '../../kernel/text/utc-moment.ts';
import { defaultPollPolicy } from '../../reading/next-poll.ts';
import type { PollPolicy } from '../../reading/next-poll.ts';
import type { SourceReader, SourceReading, SourceRequest } from '../../reading/source-reader.ts';
import { SourceError } from '../../reading/source-error.ts';
import { parseFirstRead } from '../../posts/flood-guard.ts';
import { habitsAfter, hasMoved, idHabitOf, signsOf } from '../../posts/identity/id-habit.ts';
import { storeWordsOfBefore } from '../../posts/storing/store-words.ts';
import { correctDates, restateDates } from '../../posts/listing-store.ts';
import { markWordsKept } from '../../posts/storing/words-store.ts';
import { endPoll } from './end-poll.ts';
import { followChanges, standsInForApi, type FollowedChanges } from './follow-changes.ts';
import { keepListing, settleVanished, type SettledPosts } from './follow-listing.ts';
import { movedTo, pollResult } from './poll.ts';
import { claimSource, findClaimEnd, setHabits, isUrlTaken, releaseSourceClaim, renewSourceClaim } from './poll-store.ts';
import type { ClaimedSource, PollResult } from './poll-store.ts';
import { nothingStored, storeEntries } from '../../posts/storing/store-entries.ts';
import type { StoringCounts } from '../../posts/storing/store-entries.ts';
import { noteRepeats } from '../repeats/note-repeats.ts';
import { applyTopicChanges } from '../../topics/change-post-topics.ts';

/** What collecting needs. */
export interface CollectPorts {
  readonly database: Database;
  readonly reader: SourceReader;
  readonly clock: Clock;
  readonly log: Log;
  /** Our own name in the ids of our feeds (RFC 4151): a domain of ours and a day on which it was ours. */
  readonly tagAuthority: string;
  readonly policy?: PollPolicy;
  /** How long a claim on a source lasts without being renewed before others take its reader for dead. Default: 5 minutes. */
  readonly claimMs?: number;
  /** In [0, 1); spreads polls. */
  readonly random?: () => number;
}

const defaultClaimMs = 300_000;

/** How to collect. */
export interface CollectOptions {
  /** Reads now, whether the source is due or not, also a paused or gone one. Validators are sent all the same. */
  readonly force?: boolean;
}

/** What one poll came to. `not_due`: not due, not active, read by another process at present, or left by a reader that was closed meanwhile. */
export interface CollectReport extends StoringCounts {
  readonly sourceId: string;
  readonly outcome: SourceReading['kind'] | 'not_due';
  readonly retractedCount: number;
  /** Posts that vanished before they were mailed. */
  readonly goneCount: number;
  /** What of the document could not be read, one sentence each. */
  readonly skipped: readonly string[];
  readonly reason?: string;
}

/** Reads one source politely and stores what it states. Never throws for what a source does. */
export async function collectSource(ports: CollectPorts, sourceId: string, options: CollectOptions = {}): Promise<CollectReport> {
  const { database, clock, log } = ports;
  const claimMs = ports.claimMs ?? defaultClaimMs;
  const source = await claimSource(database, sourceId, { now: clock(), force: options.force ?? false, claimMs });
  if (!source) return notRead(sourceId, options.force ? await whyNotClaimed(database, sourceId) : undefined);
  const kept: KeptClaim = {
    claimMs,
    renew: () => renewSourceClaim(database, source, claimMs),
    onFailure: (error) => log.warn('source.renewal_failed', { sourceId, error }),
  };
  try {
    // What a host, its document and a busy machine may take together is more than any claim should last.
    const report = await keepingClaim(kept, () => readAndStore(ports, source));
    logReport(log, report);
    return report;
  } catch (error) {
    // Where the database is gone too, the claim runs out by itself; what matters is the first error.
    await releaseSourceClaim(database, source).catch(() => {});
    if (!(error instanceof ConflictError)) throw error;
    return notRead(sourceId, error.message);
  }
}

function notRead(sourceId: string, reason: string | undefined): CollectReport {
  const report = { ...nothingStored, sourceId, outcome: 'not_due', retractedCount: 0, goneCount: 0, skipped: [] } as const;
  return reason === undefined ? report : { ...report, reason };
}

/** Why a source that was to be read whether it is due or not was left alone. */
async function whyNotClaimed(database: Database, sourceId: string): Promise<string> {
  const until = await findClaimEnd(database, sourceId);
  const end = until === undefined ? '' : `; should that have died, it is free ${utcMoment(until)}`;
  return `another process reads it at present${end}`;
}

async function readAndStore(ports: CollectPorts, source: ClaimedSource): Promise<CollectReport> {
  const reading = usableReading(source, await ports.reader.read(requestFor(source)));
  return storeReading(ports, source, reading).catch((error: unknown) => storeReading(ports, source, failedBy(error, reading)));
}

/** A document whose entries cannot be prepared within its limits was not read; what else went wrong is no matter of the document. @throws the error itself */
function failedBy(error: unknown, reading: SourceReading): SourceReading {
  if (!(error instanceof SourceError) || reading.kind !== 'read') throw error;
  return { kind: 'failed', code: error.code, reason: error.message, exchange: reading.exchange };
}

// A WordPress post that was written weeks ago and appears by schedule keeps its old date of modification: so far back is asked for.
const modifiedMarginMs = 60 * 24 * 3600 * 1000;

function requestFor(source: ClaimedSource): SourceRequest {
  const isFirst = source.firstReadAt === null;
  const modifiedAfter = modifiedAfterOf(source);
  return {
    url: source.url,
    kind: source.kind,
    ...(source.mapping === null ? {} : { mapping: source.mapping }),
    ...(source.etag === null ? {} : { etag: source.etag }),
    ...(source.lastModified === null ? {} : { lastModified: source.lastModified }),
    ...(isFirst || source.bodyHash === null ? {} : { bodyHash: source.bodyHash }),
    ...(source.timeZone === null ? {} : { timeZone: source.timeZone }),
    ...(modifiedAfter === undefined ? {} : { modifiedAfter }),
  };
}

/** What did not change since is not asked for. */
function modifiedAfterOf({ firstReadAt, lastReadAt }: ClaimedSource): Date | undefined {
  return firstReadAt === null || lastReadAt === null ? undefined : new Date(lastReadAt.getTime() - modifiedMarginMs);
}

/** The first reading says what is known already: what a cut document lacks would be taken for new by the next. */
function usableReading(source: ClaimedSource, reading: SourceReading): SourceReading {
  if (reading.kind !== 'read' || !reading.isTruncated || source.firstReadAt !== null) return reading;
  const reason = `Expected a whole document at the first reading, got one that breaks off after ${reading.exchange.bodyBytes} bytes`;
  return { kind: 'failed', code: 'connect', reason, exchange: reading.exchange };
}

async function storeReading(ports: CollectPorts, source: ClaimedSource, reading: SourceReading): Promise<CollectReport> {
  const { database, clock } = ports;
  const now = clock();
  const moved = movedTo(source, reading);
  const result = pollResult(source, reading, {
    now,
    policy: ports.policy ?? defaultPollPolicy,
    random: (ports.random ?? Math.random)(),
    isMoveTaken: moved !== undefined && (await isUrlTaken(database, moved, source.id)),
  });
  const report = { sourceId: source.id, outcome: reading.kind, ...(result.reason === null ? {} : { reason: result.reason }) };
  const stored = await storeNews(ports, source, { reading, result, now });
  const settled: SettledPosts =
    reading.kind === 'read' || reading.kind === 'unchanged'
      ? await settleVanished(ports, source, now)
      : { goneCount: 0, retractedCount: 0 };
  return {
    ...stored,
    ...report,
    retractedCount: stored.retractedCount + settled.retractedCount,
    goneCount: settled.goneCount,
    skipped: reading.kind === 'read' ? reading.document.skipped : [],
  };
}

/** Stores what is new in a reading, and ends the poll. */
async function storeNews(
  ports: CollectPorts,
  source: ClaimedSource,
  { reading, result, now }: { readonly reading: SourceReading; readonly result: PollResult; readonly now: Date },
): Promise<StoringCounts & Pick<CollectReport, 'retractedCount'>> {
  const isNews = reading.kind === 'read' && (source.firstReadAt === null || reading.bodyHash !== source.bodyHash);
  if (isNews) return storeDocument(ports, source, { reading, result, now });
  await ports.database.transaction(async (tx) => endPoll(tx, source, result));
  return { ...nothingStored, retractedCount: 0 };
}

/** Stores what a document says, and ends the poll with it. */
async function storeDocument(
  ports: CollectPorts,
  source: ClaimedSource,
  read: { readonly reading: SourceReading & { readonly kind: 'read' }; readonly result: PollResult; readonly now: Date },
): Promise<StoringCounts & Pick<CollectReport, 'retractedCount'>> {
  const { database } = ports;
  const { reading, result, now } = read;
  const { document } = reading;
  await storeWordsOfBefore(database, source);
  const followed = await followChanges(ports, source, document, now);
  const { changed, identified, datesMove, retractedCount, isComplete } = followed;
  const isStandIn = standsInForApi(source, document);
  const isWhole = reading.isTruncated !== true && !isStandIn;
  const listing = { isWhole, skipped: document.skipped, modifiedAfter: modifiedAfterOf(source) };
  const counted = await database.transaction(async (tx) => {
    const { counts, ...stored } = await storeEntries(tx, {
      sourceId: source.id,
      entries: changed,
      presentIds: new Set(identified.map((each) => each.entryId)),
      idHabit: idHabitOf(source),
      datesMove,
      isStandIn,
      firstRead: source.firstReadAt === null ? parseFirstRead(source.firstRead) : undefined,
      guardLimit: source.guardLimit,
      tagAuthority: ports.tagAuthority,
      now,
    });
    await keepRestated(tx, source, { ...followed, renewedCount: stored.renewedCount, now });
    const postIds = postIdsAfter(followed.statements, stored.postIds);
    if (counts.newCount + counts.revisedCount + counts.joinedCount > 0) await noteRepeats(tx, source.id);
    await keepListing(tx, source, { ...listing, identified, postIds }, now);
    // A document with something left to do is looked at again next time, whether it changed or not.
    const isDone = isComplete && counts.awaitedCount === 0;
    await endPoll(tx, source, isDone ? result : { ...result, etag: null, lastModified: null, bodyHash: null });
    return { ...counts, retractedCount };
  });
  // What has readers and changed its topics; where that has to wait, the next tick looks again.
  await applyTopicChanges(database, { now, waits: false });
  return counted;
}

/** The posts of a document's entries once these are stored, by entry id: nobody else changes what a source states while it is claimed. */
function postIdsAfter(before: FollowedChanges['statements'], stored: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...[...before].map(([entryId, { postId }]) => [entryId, postId] as const), ...stored]);
}

/** What a document shows of entries that did not change: their dates, and the habits of their source. */
async function keepRestated(
  tx: Tx,
  source: ClaimedSource,
  shown: Pick<FollowedChanges, 'restated' | 'saidAgain' | 'datesMove'> & { readonly renewedCount: number; readonly now: Date },
): Promise<void> {
  const { restated, saidAgain, datesMove, renewedCount, now } = shown;
  await restateDates(
    tx,
    source.id,
    restated.filter((each) => each.wasStatedAt === null || hasMoved(each)),
  );
  if (!datesMove)
    await correctDates(
      tx,
      source.id,
      restated.filter((each) => each.isPublication),
    );
  await setHabits(tx, source.id, habitsAfter(source, { ...signsOf([...restated, ...saidAgain]), renewedCount }, now));
  await markWordsKept(tx, source.id, now);
}

function logReport(log: Log, report: CollectReport): void {
  const { sourceId, newCount, releasedCount, heldCount, revisedCount, retractedCount } = report;
  const fields = { sourceId, newCount, releasedCount, heldCount, revisedCount, retractedCount };
  if (report.goneCount > 0) log.warn('source.posts_gone', { sourceId, goneCount: report.goneCount });
  if (heldCount > 0) log.warn('source.posts_held', fields);
  if (report.outcome === 'failed' || report.outcome === 'gone') log.warn(`source.${report.outcome}`, { sourceId });
  else log.info(`source.${report.outcome}`, fields);
}
