import { describe, expect, test } from '@jest/globals';
import { type ReleaseFact, ReleaseIndex } from '../../src/ledger/releases/release.ts';
import { type CohortState, type SelectionFrame, selectForCohort } from '../../src/ledger/drafts/selection.ts';

const day = 86_400_000;
const now = new Date('2026-03-06T08:00:00Z');

/** Release n of post n, one day apart, the last on the day before; even posts have topic 2, odd ones topic 1. */
function release(position: number, changed: Partial<ReleaseFact> = {}): ReleaseFact {
  return {
    position: BigInt(position),
    postId: String(position),
    kind: 'post',
    revision: 1,
    releasedAt: new Date(now.getTime() - (11 - position) * day),
    topics: [position % 2 === 0 ? '2' : '1'],
    isRetracted: false,
    isAdmitted: true,
    ...changed,
  };
}

const correctionOf = (postId: number, position: number, changed: Partial<ReleaseFact> = {}): ReleaseFact =>
  release(position, { kind: 'correction', postId: String(postId), topics: [postId % 2 === 0 ? '2' : '1'], revision: 2, ...changed });

function cohort(changed: Partial<CohortState> = {}): CohortState {
  return { topics: null, cursor: 0n, owed: [], queued: [], ...changed };
}

interface Case {
  readonly releases: readonly ReleaseFact[];
  readonly cohort: CohortState;
  readonly frame?: Partial<SelectionFrame>;
  readonly unpinned?: readonly number[];
  readonly leftOut?: readonly number[];
}

/** Plays a case with everything up to the cutoff pinned at its own revision, what the case says excepted. */
function play({ releases, cohort: played, frame, unpinned = [], leftOut = [] }: Case): string {
  const cutoff = frame?.cutoff ?? 10n;
  const pins = new Map(
    releases
      .filter(({ position }) => position <= cutoff && !unpinned.includes(Number(position)))
      .map(({ position, revision }) => [position, { revision, isLeftOut: leftOut.includes(Number(position)) }] as const),
  );
  const selection = selectForCohort(played, { cutoff, pins, minimum: 1, maxWaitMs: null, now, ...frame }, new ReleaseIndex(releases));
  if (selection.kind === 'wait') return `wait at ${selection.cursor}`;
  const sent = selection.releases.map(({ position, revision }) => (revision === 1 ? `${position}` : `${position}r${revision}`));
  return `send ${sent.join(' ')} · cursor ${selection.cursor} · owed ${selection.owed.join(' ')}`.trim();
}

