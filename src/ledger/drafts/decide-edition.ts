import type { Database, Tx } from '../../db/db.ts';
import { type EditionChange, type EditionState, statesBefore } from './edition.ts';
import { lockEdition, setEditionState } from './edition-store.ts';
import { giveBackCancelledIn } from '../queue/give-back-store.ts';
import { walkOpenRanges } from '../queue/open-range-store.ts';

/** Why and when an edition changes. */
export interface EditionDecision {
  readonly reason: string;
  readonly now: Date;
  /** A person pauses, cancels or skips it, not a fault. Default: false. */
  readonly isByStaff?: boolean;
}

/** A draft is not sent: its posts wait for the next edition. To never send a post, retract it. */
export async function skipEdition(database: Database, editionId: string, decision: EditionDecision): Promise<EditionChange> {
  return change(database, editionId, { to: 'skipped', from: ['draft', 'held'], hasEnded: true, ...decision });
}

/** A gate failed: the draft is held until it is rechecked. */
export async function holdEdition(database: Database, editionId: string, decision: EditionDecision): Promise<EditionChange> {
  return change(database, editionId, { to: 'held', from: ['draft', 'held'], ...decision });
}

/** The gates passed again: a held edition is a draft. */
export async function releaseHeldEdition(database: Database, editionId: string, now: Date): Promise<EditionChange> {
  return change(database, editionId, { to: 'draft', from: ['held'], reason: null, now });
}

/** Nothing more of it is claimed, a freeze stops after the chunk under way. What is in flight ends. */
export async function pauseEdition(database: Database, editionId: string, decision: EditionDecision): Promise<EditionChange> {
  return change(database, editionId, { to: 'paused', ...decision });
}

/** An edition that is being sent pauses itself, because of what the mail server said of it: staff are told, and decide. */
export async function stopForStaff(database: Database, editionId: string, decision: EditionDecision): Promise<EditionChange> {
  return change(database, editionId, { to: 'paused', from: ['sending'], ...decision });
}

/**
 * Cancels an edition that was approved. The change waits at most one chunk of its freeze; the next chunk stops, those not reached were
 * never touched, and what was queued is given back. What is in flight still ends by itself.
 */
export async function cancelEdition(database: Database, editionId: string, decision: EditionDecision): Promise<EditionChange> {
  const changed = await change(database, editionId, { to: 'cancelled', ...decision });
  if (changed.kind === 'changed') await giveBackCancelled(database, editionId, decision.now);
  return changed;
}

/**
 * Gives back what is still queued of a cancelled edition, a block at a time, and returns how many ended. Safe to repeat: after a crash,
 * or when deliveries that were locked or in flight have come back to the queue, a sweep calls it again.
 */
export async function giveBackCancelled(database: Database, editionId: string, now: Date): Promise<number> {
  let endedCount = 0;
  for await (const ranges of walkOpenRanges(database, { editionId })) {
    endedCount += await database.transaction(async (tx) => giveBackCancelledIn(tx, { editionId, ranges, now }));
  }
  return endedCount;
}

interface StateChange {
  readonly to: EditionState;
  readonly from?: readonly EditionState[];
  readonly reason: string | null;
  readonly now: Date;
  readonly hasEnded?: boolean;
  readonly isByStaff?: boolean;
}

async function change(database: Database, editionId: string, wanted: StateChange): Promise<EditionChange> {
  return database.transaction(async (tx: Tx) => {
    const edition = await lockEdition(tx, editionId);
    const from = wanted.from ?? statesBefore(wanted.to);
    if (!from.includes(edition.state)) return { kind: 'conflict', state: edition.state };
    await setEditionState(tx, editionId, wanted, [edition.state]);
    return { kind: 'changed' };
  });
}
