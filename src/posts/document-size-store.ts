import { createHash } from 'node:crypto';
import type { Queryable, Tx } from '../db/db.ts';
import type { Attachment } from '../content/content.ts';
import { steadyFile } from '../content/web-address.ts';

/** A document whose server is to be asked how long it is. */
export interface UnknownSize {
  readonly addressKey: string;
  readonly url: string;
}

/** One key for all addresses of a document, whatever stamps they carry. */
function addressKeyOf(url: string): string {
  return createHash('sha256').update(steadyFile(url)).digest('base64url').slice(0, 32);
}

/** Notes documents whose length nobody stated, to be asked for once. */
export async function insertUnknownSizes(tx: Tx, attachments: readonly Attachment[], now: Date): Promise<void> {
  const unknown = new Map(attachments.filter((each) => each.lengthBytes === undefined).map(({ url }) => [addressKeyOf(url), url]));
  if (unknown.size === 0) return;
  // In one order everywhere: two sources may name the same documents.
  const keys = [...unknown.keys()].sort();
  await tx.query(
    `insert into document_size (address_key, url, added_at)
     select u.*, $3 from unnest($1::text[], $2::text[]) as u on conflict on constraint document_size_pkey do nothing`,
    [keys, keys.map((key) => unknown.get(key)!), now],
  );
}

/** Takes documents whose server was not asked yet, the newest first: whoever takes one asks, and nobody asks again. */
export async function claimUnknownSizes(
  db: Queryable,
  { limit, now }: { readonly limit: number; readonly now: Date },
): Promise<UnknownSize[]> {
  const { rows } = await db.query<UnknownSize>(
    `update document_size set asked_at = $2
     where address_key in (select address_key from document_size where asked_at is null order by added_at desc limit $1 for update skip locked)
     returning address_key as "addressKey", url`,
    [limit, now],
  );
  return rows;
}

/** Keeps what a server said. */
export async function setDocumentSize(db: Queryable, addressKey: string, lengthBytes: number): Promise<void> {
  await db.query('update document_size set length_bytes = $2 where address_key = $1', [addressKey, lengthBytes]);
}

/** The rows with the lengths of their documents that servers told. */
export async function withKnownSizes<Row extends { readonly attachments: Attachment[] }>(
  db: Queryable,
  rows: readonly Row[],
): Promise<Row[]> {
  const keys = new Set(
    rows.flatMap(({ attachments }) => attachments.flatMap((each) => (each.lengthBytes === undefined ? addressKeyOf(each.url) : []))),
  );
  if (keys.size === 0) return [...rows];
  const { rows: found } = await db.query<{ addressKey: string; lengthBytes: string }>(
    `select address_key as "addressKey", length_bytes::text as "lengthBytes" from document_size
     where address_key = any($1::text[]) and length_bytes is not null`,
    [[...keys]],
  );
  if (found.length === 0) return [...rows];
  const lengths = new Map(found.map(({ addressKey, lengthBytes }) => [addressKey, Number(lengthBytes)]));
  const withSize = (each: Attachment): Attachment => {
    const lengthBytes = each.lengthBytes ?? lengths.get(addressKeyOf(each.url));
    return lengthBytes === undefined ? each : { ...each, lengthBytes };
  };
  return rows.map((row) => ({ ...row, attachments: row.attachments.map(withSize) }));
}
