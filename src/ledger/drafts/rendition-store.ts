import type { Queryable } from '../../db/db.ts';
import { parsePositions, positionsLiteral } from '../position.ts';
import { type DigestGroup, type RenderedGroup, type Rendition, renditionContentKey } from './rendition.ts';

type RenditionRow = Omit<Rendition, 'positions'> & { readonly positions: string };

const columns = `id, edition_id as "editionId", language, positions::text as positions, revisions, subject, preheader, html, plain as text, repairs`;

/** True for the rendition of an edition ($1) in a language ($2) with these positions ($3) and revisions ($4), found by the unique index over hashes. */
const isContent = `edition_id = $1 and language = $2 and positions = $3::bigint[] and revisions = $4::integer[]
  and hash_array_extended(positions, 0) = hash_array_extended($3::bigint[], 0)
  and hash_array_extended(positions, 1) = hash_array_extended($3::bigint[], 1)
  and hash_array_extended(revisions, 0) = hash_array_extended($4::integer[], 0)`;

/** A stored rendition. */
export async function findRendition(db: Queryable, renditionId: string): Promise<Rendition | undefined> {
  const { rows } = await db.query<RenditionRow>(`select ${columns} from rendition where id = $1`, [renditionId]);
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

/** The rendition of a group, where it is stored. */
export async function findRenditionOfGroup(db: Queryable, group: DigestGroup): Promise<Rendition | undefined> {
  const { rows } = await db.query<RenditionRow>(`select ${columns} from rendition where ${isContent}`, [
    group.editionId,
    group.language,
    positionsLiteral(group.positions),
    group.releases.map((release) => release.revision),
  ]);
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

type ListedRendition = Pick<Rendition, 'id' | 'language' | 'positions' | 'revisions' | 'subject' | 'repairs'> & {
  htmlBytes: number;
  textBytes: number;
};

/** Every rendition of an edition, with its size but without its texts. */
export async function listRenditions(db: Queryable, editionId: string): Promise<ListedRendition[]> {
  const { rows } = await db.query<Omit<ListedRendition, 'positions'> & { positions: string }>(
    `select id, language, positions::text as positions, revisions, subject, repairs,
       octet_length(html) as "htmlBytes", octet_length(plain) as "textBytes"
     from rendition where edition_id = $1 order by id`,
    [editionId],
  );
  return rows.map((row) => ({ ...row, positions: parsePositions(row.positions) }));
}

/** Stores a rendition and returns its id; one that is already there stays as it is: from approval on nothing changes (P5). */
export async function storeRendition(db: Queryable, group: DigestGroup, rendered: RenderedGroup): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `with stored as (
       insert into rendition (edition_id, language, positions, revisions, subject, preheader, html, plain, repairs)
       values ($1, $2, $3::bigint[], $4::integer[], $5, $6, $7, $8, $9)
       on conflict do nothing
       returning id)
     select id from stored
     union all
     select id from rendition where ${isContent}`,
    [
      group.editionId,
      group.language,
      positionsLiteral(group.positions),
      group.releases.map((release) => release.revision),
      rendered.subject,
      rendered.preheader,
      rendered.html,
      rendered.text,
      JSON.stringify(rendered.repairs),
    ],
  );
  if (rows[0] !== undefined) return rows[0].id;
  // Stored by somebody else between this statement's snapshot and its insert: now it is visible.
  const stored = await findRenditionOfGroup(db, group);
  if (stored === undefined) throw new Error('Expected a stored rendition, found none');
  return stored.id;
}

/** The previews of a draft are thrown away when it is edited; an approved edition's renditions stay. Returns how many went. */
export async function discardDraftRenditions(db: Queryable, editionId: string): Promise<number> {
  await db.query(`update edition set archive_rendition_id = null where id = $1 and state in ('draft', 'held')`, [editionId]);
  const { rowCount } = await db.query(
    `delete from rendition r using edition e where e.id = r.edition_id and e.id = $1 and e.state in ('draft', 'held')`,
    [editionId],
  );
  return rowCount ?? 0;
}

/** Ids of an edition's renditions by what they hold (`renditionKey`). */
export async function loadRenditionIds(db: Queryable, editionId: string): Promise<Map<string, string>> {
  const { rows } = await db.query<{ id: string; language: string; positions: string; revisions: number[] }>(
    `select id, language, positions::text as positions, revisions from rendition where edition_id = $1`,
    [editionId],
  );
  return new Map(
    rows.map(({ id, language, positions, revisions }) => [renditionContentKey(language, parsePositions(positions), revisions), id]),
  );
}

/** What renditions hold, by id. */
export async function loadRenditionContents(db: Queryable, renditionIds: readonly string[]): Promise<Map<string, RenditionContent>> {
  if (renditionIds.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; positions: string; revisions: number[] }>(
    `select id, positions::text as positions, revisions from rendition where id = any($1::bigint[])`,
    [renditionIds],
  );
  return new Map(rows.map(({ id, positions, revisions }) => [id, { positions: parsePositions(positions), revisions }]));
}

type RenditionContent = Pick<Rendition, 'positions' | 'revisions'>;

function fromRow(row: RenditionRow): Rendition {
  return { ...row, positions: parsePositions(row.positions) };
}
