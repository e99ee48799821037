import type { Database } from '../../db/db.ts';
import { retractPost, undoRetraction } from '../../ledger/retract-post.ts';
import { areAllMoved, doDatesMove, hasMoved, signsOf, type Restated } from '../../posts/identity/id-habit.ts';
import type { IdentifiedEntry } from '../../posts/identity/identity.ts';
import type { RestatedDate } from '../../posts/listing-store.ts';
import { protectedReason, withdrawnReason } from '../../posts/post.ts';
import { findPosts, findRetracted, findUnretracted } from '../../posts/post-store.ts';
import { findSaidBefore, findStatements } from '../../posts/storing/statement-store.ts';
import { isReplaced, shownDate, statedDate, type PreparedEntry } from '../../posts/identity/agreement.ts';
import type { Statement } from '../../posts/identity/stored-post.ts';
import { saysSomething, type SourceDocument, type Tombstone } from '../../reading/entry.ts';
import type { SourceReader } from '../../reading/source-reader.ts';
import type { ClaimedSource } from './poll-store.ts';
import { identifyInThread, prepareEntries } from './prepare-entries.ts';

/** What following a document needs. */
interface FollowPorts {
  readonly database: Database;
  readonly reader: Pick<SourceReader, 'runInThread'>;
}

/** An entry that is stated again under the id that it had. */
export interface RestatedEntry extends Restated, RestatedDate {
  readonly statedAt: Date;
  /** The date is that of publication, not only of the last change, and may be shown. */
  readonly isPublication: boolean;
}

/** What a document changes: entries to store, dates to keep, and how many posts were withdrawn. `isComplete` is false when something of it is to be looked at again. */
export interface FollowedChanges {
  readonly changed: readonly PreparedEntry[];
  /** All entries of the document, changed or not. */
  readonly identified: readonly IdentifiedEntry[];
  /** What the source stated under their ids before, by entry id. */
  readonly statements: ReadonlyMap<string, Statement>;
  readonly restated: readonly RestatedEntry[];
  /** What was said before in the same words, and comes under an id that was never seen. */
  readonly saidAgain: readonly Restated[];
  /** The dates of the document say nothing. */
  readonly datesMove: boolean;
  readonly retractedCount: number;
  readonly isComplete: boolean;
}

/** Finds what is new or changed, and withdraws or restores posts before anything is stored: after a crash in between it is done again. */
export async function followChanges(
  ports: FollowPorts,
  source: ClaimedSource,
  document: SourceDocument,
  now: Date,
): Promise<FollowedChanges> {
  const { database } = ports;
  const site = { siteUrl: document.siteUrl, sourceUrl: source.url };
  const identified = await identifyInThread(ports.reader, document.entries, site);
  const statements = await findStatements(
    database,
    source.id,
    identified.map((each) => each.entryId),
  );
  const isPatient = waitsForApi(source, document, now);
  const unchanged = restatedBy(identified, statements, new Map(), now).filter((each) => each.isSame);
  const doUnchangedMove = doDatesMove(source) || areAllMoved(signsOf(unchanged), source);
  const moved = new Set(doUnchangedMove ? [] : unchanged.filter(hasMoved).map((each) => each.entryId));
  const changed = identified.filter((each) => isToBeLookedAt(each, statements.get(each.entryId), { isPatient, moved }));
  // First, because it may fail: a document that is not read withdraws nothing.
  const prepared = await withContent(ports.reader, changed);
  const saidAgain = source.firstReadAt === null ? [] : await findSaidAgain(database, source.id, { prepared, identified, statements });
  const datesMove = doUnchangedMove || haveAllMoved(unchanged, saidAgain, source);
  const protections = await followProtections(database, source.id, { changed: prepared, statements, now });
  const withdrawals = await followWithdrawals(database, source.id, { identified, tombstones: document.tombstones, now });
  const waiting = new Set([...protections.waiting, ...withdrawals.waiting]);
  const due = prepared.filter((each) => !waiting.has(each.entryId));
  return {
    changed: due,
    identified,
    statements,
    restated: restatedBy(identified, statements, new Map(prepared.map((each) => [each.entryId, each.prepared.saidHash])), now),
    saidAgain,
    datesMove,
    retractedCount: protections.retractedCount + withdrawals.retractedCount,
    isComplete: waiting.size === 0 && !isPatient,
  };
}

