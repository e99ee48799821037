/*
 * A world for the send state: rows of deliveries as the ledger's statement changes them, a mailer whose messages start and land, workers that die. It plays
 * random events and looks after each at what must hold.
 */
import { learnOutages } from '../../src/deliveries/account/account-state.ts';
import { asked, limitMet, limitShared, notGiven } from '../../src/deliveries/account/allowance.ts';
import { attemptOutcomeOf } from '../../src/deliveries/attempt-outcome.ts';
import { domainsAsked, domainsNotAnswered } from '../../src/deliveries/domain/lane-domains.ts';
import {
  type Candidate,
  type Flight,
  type Lane,
  newLane,
  newRangeRun,
  type RangeRun,
  roomInMs,
  waitingByDomain,
} from '../../src/deliveries/lane.ts';
import { learnFrom } from '../../src/deliveries/lesson.ts';
import type { RangeWork } from '../../src/deliveries/messages/open-range.ts';
import {
  answered,
  begun,
  blockGiven,
  domainsTold,
  givenUp,
  landed,
  offered,
  outagesChanged,
  passedOver,
  runWithdrawn,
  settled,
  takeDrops,
  ticked,
  tickLost,
  withdrawn,
  workerDied,
  workerGone,
} from '../../src/deliveries/send-events.ts';
import {
  type Answer,
  newSendState,
  next,
  type SendState,
  statementOf,
  whoAsksForDomains,
  whoWantsBlocks,
} from '../../src/deliveries/send-state.ts';
import { defaultOutagePolicy } from '../../src/ledger/accounts/account-outage.ts';
import { defaultRetryPolicy, recordOfAttempt } from '../../src/ledger/queue/attempt.ts';
import type { ClaimedDelivery, ClaimStatement as Statement, TickResult } from '../../src/ledger/queue/claim-store.ts';
import { needsTransaction } from '../../src/ledger/end-delivery.ts';
import type { SendOutcome } from '../../src/mail/message.ts';
import type { DomainLimits } from '../../src/mail/sending-limits.ts';
import { insist } from '../support/insist.ts';

/** What may happen; `at` chooses among what is there. */
export type WorldEvent =
  | { readonly kind: 'offer'; readonly run: number; readonly from: number; readonly count: number }
  | { readonly kind: 'ask' }
  | { readonly kind: 'tick'; readonly answer: 'carried out' | 'carried out, not answered' | 'not carried out'; readonly passes: number }
  | { readonly kind: 'start' | 'too late' | 'written aside' | 'decide passed'; readonly at: number }
  | { readonly kind: 'land'; readonly at: number; readonly outcome: SendOutcome }
  | { readonly kind: 'outage'; readonly lane: number; readonly dueInMs: number; readonly onlyAt: string | null }
  | { readonly kind: 'outages over'; readonly lane: number }
  | { readonly kind: 'block'; readonly count: number; readonly startsInMs: number; readonly spacingMs: number; readonly usedUpMs: number }
  | { readonly kind: 'limit met' | 'no block' | 'no domains' | 'drop' }
  | { readonly kind: 'domains'; readonly holdMs: number; readonly count: number }
  | { readonly kind: 'domain held'; readonly group: number; readonly holdMs: number }
  | { readonly kind: 'yield'; readonly run: number }
  | { readonly kind: 'die' | 'taken for dead' | 'sweep' | 'withdraw' | 'gone' }
  | { readonly kind: 'time'; readonly ms: number };

interface Row {
  state: string;
  workerId: string | null;
  isDoubted: boolean;
  dueAt: number;
  /** How often the server took its message. */
  takenCount: number;
  readonly lane: Lane;
}

const accepted: SendOutcome = { kind: 'accepted', reply: { code: 250, text: 'Taken' } };
const rowCount = 40;
const startWithinMs = 1_000;
const patientPauseMs = 10_000;

/** Plays events. Each checks what must hold after it. */
export class SendWorld {
  readonly lanes: readonly Lane[];
  readonly runs: readonly RangeRun[];
  readonly state: SendState;
  readonly rows = new Map<string, Row>();
  private now = 0;
  private worker = 1;
  /** Of the worker that lives by its own word: the database says otherwise. */
  private isTakenForDead = false;
  private tickWorker = '';
  private statement: Statement | undefined;
  private readonly flights = new Set<Flight>();
  private readonly aside: Answer[] = [];
  private readonly passed: (readonly Candidate[])[] = [];
  /** Answers that must not be forgotten. */
  private readonly owed = new Set<Answer>();
  private isGone = false;
  /** What the account of the first lane was given and is not claimed yet; Infinity where nothing is counted. */
  private left: number;
  /** The domains of the second lane that stand still, as the database has it. */
  private readonly holds = new Map<string, { until: number; refusedAt: number }>();

