import { domainToASCII, domainToUnicode } from 'node:url';
import type { Database, Queryable } from '../../db/db.ts';
import { ConflictError, NotFoundError } from '../../kernel/errors.ts';
import { utcMoment } from '../../kernel/text/utc-moment.ts';
import { getEdition } from '../../ledger/drafts/edition-store.ts';
import type { Edition } from '../../ledger/drafts/edition.ts';
import { listPassedOver } from '../../ledger/drafts/judge-readers.ts';
import {
  deliveryCounts,
  findEditionOfDelivery,
  findReaders,
  listDeliveries,
  listEditionsWithDeliveries,
  type DeliveryFilter,
  type EditionWithDeliveries,
} from '../../ledger/queue/delivery-report-store.ts';
import { defaultAccount } from '../../mail/mailers.ts';
import { getNewsletter } from '../../newsletters/newsletter-store.ts';
import { listNewslettersOfPerson } from '../../subscribers/choices/choice-store.ts';
import { getPerson } from '../../subscribers/choices/find-subscription.ts';
import {
  editionOfDeliveries,
  publicDelivery,
  type PublicDeliveries,
  type PublicDeliveryList,
  type PublicDeliveryOfNewsletter,
  type PublicPassedOverList,
} from './public-delivery.ts';

/** Of which edition staff want to see deliveries. */
export interface EditionChoice {
  /** The latest that has gone out where undefined. */
  readonly editionId?: string | undefined;
  /** The slug of the newsletter whose latest edition it is; of any where undefined. */
  readonly newsletter?: string | undefined;
  /** The name of the account that the newsletter is mailed through; of any where undefined. */
  readonly account?: string | undefined;
}

/** Which deliveries staff want to see. */
export interface DeliveryQuery extends EditionChoice, Omit<DeliveryFilter, 'subscriptionIds'> {
  /** To this person: an address, or the id of a subscription of theirs. */
  readonly person?: { readonly named: string; readonly addressKeySecret: Buffer } | undefined;
}

interface Page {
  readonly limit: number;
  /** Go on after this delivery. */
  readonly afterId?: string | undefined;
}

/** The ledger of an edition: how many deliveries are in which state, and who, in the order of ids. @throws NotFoundError; InvalidInputError */
export async function listPublicDeliveries(db: Queryable, { limit, afterId, ...query }: DeliveryQuery & Page): Promise<PublicDeliveries> {
  const edition = await getEditionOf(db, query);
  const lines = await listDeliveries(db, edition.id, { ...(await filterOf(db, query)), limit, afterId });
  return { edition: editionOfDeliveries(edition), counts: await deliveryCounts(db, edition.id), deliveries: lines.map(publicDelivery) };
}

// Some 300 KB of text.
const pageSize = 1_000;

/**
 * Deliveries page by page, however many there are: of one edition, or, `ofAll`, of all that have any, the newest edition first.
 * @throws NotFoundError; InvalidInputError
 */
export async function* pagesOfDeliveries(
  db: Queryable,
  query: DeliveryQuery & { readonly afterId?: string | undefined },
  { ofAll }: { readonly ofAll: boolean },
): AsyncGenerator<readonly PublicDeliveryOfNewsletter[], void> {
  const filter = await filterOf(db, query);
  let afterId = query.afterId;
  for (const { id, newsletter } of await editionsOf(db, query, ofAll)) {
    for (;;) {
      const lines = await listDeliveries(db, id, { ...filter, limit: pageSize, afterId });
      if (lines.length > 0) yield lines.map((line) => ({ ...publicDelivery(line), newsletter }));
      if (lines.length < pageSize) break;
      afterId = lines.at(-1)!.id;
    }
    afterId = undefined;
  }
}

async function editionsOf(
  db: Queryable,
  query: DeliveryQuery & { readonly afterId?: string | undefined },
  ofAll: boolean,
): Promise<readonly EditionWithDeliveries[]> {
  if (!ofAll) return listEditionsWithDeliveries(db, { editionId: (await getEditionOf(db, query)).id });
  const { since, until, afterId } = query;
  const uptoId = afterId === undefined ? undefined : await findEditionOfDelivery(db, afterId);
  if (afterId !== undefined && uptoId === undefined)
    throw new NotFoundError(`Expected the id of a delivery, found none with id ${afterId}`);
  return listEditionsWithDeliveries(db, { ...(await choiceOf(db, query)), since, until, uptoId });
}

/** Deliveries of all editions that have any. @throws NotFoundError; InvalidInputError */
export async function listDeliveriesOfAll(db: Queryable, { limit, ...query }: DeliveryQuery & Page): Promise<PublicDeliveryList> {
  const found: PublicDeliveryOfNewsletter[] = [];
  for await (const page of pagesOfDeliveries(db, query, { ofAll: true })) {
    found.push(...page.slice(0, limit - found.length));
    if (found.length === limit) break;
  }
  return { deliveries: found };
}

async function filterOf(db: Queryable, query: DeliveryQuery): Promise<DeliveryFilter> {
  const { states, reasons, reply, domains, since, until, person } = query;
  const wanted = { states, reasons, reply, since, until, domains: domains?.flatMap(formsOfDomain) };
  if (person === undefined) return wanted;
  const { subscriberId } = await getPerson(db, person.named, person.addressKeySecret);
  return { ...wanted, subscriptionIds: (await listNewslettersOfPerson(db, subscriberId)).map(({ subscriptionId }) => subscriptionId) };
}

/** An address may name its host in either script. */
function formsOfDomain(domain: string): string[] {
  const lower = domain.toLowerCase();
  return [...new Set([lower, domainToASCII(lower), domainToUnicode(lower)])].filter((form) => form !== '');
}

/** The active readers of an edition's schedule who get nothing of it, or got nothing, each with why. @throws NotFoundError; ConflictError where that is not known any more */
export async function listPublicPassedOver(
  database: Database,
  { limit, afterId, now, ...query }: EditionChoice & Page & { readonly now: Date },
): Promise<PublicPassedOverList> {
  const edition = await getEditionOf(database, query);
  if (edition.prunedAt !== null)
    throw new ConflictError(
      `Expected an edition whose deliveries are kept: those of edition ${edition.id} were deleted ${utcMoment(edition.prunedAt)}, and who got nothing of it is not known any more`,
    );
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

async function choiceOf(
  db: Queryable,
  { newsletter: slug, account }: EditionChoice,
): Promise<{ newsletterId: string | undefined; account: { name: string; isDefault: boolean } | undefined }> {
  return {
    newsletterId: slug === undefined ? undefined : (await getNewsletter(db, slug)).id,
    account: account === undefined ? undefined : { name: account, isDefault: account === defaultAccount },
  };
}

async function getEditionOf(db: Queryable, choice: EditionChoice): Promise<Edition> {
  if (choice.editionId !== undefined) return getEdition(db, choice.editionId);
  const [latest] = await listEditionsWithDeliveries(db, await choiceOf(db, choice));
  if (!latest)
    throw new NotFoundError('Expected an edition that has gone out, found none yet', { remedy: { kind: 'add', what: 'edition' } });
  return getEdition(db, latest.id);
}
