import type { Tx } from '../db/db.ts';
import { ConflictError } from '../kernel/errors.ts';
import { getNewsletter } from '../newsletters/newsletter-store.ts';
import { parseTimeZone } from '../newsletters/schedule.ts';
import { parseMapping } from '../reading/formats/json-mapping.ts';
import { shownUrl } from '../reading/source-url.ts';
import { checkFirstRead, checkSourceUrl, sourceDefaults } from './source.ts';
import type { Source, SourceKind } from './source.ts';
import { attachSource, findSourceByUrl, insertSource, reviveSource } from './source-store.ts';

/** A source as staff name it. */
export interface SourceInput {
  readonly url: string;
  readonly kind?: SourceKind;
  /** Field mapping of a plain JSON API; makes the source one of kind `json`. */
  readonly mapping?: unknown;
  /** `known` (the default), `release` or `latest:N`. */
  readonly firstRead?: string;
  /** Slugs of the newsletters that take its posts. */
  readonly newsletters: readonly string[];
  /** IANA zone of dates that state none. */
  readonly timeZone?: string;
  readonly guardLimit?: number;
  readonly now: Date;
}

/**
 * Adds a source to newsletters; it is due at once. One that staff removed comes back with its posts, one that exists only joins the newsletters.
 * @throws InvalidInputError, NotFoundError for an unknown newsletter, ConflictError when the source is in all of these newsletters already.
 */
export async function addSource(tx: Tx, input: SourceInput): Promise<Source> {
  const newsletters = [];
  for (const slug of input.newsletters) newsletters.push(await getNewsletter(tx, slug));
  const wanted = {
    url: checkSourceUrl(input.url),
    kind: input.mapping === undefined ? (input.kind ?? sourceDefaults.kind) : 'json',
    ...(input.mapping === undefined ? {} : { mapping: parseMapping(input.mapping) }),
    firstRead: checkFirstRead(input.firstRead ?? sourceDefaults.firstRead),
    timeZone: input.timeZone === undefined ? undefined : parseTimeZone(input.timeZone),
    guardLimit: input.guardLimit,
    now: input.now,
  } as const;
  const existing = await findSourceByUrl(tx, wanted.url);
  const source =
    existing === undefined
      ? await insertSource(tx, wanted)
      : existing.state === 'removed'
        ? await reviveSource(tx, existing.id, wanted)
        : existing;
  let joinedCount = 0;
  for (const newsletter of newsletters) if (await attachSource(tx, source.id, newsletter.id, input.now)) joinedCount += 1;
  if (existing && existing.state !== 'removed' && joinedCount === 0)
    throw new ConflictError(`The source ${shownUrl(wanted.url)} exists already, with id ${source.id}`);
  return source;
}
