import type { Tx } from '../../db/db.ts';
import {
  dropFormerStatements,
  forgetStatedHashes,
  freeEntryIds,
  insertKeys,
  upsertStatements,
  yieldLead,
  type NewStatement,
} from '../post-store.ts';
import { statedDate } from '../identity/recognise.ts';
import type { PlannedEntry } from './storing-plan.ts';

/** A planned entry with its post and the revision that the post has afterwards. */
export interface StoredEntry extends PlannedEntry {
  readonly postId: string;
  readonly revision: number;
}

/** The document that entries are of. */
export interface StatedIn {
  readonly sourceId: string;
  readonly presentIds: ReadonlySet<string>;
  readonly now: Date;
}

/** Stores which entries state which posts, what they say, and the keys that lead to the posts from now on. */
export async function storeStatements(tx: Tx, all: readonly StoredEntry[], document: StatedIn): Promise<void> {
  const { sourceId, now } = document;
  const taken = all.filter((each) => each.takesId).map((each) => each.entry.entryId);
  await freeEntryIds(tx, sourceId, taken);
  await upsertStatements(
    tx,
    sourceId,
    all.map((each) => statementOf(each, now)),
    now,
  );
  await passFormer(tx, all, document);
  await passLead(tx, all, sourceId);
  await insertKeys(
    tx,
    // An id that is made anew at each fetch leads nowhere.
    all.flatMap(({ entry, postId, isRenewed }) =>
      entry.keys.filter(({ kind }) => !(isRenewed && kind === 'guid')).map((key) => ({ ...key, postId })),
    ),
  );
}

function statementOf({ entry, postId, isLead, rule, awaitedHash }: StoredEntry, now: Date): NewStatement {
  return {
    entryId: entry.entryId,
    postId,
    // What is looked at a second time counts as not seen yet.
    statedHash: awaitedHash === null ? entry.statedHash : '',
    saidHash: entry.prepared.saidHash,
    statedAt: statedDate(entry.entry, now) ?? null,
    awaitedHash,
    isLead,
    rule,
  };
}

/** The ids under which posts were stated until now: those that pass are forgotten, the others are looked at again should they come back. */
async function passFormer(tx: Tx, all: readonly StoredEntry[], { sourceId, presentIds }: StatedIn): Promise<void> {
  const renamed = all.filter(
    ({ entry, rule, twinOf, isRenewed }) => rule === 'words' && twinOf === undefined && (isRenewed || entry.idKind !== 'guid'),
  );
  await dropFormerStatements(
    tx,
    sourceId,
    renamed.map(({ entry, postId }) => ({ entryId: entry.entryId, postId })),
    [...presentIds],
  );
  const former = all
    .flatMap(({ stored }) => stored?.statements ?? [])
    .filter((each) => each.sourceId === sourceId && !presentIds.has(each.entryId))
    .map((each) => each.entryId);
  if (former.length > 0) await forgetStatedHashes(tx, sourceId, former);
}

/** Where a source says more of a post than the one that led it. */
async function passLead(tx: Tx, all: readonly StoredEntry[], sourceId: string): Promise<void> {
  const won = all.filter((each) => each.isLead && each.stored?.statements.some((other) => other.isLead && other.sourceId !== sourceId));
  if (won.length > 0)
    await yieldLead(
      tx,
      won.map((each) => each.postId),
      sourceId,
    );
}
