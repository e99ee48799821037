/*
 * What a source lists, and which posts vanished from amid it. With each document its list of posts is kept, and what is missing of the one before; what
 * becomes of that is decided behind it, at every reading that succeeds: after a crash, or where a site was not to be asked, it is done the next time.
 */
import type { Database, Tx } from '../../db/db.ts';
import { canonicalUrl } from '../../content/web-address.ts';
import { retractPost, undoRetraction } from '../../ledger/retract-post.ts';
import { findFormerPosts, markListed, setListedPosts, type FormerPost } from '../../posts/listing-store.ts';
import {
  deleteMailed,
  deleteVanished,
  insertVanished,
  listReturned,
  listToJudge,
  markJudged,
  markReturned,
  trustVanished,
  type VanishedPost,
} from '../../posts/vanished-store.ts';
import { goneReason } from '../../posts/post.ts';
import { statedDate } from '../../posts/identity/agreement.ts';
import { doDatesMove } from '../../posts/identity/id-habit.ts';
import type { IdentifiedEntry } from '../../posts/identity/identity.ts';
import type { SourceReader } from '../../reading/source-reader.ts';
import { wordPressFeedUrl, wordPressSite } from '../../reading/wordpress/wordpress-url.ts';
import { findVanished, hasNewHead, isBeyondAll, isOlderThanAll, type ListedPost, type MissingPost } from './find-vanished.ts';
import type { ClaimedSource } from './poll-store.ts';

/** What a document lists. */
export interface Listing {
  readonly identified: readonly IdentifiedEntry[];
  /** The posts of its entries that are stored, by entry id. */
  readonly postIds: ReadonlyMap<string, string>;
  /** It is all that the source has to say: not broken off, and not from another door of the site that knows less. */
  readonly isWhole: boolean;
  /** What of the document could not be read. */
  readonly skipped: readonly string[];
  /** What did not change since then may be left out of it. */
  readonly modifiedAfter?: Date | undefined;
}

/** For so long something may be missing of a list because a cache shows yesterday's, or a site half of its own. */
const doubtMs = 3_600_000;

/** Keeps what a source lists, once its entries are stored, and what is missing of what it listed before. */
export async function keepListing(tx: Tx, source: ClaimedSource, listing: Listing, now: Date): Promise<void> {
  const { identified, postIds, isWhole } = listing;
  const entryIds = identified.map((each) => each.entryId);
  const listed = listedPosts(identified, postIds);
  const ids = listed.map((each) => each.postId);
  await markReturned(tx, source.id, ids, now);
  // An empty list, and the half of one, say nothing of what is missing.
  if (!isWhole || ids.length === 0) return;
  const before = source.listedPosts ?? [];
  const missing = await withoutExplained(tx, source, findVanished(before, listed), { ...listing, listed, now });
  // What could not be read, or says nothing yet, may be what is missing.
  const isDoubtful = listing.skipped.length > 0 || entryIds.some((id) => !postIds.has(id));
  await insertVanished(
    tx,
    source.id,
    missing.map(({ postId, isSure }) => ({ postId, sureAt: isSure && !isDoubtful ? now : new Date(now.getTime() + doubtMs) })),
    now,
  );
  if (hasNewHead(before, listed)) await trustVanished(tx, source.id, now);
  await setListedPosts(tx, source.id, ids);
  await markListed(tx, source.id, entryIds, now);
}

/** The posts that a document lists, in its order; one that it lists twice stands where it stands first. */
function listedPosts(identified: readonly IdentifiedEntry[], postIds: ReadonlyMap<string, string>): ListedPost[] {
  const listed = new Map<string, ListedPost>();
  for (const { entryId, entry } of identified) {
    const postId = postIds.get(entryId);
    if (postId !== undefined && !listed.has(postId)) listed.set(postId, { postId, statedAt: statedDate(entry) });
  }
  return [...listed.values()];
}

/**
 * Without those that are missing for another reason: they are older than the list, did not change for so long that their site leaves them out, or gave
 * their id to what their source says now (a page with one guid for ever).
 */
async function withoutExplained(
  tx: Tx,
  source: ClaimedSource,
  missing: readonly MissingPost[],
  { modifiedAfter, listed, now }: Listing & { readonly listed: readonly ListedPost[]; readonly now: Date },
): Promise<MissingPost[]> {
  if (missing.length === 0) return [];
  const ids = missing.map((each) => each.postId);
  const former = await findFormerPosts(tx, source.id, ids);
  const isExplained = ({ statedAt, changedAt, isReplaced }: FormerPost): boolean => {
    if (isReplaced) return true;
    if (modifiedAfter !== undefined && (changedAt === null || changedAt <= modifiedAfter)) return true;
    const calendar = { beforeCount: source.listedPosts?.length ?? 0, today: now };
    return !doDatesMove(source) && (isOlderThanAll(statedAt, listed) || isBeyondAll(statedAt, listed, calendar));
  };
  return missing.filter(({ postId }) => former.has(postId) && !isExplained(former.get(postId)!));
}

/** What became of posts that vanished. */
export interface SettledPosts {
  readonly goneCount: number;
  readonly retractedCount: number;
}

/** Decides on posts that vanished from a source before they were mailed, as staff wish, and brings back what is listed again. */
export async function settleVanished(
  ports: { readonly database: Database; readonly reader: Pick<SourceReader, 'read'> },
  source: ClaimedSource,
  now: Date,
): Promise<SettledPosts> {
  const { database } = ports;
  await restoreReturned(database, now);
  await deleteMailed(database, source.id);
  const missing = source.whenGone === 'ignore' ? [] : await listToJudge(database, source.id, now);
  const gone = missing.length === 0 ? [] : await withoutListedElsewhere(ports.reader, source, missing);
  if (gone.length === 0) return { goneCount: 0, retractedCount: 0 };
  let retractedCount = 0;
  const reason = goneReason(source.id);
  if (source.whenGone === 'hold')
    for (const { postId } of gone) if (await retractPost(database, postId, { reason, now })) retractedCount += 1;
  await database.transaction(async (tx) =>
    markJudged(
      tx,
      source.id,
      gone.map((each) => each.postId),
      now,
    ),
  );
  return { goneCount: gone.length, retractedCount };
}

/** What was withdrawn because it vanished, and is listed again, is there again. While a freeze is at work it waits for the next reading. */
async function restoreReturned(database: Database, now: Date): Promise<void> {
  for (const each of await listReturned(database)) {
    if (each.isWithdrawn && (await undoRetraction(database, each.postId, now)).kind === 'waits') continue;
    await database.transaction(async (tx) => deleteVanished(tx, each));
  }
}

/** A WordPress site has two doors: what the feed still lists is there, whatever the API says. Where the feed does not answer, nothing is decided yet. */
async function withoutListedElsewhere(
  reader: Pick<SourceReader, 'read'>,
  source: ClaimedSource,
  missing: readonly VanishedPost[],
): Promise<VanishedPost[]> {
  if (source.kind !== 'wordpress') return [...missing];
  const url = wordPressFeedUrl(wordPressSite(source.url));
  // A site that is asked for terms by their numbers has no feed of them.
  if (url === undefined) return [...missing];
  const reading = await reader.read({ url, kind: 'feed' });
  if (reading.kind !== 'read') return [];
  const ids = new Set(reading.document.entries.map(({ id }) => id));
  const pages = new Set(reading.document.entries.map((entry) => canonicalUrl(entry.url)));
  return missing.filter(({ entryIds, url: page }) => !entryIds.some((id) => ids.has(id)) && !pages.has(canonicalUrl(page ?? undefined)));
}
