import type { Queryable } from '../db/db.ts';
import { publicSource, type PublicSource } from './public-source.ts';
import { chooseSource, getListedSource, listSources } from './source-store.ts';

/** The sources that are not removed, oldest first. */
export async function listPublicSources(db: Queryable): Promise<PublicSource[]> {
  return (await listSources(db)).map(publicSource);
}

/** Everything known of the source that staff name by id or address; by its id a removed one too. @throws NotFoundError */
export async function showSource(db: Queryable, idOrUrl: string): Promise<PublicSource> {
  const { id } = await chooseSource(db, idOrUrl);
  return publicSource(await getListedSource(db, id));
}
