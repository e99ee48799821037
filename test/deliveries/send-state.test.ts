import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { learnAnswer, learnOutages } from '../../src/deliveries/account/account-state.ts';
import { type Flight, type Lane, newLane, newRangeRun, type RangeRun } from '../../src/deliveries/lane.ts';
import type { RangeWork } from '../../src/deliveries/messages/open-range.ts';
import {
  answered,
  begun,
  blockGiven,
  givenUp,
  landed,
  offered,
  outagesChanged,
  passedOver,
  settled,
  ticked,
  tickLost,
  withdrawn,
  workerDied,
  workerGone,
} from '../../src/deliveries/send-events.ts';
import {
  type Answer,
  isIdle,
  newSendState,
  next,
  type SendState,
  statementOf,
  type Tick,
  whoWantsBlocks,
} from '../../src/deliveries/send-state.ts';
import type { ClaimedDelivery } from '../../src/ledger/queue/claim-store.ts';
import type { DomainLimits } from '../../src/mail/sending-limits.ts';
import type { SendOutcome } from '../../src/mail/message.ts';
import { SendWorld, type WorldEvent } from './send-world.ts';

const patientPauseMs = 10_000;

interface Setting {
  readonly lane: Lane;
  readonly run: RangeRun;
  readonly state: SendState;
}

function newSetting(maxConnections = 2): Setting {
  const lane = newLane({ account: 'relay:587', maxConnections });
  return { lane, run: newRangeRun(lane, 'news@example.org', {} as RangeWork), state: newSendState([lane], patientPauseMs) };
}

const tickAt = (state: SendState, now = 0): Tick => {
  const step = next(state, now);
  if (step.kind === 'wait') throw new Error('Expected a tick, got a wait');
  return step;
};
const deliveryOf = (id: string): ClaimedDelivery => ({ id, address: `reader@${id}.example` }) as ClaimedDelivery;
const worker = { workerId: 'w1', claimedAt: 0, startBefore: 1_000 };

/** Claims what may go, as a tick that gets all that it asks for. */
function claim({ state }: Setting, now = 0): readonly Flight[] {
  const tick = tickAt(state, now);
  begun(state, tick);
  // What follows need not wait for company.
  state.lastTickAt = -Infinity;
  const claimed = tick.claim.map(({ id }) => deliveryOf(id));
  return ticked(state, { claimed, isWorkerAlive: true }, { ...worker, claimedAt: now, startBefore: now + 1_000 }).flights;
}

const answerOf = (flight: Flight, state: Answer['outcome']['record']['state'] = 'accepted'): Answer =>
  ({ flight, outcome: { deliveryId: flight.delivery.id, workerId: flight.workerId, record: { state } } }) as Answer;
const facts = ({ claim: claimed, record, giveUp }: Tick) => ({
  claim: claimed.map(({ id }) => id),
  record: record.map(({ flight }) => flight.delivery.id),
  giveUp: giveUp.map(({ id }) => id),
});
const standStill = ({ lane, state }: Setting, dueInMs: number, now = 0): void => {
  learnOutages(lane.account, [{ sender: null, dueInMs, onlyAt: null, othersFirstMs: 0 }], now);
  outagesChanged(state, now);
};

