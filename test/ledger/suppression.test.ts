import { describe, expect, test } from '@jest/globals';
import { mayAskAgain, type Suppression } from '../../src/ledger/subscriptions/suppression.ts';

const now = new Date('2026-03-31T12:00:00Z');
const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000);
const bounced: Suppression = { reason: 'bounced', at: daysAgo(31), confirmationAt: null };

describe('Somebody who signs up again with a suppressed address', () => {
  test.each<[string, Partial<Suppression>, boolean]>([
    ['bounced 31 days ago', {}, true],
    ['bounced 30 days and a moment ago', { at: new Date(daysAgo(30).getTime() - 1) }, true],
    ['bounced 30 days ago', { at: daysAgo(30) }, false],
    ['bounced yesterday', { at: daysAgo(1) }, false],
    ['bounced long ago and was asked since', { confirmationAt: daysAgo(1) }, false],
    ['complained long ago', { reason: 'complained' }, false],
    ['could not be reached long ago', { reason: 'unreachable' }, false],
    ['was suppressed by staff long ago', { reason: 'staff' }, false],
  ])('that %s: %j is asked: %s', (_name, change, isAsked) => {
    expect(mayAskAgain({ ...bounced, ...change }, now)).toBe(isAsked);
  });
});
