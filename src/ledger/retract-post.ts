import type { Database } from '../db/db.ts';
import { insertOffer } from './offer-store.ts';
import { findApprovedEdition, lockNewsletter } from './drafts/edition-store.ts';
import { listNewslettersOfPost } from './releases/membership-store.ts';
import { findPostPositions, markPostRetracted, unmarkPostRetracted } from './releases/release-store.ts';
import type { RenderRendition } from './drafts/rendition.ts';
import { repointRetracted } from './freeze/repoint-retracted.ts';

/** Why and when a post is withdrawn. */
export interface Retraction {
  readonly reason: string;
  readonly now: Date;
  /** Renders digests without the post; without it what is queued is re-pointed by the next sweep. */
  readonly renderRendition?: RenderRendition;
}

/**
 * Withdraws a post: marked at once, so that no selection takes it and no claim sends it, then taken out of what is queued. False when it
 * already was retracted, or does not exist.
 */
export async function retractPost(database: Database, postId: string, retraction: Retraction): Promise<boolean> {
  const { reason, now, renderRendition } = retraction;
  const isMarked = await database.transaction(async (tx) => markPostRetracted(tx, postId, reason, now));
  if (isMarked && renderRendition !== undefined) await repointRetracted(database, { renderRendition, now });
  return isMarked;
}

/** What undoing came to. `waits`: an edition of a newsletter that takes the post is being frozen; try again when it is sending. */
export type UndoneRetraction =
  { readonly kind: 'undone' } | { readonly kind: 'not_retracted' } | { readonly kind: 'waits'; readonly forEditionId: string };

/**
 * Undoes a retraction and records an offer to those whose cursor has passed the post meanwhile, and of its corrections to who has it. Waits while an edition of one of its newsletters
 * is being frozen: that freeze has decided without the post and would pass it.
 */
export async function undoRetraction(database: Database, postId: string, now: Date): Promise<UndoneRetraction> {
  return database.transaction(async (tx) => {
    for (const newsletterId of await listNewslettersOfPost(tx, postId)) {
      await lockNewsletter(tx, newsletterId);
      const forEditionId = await findApprovedEdition(tx, newsletterId);
      if (forEditionId !== undefined) return { kind: 'waits', forEditionId };
    }
    if ((await unmarkPostRetracted(tx, postId)) === undefined) return { kind: 'not_retracted' };
    if ((await findPostPositions(tx, [postId])).has(postId)) await insertOffer(tx, { postId, kind: 'unretracted', topicId: null, now });
    return { kind: 'undone' };
  });
}