describe('what is to be done', () => {
  test('is to wait for an event where nothing was offered', () => {
    expect(next(newSetting().state, 0)).toEqual({ kind: 'wait', forMs: undefined });
  });

  test('is to claim what was offered, in order, two for each connection', () => {
    const { state, run } = newSetting();
    offered(state, run, ['1', '2', '3', '4', '5'], 0);
    expect(facts(tickAt(state))).toEqual({ claim: ['1', '2', '3', '4'], record: [], giveUp: [] });
  });

  test('is to try one message, not all connections at once, after the account stood still', () => {
    const setting = newSetting();
    offered(setting.state, setting.run, ['1', '2', '3'], 0);
    standStill(setting, -1);
    expect(facts(tickAt(setting.state)).claim).toEqual(['1']);
    const [flight] = claim(setting);
    learnAnswer(setting.lane.account, flight!, true, 10);
    expect(facts(tickAt(setting.state, 10)).claim).toEqual(['2', '3']);
  });

  test('is to claim one for each connection where messages take long, or where less is tried because a limit was met', () => {
    const [slow, limited] = [newSetting(), newSetting()];
    for (const { state, run } of [slow, limited]) offered(state, run, ['1', '2', '3', '4', '5', '6'], 0);
    slow.lane.account.usualMs = 401;
    expect(facts(tickAt(slow.state)).claim).toEqual(['1', '2']);
    limited.lane.account.pace = { ...limited.lane.account.pace, connectionCount: 1 };
    expect(facts(tickAt(limited.state)).claim).toEqual(['1']);
  });

  test('is to record and claim in one statement, and to claim no more than there is room for', () => {
    const setting = newSetting();
    const { state, run } = setting;
    offered(state, run, ['1', '2', '3', '4', '5', '6'], 0);
    const [first, second] = claim(setting);
    landed(first!);
    landed(second!);
    answered(state, answerOf(first!), 'accepted', 'tick');
    givenUp(state, second!);
    // One goes in the place of the one that is written down with it; what is given up may still be on a connection.
    expect(facts(tickAt(state))).toEqual({ claim: ['5'], record: ['1'], giveUp: ['2'] });
    begun(state, tickAt(state));
    ticked(state, { claimed: [deliveryOf('5')], isWorkerAlive: true }, worker);
    expect(facts(tickAt(state, 10)).claim).toEqual(['6']);
  });

  test('is to wait a moment for company while each connection has a message and another is at hand', () => {
    const setting = newSetting();
    const { state, run } = setting;
    offered(state, run, ['1', '2', '3', '4', '5', '6'], 0);
    const [first, second] = claim(setting);
    state.lastTickAt = 0;
    landed(first!);
    answered(state, answerOf(first!), 'accepted', 'tick');
    expect(next(state, 1)).toEqual({ kind: 'wait', forMs: 1 });
    expect(isIdle(state, 1)).toBe(false);
    expect(facts(tickAt(state, 2))).toEqual({ claim: ['5'], record: ['1'], giveUp: [] });
    landed(second!);
    answered(state, answerOf(second!), 'accepted', 'tick');
    expect(facts(tickAt(state, 1))).toEqual({ claim: ['5', '6'], record: ['1', '2'], giveUp: [] });
  });

  test('is to give back at once what was not sent', () => {
    const setting = newSetting();
    offered(setting.state, setting.run, ['1', '2', '3', '4', '5', '6'], 0);
    const [first] = claim(setting);
    setting.state.lastTickAt = 0;
    givenUp(setting.state, first!);
    expect(facts(tickAt(setting.state, 1)).giveUp).toEqual(['1']);
  });

  test('is to let editions take turns, beginning after the one that was served last, each in its own order', () => {
    const { state, lane } = newSetting();
    const runOf = (edition: string) => newRangeRun(lane, 'news@example.org', {} as RangeWork, edition);
    const [large, small] = [runOf('7'), runOf('8')];
    offered(state, large, ['1', '2', '3', '4', '5', '6', '7', '8'], 0);
    offered(state, small, ['11', '12'], 0);
    expect(facts(tickAt(state)).claim).toEqual(['1', '11', '2', '12']);
    large.lane.lastServed = '7';
    expect(facts(tickAt(state)).claim).toEqual(['11', '1', '12', '2']);
    // Two jobs of one edition have one turn.
    const more = runOf('7');
    offered(state, more, ['9'], 0);
    expect(facts(tickAt(state)).claim).toEqual(['11', '1', '12', '2']);
  });

  test('is to claim no more than the account was given, and to wait for the moment of the next', () => {
    const lane = newLane({ account: 'relay:587', maxConnections: 4, rates: { perSecond: 10 } });
    const state = newSendState([lane], patientPauseMs);
    const run = newRangeRun(lane, 'news@example.org', {} as RangeWork);
    offered(state, run, ['1', '2', '3', '4'], 0);
    expect(whoWantsBlocks(state, 0)).toMatchObject([{ lane }]);
    expect(next(state, 0)).toMatchObject({ kind: 'wait' });
    const block = { count: 3, startsInMs: 0, spacingMs: 100, keepMs: 1_000, retryInMs: 0, isUsedUp: false, isCounted: true };
    blockGiven(state, lane, block, 0, 0);
    const setting = { lane, run, state };
    expect(claim(setting).map(({ delivery }) => delivery.id)).toEqual(['1']);
    expect(next(state, 0)).toEqual({ kind: 'wait', forMs: 1 });
    // Spent once, whatever comes of it.
    expect(claim(setting, 250).map(({ delivery }) => delivery.id)).toEqual(['2', '3']);
    expect(next(state, 250)).toMatchObject({ kind: 'wait' });
    expect(run.pendingCount).toBe(4);
  });

  test('is to leave what a used-up day holds up for long', () => {
    const lane = newLane({ account: 'relay:587', maxConnections: 4, rates: { perDay: 10 } });
    const state = newSendState([lane], patientPauseMs);
    const run = newRangeRun(lane, 'news@example.org', {} as RangeWork);
    offered(state, run, ['1', '2'], 0);
    const none = { count: 0, startsInMs: 0, spacingMs: 0, keepMs: 0, isUsedUp: true, isCounted: true };
    blockGiven(state, lane, { ...none, retryInMs: patientPauseMs }, 0, 0);
    expect(run.pendingCount).toBe(2);
    blockGiven(state, lane, { ...none, retryInMs: patientPauseMs + 1 }, 0, 0);
    expect([run.pendingCount, run.hasLeft, run.standsStill]).toEqual([0, true, true]);
  });

  test('is to wait while a tick is under way, whatever comes', () => {
    const { state, run } = newSetting();
    offered(state, run, ['1'], 0);
    begun(state, tickAt(state));
    offered(state, run, ['2'], 0);
    expect(next(state, 0)).toEqual({ kind: 'wait', forMs: undefined });
    expect(isIdle(state, 0)).toBe(false);
  });

  test('is to wait for what stands still for a moment, for as long as that takes', () => {
    const setting = newSetting();
    offered(setting.state, setting.run, ['1'], 0);
    standStill(setting, 3_000);
    expect(next(setting.state, 1_000)).toEqual({ kind: 'wait', forMs: 2_000 });
    expect(facts(tickAt(setting.state, 3_000)).claim).toEqual(['1']);
  });

  test('is to wait for an answer where there is no room, which tells by itself', () => {
    const setting = newSetting(1);
    offered(setting.state, setting.run, ['1', '2', '3'], 0);
    claim(setting);
    expect(next(setting.state, 0)).toEqual({ kind: 'wait', forMs: undefined });
  });
});

