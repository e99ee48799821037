import type { Database } from '../db/db.ts';
import type { Clock } from '../kernel/clock.ts';
import { ConflictError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { retractPost, undoRetraction } from '../ledger/retract-post.ts';
import { defaultPollPolicy } from '../reading/next-poll.ts';
import type { PollPolicy } from '../reading/next-poll.ts';
import { saysSomething, type SourceDocument, type Tombstone } from '../reading/entry.ts';
import type { SourceReader, SourceReading, SourceRequest } from '../reading/source-reader.ts';
import { SourceError } from '../reading/source-error.ts';
import { parseFirstRead } from '../posts/flood-guard.ts';
import { identifyEntries, isReusedId } from '../posts/identity.ts';
import type { IdentifiedEntry } from '../posts/identity.ts';
import { movedTo, pollResult } from './poll.ts';
import { isProtected } from '../content/content-from-entry.ts';
import { protectedReason, withdrawnReason } from '../posts/post.ts';
import { prepareEntries } from './prepare-entries.ts';
import { findPosts, findRetracted, findStatements, findUnretracted } from '../posts/post-store.ts';
import { claimSource, finishPoll, isUrlTaken, releaseSourceClaim } from './poll-store.ts';
import type { ClaimedSource } from './poll-store.ts';
import { nothingStored, storeEntries } from '../posts/store-entries.ts';
import type { StoringCounts } from '../posts/store-entries.ts';
import type { PreparedEntry } from '../posts/storing-plan.ts';

/** What collecting needs. */
export interface CollectPorts {
  readonly database: Database;
  readonly reader: SourceReader;
  readonly clock: Clock;
  readonly log: Log;
  /** Our own name in the ids of our feeds (RFC 4151): a domain of ours and a day on which it was ours. */
  readonly tagAuthority: string;
  readonly policy?: PollPolicy;
  /** In [0, 1); spreads polls. */
  readonly random?: () => number;
}

/** How to collect. */
export interface CollectOptions {
  /** Reads now, whether the source is due or not, also a paused or gone one. Validators are sent all the same. */
  readonly force?: boolean;
}

/** What one poll came to. `not_due`: not due, not active, or read by another process at present. */
export interface CollectReport extends StoringCounts {
  readonly sourceId: string;
  readonly outcome: SourceReading['kind'] | 'not_due';
  readonly retractedCount: number;
  /** What of the document could not be read, one sentence each. */
  readonly skipped: readonly string[];
  readonly reason?: string;
}

/** Reads one source politely and stores what it states. Never throws for what a source does. */
export async function collectSource(ports: CollectPorts, sourceId: string, options: CollectOptions = {}): Promise<CollectReport> {
  const { database, reader, clock } = ports;
  const source = await claimSource(database, sourceId, { now: clock(), force: options.force ?? false });
  if (!source) return { ...nothingStored, sourceId, outcome: 'not_due', retractedCount: 0, skipped: [] };
  try {
    const reading = usableReading(source, await reader.read(requestFor(source)));
    const report = await storeReading(ports, source, reading).catch((error: unknown) =>
      storeReading(ports, source, failedBy(error, reading)),
    );
    logReport(ports.log, report);
    return report;
  } catch (error) {
    // Where the database is gone too, the claim runs out by itself; what matters is the first error.
    await releaseSourceClaim(database, source.id, source.claim).catch(() => {});
    if (!(error instanceof ConflictError)) throw error;
    return { ...nothingStored, sourceId, outcome: 'not_due', retractedCount: 0, skipped: [], reason: error.message };
  }
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
  return {
    url: source.url,
    kind: source.kind,
    ...(source.mapping === null ? {} : { mapping: source.mapping }),
    ...(source.etag === null ? {} : { etag: source.etag }),
    ...(source.lastModified === null ? {} : { lastModified: source.lastModified }),
    ...(isFirst || source.bodyHash === null ? {} : { bodyHash: source.bodyHash }),
    ...(source.timeZone === null ? {} : { timeZone: source.timeZone }),
    ...(isFirst || source.lastReadAt === null ? {} : { modifiedAfter: new Date(source.lastReadAt.getTime() - modifiedMarginMs) }),
  };
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
  const isNews = reading.kind === 'read' && (source.firstReadAt === null || reading.bodyHash !== source.bodyHash);
  if (!isNews) {
    await finishPoll(database, source, result);
    return { ...nothingStored, ...report, retractedCount: 0, skipped: reading.kind === 'read' ? reading.document.skipped : [] };
  }
  const { entries, retractedCount, isComplete } = await followChanges(ports, source, reading.document, now);
  const presentIds = new Set(entries.present);
  const counts = await database.transaction(async (tx) => {
    const stored = await storeEntries(tx, {
      sourceId: source.id,
      entries: entries.changed,
      presentIds,
      firstRead: source.firstReadAt === null ? parseFirstRead(source.firstRead) : undefined,
      guardLimit: source.guardLimit,
      tagAuthority: ports.tagAuthority,
      now,
    });
    // A document with something left to do is looked at again next time, whether it changed or not.
    await finishPoll(tx, source, isComplete ? result : { ...result, etag: null, lastModified: null, bodyHash: null });
    return stored;
  });
  return { ...counts, ...report, retractedCount, skipped: reading.document.skipped };
}

interface FollowedChanges {
  readonly entries: { readonly changed: PreparedEntry[]; readonly present: string[] };
  readonly retractedCount: number;
  readonly isComplete: boolean;
}

/** Finds what is new or changed, and withdraws or restores posts before anything is stored: after a crash in between it is done again. */
async function followChanges(ports: CollectPorts, source: ClaimedSource, document: SourceDocument, now: Date): Promise<FollowedChanges> {
  const { database } = ports;
  const identified = identifyEntries(document.entries, { siteUrl: document.siteUrl, sourceUrl: source.url });
  const statements = await findStatements(
    database,
    source.id,
    identified.map((each) => each.entryId),
  );
  const isStandIn = standsInForApi(source, document, now);
  const changed = identified.filter(({ entry, entryId, statedHash }) => {
    const known = statements.get(entryId);
    // One that says nothing is waited for: there is nothing to send yet, and what was said before stays.
    return known?.contentHash !== statedHash && saysSomething(entry) && !(isStandIn && known);
  });
  const stored = await findPosts(
    database,
    changed.flatMap((each) => statements.get(each.entryId)?.postId ?? []),
  );
  const reason = protectedReason(source.id);
  let retractedCount = 0;
  const waiting = new Set<string>();
  for (const each of changed) {
    const post = stored.get(statements.get(each.entryId)?.postId ?? '');
    if (post && isReusedId(each, post)) continue;
    if (post?.state === 'released' && isProtected(each.entry)) {
      if (await retractPost(database, post.id, { reason, now })) retractedCount += 1;
    } else if (post?.state === 'retracted' && post.reason === reason && !isProtected(each.entry)) {
      const undone = await undoRetraction(database, post.id, now);
      if (undone.kind === 'waits') waiting.add(each.entryId);
    }
  }
  const live = liveEntries(identified, document.tombstones);
  const withdrawn = document.tombstones.filter((each) => !live.has(each.id));
  for (const postId of await findUnretracted(database, source.id, withdrawn)) {
    if (await retractPost(database, postId, { reason: withdrawnReason(source.id), now })) retractedCount += 1;
  }
  for (const { postId, entryId } of await findRetracted(database, source.id, [...live], withdrawnReason(source.id))) {
    const undone = await undoRetraction(database, postId, now);
    if (undone.kind === 'waits') waiting.add(entryId);
  }
  const due = changed.filter((each) => !waiting.has(each.entryId));
  return {
    entries: { changed: await withContent(ports.reader, due), present: identified.map((each) => each.entryId) },
    retractedCount,
    isComplete: waiting.size === 0 && !isStandIn,
  };
}

async function withContent(reader: SourceReader, due: readonly IdentifiedEntry[]): Promise<PreparedEntry[]> {
  const prepared = await prepareEntries(
    reader,
    due.map((each) => each.entry),
  );
  return due.map((each, index) => ({ ...each, prepared: prepared[index]! }));
}

/** For so long the feed of a WordPress site whose API is closed brings new posts, but says nothing of those that the API knew better. */
const apiPatienceMs = 24 * 3600 * 1000;

/**
 * Whether a feed stands in for a REST API that answered not long ago. A firewall that asks whether we are human closes it for an hour, and the feed
 * knows neither pictures nor papers that are only attached: each of its posts would be a revision, and another one an hour later.
 */
function standsInForApi(source: ClaimedSource, { format }: SourceDocument, now: Date): boolean {
  return source.apiReadAt !== null && format !== 'wordpress' && now.getTime() - source.apiReadAt.getTime() < apiPatienceMs;
}

/** Ids of the entries that a reader of the document finds: free to read, and with no later word that they are withdrawn (RFC 6721). */
function liveEntries(identified: readonly IdentifiedEntry[], tombstones: readonly Tombstone[]): Set<string> {
  const deletedAt = new Map(tombstones.map((each) => [each.id, each.deletedAt]));
  const isLive = ({ entry, entryId }: IdentifiedEntry): boolean => {
    const statedAt = entry.updatedAt ?? entry.publishedAt;
    const withdrawnAt = deletedAt.get(entryId);
    return !isProtected(entry) && !(statedAt && withdrawnAt && statedAt <= withdrawnAt);
  };
  return new Set(identified.filter(isLive).map((each) => each.entryId));
}

function logReport(log: Log, report: CollectReport): void {
  const { sourceId, newCount, releasedCount, heldCount, revisedCount, retractedCount } = report;
  const fields = { sourceId, newCount, releasedCount, heldCount, revisedCount, retractedCount };
  if (heldCount > 0) log.warn('source.posts_held', fields);
  if (report.outcome === 'failed' || report.outcome === 'gone') log.warn(`source.${report.outcome}`, { sourceId });
  else log.info(`source.${report.outcome}`, fields);
}