describe('what a cohort is to get', () => {
  const cases: [rule: string, played: Case, expected: string][] = [
    [
      'the releases above the cursor up to the cutoff',
      { releases: [1, 2, 3, 10, 11].map((n) => release(n)), cohort: cohort({ cursor: 1n }) },
      'send 2 3 10 · cursor 10 · owed',
    ],
    [
      'what is owed too',
      { releases: [1, 2, 3].map((n) => release(n)), cohort: cohort({ cursor: 2n, owed: [1n] }) },
      'send 1 3 · cursor 10 · owed',
    ],
    [
      'only what its topics match',
      { releases: [1, 2, 3, 4].map((n) => release(n)), cohort: cohort({ topics: ['2'], cursor: 3n, owed: [1n, 2n] }) },
      'send 2 4 · cursor 10 · owed',
    ],
    [
      'posts without a topic only where all are followed',
      { releases: [release(1, { topics: [] })], cohort: cohort({ topics: ['1', '2'] }) },
      'wait at 10',
    ],
    [
      'nothing that is retracted',
      { releases: [release(1, { isRetracted: true }), release(2)], cohort: cohort() },
      'send 2 · cursor 10 · owed',
    ],
    ['nothing that the newsletter does not take', { releases: [release(1, { isAdmitted: false })], cohort: cohort() }, 'wait at 10'],
    [
      'the order of release and not of dates',
      { releases: [release(9, { releasedAt: new Date(0) })], cohort: cohort({ cursor: 8n }) },
      'send 9 · cursor 10 · owed',
    ],
    [
      'what the draft pinned, the rest is owed',
      { releases: [1, 2, 3].map((n) => release(n)), cohort: cohort({ cursor: 1n, owed: [1n] }), unpinned: [1, 3] },
      'send 2 · cursor 10 · owed 1 3',
    ],
    [
      'not what staff left out, which is owed',
      { releases: [1, 2].map((n) => release(n)), cohort: cohort(), leftOut: [1] },
      'send 2 · cursor 10 · owed 1',
    ],
    [
      'nothing above the cutoff, although owed: an edition with a later cutoff was before',
      { releases: [1, 9].map((n) => release(n)), cohort: cohort({ cursor: 10n, owed: [1n, 9n] }), frame: { cutoff: 5n } },
      'send 1 · cursor 10 · owed 9',
    ],
    [
      'no verdict on what is owed above the cutoff: another edition may carry it yet',
      {
        releases: [2, 9].map((n) => release(n)),
        cohort: cohort({ topics: ['2'], cursor: 10n, owed: [2n, 9n] }),
        frame: { cutoff: 5n },
      },
      'send 2 · cursor 10 · owed 9',
    ],
    [
      'a cursor above the cutoff, which stays',
      { releases: [release(3)], cohort: cohort({ cursor: 9n }), frame: { cutoff: 5n } },
      'wait at 9',
    ],
  ];
  test.each(cases)('%s', (_rule, played, expected) => {
    expect(play(played)).toBe(expected);
  });
});

describe('the minimum', () => {
  const releases = [2, 4, 5].map((n) => release(n));
  const cases: [rule: string, played: Case, expected: string][] = [
    [
      'fewer posts wait, the cursor goes to just below the first',
      { releases, cohort: cohort({ topics: ['2'] }), frame: { minimum: 3 } },
      'wait at 1',
    ],
    ['no post at all passes the cutoff', { releases, cohort: cohort({ topics: ['3'] }), frame: { minimum: 3 } }, 'wait at 10'],
    [
      'what is owed counts, and stays while waiting',
      { releases, cohort: cohort({ topics: ['2'], cursor: 3n, owed: [2n] }), frame: { minimum: 3 } },
      'wait at 3',
    ],
    ['enough posts are sent', { releases, cohort: cohort(), frame: { minimum: 3 } }, 'send 2 4 5 · cursor 10 · owed'],
    [
      'a correction does not count and holds the cursor',
      { releases: [correctionOf(1, 3), release(4)], cohort: cohort({ cursor: 2n }), frame: { minimum: 2 } },
      'wait at 2',
    ],
    [
      'corrections alone wait for a post, however long',
      { releases: [correctionOf(1, 3)], cohort: cohort({ cursor: 2n }), frame: { maxWaitMs: 0 } },
      'wait at 2',
    ],
    [
      'what was left out does not count and holds the cursor',
      { releases, cohort: cohort(), leftOut: [2], frame: { minimum: 3 } },
      'wait at 1',
    ],
    [
      'what would be superseded does not count, the older delivery stands',
      { releases, cohort: cohort({ cursor: 4n, queued: [{ positions: [2n, 4n], revisions: [1, 1] }] }), frame: { minimum: 2 } },
      'wait at 4',
    ],
    [
      'a post that has waited long enough goes alone: the time counts from its release',
      { releases: [release(5)], cohort: cohort(), frame: { minimum: 2, maxWaitMs: 6 * day } },
      'send 5 · cursor 10 · owed',
    ],
    [
      'a millisecond before that it waits',
      { releases: [release(5)], cohort: cohort(), frame: { minimum: 2, maxWaitMs: 6 * day + 1 } },
      'wait at 4',
    ],
    [
      'the oldest post decides',
      { releases: [release(5), release(9)], cohort: cohort(), frame: { minimum: 3, maxWaitMs: 6 * day } },
      'send 5 9 · cursor 10 · owed',
    ],
  ];
  test.each(cases)('%s', (_rule, played, expected) => {
    expect(play(played)).toBe(expected);
  });
});