describe('what was offered', () => {
  test('by two jobs is taken in once, and counted for the first', () => {
    const { state, run, lane } = newSetting();
    const other = newRangeRun(lane, 'news@example.org', {} as RangeWork);
    offered(state, run, ['1', '2'], 0);
    offered(state, other, ['2', '3'], 0);
    expect([lane.candidates.map(({ id }) => id), run.pendingCount, other.pendingCount]).toEqual([['1', '2', '3'], 2, 1]);
  });

  test('is left where its sender stands still for longer than a job should wait', () => {
    const setting = newSetting();
    standStill(setting, patientPauseMs + 1);
    offered(setting.state, setting.run, ['1'], 0);
    expect(setting.run).toMatchObject({ pendingCount: 0, standsStill: true, hasLeft: true });
  });

  test('is left too where that comes to be known while it waits, but not for a pause that may be waited for', () => {
    const setting = newSetting();
    const { run, state } = setting;
    offered(state, run, ['1', '2'], 0);
    standStill(setting, patientPauseMs);
    expect([run.pendingCount, run.hasLeft]).toEqual([2, false]);
    standStill(setting, patientPauseMs + 1);
    expect([run.pendingCount, run.hasLeft, state.undecided.size]).toEqual([0, true, 0]);
  });

  test('and not claimed is taken back for good when it is withdrawn, and what is offered then is not taken in', () => {
    const setting = newSetting(1);
    const { run, state } = setting;
    offered(state, run, ['1', '2', '3'], 0);
    const flights = claim(setting);
    withdrawn(state);
    offered(state, run, ['4'], 0);
    expect([run.pendingCount, next(state, 0).kind]).toEqual([flights.length, 'wait']);
  });
});

