import type { EditionPorts } from '../editions/edition-ports.ts';
import { listPublicUsedUp } from '../ledger/accounts/list-outages.ts';
import type { PublicUsedUp } from '../ledger/accounts/public-used-up.ts';
import type { AccountOutage } from '../ledger/accounts/account-outage.ts';
import { findOpenHold } from '../ledger/hold/sending-hold-store.ts';
import { listOpenOutages } from '../ledger/accounts/account-outage-store.ts';
import { isFlying, listUnfinishedEditions, sizeOfEditions, type UnfinishedEdition } from '../ledger/unfinished-edition-store.ts';
import { countLivingWorkers } from '../ledger/queue/worker-store.ts';
import type { Bridge } from './bridge-loss.ts';
import { openMailers } from './open-mailers.ts';
import { createAppReader } from './open-reader.ts';
import type { Store } from './open-store.ts';
import type { SendProgress } from '../deliveries/report/send-pace.ts';
import { startWorker } from './start-worker.ts';

const pollMs = 200;
/** A worker that died without a word is noticed when its row runs out, so the question is asked again. */
const askForWorkersEveryMs = 5_000;
const progressEveryMs = 1_000;

/** The worker of this process for as long as it waits, if there is need for one. */
export interface OwnWorker {
  /** Starts it where no worker lives; once. What has to be frozen before an edition can be approved waits for one too. */
  startWhereNoneLives(): Promise<void>;
  /** Lets what is on its way end and be written down; at once where there is no database to write to. */
  close(options: { readonly isLost: boolean }): Promise<void>;
}

/** Creates it; nothing runs yet. The local outbox is started with it. */
export function createOwnWorker(store: Store, editing: EditionPorts, version: string): OwnWorker {
  let own: { close(): Promise<void>; abort(): void } | undefined;
  return {
    async startWhereNoneLives() {
      // Its own row may have run out while the database was lost: it registers anew by itself.
      if (own || (await countLivingWorkers(store.database)) > 0) return;
      own = await startOwnWorker(store, editing, version);
    },
    async close({ isLost }) {
      if (isLost) own?.abort();
      else await own?.close();
    },
  };
}

/** What is waited for. */
export interface SendingWatch {
  readonly newsletterId: string;
  /** The address that the newsletter is sent as: what stands still of others is not waited for. */
  readonly sender: string;
  readonly bridge: Bridge;
  readonly own: OwnWorker;
  /** Told of each edition that is under way, each time that it is seen. */
  readonly onUnderWay: (editionId: string) => void;
  /** Told about every second how far all editions are that were seen under way. */
  readonly onProgress: (progress: SendProgress) => void;
  /** Told of each account that stands still, once. */
  readonly onOutage: (outage: AccountOutage) => void;
  /** Told of each account whose hour or day is used up, once. */
  readonly onUsedUp: (account: PublicUsedUp) => void;
}

/**
 * Waits until no edition of a newsletter is under way, and returns those that wait for a person, who may never come. Deferred messages are waited
 * for as long as they are tried: days, if a server wants it so. @throws DatabaseLostError, StoppedError
 */
export async function runUntilSent(store: Store, watch: SendingWatch): Promise<UnfinishedEdition[]> {
  const { newsletterId, bridge, own, onUnderWay } = watch;
  const told = new Set<string>();
  const landed = new Set<string>();
  const seen = new Set<string>();
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const editions = await bridge.ask(() => listUnfinishedEditions(store.database, newsletterId));
    const isHeld = (await bridge.ask(() => findOpenHold(store.database))) !== undefined;
    const underWay: UnfinishedEdition[] = [];
    for (const edition of editions)
      if (!(await bridge.ask(() => waitsForPerson(store, edition, { landed, isHeld })))) underWay.push(edition);
    for (const { id } of underWay) {
      onUnderWay(id);
      seen.add(id);
    }
    if (underWay.length === 0) return editions;
    if (waitedMs % askForWorkersEveryMs === 0) {
      await bridge.ask(() => own.startWhereNoneLives());
      await bridge.ask(() => tellHoldUps(store, watch, told));
    }
    if (waitedMs % progressEveryMs === 0) watch.onProgress(await bridge.ask(() => progressOf(store, seen)));
    await bridge.wait(pollMs);
  }
}

async function progressOf({ database }: Store, editionIds: ReadonlySet<string>): Promise<SendProgress> {
  const { total, open } = await sizeOfEditions(database, [...editionIds]);
  return { done: total - open, total };
}

/** Tells of what holds up the newsletter and was not told of. */
async function tellHoldUps({ database }: Store, { sender, onOutage, onUsedUp }: SendingWatch, told: Set<string>): Promise<void> {
  for (const outage of await listOpenOutages(database)) {
    if (told.has(outage.id) || (outage.sender !== null && outage.sender !== sender)) continue;
    onOutage(outage);
    told.add(outage.id);
  }
  for (const usedUp of await listPublicUsedUp(database)) {
    if (!told.has(usedUp.account)) onUsedUp(usedUp);
    told.add(usedUp.account);
  }
}

/**
 * Whether nothing happens to an edition until somebody decides. What is on its way of a paused one still ends; once it has, nothing more of it flies while it
 * is paused, and nobody looks again. While sending is held the same goes for those that are being sent.
 */
async function waitsForPerson(
  { database }: Store,
  { id, state }: UnfinishedEdition,
  { landed, isHeld }: { readonly landed: Set<string>; readonly isHeld: boolean },
): Promise<boolean> {
  if (state !== 'paused' && !(state === 'sending' && isHeld)) landed.delete(id);
  else if (!landed.has(id) && !(await isFlying(database, id))) landed.add(id);
  return state === 'held' || landed.has(id);
}

async function startOwnWorker(store: Store, editing: EditionPorts, version: string): Promise<{ close(): Promise<void>; abort(): void }> {
  const mailers = await openMailers(store.config, store.log);
  const reader = createAppReader(store.config, { version, publicUrl: editing.publicUrl });
  const worker = await startWorker({ store, editing, mailers, reader });
  return {
    abort() {
      worker.abort();
      mailers.abort();
      void Promise.allSettled([mailers.close(), reader.close()]);
    },
    async close() {
      await worker.close();
      await mailers.close();
      await reader.close();
    },
  };
}
