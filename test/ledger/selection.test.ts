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
    releasedRevision: 1,
    releasedAt: new Date(now.getTime() - (11 - position) * day),
    topics: [position % 2 === 0 ? '2' : '1'],
    isRetracted: false,
    isAdmitted: true,
    ...changed,
  };
}

const correctionOf = (postId: number, position: number, changed: Partial<ReleaseFact> = {}): ReleaseFact =>
  release(position, {
    kind: 'correction',
    postId: String(postId),
    topics: [postId % 2 === 0 ? '2' : '1'],
    revision: 2,
    releasedRevision: 2,
    ...changed,
  });

function cohort(changed: Partial<CohortState> = {}): CohortState {
  return { topics: null, cursor: 0n, owed: [], queued: [], arrived: [], ...changed };
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
  const fixed = { cutoff, pins, minimum: 1, maxWaitMs: null, now, sendsCorrectionsAlone: false };
  const selection = selectForCohort(played, { ...fixed, ...frame }, new ReleaseIndex(releases));
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
      'a correction does not count and does not hold the cursor',
      { releases: [correctionOf(1, 3), release(4)], cohort: cohort({ cursor: 2n, owed: [3n], arrived: [3n] }), frame: { minimum: 2 } },
      'wait at 3',
    ],
    [
      'corrections alone wait for a post, however long',
      { releases: [correctionOf(1, 3)], cohort: cohort({ cursor: 2n, owed: [3n], arrived: [3n] }), frame: { maxWaitMs: 0 } },
      'wait at 10',
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
  const post = release(1, { revision: 2 });
  const queued = [{ positions: [1n], revisions: [1] }];
  const cases: [rule: string, played: Case, expected: string][] = [
    [
      'one that is owed goes where its post has arrived, also from above the cursor',
      { releases: [post, correctionOf(1, 3), release(4)], cohort: cohort({ cursor: 2n, owed: [3n], arrived: [3n] }) },
      'send 3r2 4 · cursor 10 · owed',
    ],
    [
      'one goes whatever the reader follows now, and whatever the rules say',
      {
        releases: [post, correctionOf(1, 3, { isAdmitted: false }), release(4)],
        cohort: cohort({ topics: ['2'], cursor: 2n, owed: [3n], arrived: [3n] }),
      },
      'send 3r2 4 · cursor 10 · owed',
    ],
    [
      'one that is not owed goes to nobody, however new it is',
      { releases: [post, correctionOf(1, 3), release(4)], cohort: cohort({ cursor: 2n, arrived: [3n] }) },
      'send 4 · cursor 10 · owed',
    ],
    [
      'one stays in owed while its post is only being sent',
      { releases: [post, correctionOf(1, 3), release(4)], cohort: cohort({ cursor: 2n, owed: [3n] }) },
      'send 4 · cursor 10 · owed 3',
    ],
    [
      'one lifts a superseded post to the revision of this draft, and travels inside it',
      { releases: [post, correctionOf(1, 3), release(4)], cohort: cohort({ cursor: 2n, owed: [3n], queued }), unpinned: [1] },
      'send 1r2 3r2 4 · cursor 10 · owed',
    ],
    [
      'one that the draft left out is owed, and the post keeps its revision',
      { releases: [post, correctionOf(1, 3), release(4)], cohort: cohort({ cursor: 2n, owed: [3n], queued }), unpinned: [1], leftOut: [3] },
      'send 1 4 · cursor 10 · owed 3',
    ],
    [
      'one is owed no more where its superseded post is left out: the post comes again in its newest text',
      { releases: [post, correctionOf(1, 3), release(4)], cohort: cohort({ cursor: 2n, owed: [3n], queued }), leftOut: [1] },
      'send 4 · cursor 10 · owed 1',
    ],
    [
      'one is owed no more where its superseded post is not theirs any more',
      { releases: [post, correctionOf(1, 3), release(4)], cohort: cohort({ topics: ['2'], cursor: 2n, owed: [3n], queued }) },
      'send 4 · cursor 10 · owed',
    ],
    [
      'one becomes owed where a freeze carries its post in the text from before it, also above the cutoff',
      {
        releases: [release(2), correctionOf(2, 12)],
        cohort: cohort(),
      },
      'send 2 · cursor 10 · owed 12',
    ],
    [
      'one from above the cutoff is owed no more where its post goes in the text that it corrected',
      { releases: [release(2, { revision: 2 }), correctionOf(2, 12)], cohort: cohort({ owed: [12n] }) },
      'send 2r2 · cursor 10 · owed',
    ],
    [
      'one that was superseded goes along where its post has arrived, and is dropped where it never was theirs',
      {
        releases: [post, correctionOf(1, 3), correctionOf(2, 5), release(6)],
        cohort: cohort({ cursor: 5n, queued: [{ positions: [3n, 5n], revisions: [2, 2] }], arrived: [3n] }),
        unpinned: [3, 5],
      },
      'send 3r2 6 · cursor 10 · owed',
    ],
    [
      'those of a retracted post, and those that were taken back, go with it',
      { releases: [correctionOf(1, 3, { isRetracted: true }), release(4)], cohort: cohort({ cursor: 2n, owed: [3n], arrived: [3n] }) },
      'send 4 · cursor 10 · owed',
    ],
    [
      'by hand they go where nothing else is due, and the posts below the minimum wait on',
      {
        releases: [post, correctionOf(1, 3), release(4)],
        cohort: cohort({ cursor: 2n, owed: [3n], arrived: [3n] }),
        frame: { minimum: 2, sendsCorrectionsAlone: true },
      },
      'send 3r2 · cursor 10 · owed 4',
    ],
    [
      'by hand nothing goes where what is owed has not arrived',
      {
        releases: [post, correctionOf(1, 3), release(4)],
        cohort: cohort({ cursor: 2n, owed: [3n] }),
        frame: { minimum: 2, sendsCorrectionsAlone: true },
      },
      'wait at 3',
    ],
  ];
  test.each(cases)('%s', (_rule, played, expected) => {
    expect(play(played)).toBe(expected);
  });
});