  /** `isLimited`: the account of the first lane is given blocks. `direct`: that of the second spares the hosts of its readers. */
  constructor(connectionCounts: readonly [number, number], isLimited: boolean, direct?: DomainLimits) {
    const limits = isLimited ? { perSecond: 10 } : {};
    this.left = isLimited ? 0 : Infinity;
    this.lanes = connectionCounts.map((maxConnections, at) =>
      newLane({ account: `relay${at}`, maxConnections, rates: at === 0 ? limits : {}, ...(at === 1 && direct ? { direct } : {}) }),
    );
    const [first, second] = this.lanes as [Lane, Lane];
    const work = {} as RangeWork;
    this.runs = [
      newRangeRun(first, 'news@example.org', work),
      newRangeRun(first, 'news@example.org', work),
      newRangeRun(first, 'other@example.org', work),
      newRangeRun(second, 'news@example.org', work),
    ];
    this.state = newSendState(this.lanes, patientPauseMs);
    for (let at = 0; at < rowCount; at += 1) {
      const lane = at < (rowCount * 3) / 4 ? first : second;
      this.rows.set(String(at), { state: 'queued', workerId: null, isDoubted: false, dueAt: 0, takenCount: 0, lane });
    }
  }

  play(event: WorldEvent): void {
    this.carryOut(event);
    this.check();
  }

  /** Lets everything come to its end, with a mailer that takes all: nobody may be left waiting. */
  drain(): void {
    for (let round = 0; round < 500 && !this.isOver(); round += 1) {
      this.play({ kind: 'block', count: 5, startsInMs: 0, spacingMs: 0, usedUpMs: 0 });
      this.play({ kind: 'domains', holdMs: 0, count: 9 });
      this.play({ kind: 'drop' });
      this.play({ kind: 'ask' });
      this.play({ kind: 'tick', answer: 'carried out', passes: 0 });
      while (this.passed.length > 0) this.play({ kind: 'decide passed', at: 0 });
      while (this.aside.length > 0) this.play({ kind: 'written aside', at: 0 });
      for (const flight of this.flights) this.start(flight);
      while (this.flights.size > 0) this.play({ kind: 'land', at: 0, outcome: accepted });
      const step = next(this.state, this.now);
      if (step.kind === 'wait' && step.forMs !== undefined) this.play({ kind: 'time', ms: Math.ceil(step.forMs) });
    }
    insist(this.state.undecided.size === 0 && this.runs.every(({ pendingCount }) => pendingCount === 0), 'something is never decided');
    insist(
      this.lanes.every(({ flights }) => flights.size === 0),
      'something keeps its place',
    );
  }

  private isOver(): boolean {
    return this.state.undecided.size === 0 && this.flights.size === 0 && !this.state.tick && next(this.state, this.now).kind === 'wait';
  }

  private get workerId(): string {
    return String(this.worker);
  }

  private isAlive(workerId: string): boolean {
    return workerId === this.workerId && !this.isGone;
  }

  private carryOut(event: WorldEvent): void {
    const { state, now } = this;
    switch (event.kind) {
      case 'offer':
        return this.offer(event.run, event.from, event.count);
      case 'ask':
        return this.ask();
      case 'tick':
        return this.endTick(event.answer, event.passes);
      case 'start':
        return this.start(pick(this.flights, event.at));
      case 'too late': {
        const flight = pick(this.flights, event.at);
        if (flight && flight.startedAt === undefined && now >= flight.startBefore) givenUp(state, flight);
        return;
      }
      case 'land':
        return this.land(pick(this.flights, event.at), event.outcome);
      case 'written aside':
        return this.writeAside(event.at);
      case 'decide passed':
        return passedOver(state, this.passed.shift() ?? []);
      case 'outage': {
        const outage = { sender: null, dueInMs: event.dueInMs, onlyAt: event.onlyAt, othersFirstMs: 100 };
        learnOutages(this.lanes[event.lane]!.account, [outage], now);
        return outagesChanged(state, now);
      }
      case 'outages over':
        learnOutages(this.lanes[event.lane]!.account, [], now);
        return outagesChanged(state, now);
      case 'block':
        return this.giveBlock(event);
      case 'no block':
        if (this.wanting()) notGiven(this.lanes[0]!.allowance, now);
        return;
      case 'limit met':
        if (this.left === Infinity) return;
        this.left = 0;
        limitMet(this.lanes[0]!.allowance, now);
        return limitShared(this.lanes[0]!.allowance);
      case 'domains':
        return this.tellDomains(event.holdMs, event.count);
      case 'no domains':
        if (this.asking()) domainsNotAnswered(this.lanes[1]!.domains!, now);
        return;
      case 'domain held':
        this.holds.set(`domain${event.group}.example`, { until: now + event.holdMs, refusedAt: now });
        return;
      case 'drop':
        return passedOver(state, takeDrops(state));
      case 'yield':
        return runWithdrawn(state, this.runs[event.run]!);
      case 'die':
        this.worker += 1;
        this.isTakenForDead = false;
        return workerDied(state, now);
      case 'taken for dead':
        this.isTakenForDead = true;
        return;
      case 'sweep':
        return this.sweep();
      case 'withdraw':
        return withdrawn(state);
      case 'gone':
        this.isGone = true;
        return this.endForGood();
      case 'time':
        this.now += event.ms;
    }
  }