/** Whether an entry is new, or says something else than before. */
function isToBeLookedAt(
  { entry, entryId, statedHash }: IdentifiedEntry,
  known: Statement | undefined,
  { isPatient, moved }: { readonly isPatient: boolean; readonly moved: ReadonlySet<string> },
): boolean {
  // The same words at another minute may be news, where ids are only words or places.
  const isOther = known?.statedHash !== statedHash || moved.has(entryId);
  // One that says nothing is waited for: there is nothing to send yet, and what was said before stays.
  return isOther && saysSomething(entry) && !(isPatient && known);
}

/** What is stated again, changed or not, of what was known under its id. */
function restatedBy(
  identified: readonly IdentifiedEntry[],
  statements: ReadonlyMap<string, Statement>,
  saidHashes: ReadonlyMap<string, string>,
  now: Date,
): RestatedEntry[] {
  return identified.flatMap(({ entry, entryId, idKind, statedHash }) => {
    const known = statements.get(entryId);
    const statedAt = statedDate(entry);
    if (known === undefined || statedAt === undefined) return [];
    const isSame = known.statedHash === statedHash || (known.saidHash !== null && known.saidHash === saidHashes.get(entryId));
    return [
      {
        entryId,
        postId: known.postId,
        hasOwnId: idKind === 'guid',
        isSame,
        statedAt,
        isPublication: entry.publishedAt !== undefined && shownDate(entry, now) === entry.publishedAt,
        wasStatedAt: known.statedAt,
      },
    ];
  });
}

/** What comes under an id that was never seen, in words that the source said before under one that it does not list any more. */
async function findSaidAgain(
  database: Database,
  sourceId: string,
  {
    prepared,
    identified,
    statements,
  }: {
    readonly prepared: readonly PreparedEntry[];
    readonly identified: readonly IdentifiedEntry[];
    readonly statements: ReadonlyMap<string, Statement>;
  },
): Promise<Restated[]> {
  const fresh = prepared.filter((each) => !statements.has(each.entryId) && statedDate(each.entry) !== undefined);
  if (fresh.length === 0) return [];
  const present = new Set(identified.map((each) => each.entryId));
  const before = await findSaidBefore(database, sourceId, [...new Set(fresh.map((each) => each.prepared.saidHash))]);
  return fresh.flatMap(({ entry, prepared: { saidHash } }) => {
    const said = before.get(saidHash) ?? [];
    if (said.length === 0 || said.some(({ entryId }) => present.has(entryId))) return [];
    const at = statedDate(entry);
    const restated = said.map(({ postId, statedAt }) => ({ postId, hasOwnId: false, isSame: true, statedAt: at, wasStatedAt: statedAt }));
    // What was said at several moments is said again at one of them.
    return [restated.find((each) => !hasMoved(each)) ?? restated[0]!];
  });
}

/** Whether a source that makes its ids or links anew does so with its dates: all that it says again has another one, as all of the document has. */
function haveAllMoved(unchanged: readonly Restated[], saidAgain: readonly Restated[], source: ClaimedSource): boolean {
  const signs = signsOf([...unchanged, ...saidAgain]);
  return saidAgain.length > 0 && signs.isMovedTogether === true && areAllMoved(signs, source);
}

/** What became of posts whose source protected, withdrew or restored them; `waiting` are the entries whose return waits for a freeze. */
interface Followed {
  readonly retractedCount: number;
  readonly waiting: ReadonlySet<string>;
}

