import type { Database } from '../../db/db.ts';
import { ConflictError, InvalidInputError } from '../../kernel/errors.ts';
import { applyOffers } from '../../ledger/apply-offers.ts';
import { recordCorrection, findCorrectionAudience, takeBackCorrection } from '../../ledger/record-correction.ts';
import { listNewsletters } from '../../newsletters/newsletter-store.ts';
import { showPost } from '../list-posts.ts';
import type { PublicCorrection, PublicCorrectionPlan, PublicTakenBack } from '../public-correction.ts';

/**
 * Who would be told that a post was corrected: whoever has it in an older text. Nothing is stored.
 * @throws NotFoundError, ConflictError when the post was never released or is retracted, InvalidInputError for an empty note
 */
export async function planCorrection(database: Database, idOrUrl: string, note: string): Promise<PublicCorrectionPlan> {
  if (note.trim() === '') throw new InvalidInputError('Expected a note that says what was corrected, got an empty text');
  const { id, title, revision, state } = await showPost(database, idOrUrl);
  if (state === 'retracted') throw new ConflictError(`Post ${id} is retracted; undo that first`);
  const audience = await findCorrectionAudience(database, { postId: id, revision });
  if (audience === undefined)
    throw new ConflictError('Expected a post that was released before it is corrected, got one that never was', {
      details: { postId: id },
    });
  const slugs = new Map((await listNewsletters(database)).map((newsletter) => [newsletter.id, newsletter.slug]));
  const slugOf = (newsletterId: string): string => slugs.get(newsletterId) ?? newsletterId;
  const unknown = [...new Set(audience.pruned.map(({ newsletterId }) => newsletterId))];
  return {
    post: { id, title, revision },
    note: note.trim(),
    holders: audience.holders.map(({ newsletterId, count }) => ({ newsletter: slugOf(newsletterId), count })),
    drafts: audience.draftIds,
    pruned: unknown.map((newsletterId) => ({
      newsletter: slugOf(newsletterId),
      editions: audience.pruned.filter((edition) => edition.newsletterId === newsletterId).map(({ editionId }) => editionId),
    })),
  };
}

/** Tells those who have a post in an older text that it was corrected: one short line in their next digest. @throws as `planCorrection` */
export async function correctPost(
  database: Database,
  idOrUrl: string,
  { note, now }: { readonly note: string; readonly now: Date },
): Promise<PublicCorrection> {
  const plan = await planCorrection(database, idOrUrl, note);
  const { id: postId, revision } = plan.post;
  const position = await database.transaction((tx) => recordCorrection(tx, { postId, revision, note: plan.note, now }));
  // At once where no edition is being frozen: whoever looks next sees whom it goes to. Otherwise the next tick after that does it.
  await applyOffers(database, { now, correctionsOf: postId });
  return { ...plan, position: String(position) };
}

/** Takes the newest correction of a post back while somebody is still to be sent it. @throws NotFoundError */
export async function takeBackByStaff(database: Database, idOrUrl: string, now: Date): Promise<PublicTakenBack> {
  const { id, title } = await showPost(database, idOrUrl);
  return { ...(await takeBackCorrection(database, id, now)), post: { id, title } };
}
