import type { Database, Tx } from '../db/db.ts';
import {
  type HolderQuery,
  type StandingCorrection,
  findHeldRevisions,
  listEditionsWithPost,
  listHolders,
  listNewslettersWithPost,
  listStandingCorrections,
} from './correction-store.ts';
import { findApprovedEdition, lockNewsletter } from './drafts/edition-store.ts';
import { isPruned, listHeldPositions } from './offer-store.ts';
import type { Position } from './position.ts';
import { type CursorState, cursorAfterCorrection } from './subscriptions/cursor.ts';
import { lockCursors, updateOwed } from './subscriptions/cursor-store.ts';

/** Deliveries per transaction, as many as subscriptions in a freeze. */
const correctionStepSize = 2_000;

/**
 * Puts the corrections of a post that stand into `owed` of whoever has it in an open, accepted or ever doubted delivery in an older text and has not
 * got them: nobody of a newsletter where deliveries of it were pruned. Walks the deliveries in sets, under the exclusion of offers: false where an
 * edition is being frozen. Safe to repeat. What is frozen after it begins sees the corrections itself.
 */
export async function applyCorrections(
  database: Database,
  post: { readonly postId: string; readonly position: Position },
): Promise<boolean> {
  const corrections = await listStandingCorrections(database, post.postId);
  const newsletterIds = corrections.length === 0 ? [] : await listNewslettersWithPost(database, post.position);
  for (const newsletterId of newsletterIds) {
    if (!(await correctInNewsletter(database, { newsletterId, position: post.position, corrections }))) return false;
  }
  return true;
}

interface Correcting {
  readonly newsletterId: string;
  /** Of the post. */
  readonly position: Position;
  readonly corrections: readonly StandingCorrection[];
}

async function correctInNewsletter(database: Database, correcting: Correcting): Promise<boolean> {
  const { newsletterId, position } = correcting;
  const editionIds = await underExclusion(database, newsletterId, (tx) => listEditionsWithPost(tx, newsletterId, position));
  if (editionIds === undefined) return false;
  for (const editionId of editionIds) {
    let afterId: string | null = '0';
    while (afterId !== null) {
      const after: string = afterId;
      const step: { next: string | null } | undefined = await underExclusion(database, newsletterId, async (tx) => ({
        next: await correctStep(tx, correcting, { editionId, afterId: after }),
      }));
      if (step === undefined) return false;
      afterId = step.next;
    }
  }
  return true;
}

/** Undefined while an edition of the newsletter is being frozen: that freeze may not have seen the correction. */
async function underExclusion<T>(database: Database, newsletterId: string, work: (tx: Tx) => Promise<T>): Promise<T | undefined> {
  return database.transaction(async (tx) => {
    await lockNewsletter(tx, newsletterId);
    return (await findApprovedEdition(tx, newsletterId)) === undefined ? work(tx) : undefined;
  });
}

async function correctStep(tx: Tx, correcting: Correcting, place: { editionId: string; afterId: string }): Promise<string | null> {
  const { newsletterId, position, corrections } = correcting;
  // Under the lock that marking takes: who has the post, or its correction, is known of everybody or asked of nobody.
  if (await isPruned(tx, newsletterId, [position, ...corrections.map((each) => each.position)])) return null;
  const belowRevision = Math.max(...corrections.map(({ revision }) => revision));
  const query: HolderQuery = { editionId: place.editionId, position, belowRevision };
  const { holderIds: ids, uptoId } = await listHolders(tx, { ...query, afterId: place.afterId, limit: correctionStepSize });
  if (ids.length === 0) return uptoId;
  const cursors = await lockCursors(tx, ids);
  // Read again: who gave the post back meanwhile has done so before the lock, or waits for it and takes the corrections out.
  const revisions = await findHeldRevisions(tx, query, ids);
  const had = await listHeldPositions(tx, { newsletterId, subscriptionIds: ids, positions: corrections.map((each) => each.position) });
  const changed = new Map<string, CursorState>();
  for (const [id, before] of cursors) {
    const held = revisions.get(id);
    if (held === undefined) continue;
    const lacking = corrections.filter((each) => each.revision > held && had.get(id)?.has(each.position) !== true);
    const after = cursorAfterCorrection(
      before,
      lacking.map((each) => each.position),
    );
    if (after !== before) changed.set(id, after);
  }
  await updateOwed(tx, changed);
  return uptoId;
}
