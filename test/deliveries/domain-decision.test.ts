import { expect, test } from '@jest/globals';
import { decideByDomain, type DomainDecision, type DomainFacts } from '../../src/deliveries/domain/domain-decision.ts';

const now = 1_000_000;
const free: DomainFacts = { heldUntil: undefined, expiresAt: Infinity, onTheirWayCount: 0, connectionCount: 2, nextStartInMs: 0 };
const send: DomainDecision = { kind: 'send' };
const wait: DomainDecision = { kind: 'hold', until: Infinity };
const drop: DomainDecision = { kind: 'drop', end: 'expired' };
const until = (at: number): DomainDecision => ({ kind: 'hold', until: at });

test.each<[string, Partial<DomainFacts>, DomainDecision]>([
  ['a domain of which nothing is known', {}, send],
  ['with a connection left', { onTheirWayCount: 1 }, send],
  ['with none left: one has to land first', { onTheirWayCount: 2 }, wait],
  ['with fewer connections than there were', { onTheirWayCount: 2, connectionCount: 1 }, wait],
  ['whose rate lets the next go in a while', { nextStartInMs: 300 }, until(now + 300)],
  ['whose rate has to be asked for first', { nextStartInMs: undefined }, wait],
  ['that stands still', { heldUntil: now + 60_000 }, until(now + 60_000)],
  ['that stands still, whatever its rate', { heldUntil: now + 60_000, nextStartInMs: undefined }, until(now + 60_000)],
  ['that stood still: one is tried', { heldUntil: now }, send],
  ['that stood still, with one on its way: that has to be answered', { heldUntil: now - 1, onTheirWayCount: 1 }, wait],
  ['that stood still, by its rate', { heldUntil: now, nextStartInMs: 2_000 }, until(now + 2_000)],
  ['that stands still as long as the message has time', { heldUntil: now + 60_000, expiresAt: now + 60_000 }, until(now + 60_000)],
  ['that stands still for longer than the message has time', { heldUntil: now + 60_000, expiresAt: now + 59_999 }, drop],
  ['that stands still while the time is over', { heldUntil: now + 1, expiresAt: now - 1 }, drop],
  ['that takes mail, where the time is over: it is tried once more', { expiresAt: now - 1 }, send],
  ['that stood still, where the time is over: it may be the one', { heldUntil: now, expiresAt: now - 1 }, send],
  ['that is busy, where the time is over', { onTheirWayCount: 2, expiresAt: now - 1 }, wait],
])('%s', (_name, facts, decision) => {
  expect(decideByDomain({ ...free, ...facts }, now)).toEqual(decision);
});
