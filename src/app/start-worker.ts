/*
 * The worker of a process: runs the queue's jobs, wakes each minute, delivers. `serve` and `worker` start it, `send --wait` too where none lives.
 */
import type { DeliveryRange, DeliveryRunResult } from '../deliveries/deliver-range.ts';
import type { SendTally } from '../deliveries/send-tally.ts';
import { createDeliveryWorker, type DeliverySettings } from '../deliveries/worker.ts';
import type { EditionPorts } from '../editions/edition-ports.ts';
import { freezeApproved } from '../editions/freeze-approved.ts';
import { runSlot } from '../editions/run-slot.ts';
import { inTime } from '../kernel/in-time.ts';
import { defaultHeartbeatPatience } from '../jobs/heartbeat.ts';
import type { JobHandlers } from '../jobs/job-runner.ts';
import { pingSlot } from '../jobs/ping-slot.ts';
import { runTick } from '../jobs/run-tick.ts';
import { startWaking } from '../jobs/wake.ts';
import { createAside } from '../jobs/aside.ts';
import type { AccountOutage } from '../ledger/accounts/account-outage.ts';
import { endOutagesOfOthers, tryOutagesNow } from '../ledger/accounts/account-outage-store.ts';
import { forgetDomainsOfOthers } from '../ledger/accounts/receiving-domain-store.ts';
import { noteAccounts } from '../ledger/accounts/mail-account-store.ts';
import { retryPolicyFor, type RetryPolicy } from '../ledger/queue/attempt.ts';
import { chosenMailer } from '../mail/mailers.ts';
import { listNewsletters } from '../newsletters/newsletter-store.ts';
import { deliverNotice, type NoticePorts } from '../notices/deliver-notice.ts';
import { bringForwardNotices } from '../notices/notice-store.ts';
import { collectSource } from '../sources/collecting/collect-source.ts';
import { pingUrl } from '../reading/fetch/ping-url.ts';
import type { SourceReader } from '../reading/source-reader.ts';
import { admitSignUp, type AdmitSignUpPorts } from '../subscribers/joining/admit-sign-up.ts';
import { createNoticeRenderer } from '../render/mails/render-notice.ts';
import { templatesFolder } from '../kernel/package-root.ts';
import { handleLinkRequest } from '../subscribers/links/handle-link-request.ts';
import { mailPersonalLink } from '../subscribers/links/send-personal-link.ts';
import { collectPorts } from './collect-ports.ts';
import { messageSetupOf } from './outgoing/message-setup.ts';
import { uncoveredSenders } from './domains/uncovered-senders.ts';
import type { Mailers } from './open-mailers.ts';
import type { Store } from './open-store.ts';

/** Longer waits are those of the minute's tick: what takes minutes anyway may take one more. */
const longestAlarmMs = 150_000;

/** So long a job keeps its place among the few that run at once: an edition that is due now waits no longer than this behind one of a slow account. */
const sliceMs = 15_000;

/** What runs when the worker is closed has so long to end; what is cut short goes on with the next look at the clock, in whatever process. */
const closeWithinMs = 20_000;

/** What a worker is made of. */
export interface WorkerParts {
  readonly store: Store;
  readonly editing: EditionPorts;
  readonly mailers: Mailers;
  readonly reader: SourceReader;
  readonly settings?: Partial<DeliverySettings>;
  /** Counts what is sent. */
  readonly tally?: SendTally;
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
  const retry: RetryPolicy = parts.settings?.retry ?? retryPolicyFor(store.config.DELIVERY_RETRY_HOURS, store.config.IN_DOUBT);
  await beginAccounts(store, mailers);
  await sayUncoveredSenders(store);
  /** Staff hear of it at once, and what waits goes on as soon as it may. */
  const onOutage = (outage: AccountOutage): void => {
    editing.tellOutage(outage).catch((error: unknown) => store.log.warn('account.telling_failed', { outageId: outage.id, error }));
    if (outage.waitMs < longestAlarmMs) setTimeout(() => void waker.wake(), outage.waitMs).unref();
  };
  /** Notices first, not a minute later. */
  const onGoesOn = (): void => {
    bringForwardNotices(store.database)
      .then(async () => waker.wake())
      .catch((error: unknown) => store.log.warn('notice.bringing_forward_failed', { error }));
  };
  const setup = messageSetupOf(store.config, store.secrets, editing.publicUrl);
  const deliveries = createDeliveryWorker({
    database: store.database,
    mailers,
    log: store.log,
    setup,
    settings: { sliceMs, ...parts.settings, retry },
    clock: store.clock,
    onOutage,
    onGoesOn,
    ...(parts.tally ? { tally: parts.tally } : {}),
  });
  await store.queue.work(handlers(parts, (job) => deliveries.deliver(job), { setup, onOutage, onGoesOn }));
  const aside = createAside(store.log);
  const waker = startWaking(
    () =>
      runTick({
        ...editing,
        retry,
        aside: aside.run,
        readLength: (url) => parts.reader.readLength(url),
        ...(store.config.HEARTBEAT_URL ? { heartbeat: defaultHeartbeatPatience } : {}),
        ...(store.config.KEEP_DELIVERIES === 'forever' ? {} : { keepDeliveriesDays: store.config.KEEP_DELIVERIES }),
      }),
    store.log,
  );
  void waker.wake();
  return {
    wake: () => waker.wake(),
    abort() {
      deliveries.abort();
      void waker.close().catch(() => {});
    },
    async close() {
      // Claims end first of all: looking at the clock may take its time.
      const messages = Promise.all([deliveries.close(), store.queue.close(closeWithinMs)]);
      await inTime(closeWithinMs, waker.close().then(aside.idle), () => store.log.warn('worker.close_gave_up'));
      await messages;
    },
  };
}

