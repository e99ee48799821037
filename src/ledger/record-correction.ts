import type { Database, Tx } from '../db/db.ts';
import {
  countCorrected,
  countHolders,
  type HolderCount,
  listDraftsWithPost,
  listPrunedWithPost,
  listStandingCorrections,
  markTakenBack,
  type StandingCorrection,
} from './correction-store.ts';
import { hasOpenCorrection, insertOffer } from './offer-store.ts';
import type { Position } from './position.ts';
import { findPostPositions } from './releases/release-store.ts';
import { type NewCorrection, releaseCorrection } from './releases/release-posts.ts';

/** Who would be told that a post was corrected. */
export interface CorrectionAudience {
  /** Of newsletters where it is known who has the post. */
  readonly holders: readonly HolderCount[];
  /** Not frozen yet, with an older text of the post pinned: who gets it with them is told too. */
  readonly draftIds: readonly string[];
  /** Their deliveries were deleted: in these newsletters nobody is told. */
  readonly pruned: readonly { readonly newsletterId: string; readonly editionId: string }[];
}

/** Who has a post in an older text than this revision; undefined where it was never released. */
export async function findCorrectionAudience(
  database: Database,
  post: { readonly postId: string; readonly revision: number },
): Promise<CorrectionAudience | undefined> {
  const position = (await findPostPositions(database, [post.postId])).get(post.postId);
  if (position === undefined) return undefined;
  const pruned = await listPrunedWithPost(database, position);
  const unknown = new Set(pruned.map(({ newsletterId }) => newsletterId));
  const holders = await countHolders(database, position, post.revision);
  return {
    holders: holders.filter(({ newsletterId }) => !unknown.has(newsletterId)),
    draftIds: await listDraftsWithPost(database, position, post.revision),
    pruned,
  };
}

/** Releases a correction and records that it is to be applied: later, because that waits while an edition is being frozen. @throws ConflictError */
export async function recordCorrection(tx: Tx, correction: NewCorrection): Promise<Position> {
  const position = await releaseCorrection(tx, correction);
  await insertOffer(tx, { postId: correction.postId, kind: 'correction', topicId: null, now: correction.now });
  return position;
}

/** What taking back came to. `told`: nobody waits for it any more. `carriedCount` have it in a message, sent or on its way. */
export type TakenBack =
  | { readonly kind: 'none' }
  | { readonly kind: 'told'; readonly carriedCount: number }
  | { readonly kind: 'taken_back'; readonly owedCount: number; readonly carriedCount: number };

/**
 * Takes back the newest correction of a post that stands, while somebody is still to be sent it: marked at once, so that no selection takes it and no
 * claim sends it, as a retracted post is. It leaves what is queued with the next re-pointing.
 */
export async function takeBackCorrection(database: Database, postId: string, now: Date): Promise<TakenBack> {
  const correction = (await listStandingCorrections(database, postId)).at(-1);
  if (correction === undefined) return { kind: 'none' };
  const { owedCount, carriedCount, queuedCount } = await countCorrected(database, correction.position);
  // What nobody has seen can always be taken back; of pruned editions it is not known who has.
  const mayBeUnseen = carriedCount === 0 && (await listPrunedWithPost(database, correction.position)).length === 0;
  const isToCome = mayBeUnseen || owedCount > 0 || queuedCount > 0 || (await comesLater(database, postId, correction));
  if (!isToCome) return { kind: 'told', carriedCount };
  const isTaken = await database.transaction(async (tx) => markTakenBack(tx, correction.position, now));
  return isTaken ? { kind: 'taken_back', owedCount, carriedCount } : { kind: 'none' };
}

/** It is still to be applied, or an edition that is not frozen yet carries the older text. */
async function comesLater(database: Database, postId: string, { revision }: StandingCorrection): Promise<boolean> {
  if (await hasOpenCorrection(database, postId)) return true;
  const position = (await findPostPositions(database, [postId])).get(postId);
  return position !== undefined && (await listDraftsWithPost(database, position, revision)).length > 0;
}
