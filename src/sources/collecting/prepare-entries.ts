import type { PreparedContent } from '../../content/content-from-entry.ts';
import {
  identifyEntries,
  keyedPart,
  statedHashOf,
  type DocumentSite,
  type EntryKeys,
  type IdentifiedEntry,
} from '../../posts/identity/identity.ts';
import type { Entry } from '../../reading/entry.ts';
import type { SourceReader } from '../../reading/source-reader.ts';
import { answerInPortions } from './portions.ts';

type Threads = Pick<SourceReader, 'runInThread'>;

/**
 * What entries of one document would say as posts, in their order, found out in a thread of the reader.
 * @throws SourceError `timeout` or `too_large` for entries that take more than a document may, which says nothing about other documents;
 * BusyError when the machine had no time for it; ConflictError when the reader was closed.
 */
export async function prepareEntries(threads: Threads, entries: readonly Entry[]): Promise<PreparedContent[]> {
  return answerInPortions<PreparedContent>(threads, entries, (portion) => ({ kind: 'prepare', entries: portion }));
}

/** The entries of a document with their ids and keys, which are found out in a thread of the reader. @throws as `prepareEntries` does */
export async function identifyInThread(threads: Threads, entries: readonly Entry[], site: DocumentSite): Promise<IdentifiedEntry[]> {
  const hashes: string[] = [];
  const keys = await answerInPortions<EntryKeys>(threads, entries, (portion) => {
    // Here, a portion at a time: the text of all entries is most of a document, and a copy of it would cost more than its hash.
    for (const entry of portion) hashes.push(statedHashOf(entry));
    return { kind: 'identify', entries: portion.map(keyedPart), site };
  });
  return identifyEntries(entries.map((entry, index) => ({ entry, ...keys[index]!, statedHash: hashes[index]! })));
}
