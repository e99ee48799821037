import { describe, expect, test } from '@jest/globals';
import type { Flight } from '../../src/deliveries/flight.ts';
import { createLane, type Lane } from '../../src/deliveries/lane.ts';
import type { AccountTrouble, Mailer } from '../../src/mail/message.ts';

const mailer = { account: 'relay:587', maxConnections: 5 } as Mailer;
const flightAt = (claimedAt: number, id = String(claimedAt)): Flight =>
  ({ claimedAt, startedAt: claimedAt, delivery: { id }, run: { sender: 'news@example.org' } }) as unknown as Flight;
const ours = (trouble: AccountTrouble) => ({ trouble, isAfterReader: false });
const afterReader = { trouble: 'quota', isAfterReader: true } as const;
const refuse = (lane: Lane, claimedAt: number, now: number): boolean =>
  lane.refused(flightAt(claimedAt), ours('quota'), 1_000, now) !== 'nothing';

describe('a lane whose account was refused', () => {
  test('has something to write down once for all that was on its way together', () => {
    const lane = createLane(mailer);
    expect([refuse(lane, 10, 20), refuse(lane, 15, 21), refuse(lane, 20, 40)]).toEqual([true, false, false]);
    expect(refuse(lane, 41, 50)).toBe(true);
  });

  test('has something to write down again for what was claimed after it went on', () => {
    const lane = createLane(mailer);
    refuse(lane, 10, 20);
    expect(lane.answered(flightAt(15), true, 30)).toEqual([]);
    expect(lane.answered(flightAt(30), true, 40)).toEqual([null]);
    expect(refuse(lane, 45, 50)).toBe(true);
  });

  test('has nothing to write down for what was claimed before it went on and is answered after that', () => {
    const lane = createLane(mailer);
    refuse(lane, 10, 20);
    expect(lane.answered(flightAt(30), true, 40)).toEqual([null]);
    expect([refuse(lane, 31, 41), refuse(lane, 41, 50)]).toEqual([false, true]);
    lane.follow([], 60);
    expect([refuse(lane, 55, 61), refuse(lane, 61, 70)]).toEqual([false, true]);
  });

  test('knows a message that is refused again while others go', () => {
    const lane = createLane(mailer);
    refuse(lane, 10, 20);
    expect(lane.isRefusedAlone(flightAt(40, '10'), 'quota')).toBe(false);
    lane.answered(flightAt(30), true, 40);
    expect([lane.isRefusedAlone(flightAt(50, '10'), 'quota'), lane.isRefusedAlone(flightAt(50, '30'), 'quota')]).toEqual([true, false]);
  });

  test('does not try its own login again each time that another worker finds it right', () => {
    const lane = createLane(mailer);
    lane.refused(flightAt(10), ours('login'), 1_000, 20);
    lane.follow([], 30);
    expect(lane.pausedUntil('news@example.org')).toBe(1_020);
    lane.follow([], 1_030);
    expect(lane.pausedUntil('news@example.org')).toBe(-Infinity);
    refuse(lane, 1_040, 1_050);
    lane.follow([], 1_060);
    expect(lane.pausedUntil('news@example.org')).toBe(-Infinity);
  });

  test('stands still for everybody over a quota, and for one sender where that was refused', () => {
    const lane = createLane(mailer);
    lane.refused(flightAt(10), ours('sender'), 1_000, 20);
    expect([lane.pausedUntil('news@example.org'), lane.pausedUntil('other@example.org')]).toEqual([1_020, -Infinity]);
    refuse(lane, 11, 30);
    expect(lane.pausedUntil('other@example.org')).toBe(1_030);
  });

  test('asks with another before it believes what was said after a reader was named, and with one witness alone is in doubt', () => {
    const lane = createLane(mailer);
    lane.candidates.push({ id: '2', run: flightAt(0).run });
    expect(lane.refused(flightAt(10, '1'), afterReader, 1_000, 20)).toBe('nothing');
    expect(lane.pausedUntil('news@example.org')).toBe(-Infinity);
    expect(lane.refused(flightAt(21, '2'), afterReader, 1_000, 30)).toBe('sure');
    expect(lane.pausedUntil('news@example.org')).toBe(1_030);
    const last = createLane(mailer);
    expect(last.refused(flightAt(10, '1'), afterReader, 1_000, 20)).toBe('in_doubt');
    expect(last.pausedUntil('news@example.org')).toBe(1_020);
  });

  test('finds a refusal to be of one reader alone when others go, but never what was said before a reader was named, or of a rate', () => {
    const lane = createLane(mailer);
    lane.candidates.push({ id: '2', run: flightAt(0).run });
    lane.refused(flightAt(10, '1'), afterReader, 1_000, 20);
    expect(lane.isOfReaderAlone(flightAt(40, '1'), afterReader)).toBe(false);
    lane.answered(flightAt(30, '2'), true, 40);
    expect(lane.isOfReaderAlone(flightAt(50, '1'), afterReader)).toBe(true);
    expect(lane.isOfReaderAlone(flightAt(50, '1'), ours('quota'))).toBe(false);
    expect(lane.isOfReaderAlone(flightAt(50, '1'), { ...afterReader, trouble: 'rate' })).toBe(false);
    // The doubt is over with it: the next one asks with another again.
    expect(lane.refused(flightAt(60, '3'), afterReader, 1_000, 70)).toBe('nothing');
  });

  test('forgets whom it was refused for once an outage of which two spoke is over: that was no reader’s own', () => {
    const lane = createLane(mailer);
    lane.candidates.push({ id: '9', run: flightAt(0).run });
    for (const id of ['1', '2', '3']) lane.refused(flightAt(10, id), afterReader, 1_000, 20);
    lane.answered(flightAt(30, '4'), true, 40);
    expect(['1', '2', '3'].map((id) => lane.isOfReaderAlone(flightAt(50, id), afterReader))).toEqual([false, false, false]);
    expect(['1', '2'].map((id) => lane.refused(flightAt(50, id), afterReader, 1_000, 60))).toEqual(['nothing', 'sure']);
  });

  test('asks about a refused sender with its own messages only: others may be let through', () => {
    const lane = createLane(mailer);
    const sender = { trouble: 'sender', isAfterReader: true } as const;
    const ofOther = { ...flightAt(30, '9'), run: { sender: 'other@example.org' } } as Flight;
    lane.candidates.push({ id: '9', run: ofOther.run });
    expect(lane.refused(flightAt(10, '1'), sender, 1_000, 20)).toBe('in_doubt');
    lane.answered(ofOther, true, 40);
    expect(lane.isRefusedAlone(flightAt(50, '1'), 'sender')).toBe(false);
    lane.answered(flightAt(45, '2'), false, 46);
    expect(lane.isRefusedAlone(flightAt(50, '1'), 'sender')).toBe(false);
  });
});