/** A sender whom the configured key does not cover is told at once, and not only when its first message fails; other newsletters go on. */
async function sayUncoveredSenders({ database, config, log }: Store): Promise<void> {
  const own = (await listNewsletters(database)).filter(({ isSample, closedAt }) => !isSample && closedAt === null);
  for (const { slug } of uncoveredSenders(config, own))
    log.error('dkim.sender_uncovered', { newsletter: slug, domain: config.DKIM_DOMAIN });
}

/**
 * A start may come with other settings: accounts that are no longer configured are forgotten, and what a person may have mended is tried at once. Limits
 * and quotas do not end with a process.
 */
async function beginAccounts({ database, log }: Store, mailers: Mailers): Promise<void> {
  const accounts = mailers.all.map(({ account }) => account);
  await noteAccounts(database, mailers.named);
  await endOutagesOfOthers(database, accounts);
  await forgetDomainsOfOthers(
    database,
    mailers.all.filter(({ direct }) => direct).map(({ account }) => account),
  );
  for (const account of accounts) await tryOutagesNow(database, account, ['unreachable', 'login', 'sender']);
  // Its mail waits: it is neither lost nor sent through another account.
  for (const { id, isSample, account } of await listNewsletters(database))
    if (!chosenMailer(mailers, { isSample, account })) log.error('account.not_configured', { newsletterId: id, account });
}

/** What answering people needs who asked for something on a page: to subscribe, or for their link. */
async function requestPorts(store: Store, editing: EditionPorts): Promise<AdmitSignUpPorts> {
  const { database, clock, log, secrets, config } = store;
  const ports = {
    database,
    clock,
    log,
    enqueue: editing.enqueue,
    publicUrl: editing.publicUrl,
    tokenKeys: secrets.tokenKeys,
    notices: await createNoticeRenderer({ templatesFolder }),
    staffAddress: config.STAFF_ADDRESS,
  };
  return { ...ports, mailLink: async (tx, subscriberId, newsletter) => void (await mailPersonalLink(tx, ports, subscriberId, newsletter)) };
}

/** What is made at the first call, and only then: most workers never need it. */
function memoized<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}

function handlers(
  { store, editing, mailers, reader }: WorkerParts,
  deliver: (job: DeliveryRange) => Promise<DeliveryRunResult>,
  noticePorts: Pick<NoticePorts, 'setup' | 'onOutage' | 'onGoesOn'>,
): JobHandlers {
  const { database, log, clock } = store;
  const heartbeatUrl = store.config.HEARTBEAT_URL;
  const requests = memoized(() => requestPorts(store, editing));
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
      const { kind } = await deliver(job);
      // Behind whatever has the same turn and waited longer.
      if (kind === 'yielded') await editing.enqueue(database, job);
    },
    async notice({ noticeId }) {
      await deliverNotice({ database, mailers, noticeAccount: store.config.NOTICE_ACCOUNT, log, clock, ...noticePorts }, noticeId);
    },
    async sign_up({ signUpId }) {
      await admitSignUp(await requests(), signUpId);
    },
    async link({ requestId }) {
      await handleLinkRequest(await requests(), requestId);
    },
    async ping({ scheduleId, slotAt }) {
      if (heartbeatUrl === undefined) return;
      const get = (url: string): Promise<void> => pingUrl(url, { userAgent: 'Gazette' });
      await pingSlot(
        { database, clock, log, heartbeatUrl, patience: defaultHeartbeatPatience, get },
        { scheduleId, slotAt: new Date(slotAt) },
      );
    },
  };
}
