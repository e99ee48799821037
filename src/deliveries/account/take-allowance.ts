import type { Database } from '../../db/db.ts';
import type { Log } from '../../kernel/log.ts';
import type { Block } from '../../ledger/accounts/account-rate.ts';
import { noteRateRefusal, takeBlock } from '../../ledger/accounts/take-block.ts';
import type { AccountState } from './account-state.ts';
import { type Allowance, asked, limitMet, limitShared } from './allowance.ts';

/** What it takes to ask for what accounts may be given. */
export interface AllowancePorts {
  readonly database: Database;
  readonly log: Log;
  readonly monotonic: () => number;
}

/** Whose account it is. */
export interface Allowed {
  readonly accountName: string;
  readonly account: AccountState;
  readonly allowance: Allowance;
}

/** Who hears of a block. */
export interface AllowanceListener<Lane extends Allowed> {
  onBlock(lane: Lane, block: Block, tookMs: number): void;
  /** The database did not answer. */
  onNothing(lane: Lane): void;
}

/** Takes for the lanes of a worker what their accounts may be given, beside its ticks. */
export interface Allowances<Lane extends Allowed> {
  /** Takes the next block, of what can be used at most. */
  ask(lane: Lane, mostCount: number): void;
  /** The account refused the rate of a message that was claimed then: all workers hear of it, and what is left of blocks is not used. */
  refused(lane: Lane, claimedAt: number): void;
}

/** Creates them; nothing is asked for yet. */
export function createAllowances<Lane extends Allowed>(
  { database, log, monotonic }: AllowancePorts,
  listener: AllowanceListener<Lane>,
): Allowances<Lane> {
  const take = async (lane: Lane, usableCount: number): Promise<void> => {
    const now = monotonic();
    const mostCount = asked(lane.allowance, usableCount, now);
    const { answeredAt } = lane.account.pace;
    const answeredAgoMs = answeredAt === -Infinity ? undefined : Math.max(0, now - answeredAt);
    try {
      const block = await takeBlock(database, lane.accountName, lane.allowance.limits, { mostCount, answeredAgoMs });
      listener.onBlock(lane, block, monotonic() - now);
    } catch (error) {
      log.warn('account.block_failed', { error });
      listener.onNothing(lane);
    }
  };
  const share = async (lane: Lane, claimedAt: number): Promise<void> => {
    const { perSecond } = lane.account.pace;
    if (perSecond === undefined) return;
    limitMet(lane.allowance, monotonic());
    try {
      const claimedAgoMs = Math.max(0, monotonic() - claimedAt);
      await noteRateRefusal(database, lane.accountName, lane.allowance.limits, { claimedAgoMs, perSecond });
    } catch (error) {
      // The worker itself is slower by what it knows.
      log.warn('account.rate_not_shared', { error });
    }
    limitShared(lane.allowance);
  };
  return { ask: (lane, mostCount) => void take(lane, mostCount), refused: (lane, claimedAt) => void share(lane, claimedAt) };
}
