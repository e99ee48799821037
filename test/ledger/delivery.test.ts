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
} from '../../src/ledger/queue/delivery.ts';

describe('the end of a delivery', () => {
  const givingBack: DeliveryEndName[] = [
    'policyRefused',
    'messageRefused',
    'mailboxRefused',
    'unclearlyRefused',
    'superseded',
    'expired',
    'editionCancelled',
    'paused',
  ];
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
    ['queued', false, false, true, true],
    ['queued', false, true, false, true],
    ['sending', false, false, false, true],
    ['accepted', false, false, false, true],
    ['rejected', false, false, false, true],
    ['rejected', true, false, false, false],
    ['rejected', false, true, false, true],
    ['in_doubt', false, true, false, true],
    ['superseded', true, false, false, false],
    ['expired', true, false, false, false],
    ['cancelled', false, false, false, false],
    ['suppressed', false, false, false, false],
  ] as const)('%s, given back %s, ever doubted %s', (state, wasGivenBack, isDoubted, replaceable, holding) => {
    expect(isReplaceable({ state, isDoubted })).toBe(replaceable);
    expect(holdsItsPosts({ state, wasGivenBack, isDoubted })).toBe(holding);
  });
});

describe('a dead address', () => {
  const ended = (daysAgo: number, state: EndedDelivery['state'] = 'expired', reason: string | null = 'mailbox'): EndedDelivery => ({
    state,
    reason,
    endedAt: new Date(Date.UTC(2026, 2, 31) - daysAgo * 86_400_000),
    hasBounced: false,
    isAlike: false,
  });

  test('is one with five soft bounces in a row over at least fourteen days', () => {
    expect(isUnreachable([0, 3, 7, 10, 14].map((days) => ended(days)))).toBe(true);
    expect(isUnreachable([0, 3, 7, 10].map((days) => ended(days)))).toBe(false);
    expect(isUnreachable([0, 1, 2, 3, 13].map((days) => ended(days)))).toBe(false);
  });

  test('is not one with an accepted delivery between, unless that one bounced later', () => {
    const others = [ended(0), ended(3), ended(7), ended(10), ended(14)];
    const accepted = ended(8, 'accepted', null);
    expect(isUnreachable([...others.slice(0, 3), accepted, ...others.slice(3)])).toBe(false);
    expect(isUnreachable([...others.slice(0, 3), { ...accepted, hasBounced: true }, ...others.slice(3)])).toBe(true);
  });

  test('is not one by what most of an edition met', () => {
    const run = [0, 3, 7, 10, 14].map((days) => ended(days));
    expect(run.map((_one, at) => isUnreachable(run.with(at, { ...run[at]!, isAlike: true })))).toEqual(run.map(() => false));
    expect(isUnreachable([...run, { ...ended(20), isAlike: true }])).toBe(true);
  });

  test.each([
    ['rejected', 'mailbox', true],
    ['rejected', 'unclear', true],
    ['expired', 'address', true],
    ['expired', null, true],
    ['rejected', 'policy', false],
    ['rejected', 'message', false],
    ['expired', 'policy', false],
    ['expired', 'host', false],
    ['cancelled', 'paused', false],
  ] as const)('counts %s over %s: %s', (state, reason, isCounted) => {
    expect(isUnreachable([ended(0, state, reason), ...[3, 7, 10, 14].map((days) => ended(days))])).toBe(isCounted);
  });
});
