import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/db.ts';
import type { Log } from '../kernel/log.ts';
import {
  type AccountOutage,
  type AccountRefusal,
  dueInMs,
  mayDifferBetweenWorkers,
  othersFirstMs,
  type OutagePolicy,
} from '../ledger/accounts/account-outage.ts';
import { endOutage, listOpenOutages } from '../ledger/accounts/account-outage-store.ts';
import { recordAccountRefusal } from '../ledger/accounts/record-account-refusal.ts';
import { learnOutages } from './account/account-state.ts';
import type { Flight, Lane } from './lane.ts';
import type { Lesson } from './lesson.ts';
import type { SideWork } from './side-work.ts';
import type { Scope } from './account/standing.ts';

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
  /** Writes down what a message taught. */
  heed(flight: Flight, lesson: Lesson): void;
  /** Reads what others know of a lane's account. */
  follow(lane: Lane): Promise<void>;
}

/** What a watch knows: changed by `writeDown` and `look` alone. */
interface Watch {
  readonly ports: AccountWatchPorts;
  readonly sideWork: SideWork;
  /** When what others wrote down was looked at last. */
  lookedAt: number;
  /** The end of what is being written down. */
  written: Promise<void>;
}

/** While messages go, what others wrote down of the account is looked at so often. */
const lookEveryMs = 5_000;
const longestWriteMs = 10_000;

/** Creates the watch of one worker. */
export function createAccountWatch(ports: AccountWatchPorts, sideWork: SideWork): AccountWatch {
  const watch: Watch = { ports, sideWork, lookedAt: -Infinity, written: Promise.resolve() };
  return {
    heed(flight, lesson) {
      const { lane } = flight.run;
      if (lesson.kind === 'refused') writeDown(watch, async () => recordRefusal(watch, lane, lesson.refusal));
      else if (lesson.kind === 'goes_on') writeDown(watch, async () => endOf(watch, lane, lesson.scopes));
      else if (lesson.kind === 'answered') look(watch, flight);
    },
    follow: async (lane) => follow(watch, lane),
  };
}

/**
 * In the order in which it was learned: a refusal that is written down after the answer which ended its outage would open another. What hangs on a
 * connection that is gone is waited for no longer than this.
 */
function writeDown(watch: Watch, work: () => Promise<void>): void {
  const before = watch.written;
  watch.written = watch.sideWork.run(async () => {
    await Promise.race([before, delay(longestWriteMs, undefined, { ref: false })]);
    await work();
  });
}

async function recordRefusal(watch: Watch, lane: Lane, refusal: Omit<AccountRefusal, 'account'>): Promise<void> {
  const { database, log, outages, random, onOutage } = watch.ports;
  const outage = await recordAccountRefusal(database, { account: lane.accountName, ...refusal }, outages, random());
  log.warn('account.refused', { outageId: outage.id, trouble: refusal.trouble, nextTryAt: outage.nextTryAt });
  await follow(watch, lane);
  onOutage(outage);
}

async function endOf(watch: Watch, { accountName }: Lane, scopes: readonly Scope[]): Promise<void> {
  for (const sender of scopes) await end(watch, accountName, sender);
}

async function end({ ports: { database, log, onGoesOn } }: Watch, account: string, sender: Scope): Promise<void> {
  if (!(await endOutage(database, { account, sender }))) return;
  log.info('account.goes_on', { isWholeAccount: sender === null });
  onGoesOn();
}

function look(watch: Watch, flight: Flight): void {
  const now = watch.ports.monotonic();
  if (now - watch.lookedAt < lookEveryMs) return;
  watch.lookedAt = now;
  writeDown(watch, async () => disprove(watch, flight));
}

/**
 * What another worker wrote down, or a notice, does not hold while messages go from here: it may have an old password, or no way to the server, or
 * believed what one reader's server said of a quota.
 */
async function disprove(watch: Watch, { run, claimedAt }: Flight): Promise<void> {
  const { database, monotonic } = watch.ports;
  for (const { account, trouble, sender, ageMs } of await listOpenOutages(database, run.lane.accountName)) {
    const isOfIt = sender === null || sender === run.sender;
    const mayBeDisproved = mayDifferBetweenWorkers(trouble) || trouble === 'quota';
    if (mayBeDisproved && isOfIt && monotonic() - claimedAt < ageMs) await end(watch, account, sender);
  }
}

async function follow({ ports: { database, monotonic, outages } }: Watch, lane: Lane): Promise<void> {
  const open = await listOpenOutages(database, lane.accountName);
  learnOutages(
    lane.account,
    open.map((outage) => ({ ...outage, dueInMs: dueInMs(outage), othersFirstMs: othersFirstMs(outage, outages) })),
    monotonic(),
  );
}