  /** Jobs read ahead only what is in their edition, which goes over one lane. */
  private offer(at: number, from: number, count: number): void {
    const run = this.runs[at]!;
    const ids = [...this.rows].filter(([, { lane }]) => lane === run.lane).map(([id]) => id);
    const chosen = ids.slice(from % ids.length, (from % ids.length) + count);
    const domains =
      run.lane.domains && new Map(chosen.map((id) => [id, { group: groupOf(id), expiresAt: Number(id) % 8 < 5 ? 15_000 : Infinity }]));
    offered(this.state, run, chosen, this.now, domains);
  }

  private asking(): boolean {
    return whoAsksForDomains(this.state, this.now).length > 0;
  }

  /** What the domains of the second lane are given and whether they stand still, as one statement reads and writes it. */
  private tellDomains(holdMs: number, count: number): void {
    if (!this.asking()) return;
    const { state, now } = this;
    const lane = this.lanes[1]!;
    const requests = domainsAsked(lane.domains!, waitingByDomain(lane), now);
    for (const { group, news } of requests)
      for (const one of news) {
        if (one.kind === 'answered') this.holds.delete(group);
        else this.holds.set(group, { until: now + holdMs, refusedAt: now });
      }
    const block = { count, startsInMs: 0, spacingMs: 100, keepMs: 2_000, retryInMs: 0, isUsedUp: false, isCounted: true };
    const wanted = new Map(requests.map(({ group, mostCount }) => [group, mostCount]));
    const answers = [...new Set([...wanted.keys(), ...this.holds.keys()])].map((group) => {
      const hold = this.holds.get(group);
      const isGiven = (wanted.get(group) ?? 0) > 0 && (hold?.until ?? 0) <= now;
      return {
        group,
        hold: hold ? { trouble: 'limit' as const, untilInMs: hold.until - now, refusedAgoMs: now - hold.refusedAt, tryCount: 1 } : null,
        isLearned: false,
        block: isGiven ? { ...block, count: Math.min(count, wanted.get(group)!) } : undefined,
      };
    });
    domainsTold(state, lane, { requests, answers, tookMs: 0 }, now);
  }

  private wanting(): boolean {
    return this.left < Infinity && whoWantsBlocks(this.state, this.now).some(({ lane }) => lane === this.lanes[0]);
  }

  private giveBlock({ count, startsInMs, spacingMs, usedUpMs }: Extract<WorldEvent, { kind: 'block' }>): void {
    if (!this.wanting()) return;
    const lane = this.lanes[0]!;
    const given = usedUpMs > 0 ? 0 : Math.min(count, asked(lane.allowance, 100, this.now));
    const block = { count: given, startsInMs, spacingMs, keepMs: 30_000, retryInMs: usedUpMs, isUsedUp: usedUpMs > 0, isCounted: true };
    blockGiven(this.state, lane, block, 0, this.now);
    this.left += given;
  }

  private ask(): void {
    const step = next(this.state, this.now);
    if (step.kind === 'wait') return;
    if (this.isGone) return this.endForGood();
    const statement = statementOf(step, this.workerId);
    const { claimIds } = statement;
    const busy = [...this.flights].filter(({ phase }) => phase !== 'settled').map(({ delivery }) => delivery.id);
    insist(new Set(claimIds).size === claimIds.length, 'one statement claims twice');
    // Nothing is claimed twice: neither what is on its way, nor what this worker has claimed, or may have, and not given back.
    const held = new Set([...busy, ...this.rowsOf(this.workerId), ...step.giveUp.map(({ id }) => id)]);
    insist(!claimIds.some((id) => held.has(id)), 'what is claimed is claimed again');
    insist(!this.state.isWithdrawn || claimIds.length === 0, 'something is claimed although all was withdrawn');
    this.left -= step.claim.filter(({ run }) => run.lane === this.lanes[0]).length;
    insist(this.left >= 0, 'more is claimed than the account was given');
    begun(this.state, step);
    this.statement = statement;
    this.tickWorker = this.workerId;
  }

