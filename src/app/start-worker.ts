/*
 * The worker of a process: runs the queue's jobs, wakes each minute, delivers. `serve` and `worker` start it, `send --wait` too where none lives.
 */
import { createHmac } from 'node:crypto';
import { createDeliveryWorker, type DeliverySettings } from '../deliveries/worker.ts';
import type { EditionPorts } from '../editions/edition-ports.ts';
import { freezeApproved } from '../editions/freeze-approved.ts';
import { runSlot } from '../editions/run-slot.ts';
import { archiveUrl } from '../editions/links.ts';
import type { JobHandlers } from '../jobs/lane.ts';
import { runTick } from '../jobs/run-tick.ts';
import { startWaking } from '../jobs/wake.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../ledger/attempt.ts';
import { deliverNotice } from '../notices/deliver-notice.ts';
import { collectSource } from '../posts/collect-source.ts';
import type { SourceReader } from '../source/reading.ts';
import { unsubscribeUrl } from '../subscribers/links.ts';
import { collectPorts } from './collect-ports.ts';
import type { Mailers } from './open-mailers.ts';
import type { Store } from './open-store.ts';

/** What a worker is made of. */
export interface WorkerParts {
  readonly store: Store;
  readonly editing: EditionPorts;
  readonly mailers: Mailers;
  readonly reader: SourceReader;
  readonly settings?: Partial<DeliverySettings>;
}

/** A running worker. */
export interface RunningWorker {
  /** Looks at once for what is due, instead of at the next minute. */
  wake(): Promise<void>;
  /** Takes no new work, lets what is on its way end. */
  close(): Promise<void>;
  /** Drops everything, for a process that must end at once; a sweep finds what was on its way. */
  abort(): void;
}

/** Starts the worker of this process. */
export async function startWorker(parts: WorkerParts): Promise<RunningWorker> {
  const { store, editing, mailers } = parts;
  const retry: RetryPolicy = parts.settings?.retry ?? { ...defaultRetryPolicy, inDoubt: store.config.IN_DOUBT };
  const linkPorts = { publicUrl: editing.publicUrl, tokenKeys: store.secrets.tokenKeys };
  const deliveries = createDeliveryWorker({
    database: store.database,
    mailers,
    log: store.log,
    links: (reader) => ({
      unsubscribe: unsubscribeUrl(linkPorts, reader),
      preferences: '',
      browser: archiveUrl(editing.publicUrl, reader.newsletterSlug, reader.editionId),
    }),
    messageIdSecret: messageIdSecret(store),
    settings: { ...parts.settings, retry },
    clock: store.clock,
  });
  await store.queue.work(handlers(parts, (job) => deliveries.deliver(job)));
  const waker = startWaking(() => runTick({ ...editing, retry }), store.log);
  void waker.wake();
  return {
    wake: () => waker.wake(),
    abort() {
      deliveries.abort();
      void waker.close().catch(() => {});
    },
    async close() {
      await waker.close();
      await Promise.all([deliveries.close(), store.queue.close()]);
    },
  };
}

/** Derived from the one secret that never changes, so that a repeat carries the same Message-ID even after the keys of links were changed. */
function messageIdSecret(store: Store): Buffer {
  return createHmac('sha256', store.secrets.addressKey).update('gazette message-id').digest();
}

function handlers(
  { store, editing, mailers, reader }: WorkerParts,
  deliver: (job: { editionId: string; fromId: string; toId: string }) => Promise<unknown>,
): JobHandlers {
  const { database, log } = store;
  const sourcesBeingRead = new Set<string>();
  return {
    async collect({ sourceId }) {
      // One that waits long for its host outlives its claim; a second reading would only make it wait longer.
      if (sourcesBeingRead.has(sourceId)) return;
      sourcesBeingRead.add(sourceId);
      try {
        await collectSource(await collectPorts(store, reader), sourceId);
      } finally {
        sourcesBeingRead.delete(sourceId);
      }
    },
    async compose({ scheduleId, slotAt }) {
      // Where another edition of the newsletter is being frozen the draft waits; the next look at the clock takes it up.
      await runSlot(editing, scheduleId, new Date(slotAt));
    },
    async freeze({ editionId }) {
      await freezeApproved(editing, editionId);
    },
    async deliver(job) {
      await deliver(job);
    },
    async notice({ noticeId }) {
      await deliverNotice({ database, mailers, log }, noticeId);
    },
  };
}
