import type { Queryable } from '../db/db.ts';
import { isUniqueViolation } from '../db/sqlstate.ts';
import { ConflictError, NotFoundError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/text/near-name.ts';
import { shownUrl } from '../reading/source-url.ts';
import { sourceDefaults, type ListedSource, type Source, type SourceKind, type SourceState, type WhenGone } from './source.ts';

/** The columns of a Source. */
export const sourceColumns = `id, url, kind, mapping, title, site_url as "siteUrl", language, time_zone as "timeZone", state,
  first_read as "firstRead", first_read_at as "firstReadAt", guard_limit as "guardLimit", etag, last_modified as "lastModified",
  body_hash as "bodyHash", poll_hints as "pollHints", next_poll_at as "nextPollAt", last_polled_at as "lastPolledAt", last_read_at as "lastReadAt", api_read_at as "apiReadAt",
  last_outcome as "lastOutcome", last_reason as "lastReason", failure_count as "failureCount", ids_kept_count as "idsKeptCount",
  ids_renewed_at as "idsRenewedAt", dates_moved_count as "datesMovedCount", dates_kept_count as "datesKeptCount", said_since as "saidSince",
  when_gone as "whenGone", repeats, trims_repeats as "trimsRepeats", listed_posts as "listedPosts", permanent_url as "permanentUrl",
  permanent_seen_count as "permanentSeenCount", created_at as "createdAt"`;

/** The columns of a ListedSource. */
const listedColumns = `${sourceColumns},
  array(select n.slug from newsletter_source l join newsletter n on n.id = l.newsletter_id where l.source_id = source.id order by n.slug) as newsletters,
  (select count(distinct post_id)::int from post_source where source_id = source.id) as "postCount"`;

/** What is stored of a new source. */
export interface NewSource {
  readonly url: string;
  readonly kind: SourceKind;
  readonly mapping?: unknown;
  readonly timeZone?: string | undefined;
  readonly firstRead: string;
  readonly guardLimit?: number | undefined;
  readonly now: Date;
}

/** Stores a source, due at once. @throws ConflictError when a source of this address exists, removed ones too. */
export async function insertSource(db: Queryable, source: NewSource): Promise<Source> {
  try {
    const { rows } = await db.query<Source>(
      `insert into source (url, kind, mapping, time_zone, first_read, guard_limit, next_poll_at, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $7)
       returning ${sourceColumns}`,
      [
        source.url,
        source.kind,
        source.mapping === undefined ? null : JSON.stringify(source.mapping),
        source.timeZone ?? null,
        source.firstRead,
        source.guardLimit ?? sourceDefaults.guardLimit,
        source.now,
      ],
    );
    return rows[0]!;
  } catch (error) {
    if (isUniqueViolation(error, 'source_url_key'))
      throw new ConflictError(`The source ${shownUrl(source.url)} exists already`, { cause: error });
    throw error;
  }
}

/** The source of this address, a removed one too; undefined when there is none. */
export async function findSourceByUrl(db: Queryable, url: string): Promise<Source | undefined> {
  const { rows } = await db.query<Source>(`select ${sourceColumns} from source where url = $1`, [url]);
  return rows[0];
}

/** The source with this id. @throws NotFoundError */
async function getSource(db: Queryable, id: string): Promise<Source> {
  const { rows } = /^\d{1,18}$/.test(id) ? await db.query<Source>(`select ${sourceColumns} from source where id = $1`, [id]) : { rows: [] };
  if (!rows[0]) throw notFound(id);
  return rows[0];
}

/** The source that staff name by id or address. @throws NotFoundError */
export async function chooseSource(db: Queryable, idOrUrl: string): Promise<Source> {
  if (/^\d+$/.test(idOrUrl)) return getSource(db, idOrUrl);
  const source = await findSourceByUrl(db, URL.canParse(idOrUrl) ? new URL(idOrUrl).href : idOrUrl);
  if (!source || source.state === 'removed') {
    const hint = didYouMean(
      idOrUrl,
      (await listSources(db)).map((each) => each.url),
    );
    throw new NotFoundError(`Expected the id or the address of a source, got "${idOrUrl}"${hint}`, {
      remedy: { kind: 'list', of: 'sources' },
    });
  }
  return source;
}

/** The sources that are not removed, all or those of one newsletter, oldest first. */
export async function listSources(db: Queryable, newsletterId?: string): Promise<ListedSource[]> {
  const { rows } = await db.query<ListedSource>(
    `select ${listedColumns} from source
     where state <> 'removed'
       and ($1::bigint is null or exists (select from newsletter_source l where l.source_id = source.id and l.newsletter_id = $1))
     order by id`,
    [newsletterId ?? null],
  );
  return rows;
}

/** One source with what staff want to see beside it, a removed one too. @throws NotFoundError */
export async function getListedSource(db: Queryable, id: string): Promise<ListedSource> {
  const { rows } = await db.query<ListedSource>(`select ${listedColumns} from source where id = $1`, [id]);
  if (!rows[0]) throw notFound(id);
  return rows[0];
}

function notFound(id: string): NotFoundError {
  return new NotFoundError(`Expected a source, found none with id ${id}`, { remedy: { kind: 'list', of: 'sources' } });
}

/** Ids of the sources that are due and that nobody reads at present, longest due first. */
export async function listDueSources(db: Queryable, now: Date): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from source
     where state = 'active' and next_poll_at <= $1 and (polling_until is null or polling_until < now())
     order by next_poll_at, id`,
    [now],
  );
  return rows.map((row) => row.id);
}

/** Changes the state of a source; one that becomes active is due at once. */
export async function setSourceState(db: Queryable, id: string, state: SourceState, now: Date): Promise<void> {
  await db.query(
    `update source set state = $2, next_poll_at = case when $2 = 'active' then $3 else next_poll_at end,
       failure_count = case when $2 = 'active' then 0 else failure_count end
     where id = $1`,
    [id, state, now],
  );
}

/** Decides what becomes of posts that vanish from a source before they were mailed. */
export async function setWhenGone(db: Queryable, id: string, whenGone: WhenGone): Promise<void> {
  await db.query(`update source set when_gone = $2 where id = $1`, [id, whenGone]);
}

/** Brings a removed source back with the settings of the new one. Its first read is long past: what is new since is news. */
export async function reviveSource(db: Queryable, id: string, source: NewSource): Promise<Source> {
  const { rows } = await db.query<Source>(
    `update source set state = 'active', kind = $2, mapping = $3, time_zone = $4, guard_limit = coalesce($5, guard_limit), next_poll_at = $6,
       failure_count = 0, first_read = $7, etag = null, last_modified = null, body_hash = null, listed_posts = null
     where id = $1 returning ${sourceColumns}`,
    [
      id,
      source.kind,
      source.mapping === undefined ? null : JSON.stringify(source.mapping),
      source.timeZone ?? null,
      source.guardLimit ?? null,
      source.now,
      source.firstRead,
    ],
  );
  return rows[0]!;
}

/** Adds a source to a newsletter; false when it is in it already. */
export async function attachSource(db: Queryable, sourceId: string, newsletterId: string, now: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into newsletter_source (newsletter_id, source_id, joined_at) values ($1, $2, $3)
     on conflict on constraint newsletter_source_pkey do nothing`,
    [newsletterId, sourceId, now],
  );
  return rowCount === 1;
}
