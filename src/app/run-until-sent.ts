import { setTimeout as delay } from 'node:timers/promises';
import type { EditionPorts } from '../editions/edition-ports.ts';
import { findEdition } from '../ledger/edition-store.ts';
import { countLivingWorkers } from '../ledger/worker-store.ts';
import { openMailers } from './open-mailers.ts';
import { createAppReader } from './open-reader.ts';
import type { Store } from './open-store.ts';
import { startWorker } from './start-worker.ts';

const pollMs = 200;
/** A worker that died without a word is noticed when its row runs out, so the question is asked again. */
const askForWorkersEveryMs = 5_000;

/**
 * Waits until every delivery of an edition is final. Where no worker lives it delivers from here, starting the local outbox too. Deferred messages are
 * waited for as long as they are tried: days, if a server wants it so.
 */
export async function runUntilSent(
  store: Store,
  editing: EditionPorts,
  editionId: string,
  { version, stopped }: { readonly version: string; readonly stopped: Promise<unknown> },
): Promise<void> {
  let own: { close(): Promise<void> } | undefined;
  let isStopped = false;
  void stopped.then(() => (isStopped = true));
  try {
    for (let waitedMs = 0; !isStopped && !(await isEnded(store, editionId)); waitedMs += pollMs) {
      if (!own && waitedMs % askForWorkersEveryMs === 0 && (await countLivingWorkers(store.database)) === 0)
        own = await startOwnWorker(store, editing, version);
      await delay(pollMs);
    }
  } finally {
    await own?.close();
  }
}

/** A worker of our own where none lives: also what has to be frozen before an edition can be approved waits for one. */
export async function startWorkerWhereNoneLives(
  store: Store,
  editing: EditionPorts,
  version: string,
): Promise<{ close(): Promise<void> } | undefined> {
  return (await countLivingWorkers(store.database)) === 0 ? startOwnWorker(store, editing, version) : undefined;
}

async function isEnded(store: Store, editionId: string): Promise<boolean> {
  return (await findEdition(store.database, editionId))?.endedAt !== null;
}

async function startOwnWorker(store: Store, editing: EditionPorts, version: string): Promise<{ close(): Promise<void> }> {
  const mailers = await openMailers(store.config, store.log);
  const reader = createAppReader(store.config, { version, publicUrl: editing.publicUrl });
  const worker = await startWorker({ store, editing, mailers, reader });
  return {
    async close() {
      await worker.close();
      await mailers.close();
      await reader.close();
    },
  };
}
