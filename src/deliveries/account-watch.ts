import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/db.ts';
import type { Log } from '../kernel/log.ts';
import {
  type AccountOutage,
  dueInMs,
  gapMs,
  mayDifferBetweenWorkers,
  othersFirstMs,
  type OutagePolicy,
} from '../ledger/accounts/account-outage.ts';
import { endOutage, listOpenOutages } from '../ledger/accounts/account-outage-store.ts';
import { recordAccountRefusal } from '../ledger/accounts/record-account-refusal.ts';
import type { AccountRefused } from '../mail/message.ts';
import { replyText } from './attempt-outcome.ts';
import type { Flight } from './send-flight.ts';
import type { Lane } from './lane.ts';
import type { SideWork } from './side-work.ts';

/** What the watch needs. */
export interface AccountWatchPorts {
  readonly database: Database;
  readonly log: Log;
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly outages: OutagePolicy;
  /** Hears of each refusal that was written down. */
  readonly onOutage: (outage: AccountOutage) => void;
  /** Hears when an account that was refused goes on. */
  readonly onGoesOn: () => void;
}

/** Keeps what the lanes of a worker do and what the database says of their accounts the same. */
export interface AccountWatch {
  /** The account was refused for a message. */
  refused(flight: Flight, outcome: AccountRefused): void;
  /** A message was answered; `hasSpoken` where by a server, and not by the loss of its connection or by ourselves. */
  answered(flight: Flight, hasSpoken: boolean): void;
  /** Reads what others know of a lane's account. */
  follow(lane: Lane): Promise<void>;
}

/** While messages go, what others wrote down of the account is looked at so often. */
const lookEveryMs = 5_000;
const longestWriteMs = 10_000;

/** Creates the watch of one worker. */
export function createAccountWatch(ports: AccountWatchPorts, sideWork: SideWork): AccountWatch {
  const { database, log, monotonic, outages: policy } = ports;
  let lookedAt = -Infinity;
  let written: Promise<void> = Promise.resolve();

  /**
   * In the order in which it was learned: a refusal that is written down after the answer which ended its outage would open another. What hangs on a
   * connection that is gone is waited for no longer than this.
   */
  function writeDown(work: () => Promise<void>): void {
    const before = written;
    written = sideWork.run(async () => {
      await Promise.race([before, delay(longestWriteMs, undefined, { ref: false })]);
      await work();
    });
  }

  async function end(account: string, sender: string | null): Promise<void> {
    if (!(await endOutage(database, { account, sender }))) return;
    log.info('account.goes_on', { isWholeAccount: sender === null });
    ports.onGoesOn();
  }

  /**
   * What another worker wrote down, or a notice, does not hold while messages go from here: it may have an old password, or no way to the server, or
   * believed what one reader's server said of a quota.
   */
  async function disprove(flight: Flight): Promise<void> {
    for (const { account, trouble, sender, ageMs } of await listOpenOutages(database, flight.lane.mailer.account)) {
      const isOfIt = sender === null || sender === flight.run.sender;
      if ((mayDifferBetweenWorkers(trouble) || trouble === 'quota') && isOfIt && monotonic() - flight.claimedAt < ageMs)
        await end(account, sender);
    }
  }

  async function follow(lane: Lane): Promise<void> {
    const open = await listOpenOutages(database, lane.mailer.account);
    lane.follow(
      open.map((outage) => ({ ...outage, dueInMs: dueInMs(outage), othersFirstMs: othersFirstMs(outage, policy) })),
      monotonic(),
    );
  }

  return {
    follow,
    refused(flight, outcome) {
      const { lane, run } = flight;
      const { trouble } = outcome;
      const isAlone = outcome.isAfterReader && lane.isRefusedAlone(flight, trouble);
      const verdict = lane.refused(flight, outcome, gapMs(trouble, 1, policy), monotonic());
      if (verdict === 'nothing') return;
      const refusal = {
        account: lane.mailer.account,
        trouble,
        sender: trouble === 'sender' ? run.sender : null,
        onlyAt: verdict.onlyAt,
        reply: `${replyText(outcome)}${isAlone ? ` (for delivery ${flight.delivery.id} again, while others went)` : ''}`,
      };
      writeDown(async () => {
        const outage = await recordAccountRefusal(database, refusal, policy, ports.random());
        log.warn('account.refused', { outageId: outage.id, trouble, nextTryAt: outage.nextTryAt });
        await follow(lane);
        ports.onOutage(outage);
      });
    },
    answered(flight, hasSpoken) {
      const { account } = flight.lane.mailer;
      const now = monotonic();
      const over = flight.lane.answered(flight, hasSpoken, now);
      if (over.length > 0) {
        writeDown(async () => {
          for (const sender of over) await end(account, sender);
        });
      } else if (hasSpoken && now - lookedAt >= lookEveryMs) {
        lookedAt = now;
        writeDown(async () => disprove(flight));
      }
    },
  };
}