describe('a tick', () => {
  test('that gets less than it asked for passes over the rest, which are decided once that is seen to', () => {
    const { state, run } = newSetting();
    offered(state, run, ['1', '2'], 0);
    begun(state, tickAt(state));
    const { flights, passed } = ticked(state, { claimed: [deliveryOf('2'), deliveryOf('9')], isWorkerAlive: true }, worker);
    expect([flights.map(({ delivery }) => delivery.id), passed.map(({ id }) => id)]).toEqual([['2'], ['1']]);
    expect([run.pendingCount, run.claimedCount]).toEqual([2, 1]);
    passedOver(state, passed);
    expect(run.pendingCount).toBe(1);
  });

  test('of a worker that others took for dead says nothing about what it asked for: it is asked for again', () => {
    const { state, run } = newSetting();
    offered(state, run, ['1', '2'], 0);
    begun(state, tickAt(state));
    expect(ticked(state, { claimed: [], isWorkerAlive: false }, worker)).toEqual({ flights: [], passed: [] });
    expect([facts(tickAt(state)).claim, run.pendingCount]).toEqual([['1', '2'], 2]);
  });

  test('that was lost is recorded again, and what it may have claimed is given up before it is asked for again', () => {
    const setting = newSetting(1);
    const { state, run } = setting;
    offered(state, run, ['1', '2', '3'], 0);
    const [first] = claim(setting);
    landed(first!);
    answered(state, answerOf(first!), 'accepted', 'tick');
    expect(facts(tickAt(state))).toEqual({ claim: ['3'], record: ['1'], giveUp: [] });
    begun(state, tickAt(state));
    tickLost(state, { id: 'w1', isAlive: true }, 0);
    const again = tickAt(state);
    expect(facts(again)).toEqual({ claim: [], record: ['1'], giveUp: ['3'] });
    begun(state, again);
    ticked(state, { claimed: [], isWorkerAlive: true }, worker);
    expect(facts(tickAt(state, 10)).claim).toEqual(['3']);
  });

  test('gives up only what the worker itself had claimed: the rest is for a sweep', () => {
    const { state, run } = newSetting();
    offered(state, run, ['1'], 0);
    begun(state, tickAt(state));
    tickLost(state, { id: 'w1', isAlive: true }, 0);
    expect([statementOf(tickAt(state), 'w1').giveUp, statementOf(tickAt(state), 'w2').giveUp]).toEqual([['1'], []]);
  });

  test('that was lost with its worker asks for its claims again, and keeps of its answers only what was accepted', () => {
    const setting = newSetting();
    const { state, run } = setting;
    offered(state, run, ['1', '2', '3', '4', '5', '6'], 0);
    const [first, second, third] = claim(setting);
    for (const flight of [first!, second!, third!]) landed(flight);
    settled(state, third!);
    answered(state, answerOf(first!), 'accepted', 'tick');
    answered(state, answerOf(second!, 'queued'), 'deferred', 'tick');
    begun(state, tickAt(state));
    tickLost(state, { id: 'w1', isAlive: false }, 0);
    expect(facts(tickAt(state))).toEqual({ claim: ['5', '6'], record: ['1'], giveUp: [] });
  });
});