describe('superseding', () => {
  const releases = [1, 2, 3, 4].map((n) => release(n));
  const older = { positions: [1n, 2n], revisions: [1, 1] };
  const cases: [rule: string, played: Case, expected: string][] = [
    ['without anything new an older delivery stands', { releases, cohort: cohort({ cursor: 4n, queued: [older] }) }, 'wait at 10'],
    [
      'something new takes the posts of every older delivery along, pinned or not',
      { releases, cohort: cohort({ cursor: 3n, queued: [older, { positions: [3n], revisions: [1] }] }), unpinned: [1, 2, 3] },
      'send 1 2 3 4 · cursor 10 · owed',
    ],
    [
      'posts that no longer match, or are retracted, are dropped',
      {
        releases: [release(1), release(2, { isRetracted: true }), release(4)],
        cohort: cohort({ topics: ['2'], cursor: 3n, queued: [older] }),
      },
      'send 4 · cursor 10 · owed',
    ],
    [
      'they keep the revision that their edition pinned',
      {
        releases: [release(1, { revision: 3 }), release(4)],
        cohort: cohort({ cursor: 3n, queued: [{ positions: [1n], revisions: [2] }] }),
      },
      'send 1r2 4 · cursor 10 · owed',
    ],
    [
      'what staff left out of the new draft is owed, not sent',
      { releases, cohort: cohort({ cursor: 3n, queued: [older] }), leftOut: [2] },
      'send 1 4 · cursor 10 · owed 2',
    ],
  ];
  test.each(cases)('%s', (_rule, played, expected) => {
    expect(play(played)).toBe(expected);
  });
});

describe('corrections', () => {
  const cases: [rule: string, played: Case, expected: string][] = [
    [
      'one appears where its post went before',
      { releases: [release(1, { revision: 2 }), correctionOf(1, 3), release(4)], cohort: cohort({ cursor: 2n }) },
      'send 3r2 4 · cursor 10 · owed',
    ],
    [
      'one travels inside its post where the post is sent too',
      { releases: [release(1, { revision: 2 }), correctionOf(1, 3)], cohort: cohort() },
      'send 1r2 3r2 · cursor 10 · owed',
    ],
    [
      'one waits with its post where the post is owed and does not go',
      { releases: [release(1), release(2), correctionOf(1, 3)], cohort: cohort({ cursor: 1n, owed: [1n] }), unpinned: [1] },
      'send 2 · cursor 10 · owed 1 3',
    ],
    [
      'one lifts a superseded post to the revision of this draft',
      {
        releases: [release(1, { revision: 2 }), correctionOf(1, 3), release(4)],
        cohort: cohort({ cursor: 2n, queued: [{ positions: [1n], revisions: [1] }] }),
        unpinned: [1],
      },
      'send 1r2 3r2 4 · cursor 10 · owed',
    ],
    [
      'one that the draft left out is owed, and the post keeps its revision',
      {
        releases: [release(1, { revision: 2 }), correctionOf(1, 3), release(4)],
        cohort: cohort({ cursor: 2n, queued: [{ positions: [1n], revisions: [1] }] }),
        unpinned: [1],
        leftOut: [3],
      },
      'send 1 4 · cursor 10 · owed 3',
    ],
    [
      'those of a retracted post go with it',
      { releases: [correctionOf(1, 3, { isRetracted: true }), release(4)], cohort: cohort({ cursor: 2n }) },
      'send 4 · cursor 10 · owed',
    ],
  ];
  test.each(cases)('%s', (_rule, played, expected) => {
    expect(play(played)).toBe(expected);
  });
});
