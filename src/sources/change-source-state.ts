import type { Database } from '../db/db.ts';
import type { Clock } from '../kernel/clock.ts';
import { publicSource, type PublicSource } from './public-source.ts';
import { chooseSource, getListedSource, setSourceState, setWhenGone } from './source-store.ts';
import type { SourceState, WhenGone } from './source.ts';

/** What changing the state of a source needs. */
export interface SourceStatePorts {
  readonly database: Database;
  readonly clock: Clock;
}

/** Stops reading a source until it is resumed. @throws NotFoundError */
export function pauseSource(ports: SourceStatePorts, idOrUrl: string): Promise<PublicSource> {
  return changeState(ports, idOrUrl, 'paused');
}

/** Reads a paused or gone source again, at once. @throws NotFoundError */
export function resumeSource(ports: SourceStatePorts, idOrUrl: string): Promise<PublicSource> {
  return changeState(ports, idOrUrl, 'active');
}

/** Stops reading a source for good; its posts stay. @throws NotFoundError */
export function removeSource(ports: SourceStatePorts, idOrUrl: string): Promise<PublicSource> {
  return changeState(ports, idOrUrl, 'removed');
}

/** Decides what becomes of posts that vanish from a source before they were mailed. @throws NotFoundError */
export async function decideWhenGone({ database }: SourceStatePorts, idOrUrl: string, whenGone: WhenGone): Promise<PublicSource> {
  return database.transaction(async (tx) => {
    const { id } = await chooseSource(tx, idOrUrl);
    await setWhenGone(tx, id, whenGone);
    return publicSource(await getListedSource(tx, id));
  });
}

async function changeState({ database, clock }: SourceStatePorts, idOrUrl: string, state: SourceState): Promise<PublicSource> {
  return database.transaction(async (tx) => {
    const { id } = await chooseSource(tx, idOrUrl);
    await setSourceState(tx, id, state, clock());
    return publicSource(await getListedSource(tx, id));
  });
}
