/*
 * What is told of the database: names, words and labels as data. Names follow Prometheus' conventions (base units, `_timestamp_seconds`).
 * Invariant: a label is an account (a server and a hash of its login), a state, a kind, a machine: never an address, and never what anybody outside can make up.
 */
import { jobNames } from '../../jobs/job-queue.ts';
import { editionStates } from '../../ledger/drafts/edition.ts';
import type { AccountFigures, Figures } from './figures.ts';

/** One value with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A family of gauges. */
export interface GaugeFamily {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  samples(figures: Figures): readonly Sample[];
}

/** Of the whole installation: every process tells the same. */
export const ledgerFamilies: readonly GaugeFamily[] = [
  family(
    'gazette_deliveries_open',
    "Deliveries to be sent: due now, queued for later (a reader's own hour, another try), being sent. Of a large edition those that nobody has begun with are counted by their ids, see gazette_deliveries_unread.",
    ['state'],
    ({ depth }) => [
      { labels: { state: 'due' }, value: depth.dueCount },
      { labels: { state: 'later' }, value: depth.laterCount },
      { labels: { state: 'sending' }, value: depth.sendingCount },
    ],
  ),
  single(
    'gazette_deliveries_unread',
    'How many of gazette_deliveries_open were counted by their ids: at most so many, where some of them have ended.',
    ({ depth }) => depth.unreadCount,
  ),
  family('gazette_editions', 'Editions by state.', ['state'], ({ editions }) =>
    editionStates.map((state) => ({ labels: { state }, value: editions.find((each) => each.state === state)?.count ?? 0 })),
  ),
  single('gazette_sending_held', '1 while all sending is held.', ({ isHeld }) => Number(isHeld)),
  single('gazette_workers', 'Workers that live.', ({ workers }) => workers.length),
  family(
    'gazette_worker_lease_seconds',
    'How long until a worker is taken for dead unless it says that it lives.',
    ['host', 'worker'],
    ({ workers }) => workers.map(({ id, host, leaseMs }) => ({ labels: { host, worker: id }, value: leaseMs / 1_000 })),
  ),
  family('gazette_jobs_waiting', 'Jobs that could be worked on and are not, by kind.', ['kind'], ({ jobs }) =>
    jobNames.map((kind) => ({ labels: { kind }, value: jobs.find((each) => each.kind === kind)?.count ?? 0 })),
  ),
  family('gazette_jobs_oldest_wait_seconds', 'For how long the oldest of them has waited; 0 where none does.', ['kind'], ({ jobs }) =>
    jobNames.map((kind) => ({ labels: { kind }, value: (jobs.find((each) => each.kind === kind)?.oldestMs ?? 0) / 1_000 })),
  ),
  single(
    'gazette_notices_open',
    'Confirmations, welcomes, links and mail to staff that are to be sent.',
    ({ notices }) => notices.openCount,
  ),
  single(
    'gazette_notices_oldest_due_seconds',
    'For how long the oldest of them has been due.',
    ({ notices }) => notices.oldestDueMs / 1_000,
  ),
  ofAccounts('gazette_account_standing_still', '1 while an account stands still: what goes through it waits.', (each) =>
    Number(wholly(each).length > 0),
  ),
  ofAccounts(
    'gazette_account_scopes_standing_still',
    'Senders that an account refuses, and domains through which it may: only these wait.',
    (each) => each.outages.length - wholly(each).length,
  ),
  family('gazette_account_next_try_timestamp_seconds', 'When an account that stands still is tried again.', ['account'], ({ accounts }) =>
    accounts.flatMap((each) =>
      wholly(each).map(({ nextTryAt }) => ({ labels: { account: each.account }, value: nextTryAt.getTime() / 1_000 })),
    ),
  ),
  family(
    'gazette_account_counted',
    'Messages that count against what an account may be given in an hour and in a day.',
    ['account', 'window'],
    ({ accounts }) =>
      accounts.flatMap(({ account, countedOfHour, countedOfDay }) => [
        { labels: { account, window: 'hour' }, value: countedOfHour },
        { labels: { account, window: 'day' }, value: countedOfDay },
      ]),
  ),
  family(
    'gazette_account_learned_per_second',
    'Messages a second that an account is given after it refused a rate; none where it did not.',
    ['account'],
    ({ accounts }) =>
      accounts.flatMap(({ account, learnedPerSecond }) =>
        learnedPerSecond === null ? [] : [{ labels: { account }, value: learnedPerSecond }],
      ),
  ),
];

function wholly({ outages }: AccountFigures): AccountFigures['outages'] {
  return outages.filter(({ sender, onlyAt }) => sender === null && onlyAt === null);
}

function family(name: string, help: string, labelNames: readonly string[], samples: GaugeFamily['samples']): GaugeFamily {
  return { name, help, labelNames, samples };
}

function single(name: string, help: string, value: (figures: Figures) => number): GaugeFamily {
  return family(name, help, [], (figures) => [{ labels: {}, value: value(figures) }]);
}

function ofAccounts(name: string, help: string, value: (each: AccountFigures) => number): GaugeFamily {
  return family(name, help, ['account'], ({ accounts }) =>
    accounts.map((each) => ({ labels: { account: each.account }, value: value(each) })),
  );
}
