import { describe, expect, test } from '@jest/globals';
import {
  isOfReaderAlone,
  isRefusedAlone,
  isSuspect,
  learnAnswer,
  learnOutages,
  learnOwnRefusal,
  learnRefusal,
  learnRest,
  pausedUntil,
  type HeardRefusal,
} from '../../src/deliveries/account/account-state.ts';
import { type Candidate, type Flight, hasOther, type Lane, newLane, newRangeRun, roomInMs, whatMayGo } from '../../src/deliveries/lane.ts';
import type { RangeWork } from '../../src/deliveries/messages/open-range.ts';
import type { AccountTrouble } from '../../src/mail/message.ts';

const mailer = { account: 'relay:587', maxConnections: 5 };
const flightAt = (claimedAt: number, id = String(claimedAt)): Flight =>
  ({
    claimedAt,
    startedAt: claimedAt,
    delivery: { id, address: `reader@${id}.example` },
    run: { sender: 'news@example.org' },
  }) as unknown as Flight;
const atCorp = (claimedAt: number, id: string): Flight => {
  const flight = flightAt(claimedAt, id);
  return { ...flight, delivery: { ...flight.delivery, address: `reader${id}@Corp.example` } };
};
const ours = (trouble: AccountTrouble) => ({ trouble, isAfterReader: false });
const afterReader = { trouble: 'quota', isAfterReader: true } as const;
const open = { sender: null, dueInMs: 995, onlyAt: null, othersFirstMs: 0 };
type Verdict = ReturnType<typeof learnRefusal>;
const refused = (lane: Lane, flight: Flight, refusal: HeardRefusal, pauseMs: number, now: number): Verdict =>
  learnRefusal(lane.account, flight, refusal, { pauseMs, hasOther: (scope) => hasOther(lane, scope, now), now });
const weightOf = (verdict: Verdict): string => (verdict === 'nothing' ? 'nothing' : verdict.onlyAt === null ? 'sure' : 'in_doubt');
const weigh = (...refusal: Parameters<typeof refused>): string => weightOf(refused(...refusal));
/** A candidate of the sender, of a lane that has it. */
const waiting = (lane: Lane, id: string): Candidate => {
  const candidate = { id, run: newRangeRun(lane, 'news@example.org', {} as RangeWork) };
  lane.candidates.push(candidate);
  return candidate;
};
const refuse = (lane: Lane, claimedAt: number, now: number): boolean =>
  refused(lane, flightAt(claimedAt), ours('quota'), 1_000, now) !== 'nothing';

