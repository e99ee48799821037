import type { Queryable } from '../db/db.ts';
import { getEdition, listEditionPosts } from '../ledger/drafts/edition-store.ts';
import { listRenditions } from '../ledger/drafts/rendition-store.ts';
import { deliveryCounts } from '../ledger/queue/delivery-report-store.ts';
import { loadPosts, postRefKey } from '../posts/load-posts.ts';
import { listLeavingSlots } from '../subscribers/leaving/leaving-burst-store.ts';
import { burstsOf } from '../subscribers/leaving/leaving-burst.ts';
import { titleOf } from './digests/digest-model.ts';
import { publicEdition, publicEditionPost, publicRendition, type PublicEditionDetails } from './public-edition.ts';

/** An edition, and what people call its posts. */
export interface ShownEdition {
  readonly edition: PublicEditionDetails;
  /** One for each of its posts, in their order. */
  readonly titles: readonly string[];
}

/** One edition: its posts, digests, gates and deliveries. @throws NotFoundError */
export async function showEdition(db: Queryable, editionId: string): Promise<ShownEdition> {
  const edition = await getEdition(db, editionId);
  const posts = await listEditionPosts(db, edition.id);
  const contents = await loadPosts(db, posts);
  const renditions = await listRenditions(db, edition.id);
  return {
    edition: {
      ...publicEdition(edition),
      posts: posts.map(publicEditionPost),
      renditions: renditions.map(publicRendition),
      deliveries: await deliveryCounts(db, edition.id),
      oneClick: burstsOf(await listLeavingSlots(db, edition.id)),
    },
    titles: posts.map((post) => {
      const content = contents.get(postRefKey(post));
      return content ? titleOf(content, 'en') : '';
    }),
  };
}
