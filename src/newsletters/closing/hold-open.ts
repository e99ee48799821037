import type { Tx } from '../../db/db.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { requireOpen, type Newsletter } from '../newsletter.ts';
import { holdNewsletter } from './closing-store.ts';

/** Keeps a newsletter open until commit, for somebody who joins it. @throws ConflictError where it was closed meanwhile, NotFoundError where it is gone */
export async function holdOpen(tx: Tx, { id, slug }: Pick<Newsletter, 'id' | 'slug'>): Promise<void> {
  const held = await holdNewsletter(tx, id);
  if (!held) throw new NotFoundError(`Expected a newsletter, got "${slug}", which was deleted a moment ago`);
  requireOpen({ slug, closedAt: held.closedAt });
}
