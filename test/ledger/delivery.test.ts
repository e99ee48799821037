import { describe, expect, test } from '@jest/globals';
import {
  type DeliveryEndName,
  type EndedDelivery,
  deliveryEnds,
  endAtClaim,
  endOfDelivery,
  holdsItsPosts,
  isReplaceable,
  isUnreachable,
} from '../../src/ledger/delivery.ts';

describe('the end of a delivery', () => {
  const givingBack: DeliveryEndName[] = ['refusedByPolicy', 'superseded', 'expired', 'editionCancelled', 'paused'];
  const names = Object.keys(deliveryEnds) as DeliveryEndName[];

  test.each(names)('%s gives back what the table says', (name) => {
    expect(endOfDelivery(name, false).givesBack).toBe(givingBack.includes(name));
  });

  test.each(names)('%s of an ever doubted delivery is accepted, rejected or in doubt, and gives nothing back', (name) => {
    const end = endOfDelivery(name, true);
    expect(['accepted', 'rejected', 'in_doubt']).toContain(end.state);
    expect(end.givesBack).toBe(false);
  });

  test('in doubt keeps the reason why it ended', () => {
    expect(endOfDelivery('left', true)).toMatchObject({ state: 'in_doubt', reason: 'left' });
    expect(endOfDelivery('expired', true)).toMatchObject({ state: 'in_doubt', reason: 'expired' });
  });
});

describe('a claim', () => {
  const eligible = {
    subscriptionState: 'active' as const,
    isErased: false,
    isSuppressed: false,
    isPaused: false,
    isEditionCancelled: false,
  };

  test.each([
    ['nothing is in the way', {}, undefined],
    ['the reader left', { subscriptionState: 'left' as const }, 'left'],
    ['the reader never confirmed', { subscriptionState: 'pending' as const }, 'left'],
    ['the reader is erased', { isErased: true, subscriptionState: 'left' as const }, 'erased'],
    ['the address is suppressed', { isSuppressed: true }, 'suppressed'],
    ['the reader pauses', { isPaused: true }, 'paused'],
    ['the edition was cancelled', { isEditionCancelled: true }, 'editionCancelled'],
  ])('when %s', (_case, facts, expected) => {
    expect(endAtClaim({ ...eligible, ...facts })).toBe(expected);
  });

  test('asks in the order left, suppressed, paused, edition cancelled: what is given back to nobody is lost to nobody', () => {
    const all = { subscriptionState: 'left' as const, isErased: false, isSuppressed: true, isPaused: true, isEditionCancelled: true };
    expect(endAtClaim(all)).toBe('left');
    expect(endAtClaim({ ...all, subscriptionState: 'active' })).toBe('suppressed');
    expect(endAtClaim({ ...all, subscriptionState: 'active', isSuppressed: false })).toBe('paused');
  });
});

describe('what may be replaced, and what holds its posts', () => {
  test.each([
    ['queued', null, false, true, true],
    ['queued', null, true, false, true],
    ['sending', null, false, false, true],
    ['accepted', null, false, false, true],
    ['rejected', null, false, false, true],
    ['rejected', 'policy', false, false, false],
    ['rejected', 'policy', true, false, true],
    ['in_doubt', 'third doubt', true, false, true],
    ['superseded', null, false, false, false],
    ['expired', null, false, false, false],
    ['cancelled', 'retracted', false, false, false],
    ['suppressed', null, false, false, false],
  ] as const)('%s %s, ever doubted %s', (state, reason, isDoubted, replaceable, holding) => {
    expect(isReplaceable({ state, isDoubted })).toBe(replaceable);
    expect(holdsItsPosts({ state, reason, isDoubted })).toBe(holding);
  });
});

describe('a dead address', () => {
  const ended = (daysAgo: number, state: EndedDelivery['state'] = 'expired', reason: string | null = null): EndedDelivery => ({
    state,
    reason,
    endedAt: new Date(Date.UTC(2026, 2, 31) - daysAgo * 86_400_000),
  });

  test('is one with five soft bounces in a row over at least fourteen days', () => {
    expect(isUnreachable([0, 3, 7, 10, 14].map((days) => ended(days)))).toBe(true);
    expect(isUnreachable([0, 3, 7, 10].map((days) => ended(days)))).toBe(false);
    expect(isUnreachable([0, 1, 2, 3, 13].map((days) => ended(days)))).toBe(false);
  });

  test('is not one with an accepted delivery between', () => {
    expect(isUnreachable([ended(0), ended(3), ended(7), ended(8, 'accepted'), ended(10), ended(14)])).toBe(false);
  });

  test('counts policy refusals, and passes over what says nothing about the host', () => {
    expect(isUnreachable([ended(0, 'rejected', 'policy'), ended(2, 'superseded'), ...[3, 7, 10, 14].map((days) => ended(days))])).toBe(
      true,
    );
    expect(isUnreachable([ended(0, 'cancelled', 'paused'), ...[3, 7, 10, 14].map((days) => ended(days))])).toBe(false);
  });
});
