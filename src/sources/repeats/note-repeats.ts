import { comparedPosts, findRepeats, maxComparedLength } from '../../content/clutter/repeats.ts';
import type { Queryable } from '../../db/db.ts';
import { listLastTexts, setRepeats } from './repeat-store.ts';

/** Looks through the last posts of a source for what they repeat, and keeps it: digests and feeds of many posts read it with the source. */
export async function noteRepeats(db: Queryable, sourceId: string): Promise<void> {
  const texts = await listLastTexts(db, sourceId, { limit: comparedPosts, maxLength: maxComparedLength });
  await setRepeats(db, sourceId, findRepeats(texts));
}
