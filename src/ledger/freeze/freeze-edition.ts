import type { Database } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Enqueue } from '../../kernel/job.ts';
import { firstChunkSize, largestChunk, nextChunkSize } from './chunk.ts';
import { type EditionState, editionReasons } from '../drafts/edition.ts';
import { getEdition, lockEdition, setArchiveRendition, setEditionState } from '../drafts/edition-store.ts';
import { type FreezeRun, freezeChunk, groupOf, openFreezeRun } from './freeze-chunk.ts';
import { analyzeDeliveries, getDeliveryCount } from './freeze-store.ts';
import { listDueBlocks } from '../queue/open-range-store.ts';
import { leftSomebodyWaiting, planArchive, planDraft } from '../drafts/plan-edition.ts';
import { storeRendition } from '../drafts/rendition-store.ts';
import { type DigestGroup, type RenderRendition, renditionKey } from '../drafts/rendition.ts';
import { repointEdition } from './repoint-retracted.ts';

/** What a freeze needs from outside. */
export interface FreezePorts {
  readonly renderRendition: RenderRendition;
  /** Receives the 'deliver' jobs, in the transaction that opens the edition for sending. */
  readonly enqueue: Enqueue;
  readonly now: Clock;
  /** The most subscriptions per transaction (2,000); fewer where a chunk would hold its locks too long. */
  readonly chunkSize?: number;
  /** Called after each committed chunk: progress, and where tests stop a freeze. */
  readonly afterChunk?: (progress: { readonly frozenUpto: string; readonly deliveryCount: number }) => Promise<void> | void;
}

/** What a freeze came to. `stopped`: the edition is not (or no longer) approved; nothing more was done. */
export type FreezeResult =
  | { readonly kind: 'frozen'; readonly deliveryCount: number; readonly renderedCount: number }
  | { readonly kind: 'nothing_due' }
  | { readonly kind: 'stopped'; readonly state: EditionState };

/**
 * Freezes an approved edition: turns what it fixed into deliveries, in chunks of subscriptions, and opens it for sending. Safe to repeat and
 * to run twice at once: each chunk takes the edition's row and goes on after the last committed one (P6). Nothing can be claimed before
 * the end, because the edition is not `sending` until then.
 */
export async function freezeEdition(database: Database, editionId: string, ports: FreezePorts): Promise<FreezeResult> {
  const edition = await getEdition(database, editionId);
  if (edition.state !== 'approved') return { kind: 'stopped', state: edition.state };
  const run = await openFreezeRun(database, edition, ports.now());
  let renderedCount = await storeArchive(database, run, ports);
  const largest = ports.chunkSize ?? largestChunk;
  for (let size = firstChunkSize(largest); ;) {
    const start = performance.now();
    const chunk = await freezeChunk(database, run, size);
    if (chunk.kind === 'stopped') return chunk;
    if (chunk.kind === 'complete') break;
    if (chunk.kind === 'missing') {
      for (const group of chunk.groups) await renderInto(database, run, group, ports);
      renderedCount += chunk.groups.length;
    } else {
      size = nextChunkSize(size, performance.now() - start, largest);
      await ports.afterChunk?.(chunk);
    }
  }
  return finishFreeze(database, run, ports, renderedCount);
}

/** The archive page shows the posts above the schedule's previous cutoff, in the newsletter's language; corrections where a send by hand brings nothing else. */
async function storeArchive(database: Database, run: FreezeRun, ports: FreezePorts): Promise<number> {
  if (run.edition.archiveRenditionId !== null) return 0;
  const { id, byHand } = run.edition;
  const archive = byHand ? (await planDraft(database, { editionId: id, now: run.frozenAt })).archive : await planArchive(database, id);
  // Everything that it pinned was retracted since.
  if (archive.releases.length === 0) return 0;
  const group = groupOf(id, archive.language, archive.releases);
  const known = run.renditionIds.get(renditionKey(group));
  await setArchiveRendition(database, id, known ?? (await renderInto(database, run, group, ports)));
  return known === undefined ? 1 : 0;
}

async function renderInto(database: Database, run: FreezeRun, group: DigestGroup, ports: FreezePorts): Promise<string> {
  const renditionId = await storeRendition(database, group, await ports.renderRendition(group));
  run.renditionIds.set(renditionKey(group), renditionId);
  return renditionId;
}

async function finishFreeze(database: Database, run: FreezeRun, ports: FreezePorts, renderedCount: number): Promise<FreezeResult> {
  const editionId = run.edition.id;
  await repointEdition(database, editionId, { renderRendition: ports.renderRendition, now: ports.now() });
  // The claim's first plan comes from these statistics; autovacuum would be a minute too late.
  await analyzeDeliveries(database);
  return database.transaction(async (tx) => {
    const edition = await lockEdition(tx, editionId);
    // Another process may have finished, or staff paused or cancelled it between the last chunk and here.
    if (edition.state !== 'approved') return { kind: 'stopped', state: edition.state };
    const deliveryCount = await getDeliveryCount(tx, editionId);
    if (deliveryCount === 0) {
      // Who joins begins behind an edition that had nothing for anybody, not behind one whose posts still wait.
      const isWaitedFor = await leftSomebodyWaiting(tx, edition, ports.now());
      const reason = isWaitedFor ? editionReasons.belowMinimum : editionReasons.nothingDue;
      await setEditionState(tx, editionId, { to: 'skipped', reason, hasEnded: true, isFrozen: true, now: ports.now() });
      return { kind: 'nothing_due' };
    }
    await setEditionState(tx, editionId, { to: 'sending', isFrozen: true, now: ports.now() }, ['approved']);
    for (const [turn, range] of (await listDueBlocks(tx, editionId)).entries()) {
      await ports.enqueue(tx, { name: 'deliver', editionId, ...range, turn });
    }
    return { kind: 'frozen', deliveryCount, renderedCount };
  });
}
