import type { AccountOutage } from '../../ledger/accounts/account-outage.ts';
import type { EditionState } from '../../ledger/drafts/edition.ts';
import type { QueueDepth } from '../../ledger/queue/open-range-store.ts';
import type { LivingWorker } from '../../ledger/queue/worker-store.ts';
import type { WaitingJobs } from '../../jobs/waiting-jobs-store.ts';

/** What is read of the database for one look: of the whole installation, whichever process reads it. */
export interface Figures {
  readonly depth: QueueDepth;
  readonly editions: readonly { readonly state: EditionState; readonly count: number }[];
  readonly workers: readonly LivingWorker[];
  readonly jobs: readonly WaitingJobs[];
  readonly notices: { readonly openCount: number; readonly oldestDueMs: number };
  readonly isHeld: boolean;
  /** Of every account that there is. */
  readonly accounts: readonly AccountFigures[];
}

/** What is known of an account. */
export interface AccountFigures {
  /** Its server and login. */
  readonly account: string;
  /** Open outages of the whole of it, of one sender, or in doubt of one domain. */
  readonly outages: readonly Pick<AccountOutage, 'sender' | 'onlyAt' | 'nextTryAt'>[];
  /** What counts against its hour and day. */
  readonly countedOfHour: number;
  readonly countedOfDay: number;
  /** Messages a second that it is believed to take, after it refused a rate; null where it did not. */
  readonly learnedPerSecond: number | null;
}