describe('a message', () => {
  test('keeps its place until it is written down and its connection is free, in whatever order', () => {
    const setting = newSetting(1);
    offered(setting.state, setting.run, ['1', '2', '3'], 0);
    const [first, second] = claim(setting);
    givenUp(setting.state, first!);
    begun(setting.state, tickAt(setting.state));
    ticked(setting.state, { claimed: [], isWorkerAlive: true }, worker);
    // Back in the queue, but its connection is not free.
    expect(setting.lane.flights.has(first!)).toBe(true);
    landed(first!);
    expect(setting.lane.flights.has(first!)).toBe(false);
    landed(second!);
    expect(setting.lane.flights.has(second!)).toBe(true);
    settled(setting.state, second!);
    expect(setting.lane.flights.size).toBe(0);
  });

  test('is given up once, and never after it was answered', () => {
    const setting = newSetting(1);
    offered(setting.state, setting.run, ['1', '2'], 0);
    const [first, second] = claim(setting);
    for (const flight of [first!, first!]) givenUp(setting.state, flight);
    answered(setting.state, answerOf(second!), 'accepted', 'tick');
    givenUp(setting.state, second!);
    expect(facts(tickAt(setting.state))).toEqual({ claim: [], record: ['2'], giveUp: ['1'] });
  });

  test('that was given up counts only where it was accepted after all', () => {
    const setting = newSetting(1);
    offered(setting.state, setting.run, ['1'], 0);
    const [flight] = claim(setting);
    givenUp(setting.state, flight!);
    expect(answered(setting.state, answerOf(flight!, 'queued'), 'deferred', 'tick')).toBe(false);
    expect(answered(setting.state, answerOf(flight!), 'accepted', 'tick')).toBe(true);
    expect(setting.run.counts).toEqual({ accepted: 1, deferred: 0, rejected: 0, in_doubt: 0 });
  });

  test('that is written down aside is in no tick', () => {
    const setting = newSetting(1);
    offered(setting.state, setting.run, ['1'], 0);
    const [flight] = claim(setting);
    landed(flight!);
    answered(setting.state, answerOf(flight!, 'rejected'), 'rejected', 'aside');
    expect([next(setting.state, 0).kind, setting.run.pendingCount, isIdle(setting.state, 0)]).toEqual(['wait', 1, false]);
    settled(setting.state, flight!);
    expect([setting.run.pendingCount, isIdle(setting.state, 0)]).toEqual([0, true]);
  });

  test('of a dead worker is forgotten, except that what was accepted is still written down, also when that comes late', () => {
    const setting = newSetting();
    offered(setting.state, setting.run, ['1', '2', '3', '4'], 0);
    const [accepted, deferred, late] = claim(setting);
    answered(setting.state, answerOf(accepted!), 'accepted', 'tick');
    answered(setting.state, answerOf(deferred!, 'queued'), 'deferred', 'tick');
    workerDied(setting.state, 0);
    expect(setting.run.pendingCount).toBe(1);
    landed(late!);
    answered(setting.state, answerOf(late!), 'accepted', 'tick');
    expect(facts(tickAt(setting.state))).toEqual({ claim: [], record: ['1', '3'], giveUp: [] });
    begun(setting.state, tickAt(setting.state));
    ticked(setting.state, { claimed: [], isWorkerAlive: true }, worker);
    expect(setting.run.pendingCount).toBe(0);
  });

  test('is forgotten altogether when no other worker comes', () => {
    const setting = newSetting();
    offered(setting.state, setting.run, ['1', '2', '3', '4', '5'], 0);
    const [first, second] = claim(setting);
    answered(setting.state, answerOf(first!), 'accepted', 'tick');
    givenUp(setting.state, second!);
    workerGone(setting.state, 0);
    expect([setting.run.pendingCount, next(setting.state, 0).kind]).toEqual([0, 'wait']);
  });
});

