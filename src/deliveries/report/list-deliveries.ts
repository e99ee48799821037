import type { Database, Queryable } from '../../db/db.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { getEdition, listEditions } from '../../ledger/drafts/edition-store.ts';
import type { Edition } from '../../ledger/drafts/edition.ts';
import { listPassedOver } from '../../ledger/drafts/judge-readers.ts';
import { deliveryCounts, findReaders, listDeliveries } from '../../ledger/queue/delivery-report-store.ts';
import type { DeliveryState } from '../../ledger/queue/delivery.ts';
import { getNewsletter } from '../../newsletters/newsletter-store.ts';
import { editionOfDeliveries, publicDelivery, type PublicDeliveries, type PublicPassedOverList } from './public-delivery.ts';

/** Which deliveries staff want to see. */
export interface DeliveryQuery {
  /** The latest that has gone out where undefined. */
  readonly editionId?: string | undefined;
  /** The slug of the newsletter whose latest edition it is; of any where undefined. */
  readonly newsletter?: string | undefined;
  readonly state?: DeliveryState | undefined;
  readonly limit: number;
  /** Go on after this delivery. */
  readonly afterId?: string | undefined;
}

/** The ledger of an edition: how many deliveries are in which state, and who, in the order of ids. @throws NotFoundError */
export async function listPublicDeliveries(db: Queryable, query: DeliveryQuery): Promise<PublicDeliveries> {
  const { editionId, newsletter, state, limit, afterId } = query;
  const edition = editionId === undefined ? await getLatestEdition(db, newsletter) : await getEdition(db, editionId);
  const lines = await listDeliveries(db, edition.id, {
    limit,
    ...(state === undefined ? {} : { state }),
    ...(afterId === undefined ? {} : { afterId }),
  });
  return {
    edition: editionOfDeliveries(edition),
    counts: await deliveryCounts(db, edition.id),
    deliveries: lines.map(publicDelivery),
  };
}

/** The active readers of an edition's schedule who get nothing of it, or got nothing, each with why. @throws NotFoundError */
export async function listPublicPassedOver(
  database: Database,
  query: Pick<DeliveryQuery, 'editionId' | 'newsletter' | 'limit' | 'afterId'> & { readonly now: Date },
): Promise<PublicPassedOverList> {
  const { editionId, newsletter, limit, afterId, now } = query;
  const edition = editionId === undefined ? await getLatestEdition(database, newsletter) : await getEdition(database, editionId);
  const passedOver = await listPassedOver(database, { editionId: edition.id, now, limit, afterId });
  const readers = await findReaders(
    database,
    passedOver.map(({ subscriptionId }) => subscriptionId),
  );
  return {
    edition: editionOfDeliveries(edition),
    readers: passedOver.map(({ subscriptionId, why }) => {
      const { address = null, name = null } = readers.get(subscriptionId) ?? {};
      return { subscriptionId, address, name, why };
    }),
  };
}

async function getLatestEdition(db: Queryable, slug: string | undefined): Promise<Edition> {
  const newsletter = slug === undefined ? undefined : await getNewsletter(db, slug);
  const [edition] = await listEditions(db, {
    states: ['sending', 'paused', 'done', 'cancelled'],
    limit: 1,
    ...(newsletter ? { newsletterId: newsletter.id } : {}),
  });
  if (!edition)
    throw new NotFoundError('Expected an edition that has gone out, found none yet', { remedy: { kind: 'add', what: 'edition' } });
  return edition;
}
