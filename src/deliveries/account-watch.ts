import type { Database } from '../db/db.ts';
import type { Log } from '../kernel/log.ts';
import { type AccountOutage, gapMs, type OutagePolicy } from '../ledger/account-outage.ts';
import { endOutage, listOpenOutages } from '../ledger/account-outage-store.ts';
import { recordAccountRefusal } from '../ledger/record-account-refusal.ts';
import type { SendOutcome } from '../mail/message.ts';
import { replyText } from './attempt-outcome.ts';
import type { Flight } from './flight.ts';
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
}

/** Keeps what the lanes of a worker do and what the database says of their accounts the same. */
export interface AccountWatch {
  /** The account was refused for a message. */
  refused(flight: Flight, outcome: Extract<SendOutcome, { kind: 'account' }>): void;
  /** A message was answered. */
  answered(flight: Flight): void;
  /** Reads what others know of a lane's account. */
  follow(lane: Lane): Promise<void>;
}

/** Creates the watch of one worker. */
export function createAccountWatch(ports: AccountWatchPorts, sideWork: SideWork): AccountWatch {
  const { database, log, monotonic, outages: policy } = ports;

  async function follow(lane: Lane): Promise<void> {
    const open = await listOpenOutages(database, lane.mailer.account);
    lane.follow(open, monotonic());
  }

  return {
    follow,
    refused(flight, outcome) {
      const { lane, run } = flight;
      const { trouble } = outcome;
      if (!lane.refused(flight, trouble, gapMs(trouble, 1, policy), monotonic())) return;
      const refusal = {
        account: lane.mailer.account,
        trouble,
        sender: trouble === 'sender' ? run.sender : null,
        reply: replyText(outcome),
      };
      void sideWork.run(async () => {
        const outage = await recordAccountRefusal(database, refusal, policy, ports.random());
        log.warn('account.refused', { outageId: outage.id, trouble, nextTryAt: outage.nextTryAt });
        await follow(lane);
        ports.onOutage(outage);
      });
    },
    answered(flight) {
      const { account } = flight.lane.mailer;
      const over = flight.lane.answered(flight, monotonic());
      if (over.length === 0) return;
      void sideWork.run(async () => {
        for (const sender of over) {
          if (await endOutage(database, { account, sender })) log.info('account.goes_on', { isWholeAccount: sender === null });
        }
      });
    },
  };
}