  private rowsOf(workerId: string): string[] {
    return [...this.rows].filter(([, row]) => row.state === 'sending' && row.workerId === workerId).map(([id]) => id);
  }

  private endTick(answer: string, passes: number): void {
    const { state, now, statement, tickWorker } = this;
    if (!state.tick || !statement) return;
    const result = answer === 'not carried out' ? undefined : this.execute(statement, passes);
    const record = state.tick.record;
    if (!result || answer !== 'carried out') {
      tickLost(state, { id: tickWorker, isAlive: this.isAlive(tickWorker) }, now);
      return;
    }
    for (const one of record) this.owed.delete(one);
    const { flights, passed } = ticked(state, result, { workerId: tickWorker, claimedAt: now, startBefore: now + startWithinMs });
    for (const flight of flights) this.flights.add(flight);
    this.passed.push(passed);
    if (!result.isWorkerAlive && this.isAlive(tickWorker)) this.carryOut({ kind: 'die' });
  }

  /** The one statement, as the ledger has it: all parts see the rows as they were before. */
  private execute({ workerId, record, giveUp, claimIds }: Statement, passes: number): TickResult {
    const isWorkerAlive = workerId === this.workerId && !this.isTakenForDead;
    const claiming = isWorkerAlive
      ? claimIds.filter((id) => this.rows.get(id)!.state === 'queued' && this.rows.get(id)!.dueAt <= this.now)
      : [];
    const claimedIds = claiming.filter((_id, at) => ((passes >> at) & 1) === 0);
    const recordedIds = new Set<string>();
    for (const { deliveryId, workerId: of, record: written } of record) {
      const row = this.rows.get(deliveryId)!;
      const isSent = row.state === 'sending' && row.workerId === of;
      if (!isSent && !(written.state === 'accepted' && row.isDoubted)) continue;
      recordedIds.add(deliveryId);
      Object.assign(row, { state: written.state, workerId: null, isDoubted: row.isDoubted || written.isDoubt });
      row.dueAt = this.now + (written.gapMs ?? 0);
    }
    for (const id of giveUp) {
      const row = this.rows.get(id)!;
      if (row.state === 'sending' && row.workerId === workerId) Object.assign(row, { state: 'queued', workerId: null });
    }
    for (const id of claimedIds) Object.assign(this.rows.get(id)!, { state: 'sending', workerId });
    return { recordedIds, claimed: claimedIds.map(deliveryOf), ineligibleIds: [], isWorkerAlive };
  }

  private start(flight: Flight | undefined): void {
    if (!flight || flight.phase !== 'open' || !this.isAlive(flight.workerId) || this.now >= flight.startBefore) return;
    flight.startedAt ??= this.now;
    const row = this.rows.get(flight.delivery.id)!;
    // A message that was taken goes again only after it was in doubt.
    insist(row.takenCount === 0 || row.isDoubted, 'a message that was taken goes again');
  }

  private land(flight: Flight | undefined, given: SendOutcome): void {
    if (!flight) return;
    const { state, now } = this;
    this.flights.delete(flight);
    const outcome = flight.startedAt === undefined ? outcomeBeforeStart(given) : given;
    if (outcome.kind === 'accepted' || outcome.kind === 'in_doubt') this.rows.get(flight.delivery.id)!.takenCount += 1;
    landed(flight);
    const isWorkerAlive = this.isAlive(flight.workerId);
    const attempt = attemptOutcomeOf(learnFrom(flight, outcome, { now, outages: defaultOutagePolicy, isWorkerAlive }).outcome);
    if (!attempt) return givenUp(state, flight);
    const record = recordOfAttempt(attempt, flight.delivery, defaultRetryPolicy, 0.5);
    const answer = { flight, outcome: { deliveryId: flight.delivery.id, workerId: flight.workerId, record } };
    const place = needsTransaction(answer.outcome) ? 'aside' : 'tick';
    const counts = answered(state, answer, attempt.kind, place);
    // What was taken always counts, and so does every answer to a worker that lives.
    insist(counts || (attempt.kind !== 'accepted' && !isWorkerAlive), 'an answer does not count');
    if (!counts) return;
    if (place === 'aside') this.aside.push(answer);
    else this.owed.add(answer);
  }