describe('a lane whose account was refused', () => {
  test('has something to write down once for all that was on its way together', () => {
    const lane = newLane(mailer);
    expect([refuse(lane, 10, 20), refuse(lane, 15, 21), refuse(lane, 20, 40)]).toEqual([true, false, false]);
    expect(refuse(lane, 41, 50)).toBe(true);
  });

  test('has something to write down again for what was claimed after it went on', () => {
    const lane = newLane(mailer);
    refuse(lane, 10, 20);
    expect(learnAnswer(lane.account, flightAt(15), true, 30)).toEqual([]);
    expect(learnAnswer(lane.account, flightAt(30), true, 40)).toEqual([null]);
    expect(refuse(lane, 45, 50)).toBe(true);
  });

  test('has nothing to write down for what was claimed before it went on and is answered after that', () => {
    const lane = newLane(mailer);
    refuse(lane, 10, 20);
    expect(learnAnswer(lane.account, flightAt(30), true, 40)).toEqual([null]);
    expect([refuse(lane, 31, 41), refuse(lane, 41, 50)]).toEqual([false, true]);
    learnOutages(lane.account, [open], 55);
    learnOutages(lane.account, [], 60);
    expect([refuse(lane, 55, 61), refuse(lane, 61, 70)]).toEqual([false, true]);
  });

  test('knows a message that is refused again while others go', () => {
    const lane = newLane(mailer);
    refuse(lane, 10, 20);
    expect(isRefusedAlone(lane.account, flightAt(40, '10'), 'quota')).toBe(false);
    learnAnswer(lane.account, flightAt(30), true, 40);
    expect([isRefusedAlone(lane.account, flightAt(50, '10'), 'quota'), isRefusedAlone(lane.account, flightAt(50, '30'), 'quota')]).toEqual([
      true,
      false,
    ]);
  });

  test('does not try its own login again each time that another worker finds it right', () => {
    const lane = newLane(mailer);
    refused(lane, flightAt(10), ours('login'), 1_000, 20);
    learnOutages(lane.account, [open], 25);
    learnOutages(lane.account, [], 30);
    expect(pausedUntil(lane.account, 'news@example.org')).toBe(1_020);
    learnOutages(lane.account, [], 1_030);
    expect(pausedUntil(lane.account, 'news@example.org')).toBe(-Infinity);
    refuse(lane, 1_040, 1_050);
    learnOutages(lane.account, [open], 1_055);
    learnOutages(lane.account, [], 1_060);
    expect(pausedUntil(lane.account, 'news@example.org')).toBe(-Infinity);
  });

  test('stands still for everybody over a quota, and for one sender where that was refused', () => {
    const lane = newLane(mailer);
    refused(lane, flightAt(10), ours('sender'), 1_000, 20);
    expect([pausedUntil(lane.account, 'news@example.org'), pausedUntil(lane.account, 'other@example.org')]).toEqual([1_020, -Infinity]);
    refuse(lane, 11, 30);
    expect(pausedUntil(lane.account, 'other@example.org')).toBe(1_030);
  });

  test('asks with another before it believes what was said after a reader was named, and with one witness alone is in doubt', () => {
    const lane = newLane(mailer);
    waiting(lane, '2');
    expect(weigh(lane, flightAt(10, '1'), afterReader, 1_000, 20)).toBe('nothing');
    expect(pausedUntil(lane.account, 'news@example.org')).toBe(-Infinity);
    expect(weigh(lane, flightAt(21, '2'), afterReader, 1_000, 30)).toBe('sure');
    expect(pausedUntil(lane.account, 'news@example.org')).toBe(1_030);
    const last = newLane(mailer);
    expect(weigh(last, flightAt(10, '1'), afterReader, 1_000, 20)).toBe('in_doubt');
    // It is held up itself, and nobody else: the next one shows whose server it is.
    expect([pausedUntil(last.account, 'news@example.org', '1'), pausedUntil(last.account, 'news@example.org', '2')]).toEqual([
      1_020,
      -Infinity,
    ]);
    const all = ['1', '2', '3'].map((id) => waiting(last, id));
    expect(whatMayGo(last, 30)).toEqual(all.slice(1));
    expect(weigh(last, flightAt(31, '2'), afterReader, 1_000, 40)).toBe('sure');
    expect(pausedUntil(last.account, 'news@example.org')).toBe(1_040);
    // What was on its way with it says the same.
    expect(weigh(last, flightAt(31, '3'), afterReader, 1_000, 41)).toBe('nothing');
  });

  test('waits with what was refused alone until the others on their way are answered, whenever they were claimed', () => {
    const lane = newLane(mailer);
    const candidate = waiting(lane, '1');
    const others = [flightAt(5, '2'), flightAt(6, '3')];
    for (const other of others) lane.flights.add(other);
    expect(weigh(lane, flightAt(10, '1'), afterReader, 1_000, 20)).toBe('nothing');
    expect([whatMayGo(lane, 21), roomInMs(lane, 21)]).toEqual([[], undefined]);
    lane.flights.delete(others[0]!);
    learnAnswer(lane.account, others[0]!, false, 30);
    expect(whatMayGo(lane, 31)).toEqual([]);
    learnAnswer(lane.account, others[1]!, true, 40);
    expect([whatMayGo(lane, 41), roomInMs(lane, 41)]).toEqual([[candidate], 0]);
    expect(isOfReaderAlone(lane.account, flightAt(42, '1'), afterReader, 50)).toBe(true);
    // And the next of the kind is no second witness of it.
    expect(weigh(lane, flightAt(60, '4'), afterReader, 1_000, 70)).toBe('nothing');
  });

  test('takes the readers of one domain for one server that speaks, where others go: it holds those back, and none is believed', () => {
    const lane = newLane(mailer);
    const corp = Array.from({ length: 15 }, (_one, at) => String(100 + at));
    learnAnswer(lane.account, flightAt(1, '1'), true, 2);
    waiting(lane, '9');
    expect(corp.map((id) => weigh(lane, atCorp(10, id), afterReader, 1_000, 20))).toEqual(corp.map(() => 'nothing'));
    lane.candidates.length = 0;
    expect(weigh(lane, atCorp(30, '100'), afterReader, 1_000, 40)).toBe('in_doubt');
    expect(corp.map((id) => pausedUntil(lane.account, 'news@example.org', id))).toEqual(corp.map(() => 1_040));
    expect(pausedUntil(lane.account, 'news@example.org', '9')).toBe(-Infinity);
    expect(learnAnswer(lane.account, flightAt(50, '9'), true, 60)).toEqual([null]);
    expect(corp.map((id) => isOfReaderAlone(lane.account, atCorp(70, id), afterReader, 80))).toEqual(corp.map(() => true));
  });

  test('takes two deliveries to one reader for one witness', () => {
    const lane = newLane(mailer);
    const twice = ['1', '2'].map((id) => ({ ...flightAt(10, id), delivery: { id, address: 'same@reader.example' } }) as Flight);
    expect(twice.map((flight) => weigh(lane, flight, afterReader, 1_000, 20))).toEqual(['in_doubt', 'nothing']);
    expect(weigh(lane, { ...twice[1]!, claimedAt: 30 }, afterReader, 1_000, 40)).toBe('in_doubt');
  });

  test('does not believe the same two again, of whatever edition, when others went in between', () => {
    const lane = newLane(mailer);
    waiting(lane, '9');
    expect(['1', '2'].map((id) => weigh(lane, flightAt(10, id), afterReader, 1_000, 20))).toEqual(['nothing', 'sure']);
    learnAnswer(lane.account, flightAt(30, '8'), true, 40);
    const again = ['1', '2'].map(
      (id) => ({ ...flightAt(50, `${id}0`), delivery: { id: `${id}0`, address: `reader@${id}.example` } }) as Flight,
    );
    expect(again.map((flight) => weigh(lane, flight, afterReader, 1_000, 60))).toEqual(['nothing', 'nothing']);
    lane.candidates.length = 0;
    expect(refused(lane, { ...again[1]!, claimedAt: 70 }, afterReader, 1_000, 80)).toEqual({ onlyAt: '1.example' });
    expect(weigh(lane, flightAt(81, '3'), afterReader, 1_000, 90)).toBe('sure');
  });

  test('takes the readers of one domain for one witness, whatever was believed of one of them before, or is meanwhile', () => {
    const lane = newLane(mailer);
    learnAnswer(lane.account, flightAt(1, '1'), true, 2);
    waiting(lane, '9');
    const sender = { trouble: 'sender', isAfterReader: true } as const;
    expect(weigh(lane, atCorp(10, '100'), afterReader, 1_000, 20)).toBe('nothing');
    expect([atCorp(10, '100'), flightAt(10, '4')].map((flight) => weigh(lane, flight, sender, 1_000, 30))).toEqual(['nothing', 'sure']);
    expect(['100', '101'].map((id) => weigh(lane, atCorp(11, id), afterReader, 1_000, 40))).toEqual(['in_doubt', 'nothing']);
    learnAnswer(lane.account, flightAt(50, '5'), true, 60);
    expect(['100', '101'].map((id) => weigh(lane, atCorp(1_070, id), afterReader, 1_000, 1_080))).toEqual(['nothing', 'nothing']);
  });

  test('nor where another worker’s message ended it, so that no answer was heard here', () => {
    const lane = newLane(mailer);
    waiting(lane, '9');
    const both = (at: number) => ['1', '2'].map((id) => weigh(lane, flightAt(at, id), afterReader, 1_000, at + 10));
    expect(both(10)).toEqual(['nothing', 'sure']);
    learnOutages(lane.account, [open], 30);
    learnOutages(lane.account, [], 40);
    expect(both(50)).toEqual(['nothing', 'nothing']);
  });

  test('lets two that were told of different things not wait for each other', () => {
    const lane = newLane(mailer);
    const [one, two] = [flightAt(10, '1'), flightAt(10, '2')];
    for (const flight of [one, two]) lane.flights.add(flight);
    expect(weigh(lane, one, afterReader, 1_000, 20)).toBe('nothing');
    expect(weigh(lane, two, { trouble: 'sender', isAfterReader: true }, 1_000, 20)).toBe('in_doubt');
    expect(weigh(lane, { ...one, claimedAt: 30 }, afterReader, 1_000, 40)).toBe('in_doubt');
  });

  test('tries others first when what is sure may be tried again, for as long as it stood still at most', () => {
    const lane = newLane(mailer);
    waiting(lane, '9');
    refused(lane, flightAt(5, '7'), ours('unreachable'), 100, 6);
    for (const id of ['1', '2']) refused(lane, flightAt(10, id), afterReader, 1_000, 20);
    learnOutages(lane.account, [{ ...open, dueInMs: 980, othersFirstMs: 120 }], 20);
    expect(['1', '2', '9', '7'].map((id) => pausedUntil(lane.account, 'news@example.org', id))).toEqual([1_120, 1_120, 1_000, 1_000]);
    // However often it is looked at meanwhile, their turn comes.
    learnOutages(lane.account, [{ ...open, dueInMs: -50, othersFirstMs: 120 }], 1_050);
    expect(pausedUntil(lane.account, 'news@example.org', '1')).toBe(1_120);
  });

  test('believes it of one domain when there are many, and of two where no other domain is known', () => {
    const [mixed, uniform] = [newLane(mailer), newLane(mailer)];
    learnAnswer(mixed.account, flightAt(1, '1'), true, 2);
    learnAnswer(uniform.account, atCorp(1, '1'), true, 2);
    const weights = [mixed, uniform].map((lane) => {
      waiting(lane, '9');
      return Array.from({ length: 30 }, (_one, at) => weigh(lane, atCorp(10, String(100 + at)), afterReader, 1_000, 20)).indexOf('sure');
    });
    expect(weights).toEqual([20, 1]);
  });

  test('holds back only a message that meets a limit again while others go, until others meet it too', () => {
    const lane = newLane(mailer);
    const limit = { trouble: 'rate', isAfterReader: true } as const;
    expect(weigh(lane, flightAt(10, '1'), limit, 100, 20)).toBe('sure');
    expect(pausedUntil(lane.account, 'news@example.org')).toBe(120);
    expect(learnAnswer(lane.account, flightAt(130, '2'), true, 140)).toEqual([null]);
    expect(weigh(lane, flightAt(141, '1'), limit, 100, 150)).toBe('in_doubt');
    expect([pausedUntil(lane.account, 'news@example.org', '1'), pausedUntil(lane.account, 'news@example.org', '3')]).toEqual([
      250,
      -Infinity,
    ]);
    expect(weigh(lane, flightAt(160, '3'), limit, 100, 170)).toBe('sure');
    expect(pausedUntil(lane.account, 'news@example.org')).toBe(270);
  });

  test('holds nothing back for a doubt but the message that was told so, not what an outage of another kind had refused', () => {
    const lane = newLane(mailer);
    refused(lane, flightAt(10, '7'), ours('unreachable'), 1_000, 20);
    learnAnswer(lane.account, flightAt(30, '8'), true, 40);
    expect(weigh(lane, flightAt(50, '1'), afterReader, 1_000, 60)).toBe('in_doubt');
    expect([
      isSuspect(lane.account, '7'),
      pausedUntil(lane.account, 'news@example.org', '7'),
      pausedUntil(lane.account, 'news@example.org', '1'),
    ]).toEqual([true, -Infinity, 1_060]);
  });

  test('finds nobody alone while it stands still for what several were told, whatever was on its way before', () => {
    const lane = newLane(mailer);
    waiting(lane, '9');
    for (const id of ['1', '2']) refused(lane, flightAt(10, id), afterReader, 1_000, 20);
    learnAnswer(lane.account, flightAt(5, '3'), true, 30);
    expect(isOfReaderAlone(lane.account, flightAt(1_030, '1'), afterReader, 1_040)).toBe(false);
    expect(weigh(lane, flightAt(1_030, '1'), afterReader, 1_000, 1_040)).not.toBe('nothing');
  });

  test('asks about it by itself when nothing else is on its way after all', () => {
    const lane = newLane(mailer);
    const other = flightAt(5, '2');
    lane.flights.add(other);
    refused(lane, flightAt(10, '1'), afterReader, 1_000, 20);
    lane.flights.delete(other);
    const candidate = waiting(lane, '1');
    expect(whatMayGo(lane, 30)).toEqual([candidate]);
    expect(weigh(lane, flightAt(31, '1'), afterReader, 1_000, 40)).toBe('in_doubt');
  });

  test('counts what others ended as an answer: the message that alone was told so is its own reader’s', () => {
    const lane = newLane(mailer);
    refused(lane, flightAt(10, '1'), afterReader, 1_000, 20);
    // Not written down yet.
    learnOutages(lane.account, [], 30);
    expect(pausedUntil(lane.account, 'news@example.org', '1')).toBe(1_020);
    learnOutages(lane.account, [{ ...open, onlyAt: '1.example' }], 40);
    learnOutages(lane.account, [], 50);
    expect(pausedUntil(lane.account, 'news@example.org', '1')).toBe(-Infinity);
    expect(isOfReaderAlone(lane.account, flightAt(60, '1'), afterReader, 70)).toBe(true);
  });

  test('goes on with an answer of its server, not with a connection that was lost', () => {
    const lane = newLane(mailer);
    refuse(lane, 10, 20);
    expect(learnAnswer(lane.account, flightAt(30), false, 40)).toEqual([]);
    expect(learnAnswer(lane.account, flightAt(41), true, 50)).toEqual([null]);
  });

  test('rests a moment for everybody when its mailer has no connection to give, whatever else is in doubt', () => {
    const lane = newLane(mailer);
    refused(lane, flightAt(10, '1'), afterReader, 1_000, 20);
    learnRest(lane.account, 100, 30);
    expect([pausedUntil(lane.account, 'news@example.org'), pausedUntil(lane.account, 'news@example.org', '1')]).toEqual([130, 1_020]);
  });

  test('finds a refusal to be of one reader alone when others go, but never what was said before a reader was named, and of a rate only late', () => {
    const lane = newLane(mailer);
    waiting(lane, '2');
    refused(lane, flightAt(10, '1'), afterReader, 1_000, 20);
    expect(isOfReaderAlone(lane.account, flightAt(40, '1'), afterReader, 40)).toBe(false);
    learnAnswer(lane.account, flightAt(30, '2'), true, 40);
    expect(isOfReaderAlone(lane.account, flightAt(50, '1'), afterReader, 50)).toBe(true);
    expect(isOfReaderAlone(lane.account, flightAt(50, '1'), ours('quota'), 50)).toBe(false);
    // Any message may meet a limit twice; one that has not ended for an hour is none.
    const limit = { ...afterReader, trouble: 'rate' } as const;
    expect([50, 3_600_019, 3_600_020].map((now) => isOfReaderAlone(lane.account, flightAt(50, '1'), limit, now))).toEqual([
      false,
      false,
      true,
    ]);
    expect(isOfReaderAlone(lane.account, flightAt(50, '1'), ours('rate'), 3_600_020)).toBe(false);
    // Nor is it one's own while others meet it too.
    learnOwnRefusal(lane.account, flightAt(60, '5'), limit, 3_000_000);
    expect(isOfReaderAlone(lane.account, flightAt(50, '1'), limit, 3_600_020)).toBe(false);
    learnAnswer(lane.account, flightAt(3_100_000, '6'), true, 3_100_001);
    // The doubt is over with it: the next one asks with another again.
    expect(weigh(lane, flightAt(60, '3'), afterReader, 1_000, 70)).toBe('nothing');
  });

  test('forgets whom it was refused for once an outage of which two spoke is over: that was no reader’s own', () => {
    const lane = newLane(mailer);
    waiting(lane, '9');
    for (const id of ['1', '2', '3']) refused(lane, flightAt(10, id), afterReader, 1_000, 20);
    learnAnswer(lane.account, flightAt(30, '4'), true, 40);
    expect(['1', '2', '3'].map((id) => isOfReaderAlone(lane.account, flightAt(50, id), afterReader, 50))).toEqual([false, false, false]);
    expect(['1', '5'].map((id) => weigh(lane, flightAt(50, id), afterReader, 1_000, 60))).toEqual(['nothing', 'sure']);
  });

  test('asks about a refused sender with its own messages only: others may be let through', () => {
    const lane = newLane(mailer);
    const sender = { trouble: 'sender', isAfterReader: true } as const;
    const ofOther = { ...flightAt(30, '9'), run: { sender: 'other@example.org' } } as Flight;
    lane.candidates.push({ id: '9', run: newRangeRun(lane, 'other@example.org', {} as RangeWork) });
    expect(weigh(lane, flightAt(10, '1'), sender, 1_000, 20)).toBe('in_doubt');
    learnAnswer(lane.account, ofOther, true, 40);
    expect(isRefusedAlone(lane.account, flightAt(50, '1'), 'sender')).toBe(false);
    learnAnswer(lane.account, flightAt(45, '2'), false, 46);
    expect(isRefusedAlone(lane.account, flightAt(50, '1'), 'sender')).toBe(false);
  });
});
