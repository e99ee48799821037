import { describe, expect, test } from '@jest/globals';
import { judgeSlot, verdictUrl, type SlotDeliveries, type SlotEdition, type SlotFacts } from '../../src/jobs/heartbeat.ts';

const now = new Date('2026-03-06T12:00:00Z');
const ago = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);
// Others than the defaults: what is judged depends on the arguments alone.
const patience = { stalledAfterMs: 2 * 3_600_000, outageMs: 0.5 * 3_600_000, doneWithinMs: 50 * 3_600_000 };

const untouched: SlotDeliveries = { overdueCount: 0, deferredCount: 0, acceptedCount: 0, rejectedCount: 0, expiredCount: 0 };
const edition = (change: Partial<SlotEdition>): SlotEdition => ({
  state: 'sending',
  reason: null,
  stateSince: ago(3),
  isStoppedByStaff: false,
  isChecked: true,
  decideBy: null,
  endedAt: null,
  ...change,
});
const slot = (change: Partial<SlotEdition> | null, deliveries: Partial<SlotDeliveries> = {}, more: Partial<SlotFacts> = {}): SlotFacts => ({
  takenAt: ago(3),
  edition: change && edition(change),
  deliveries: { ...untouched, ...deliveries },
  lastAnsweredAt: null,
  outageSince: null,
  before: null,
  ...more,
});

describe('A slot', () => {
  test.each<[string, SlotFacts, 'went_well' | 'failed' | undefined]>([
    ['whose edition is not there after the patience', slot(null), 'failed'],
    ['that was taken a moment ago', slot(null, {}, { takenAt: ago(1.9) }), undefined],
    ['whose draft waits for a person', slot({ state: 'draft', stateSince: ago(300) }), undefined],
    ['whose draft waits for a deadline to come', slot({ state: 'draft', decideBy: ago(-4) }), undefined],
    ['whose draft was not taken up at its deadline', slot({ state: 'draft', decideBy: ago(2) }), 'failed'],
    ['whose draft could not be rendered and checked', slot({ state: 'draft', isChecked: false }), 'failed'],
    ['whose draft is being rendered', slot({ state: 'draft', isChecked: false }, {}, { takenAt: ago(1) }), undefined],
    ['whose edition is held', slot({ state: 'held', stateSince: ago(0) }), 'failed'],
    ['whose edition is being frozen', slot({ state: 'approved', stateSince: ago(1) }), undefined],
    ['whose freeze gets nowhere', slot({ state: 'approved', stateSince: ago(2) }), 'failed'],
    ['whose edition is paused by a fault', slot({ state: 'paused' }), 'failed'],
    ['whose edition is paused by a person', slot({ state: 'paused', isStoppedByStaff: true }), undefined],
    ['whose edition is cancelled by a fault', slot({ state: 'cancelled', endedAt: ago(0) }), 'failed'],
    ['whose edition is cancelled by a person', slot({ state: 'cancelled', isStoppedByStaff: true, endedAt: ago(0) }), 'went_well'],
    ['of a cancelled edition of which something is on its way', slot({ state: 'cancelled', isStoppedByStaff: true }), undefined],
    ['that is done', slot({ state: 'done' }, { acceptedCount: 5, rejectedCount: 6, expiredCount: 5 }), 'went_well'],
    ['that is done, all of it decided without a message', slot({ state: 'done' }), 'went_well'],
    ['that is done because most of it expired', slot({ state: 'done' }, { acceptedCount: 5, expiredCount: 6 }), 'failed'],
    ['that is done with more refused than should be', slot({ state: 'done', reason: '10 of its …' }, { acceptedCount: 9 }), 'failed'],
    ['that is done and reached nobody', slot({ state: 'done' }, { rejectedCount: 3 }), 'failed'],
    ['with nothing due', slot({ state: 'skipped', reason: 'nothing due' }), 'went_well'],
    [
      'with nothing due beside an edition that goes out',
      slot({ state: 'skipped', reason: 'nothing due' }, {}, { before: 'open' }),
      'went_well',
    ],
    [
      'with nothing due behind a refused account',
      slot({ state: 'skipped', reason: 'nothing due' }, {}, { before: 'open', outageSince: ago(0) }),
      undefined,
    ],
    ['with nothing due behind a failure', slot({ state: 'skipped', reason: 'nothing due' }, {}, { before: 'failed' }), undefined],
    ['with fewer posts than the minimum', slot({ state: 'skipped', reason: 'nothing due: fewer posts than the minimum' }), 'went_well'],
    ['that staff skipped', slot({ state: 'skipped', reason: 'by staff' }), 'went_well'],
    ['whose draft the next slot replaced', slot({ state: 'skipped', reason: 'replaced' }), undefined],
    ['that came after a later one', slot({ state: 'skipped', reason: 'a later slot was composed before' }), undefined],
  ])('%s: %j is told as %s', (_name, facts, verdict) => {
    expect(judgeSlot(facts, now, patience)).toBe(verdict);
  });

  test.each<[string, Partial<SlotDeliveries>, Partial<SlotFacts>, Partial<SlotEdition>, 'failed' | undefined]>([
    ['nobody tries what is due', { overdueCount: 1 }, {}, {}, 'failed'],
    ['nobody tries what is due, and the last answer is long ago', { overdueCount: 1 }, { lastAnsweredAt: ago(2) }, {}, 'failed'],
    [
      'the account is refused for long, whatever went before',
      { acceptedCount: 900 },
      { lastAnsweredAt: ago(0), outageSince: ago(0.6) },
      {},
      'failed',
    ],
    ['the account was refused a moment ago', { acceptedCount: 900 }, { lastAnsweredAt: ago(0), outageSince: ago(0.4) }, {}, undefined],
    ['servers answer, of this edition or of one before it', { overdueCount: 900 }, { lastAnsweredAt: ago(1.9) }, {}, undefined],
    ['it was opened, or resumed, a while ago', { overdueCount: 900 }, {}, { stateSince: ago(1.9) }, undefined],
    ['all that was tried came back', { deferredCount: 900 }, {}, {}, 'failed'],
    ['most that was tried came back', { deferredCount: 9, acceptedCount: 7, rejectedCount: 1 }, { lastAnsweredAt: ago(5) }, {}, 'failed'],
    [
      'one reader is tried for days',
      { deferredCount: 1, acceptedCount: 900 },
      { lastAnsweredAt: ago(40) },
      { stateSince: ago(49) },
      undefined,
    ],
    [
      'one reader is tried for ever',
      { deferredCount: 1, acceptedCount: 900 },
      { lastAnsweredAt: ago(40) },
      { stateSince: ago(50) },
      'failed',
    ],
    ['what is left waits for its readers’ own hour', {}, {}, {}, undefined],
  ])('of an edition that is being sent, where %s: %j %j %j is told as %5$s', (_name, deliveries, more, change, verdict) => {
    expect(judgeSlot(slot(change, deliveries, more), now, patience)).toBe(verdict);
  });
});

test.each([
  ['https://watch.example/ping/1234', 'https://watch.example/ping/1234/fail'],
  ['https://watch.example/ping/1234/', 'https://watch.example/ping/1234/fail'],
  ['https://ann:key@watch.example/1234?rid=7&x=%2F', 'https://ann:key@watch.example/1234/fail?rid=7&x=%2F'],
  ['http://10.0.0.1:8000', 'http://10.0.0.1:8000/fail'],
])('%s hears of a failure at %s', (url, failUrl) => {
  expect(verdictUrl(url, 'failed')).toBe(failUrl);
  expect(verdictUrl(url, 'went_well')).toBe(new URL(url).href);
});