  private writeAside(at: number): void {
    const [answer] = this.aside.splice(at % Math.max(1, this.aside.length), 1);
    if (!answer) return;
    const row = this.rows.get(answer.outcome.deliveryId)!;
    if (row.state === 'sending' && row.workerId === answer.outcome.workerId) Object.assign(row, { state: 'rejected', workerId: null });
    settled(this.state, answer.flight);
  }

  /** What a dead worker was answered need not be written down, except that it was taken. */
  private forgetOfDead(): void {
    for (const answer of this.owed) {
      const { workerId, record } = answer.outcome;
      if (record.state !== 'accepted' && !this.isAlive(workerId)) this.owed.delete(answer);
    }
  }

  private sweep(): void {
    const { workerId, isTakenForDead } = this;
    for (const row of this.rows.values()) {
      if (row.state !== 'sending' || (row.workerId === workerId && !isTakenForDead)) continue;
      Object.assign(row, { state: 'queued', workerId: null, isDoubted: true });
    }
  }

  /** Nobody is left to write anything down; a sweep puts it in doubt. */
  private endForGood(): void {
    this.owed.clear();
    workerGone(this.state, this.now);
  }

  private check(): void {
    const { state, lanes } = this;
    this.forgetOfDead();
    // Nothing that was answered is forgotten.
    const known = new Set([...state.answers, ...(state.tick?.record ?? [])]);
    for (const answer of this.owed) insist(known.has(answer), 'something that was answered is forgotten');
    // What was offered is decided once.
    const pending = this.runs.map(({ pendingCount }) => pendingCount);
    insist(Math.min(...pending) >= 0, 'something is decided twice');
    insist(state.undecided.size === pending.reduce((sum, count) => sum + count), 'a job waits for what nobody decides, or ends too early');
    for (const lane of lanes) {
      const claiming = state.tick?.claim.filter(({ run }) => run.lane === lane).length ?? 0;
      // Written down by the statement that claims, or not claimed either.
      const recording = state.tick?.record.filter(({ flight }) => flight.hasLanded && lane.flights.has(flight)).length ?? 0;
      const sending = this.rowsOf(this.workerId).filter((id) => this.rows.get(id)!.lane === lane);
      // A kill leaves no more than these in doubt.
      insist(Math.max(lane.flights.size - recording + claiming, sending.length) <= 2 * lane.maxConnections, 'too many are unrecorded');
      for (const [group, onTheirWay] of this.onTheirWayByGroup(lane)) {
        insist(onTheirWay <= (lane.domains?.limits.connections ?? Infinity), `too many are on their way to ${group}`);
      }
      // Nobody waits for ever: one may go, or time makes room, or what is on its way will tell.
      const isWaiting = lane.candidates.length > 0 && lane.flights.size === 0;
      const step = next(state, this.now);
      const isComing =
        (lane.allowance.isCounted || lane.domains !== undefined) &&
        (state.tick !== undefined || step.kind === 'tick' || step.forMs !== undefined);
      insist(!isWaiting || isComing || roomInMs(lane, this.now) !== undefined, 'somebody waits for ever');
    }
  }

  /** Those that are being claimed count too. */
  private onTheirWayByGroup(lane: Lane): Map<string, number> {
    const flying = [...lane.flights].filter(({ hasLanded }) => !hasLanded).flatMap(({ group }) => group ?? []);
    const claiming = (this.state.tick?.claim ?? []).flatMap(({ run, domain }) => (run.lane === lane && domain ? [domain.group] : []));
    const counts = new Map<string, number>();
    for (const group of [...flying, ...claiming]) counts.set(group, (counts.get(group) ?? 0) + 1);
    return counts;
  }
}

const groupOf = (id: string): string => `domain${Number(id) % 4}.example`;

function pick<T>(of: Iterable<T>, at: number): T | undefined {
  const all = [...of];
  return all[at % Math.max(1, all.length)];
}

function deliveryOf(id: string): ClaimedDelivery {
  const history = { attempts: 0, doubts: 0, isDoubted: false, firstAttemptAgeMs: null };
  const address = `reader${id}@${groupOf(id)}`;
  return { id, editionId: '1', renditionId: '1', subscriptionId: id, address, name: null, format: 'html', tokenVersion: 1, ...history };
}

/** Of a message whose first byte did not go out nothing is known but its account's trouble, and no reader was named to the server. */
function outcomeBeforeStart(given: SendOutcome): SendOutcome {
  return given.kind === 'account' ? { ...given, isAfterReader: false } : { kind: 'not_started', reason: 'no connection' };
}
