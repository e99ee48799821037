import type { Database, Tx } from '../db/db.ts';
import { applyCorrections } from './apply-corrections.ts';
import type { Position } from './position.ts';
import { type CursorState, cursorAfterOffer } from './subscriptions/cursor.ts';
import { lockCursors, updateOwed } from './subscriptions/cursor-store.ts';
import { findApprovedEdition, lockNewsletter } from './drafts/edition-store.ts';
import { listNewslettersOfPost } from './releases/membership-store.ts';
import {
  type Offer,
  type OfferKind,
  findOfferedPost,
  insertOffer,
  isPruned,
  listHeldPositions,
  listMatchingSubscriptions,
  listOpenOffers,
  markOfferApplied,
  markOffersHeld,
} from './offer-store.ts';
import { defaultGuardLimit } from './releases/release.ts';
import { findPostPositions } from './releases/release-store.ts';

/** A post that matches only now. */
export interface NewOffer {
  readonly postId: string;
  readonly kind: OfferKind;
  /** The topic that it gained. */
  readonly topicId?: string;
  readonly now: Date;
}

/** Records that a post gained a topic. It is applied later, because an offer waits while an edition of the newsletter is being frozen. */
export async function recordOffer(tx: Tx, offer: NewOffer): Promise<void> {
  await insertOffer(tx, { postId: offer.postId, kind: offer.kind, topicId: offer.topicId ?? null, now: offer.now });
}

/** How to apply offers. */
export interface OfferOptions {
  readonly now: Date;
  /** More open offers than this at once are held until staff release them: a category mapped by mistake must not mail its whole past. */
  readonly guardLimit?: number;
  /** Offers that staff released: applied whatever the guard says. */
  readonly releasedOfferIds?: readonly string[];
  /** Only the corrections of this post. */
  readonly correctionsOf?: string;
}

/** What became of the open offers. `waitingCount` go on when the freeze that runs has ended. */
export interface OffersResult {
  readonly appliedCount: number;
  readonly waitingCount: number;
  readonly heldCount: number;
  /** Of these, how many only now. */
  readonly newlyHeldCount: number;
}

/** Subscriptions per transaction, as in a freeze. */
const offerChunkSize = 2_000;

/** Applies what was recorded. Safe to repeat after a crash: an offer that was half applied gives nobody anything twice. */
export async function applyOffers(database: Database, options: OfferOptions): Promise<OffersResult> {
  const { correctionsOf } = options;
  const open = (await listOpenOffers(database)).filter(
    ({ kind, postId }) => correctionsOf === undefined || (kind === 'correction' && postId === correctionsOf),
  );
  const released = new Set(options.releasedOfferIds ?? []);
  // A correction goes to who has the post, and staff were asked: it is no flood.
  const isFree = (offer: Offer): boolean => offer.isUnguarded || offer.kind === 'correction';
  const fresh = open.filter((offer) => offer.heldAt === null && !isFree(offer) && !released.has(offer.id));
  const isGuarded = fresh.length > (options.guardLimit ?? defaultGuardLimit);
  if (isGuarded) {
    await markOffersHeld(
      database,
      fresh.map((offer) => offer.id),
      options.now,
    );
  }
  const due = open.filter((offer) => released.has(offer.id) || isFree(offer) || (!isGuarded && offer.heldAt === null));
  let appliedCount = 0;
  for (const offer of due) if (await applyOffer(database, offer, options.now)) appliedCount += 1;
  return {
    appliedCount,
    waitingCount: due.length - appliedCount,
    heldCount: open.length - due.length,
    newlyHeldCount: isGuarded ? fresh.length : 0,
  };
}

async function applyOffer(database: Database, offer: Offer, now: Date): Promise<boolean> {
  const post = await findOfferedPost(database, offer.postId);
  const position = (await findPostPositions(database, [offer.postId])).get(offer.postId);
  // Not released, or retracted meanwhile: there is nothing to offer; an undone retraction records an offer of its own.
  if (post?.isReleased === true && position !== undefined) {
    const newsletterIds = offer.kind === 'correction' ? [] : await listNewslettersOfPost(database, offer.postId);
    for (const newsletterId of newsletterIds) {
      if (offer.newsletterId !== null && offer.newsletterId !== newsletterId) continue;
      if (!(await offerInNewsletter(database, newsletterId, post.topics, position))) return false;
    }
    const bringsCorrections = offer.kind === 'correction' || offer.kind === 'unretracted';
    if (bringsCorrections && !(await applyCorrections(database, { postId: offer.postId, position }))) return false;
  }
  await markOfferApplied(database, offer.id, now);
  return true;
}

async function offerInNewsletter(
  database: Database,
  newsletterId: string,
  topics: readonly string[],
  position: Position,
): Promise<boolean> {
  let afterId: string | undefined = '0';
  while (afterId !== undefined) {
    const after: string = afterId;
    const step = await database.transaction(async (tx) => {
      await lockNewsletter(tx, newsletterId);
      // A freeze that runs has cursors on either side of the post: some would be passed by and not be offered it.
      if ((await findApprovedEdition(tx, newsletterId)) !== undefined) return 'waits' as const;
      // Under the lock that marking takes: whoever has the post has a delivery that shows it, or nobody is offered it any more.
      if (await isPruned(tx, newsletterId, [position])) return undefined;
      return offerToChunk(tx, { newsletterId, topics, position, afterId: after });
    });
    if (step === 'waits') return false;
    afterId = step;
  }
  return true;
}

async function offerToChunk(
  tx: Tx,
  chunk: { newsletterId: string; topics: readonly string[]; position: Position; afterId: string },
): Promise<string | undefined> {
  const { newsletterId, topics, position, afterId } = chunk;
  const subscriptionIds = await listMatchingSubscriptions(tx, { newsletterId, topics, afterId, limit: offerChunkSize });
  if (subscriptionIds.length === 0) return undefined;
  const cursors = await lockCursors(tx, subscriptionIds);
  const held = await listHeldPositions(tx, { newsletterId, subscriptionIds, positions: [position] });
  const changed = new Map<string, CursorState>();
  for (const [subscriptionId, before] of cursors) {
    const after = cursorAfterOffer(before, position, held.get(subscriptionId)?.has(position) ?? false);
    if (after !== before) changed.set(subscriptionId, after);
  }
  await updateOwed(tx, changed);
  return subscriptionIds.at(-1);
}
