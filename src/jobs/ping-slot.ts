import type { Database } from '../db/db.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { lockWatchedSlot, recordPing, type SlotKey } from './heartbeat-store.ts';
import { judgeSlot, verdictUrl, type HeartbeatPatience, type SlotVerdict } from './heartbeat.ts';

/** What telling the watch needs. */
export interface PingPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly heartbeatUrl: string;
  readonly patience: HeartbeatPatience;
  /** GETs a URL; throws where the answer is no 2xx. */
  readonly get: (url: string) => Promise<void>;
}

/**
 * Tells the watch how a slot stands, where it has not been told that already; gives what it was told. The slot is locked while the watch answers (seconds),
 * so that no two processes tell the same; nobody else waits for it.
 */
export async function pingSlot(ports: PingPorts, slot: SlotKey): Promise<SlotVerdict | undefined> {
  const { database, clock, log, patience } = ports;
  return database.transaction(async (tx) => {
    const now = clock();
    const watched = await lockWatchedSlot(tx, slot, { now, stalledAfterMs: patience.stalledAfterMs });
    const verdict = watched && judgeSlot(watched, now, patience);
    // What went well once is not looked at again: a delivery that staff send anew later is their own business.
    if (verdict === undefined || watched?.pinged === verdict || watched?.pinged === 'went_well') return undefined;
    await ports.get(verdictUrl(ports.heartbeatUrl, verdict));
    await recordPing(tx, slot, verdict, now);
    log.info('heartbeat.pinged', { scheduleId: slot.scheduleId, slotAt: slot.slotAt.toISOString(), verdict });
    return verdict;
  });
}
