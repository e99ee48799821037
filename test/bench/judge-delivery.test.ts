/*
 * What the judge of a delivery chaos run finds: each rule once kept and once broken, in a run of one or two readers.
 */
import { describe, expect, test } from '@jest/globals';
import { judgeDelivery, type LedgerRow, type RunFacts } from '../../bench/chaos-deliver/judge.ts';
import type { EndLine, SinkLine } from '../../bench/chaos-deliver/sink-log.ts';

const ann = 'ann@example.org';
const begin = (at = 0, notBefore = at): SinkLine => ({ kind: 'begin', to: ann, at, notBefore });
const end = (outcome: EndLine['outcome'], messageId = '<1@example.org>', to = ann): SinkLine => ({
  kind: 'end',
  to,
  at: 0,
  outcome,
  messageId,
});
const row = (state: string, more: Partial<LedgerRow> = {}): LedgerRow => ({ to: ann, state, reason: null, doubts: 0, ...more });
const kindsOf = (one: LedgerRow, log: readonly SinkLine[], more: Partial<RunFacts> = {}): string[] =>
  judgeDelivery({ rows: [one], log, leavings: [], connections: 1, disturbanceCount: 1, ...more }).findings.map(({ kind }) => kind);
const left: RunFacts['leavings'] = [{ to: ann, kind: 'left', at: 1_000 }];

describe('the judge of a delivery chaos run', () => {
  test.each<[string, LedgerRow, readonly SinkLine[], readonly string[]]>([
    ['finds nothing where it was said to be taken', row('accepted'), [end('deferred'), end('accepted')], []],
    ['finds what was accepted and never taken', row('accepted'), [end('deferred')], ['lost']],
    ['does not take a dropped connection for a word', row('accepted'), [end('cut')], ['lost']],
    ['finds a repeat that was never in doubt', row('accepted'), [end('accepted'), end('accepted')], ['repeated without doubt']],
    ['lets a repeat pass that was in doubt', row('accepted', { doubts: 1 }), [end('cut'), end('accepted')], []],
    ['lets a refusal pass', row('rejected'), [end('rejected')], []],
    ['finds a refusal that nobody spoke', row('rejected'), [end('deferred')], ['not as the server says']],
    ['finds a refusal of what was taken', row('rejected'), [end('cut'), end('rejected')], ['not as the server says']],
    ['finds what has not ended', row('queued'), [], ['open']],
    ['finds an end that nothing explains', row('expired'), [], ['unforeseen end']],
    ['finds who is said to have left and did not', row('cancelled', { reason: 'left' }), [], ['unforeseen end']],
    ['finds three doubts of what nobody has', row('in_doubt', { doubts: 3 }), [end('dropped')], ['lost']],
    ['lets doubts pass of what was taken', row('in_doubt', { doubts: 3 }), [end('cut')], []],
    ['finds a doubt that was none', row('in_doubt'), [end('cut')], ['not as the server says']],
    [
      'finds two Message-IDs of one message',
      row('accepted', { doubts: 1 }),
      [end('cut'), end('accepted', '<2@example.org>')],
      ['Message-ID'],
    ],
    [
      'finds one Message-ID of two readers',
      row('accepted'),
      [end('accepted'), end('accepted', undefined, 'bob@example.org')],
      ['Message-ID'],
    ],
  ])('%s', (_name, one, log, kinds) => {
    expect(kindsOf(one, log)).toEqual(kinds);
  });

  test.each<[string, LedgerRow, readonly SinkLine[], readonly string[]]>([
    ['lets who left be', row('cancelled', { reason: 'left' }), [begin(), end('deferred')], []],
    [
      'finds who left and has the message all the same',
      row('cancelled', { reason: 'left' }),
      [end('accepted')],
      ['not as the server says'],
    ],
    [
      'finds who left in doubt and is said to have nothing',
      row('cancelled', { reason: 'left', doubts: 1 }),
      [],
      ['not as the server says'],
    ],
    ['lets who left in doubt be', row('in_doubt', { reason: 'left', doubts: 1 }), [], []],
    ['allows two seconds after a leaving', row('accepted'), [begin(3_000), end('accepted')], []],
    ['finds a message that begins later', row('accepted'), [begin(3_001), end('accepted')], ['after leaving']],
    ['does not count for how long the server itself stood still', row('accepted'), [begin(9_000, 2_900), end('accepted')], []],
  ])('%s', (_name, one, log, kinds) => {
    expect(kindsOf(one, log, { leavings: left })).toEqual(kinds);
  });

  test('allows twice its connections for each disturbance, and what was taken and cut', () => {
    const doubted = row('accepted', { doubts: 3 });
    const log = [end('cut'), ...Array.from({ length: 4 }, () => end('accepted'))];
    expect(kindsOf(doubted, log, { disturbanceCount: 2 })).toEqual([]);
    expect(kindsOf(doubted, log, { disturbanceCount: 1 })).toEqual(['too many repeats']);
  });
});
