import type { Queryable } from '../../db/db.ts';
import type { Entry } from '../../reading/entry.ts';
import { findEntryKeys } from '../identity/identity.ts';
import { findKeys } from './key-store.ts';

/** The stored posts that entries of a document are, as far as their ids and links say. */
export async function findPostsOfEntries(db: Queryable, entries: readonly Entry[], sourceUrl: string): Promise<Set<string>> {
  const keys = findEntryKeys(entries, { sourceUrl }).flatMap((each) => each.keys);
  return new Set((await findKeys(db, keys)).map(({ postId }) => postId));
}

/** The stored posts whose pages have these addresses. */
export async function findPostsByLink(db: Queryable, links: readonly string[]): Promise<Set<string>> {
  const entries = links.map((url) => ({ id: url, hasOwnId: true, url, title: '', html: '', enclosures: [] }));
  const keys = findEntryKeys(entries, { sourceUrl: '' }).flatMap((each) => each.keys);
  return new Set((await findKeys(db, keys)).map(({ postId }) => postId));
}