const at = fc.nat(50);
const reply = (code: number) => ({ code, text: 'Said' });
const outcome: fc.Arbitrary<SendOutcome> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<SendOutcome>({ kind: 'accepted', reply: reply(250) }) },
  fc.constant<SendOutcome>({ kind: 'deferred', subject: 'host', reason: 'Later', reply: reply(451) }),
  fc.constant<SendOutcome>({ kind: 'rejected', subject: 'address', reply: reply(550) }),
  fc.constant<SendOutcome>({ kind: 'in_doubt', reason: 'lost' }),
  fc.constant<SendOutcome>({ kind: 'not_started', reason: 'no connection' }),
  fc.record({
    kind: fc.constant('account' as const),
    trouble: fc.constantFrom('unreachable', 'connections', 'login', 'sender', 'rate', 'quota'),
    reason: fc.constant('refused'),
    isAfterReader: fc.boolean(),
  }),
);
const tickAnswer = fc.constantFrom('carried out', 'carried out', 'carried out', 'carried out, not answered', 'not carried out');
const event: fc.Arbitrary<WorldEvent> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('offer'), run: fc.nat(3), from: at, count: fc.nat(12) }) },
  { weight: 8, arbitrary: fc.constant({ kind: 'ask' }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('tick'), answer: tickAnswer, passes: fc.constantFrom(0, 0, 0, 1, 2, 5, 63) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('start'), at }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('land'), at, outcome }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('too late', 'written aside', 'decide passed'), at }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('time'), ms: fc.constantFrom(1, 100, 1_000, 20_000) }) },
  fc.record({
    kind: fc.constant('outage'),
    lane: fc.nat(1),
    dueInMs: fc.constantFrom(-1, 500, 9_000, 60_000),
    onlyAt: fc.constantFrom(null, 'domain1.example'),
  }),
  fc.record({ kind: fc.constant('outages over'), lane: fc.nat(1) }),
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('block'),
      count: fc.integer({ min: 1, max: 9 }),
      startsInMs: fc.constantFrom(0, 0, 50, 1_500),
      spacingMs: fc.constantFrom(0, 10, 300),
      usedUpMs: fc.constantFrom(0, 0, 0, 0, 5_000, 60_000),
    }),
  },
  fc.constantFrom<WorldEvent>({ kind: 'limit met' }, { kind: 'no block' }, { kind: 'no domains' }, { kind: 'drop' }),
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('domains'),
      holdMs: fc.constantFrom(0, 500, 9_000, 60_000),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  fc.record({ kind: fc.constant('domain held'), group: fc.nat(3), holdMs: fc.constantFrom(0, 500, 9_000, 60_000) }),
  fc.record({ kind: fc.constant('yield'), run: fc.nat(3) }),
  fc.constantFrom<WorldEvent>({ kind: 'die' }, { kind: 'taken for dead' }, { kind: 'sweep' }),
);
const ending = fc.constantFrom<WorldEvent>({ kind: 'time', ms: 1 }, { kind: 'withdraw' }, { kind: 'gone' });
const connectionCounts = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 2 }));

test('nothing is claimed twice, nothing answered is forgotten, at most two are unrecorded per connection, no more begins than an account was given, whatever the order of events', () => {
  fc.assert(
    fc.property(
      connectionCounts,
      fc.boolean(),
      fc.constantFrom<DomainLimits | undefined>(undefined, { connections: 1 }, { connections: 2 }, { connections: 1, perMinute: 600 }),
      fc.array(event, { maxLength: 150, size: 'max' }),
      ending,
      (counts, isLimited, direct, events, last) => {
        const world = new SendWorld(counts, isLimited, direct);
        for (const one of events) world.play(one);
        world.play(last);
        world.drain();
      },
    ),
    { numRuns: 1_000 },
  );
});
