import type { Tx } from '../../db/db.ts';
import { dropFormerKeys, insertKeys, passKeys, type NewKey } from './key-store.ts';
import {
  dropFormerStatements,
  forgetStatedHashes,
  freeEntryIds,
  upsertStatements,
  yieldLead,
  type NewStatement,
} from './statement-store.ts';
import { titleKeyOf } from '../../content/said.ts';
import { statedDate } from '../identity/agreement.ts';
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
  await upsertStatements(tx, sourceId, all.map(statementOf), now);
  await passFormer(tx, all, document);
  await passLead(tx, all, sourceId);
  await storeKeys(tx, all);
}

async function storeKeys(tx: Tx, all: readonly StoredEntry[]): Promise<void> {
  // An id that is made anew at each fetch leads nowhere.
  const keysOf = ({ entry, postId, isRenamed }: StoredEntry): NewKey[] =>
    entry.keys.filter(({ kind }) => !(isRenamed && kind === 'guid')).map((key) => ({ ...key, postId }));
  // The id of a page that always has one names what stands there now, for all who read it.
  await passKeys(
    tx,
    all.filter(({ rule }) => rule === 'replaced').flatMap((each) => keysOf(each).filter(({ kind }) => kind === 'guid')),
  );
  const present = all.flatMap(keysOf);
  await insertKeys(tx, present);
  await dropFormerKeys(
    tx,
    all.filter(({ isAlone, entry }) => isAlone && entry.keys.some(({ kind }) => kind === 'url')).map(({ postId }) => postId),
    present,
  );
}

function statementOf({ entry, postId, isLead, rule, awaitedHash, isUnheard }: StoredEntry): NewStatement {
  return {
    entryId: entry.entryId,
    postId,
    // What is looked at a second time counts as not seen yet.
    statedHash: awaitedHash === null && !isUnheard ? entry.statedHash : '',
    saidHash: entry.prepared.saidHash,
    titleKey: titleKeyOf(entry.prepared.content.title),
    statedAt: statedDate(entry.entry) ?? null,
    awaitedHash,
    isLead,
    rule,
  };
}

/** The ids under which posts were stated until now: those that pass are forgotten, the others are looked at again should they come back. */
async function passFormer(tx: Tx, all: readonly StoredEntry[], { sourceId, presentIds }: StatedIn): Promise<void> {
  const renamed = new Map(all.filter(({ isRenamed }) => isRenamed).map(({ postId, entry }) => [postId, entry.entryId]));
  await dropFormerStatements(
    tx,
    sourceId,
    [...renamed].map(([postId, entryId]) => ({ postId, entryId })),
    [...presentIds],
  );
  const former = [...new Set(all.map(({ stored }) => stored))]
    .flatMap((stored) => stored?.statements ?? [])
    .filter((each) => each.sourceId === sourceId && !presentIds.has(each.entryId))
    .map((each) => each.entryId);
  if (former.length > 0) await forgetStatedHashes(tx, sourceId, former);
}

/** Where a source says more of a post than the one that led it. */
async function passLead(tx: Tx, all: readonly StoredEntry[], sourceId: string): Promise<void> {
  const led = new Map(all.flatMap(({ stored, isLead, postId }) => (stored && isLead ? [[postId, stored] as const] : [])));
  const won = [...led].filter(([, { statements }]) => statements.some((other) => other.isLead && other.sourceId !== sourceId));
  if (won.length > 0)
    await yieldLead(
      tx,
      won.map(([postId]) => postId),
      sourceId,
    );
}
