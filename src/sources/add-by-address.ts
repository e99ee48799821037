import type { Database } from '../db/db.ts';
import type { Clock } from '../kernel/clock.ts';
import { getNewsletter } from '../newsletters/newsletter-store.ts';
import { parseTimeZone } from '../newsletters/schedule.ts';
import { onlyFeed, type FeedCandidate } from '../reading/discover-feeds.ts';
import { parseMapping } from '../reading/formats/json-mapping.ts';
import type { SourceReader, SourceRequest } from '../reading/source-reader.ts';
import { addSource, type SourceInput } from './add-source.ts';
import { lookAtAddress, type AddressFinding } from './look-at-address.ts';
import { publicSource, type PublicSource } from './public-source.ts';
import { findSourceByUrl, getListedSource } from './source-store.ts';
import { checkFirstRead, checkSourceUrl, sourceDefaults } from './source.ts';

/** What adding needs. */
export interface AddByAddressPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly reader: SourceReader;
}

/** An address as staff name it, and how it is to be read. */
export interface AddressInput extends Omit<SourceInput, 'now'> {
  /** Add it whatever it is, without looking. */
  readonly isUnchecked?: boolean;
}

/** What came of it. */
export type AddedByAddress =
  | {
      /** `joined`: it was there, and is in more newsletters now. */
      readonly kind: 'added' | 'joined';
      readonly source: PublicSource;
      /** The one feed of posts that the address, a page, leads to: that is what was added. */
      readonly feed?: FeedCandidate;
      /** Why it could not be read now; it is tried again and again. */
      readonly trouble?: string;
    }
  /** A page that leads to several feeds: a person chooses. Nothing was added. */
  | { readonly kind: 'several'; readonly feeds: readonly FeedCandidate[] }
  /** Nothing that can be read. Nothing was added. */
  | { readonly kind: 'nothing'; readonly reason: string };

/**
 * Adds the source at an address: looks at it before it is stored, and follows a page to the one feed of posts that it names. An address that gives no answer
 * at present is added all the same. What is wrong whatever the address turns out to be is said before anybody waits for it.
 * @throws InvalidInputError, NotFoundError for an unknown newsletter, ConflictError when the source is in all of these newsletters already.
 */
export async function addByAddress(ports: AddByAddressPorts, input: AddressInput): Promise<AddedByAddress> {
  const { isUnchecked = false, ...wanted } = input;
  const request = await checkInput(ports, wanted);
  const finding = isUnchecked ? undefined : await lookAtAddress(ports.reader, request);
  if (finding?.kind === 'unreadable') return { kind: 'nothing', reason: finding.reason };
  const feed = finding?.kind === 'page' ? onlyFeed(finding.feeds) : undefined;
  if (finding?.kind === 'page' && feed === undefined) return { kind: 'several', feeds: finding.feeds };
  return { ...(await add(ports, { ...wanted, ...request, ...(feed && { url: feed.url, kind: feed.kind }) })), ...factsOf(finding, feed) };
}

async function checkInput({ database }: AddByAddressPorts, input: Omit<AddressInput, 'isUnchecked'>): Promise<SourceRequest> {
  checkFirstRead(input.firstRead ?? sourceDefaults.firstRead);
  if (input.timeZone !== undefined) parseTimeZone(input.timeZone);
  for (const slug of input.newsletters) await getNewsletter(database, slug);
  const url = checkSourceUrl(input.url);
  return input.mapping === undefined
    ? { url, kind: input.kind ?? sourceDefaults.kind }
    : { url, kind: 'json', mapping: parseMapping(input.mapping) };
}

async function add({ database, clock }: AddByAddressPorts, input: Omit<SourceInput, 'now'>) {
  return database.transaction(async (tx) => {
    const known = await findSourceByUrl(tx, checkSourceUrl(input.url));
    const { id } = await addSource(tx, { ...input, now: clock() });
    const kind = known === undefined || known.state === 'removed' ? ('added' as const) : ('joined' as const);
    return { kind, source: publicSource(await getListedSource(tx, id)) };
  });
}

function factsOf(finding: AddressFinding | undefined, feed: FeedCandidate | undefined) {
  return { ...(feed && { feed }), ...(finding?.kind === 'unavailable' && { trouble: finding.reason }) };
}
