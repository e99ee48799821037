import { describe, expect, test } from '@jest/globals';
import type { Flight } from '../../src/deliveries/flight.ts';
import { createLane, type Lane } from '../../src/deliveries/lane.ts';
import type { Mailer } from '../../src/mail/message.ts';

const mailer = { account: 'relay:587', maxConnections: 5 } as Mailer;
const flightAt = (claimedAt: number, id = String(claimedAt)): Flight =>
  ({ claimedAt, startedAt: claimedAt, delivery: { id }, run: { sender: 'news@example.org' } }) as unknown as Flight;
const refuse = (lane: Lane, claimedAt: number, now: number): boolean => lane.refused(flightAt(claimedAt), 'quota', 1_000, now);

describe('a lane whose account was refused', () => {
  test('has something to write down once for all that was on its way together', () => {
    const lane = createLane(mailer);
    expect([refuse(lane, 10, 20), refuse(lane, 15, 21), refuse(lane, 20, 40)]).toEqual([true, false, false]);
    expect(refuse(lane, 41, 50)).toBe(true);
  });

  test('has something to write down again for what was claimed after it went on', () => {
    const lane = createLane(mailer);
    refuse(lane, 10, 20);
    expect(lane.answered(flightAt(15), 30)).toEqual([]);
    expect(lane.answered(flightAt(30), 40)).toEqual([null]);
    expect(refuse(lane, 45, 50)).toBe(true);
  });

  test('knows a message that is refused again while others go', () => {
    const lane = createLane(mailer);
    refuse(lane, 10, 20);
    expect(lane.isRefusedAlone(flightAt(40, '10'))).toBe(false);
    lane.answered(flightAt(30), 40);
    expect([lane.isRefusedAlone(flightAt(50, '10')), lane.isRefusedAlone(flightAt(50, '30'))]).toEqual([true, false]);
  });

  test('does not try its own login again each time that another worker finds it right', () => {
    const lane = createLane(mailer);
    lane.refused(flightAt(10), 'login', 1_000, 20);
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
    lane.refused(flightAt(10), 'sender', 1_000, 20);
    expect([lane.pausedUntil('news@example.org'), lane.pausedUntil('other@example.org')]).toEqual([1_020, -Infinity]);
    refuse(lane, 11, 30);
    expect(lane.pausedUntil('other@example.org')).toBe(1_030);
  });
});
