import type { Database, Queryable } from '../../db/db.ts';
import { readSnapshot } from '../../db/read-snapshot.ts';
import { listWaitingJobs } from '../../jobs/waiting-jobs-store.ts';
import { listOpenOutages } from '../../ledger/accounts/account-outage-store.ts';
import { countedOf } from '../../ledger/accounts/account-rate.ts';
import { listAccountRates } from '../../ledger/accounts/account-rate-store.ts';
import { listAccounts } from '../../ledger/accounts/mail-account-store.ts';
import { countEditions } from '../../ledger/drafts/edition-store.ts';
import { readSending } from '../../ledger/hold/read-sending.ts';
import { readQueueDepth } from '../../ledger/queue/open-range-store.ts';
import { listLivingWorkers } from '../../ledger/queue/worker-store.ts';
import { readNoticeDepth } from '../../notices/notice-store.ts';
import type { AccountFigures, Figures } from './figures.ts';

// Each is a matter of milliseconds; a database that is that busy is left alone.
const statementMs = 1_000;

/** Reads everything in one transaction that cannot write, each statement for a second at most. */
export function readFigures(database: Database): Promise<Figures> {
  return readSnapshot(
    database,
    async (tx) => ({
      depth: await readQueueDepth(tx),
      editions: await countEditions(tx),
      workers: await listLivingWorkers(tx),
      jobs: await listWaitingJobs(tx),
      notices: await readNoticeDepth(tx),
      isHeld: (await readSending(tx)).hold !== null,
      accounts: await readAccounts(tx),
    }),
    { statementMs },
  );
}

async function readAccounts(db: Queryable): Promise<AccountFigures[]> {
  const outages = await listOpenOutages(db);
  const rates = await listAccountRates(db);
  return (await listAccounts(db)).map((account): AccountFigures => {
    const read = rates.find((each) => each.account === account);
    const counted = read ? countedOf(read.rate, read.now) : { hour: 0, day: 0 };
    return {
      account,
      outages: outages.filter((each) => each.account === account),
      countedOfHour: counted.hour,
      countedOfDay: counted.day,
      learnedPerSecond: read?.rate.learnedPerSecond ?? null,
    };
  });
}