/** A post that its source puts behind a password is withdrawn, and restored when that is gone. */
async function followProtections(
  database: Database,
  sourceId: string,
  entries: {
    readonly changed: readonly PreparedEntry[];
    readonly statements: ReadonlyMap<string, Statement>;
    readonly now: Date;
  },
): Promise<Followed> {
  const { changed, statements, now } = entries;
  const reason = protectedReason(sourceId);
  const ids = changed.map((each) => each.entryId);
  const lifted = new Set((await findRetracted(database, sourceId, ids, reason)).map((each) => each.entryId));
  // Only these: comparing what every entry says now with what it said is much work.
  const concerned = changed.filter((each) => each.entry.isProtected || lifted.has(each.entryId));
  const postIds = new Map(concerned.map(({ entryId }) => [entryId, statements.get(entryId)?.postId]));
  const stored = await findPosts(
    database,
    [...postIds.values()].filter((id) => id !== undefined),
  );
  const waiting = new Set<string>();
  let retractedCount = 0;
  for (const each of concerned) {
    const post = stored.get(postIds.get(each.entryId) ?? '');
    if (post && isReplaced(each, post, { datesMove: false })) continue;
    if (post?.state === 'released' && each.entry.isProtected) {
      if (await retractPost(database, post.id, { reason, now })) retractedCount += 1;
    } else if (post?.state === 'retracted' && post.reason === reason && !each.entry.isProtected) {
      const undone = await undoRetraction(database, post.id, now);
      if (undone.kind === 'waits') waiting.add(each.entryId);
    }
  }
  return { retractedCount, waiting };
}

/** A post that its source takes back (RFC 6721) is withdrawn, and restored when it stands there again. */
async function followWithdrawals(
  database: Database,
  sourceId: string,
  stated: { readonly identified: readonly IdentifiedEntry[]; readonly tombstones: readonly Tombstone[]; readonly now: Date },
): Promise<Followed> {
  const { identified, tombstones, now } = stated;
  const live = liveEntries(identified, tombstones);
  const reason = withdrawnReason(sourceId);
  const waiting = new Set<string>();
  let retractedCount = 0;
  const withdrawn = tombstones.filter((each) => !live.has(each.id));
  for (const postId of await findUnretracted(database, sourceId, withdrawn)) {
    if (await retractPost(database, postId, { reason, now })) retractedCount += 1;
  }
  for (const { postId, entryId } of await findRetracted(database, sourceId, [...live], reason)) {
    const undone = await undoRetraction(database, postId, now);
    if (undone.kind === 'waits') waiting.add(entryId);
  }
  return { retractedCount, waiting };
}

async function withContent(reader: FollowPorts['reader'], due: readonly IdentifiedEntry[]): Promise<PreparedEntry[]> {
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
function waitsForApi(source: ClaimedSource, document: SourceDocument, now: Date): boolean {
  return standsInForApi(source, document) && now.getTime() - source.apiReadAt!.getTime() < apiPatienceMs;
}

/** Whether a feed stands in for the REST API of its site, which says more. */
export function standsInForApi(source: Pick<ClaimedSource, 'apiReadAt'>, { format }: SourceDocument): boolean {
  return source.apiReadAt !== null && format !== 'wordpress';
}

/** Ids of the entries that a reader of the document finds: free to read, and with no later word that they are withdrawn (RFC 6721). */
function liveEntries(identified: readonly IdentifiedEntry[], tombstones: readonly Tombstone[]): Set<string> {
  const deletedAt = new Map(tombstones.map((each) => [each.id, each.deletedAt]));
  const isLive = ({ entry, entryId }: IdentifiedEntry): boolean => {
    const statedAt = entry.updatedAt ?? entry.publishedAt;
    const withdrawnAt = deletedAt.get(entryId);
    return !entry.isProtected && !(statedAt && withdrawnAt && statedAt <= withdrawnAt);
  };
  return new Set(identified.filter(isLive).map((each) => each.entryId));
}
