import type { Database } from '../db/db.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { OutagePolicy } from '../ledger/accounts/account-outage.ts';
import { type AttemptOutcome, recordOfAttempt, type RetryPolicy } from '../ledger/queue/attempt.ts';
import { needsTransaction, recordEndOfAttempt } from '../ledger/end-delivery.ts';
import { domainOf } from '../mail/address.ts';
import type { SendOutcome } from '../mail/message.ts';
import type { AccountWatch } from './account-watch.ts';
import { attemptOutcomeOf } from './attempt-outcome.ts';
import type { Allowances } from './account/take-allowance.ts';
import type { Flight, Lane } from './lane.ts';
import { learnFrom } from './lesson.ts';
import type { RefusalJudge } from './refusal-judge.ts';
import { answered, givenUp, landed, settled } from './send-events.ts';
import type { Answer, SendState } from './send-state.ts';
import type { SideWork } from './side-work.ts';
import type { SendTally } from './send-tally.ts';
import type { WorkerLife } from './life/worker-life.ts';

/** What it takes to understand an outcome and to write it down. */
export interface OutcomePorts {
  readonly database: Database;
  readonly log: Log;
  readonly clock: Clock;
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly retry: RetryPolicy;
  readonly outages: OutagePolicy;
  readonly tally: SendTally;
}

/** The parts of a loop that hear of an outcome. */
export interface OutcomeParts {
  readonly ports: OutcomePorts;
  readonly state: SendState;
  readonly sideWork: SideWork;
  readonly watch: AccountWatch;
  readonly judge: RefusalJudge;
  readonly allowances: Allowances<Lane>;
  /** Something has changed: there may be something to do, and somebody may have waited for it. */
  readonly goOn: () => void;
}

/** The mailer has answered: learns from it, and writes down what became of the delivery, with the next tick or aside. */
export function takeOutcome(parts: OutcomeParts, flight: Flight, life: WorkerLife, outcome: SendOutcome): void {
  const { ports } = parts;
  landed(flight);
  const learned = learnFrom(flight, outcome, { now: ports.monotonic(), outages: ports.outages, isWorkerAlive: life.isAlive() });
  parts.watch.heed(flight, learned.lesson);
  count(ports, flight, learned.outcome.kind);
  // What is the reader's server's alone says nothing of ours.
  if (learned.outcome.kind === 'account' && learned.outcome.trouble === 'rate') parts.allowances.refused(flight.run.lane, flight.claimedAt);
  const attempt = attemptOutcomeOf(learned.outcome);
  if (attempt) conclude(parts, flight, life, attempt);
  else givenUp(parts.state, flight);
  // There may be room for a claim although nothing is to be written down.
  parts.goOn();
}

function count({ tally, monotonic }: OutcomePorts, { run, delivery, startedAt }: Flight, outcome: SendOutcome['kind']): void {
  const tookMs = startedAt === undefined ? undefined : monotonic() - startedAt;
  tally.message({ account: run.lane.accountName, outcome, domain: domainOf(delivery.address), tookMs });
}

function conclude(parts: OutcomeParts, flight: Flight, life: WorkerLife, attempt: AttemptOutcome): void {
  const { delivery, workerId } = flight;
  if (attempt.kind === 'accepted' || attempt.kind === 'rejected') life.noteAnswer();
  const record = recordOfAttempt(attempt, delivery, parts.ports.retry, parts.ports.random());
  const answer = { flight, outcome: { deliveryId: delivery.id, workerId, record } };
  const place = needsTransaction(answer.outcome) ? 'aside' : 'tick';
  if (answered(parts.state, answer, attempt.kind, place) && place === 'aside') void recordAside(parts, answer, life);
}

async function recordAside(parts: OutcomeParts, answer: Answer, life: WorkerLife): Promise<void> {
  const { ports, sideWork, state, judge } = parts;
  // A sweep finds it only once its worker is dead; until then it would stand as being sent.
  await sideWork.run(
    async () => tellRecorded(ports, answer, await recordEndOfAttempt(ports.database, answer.outcome, ports.clock())),
    () => !state.isWithdrawn && life.isAlive(),
  );
  if (answer.outcome.record.refusal !== null) judge.poke();
  settled(state, answer.flight);
  parts.goOn();
}

/** Says in the log what was written down of a message, or that it came too late. */
export function tellRecorded(
  { log }: Pick<OutcomePorts, 'log'>,
  { outcome: { deliveryId, workerId, record } }: Answer,
  isRecorded: boolean,
): void {
  const event = record.state === 'queued' ? (record.isDoubt ? 'doubted' : 'deferred') : record.state;
  if (isRecorded) log.debug(`delivery.${event}`, { deliveryId, workerId });
  else log.warn('delivery.late_result', { deliveryId, workerId });
}
