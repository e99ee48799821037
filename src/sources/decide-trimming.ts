import type { Database } from '../db/db.ts';
import { publicSource, type PublicSource } from './public-source.ts';
import { noteRepeats } from './repeats/note-repeats.ts';
import { setTrims } from './repeats/repeat-store.ts';
import { chooseSource, getListedSource } from './source-store.ts';

/** Decides whether full posts of a source are shown without what its posts repeat. @throws NotFoundError */
export async function decideTrimming(
  { database }: { readonly database: Database },
  idOrUrl: string,
  trims: boolean,
): Promise<PublicSource> {
  return database.transaction(async (tx) => {
    const { id } = await chooseSource(tx, idOrUrl);
    await setTrims(tx, id, trims);
    // Of posts that were stored before repeats were kept nothing is known yet.
    await noteRepeats(tx, id);
    return publicSource(await getListedSource(tx, id));
  });
}
