import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { SuppressionReason } from '../../src/ledger/subscriptions/suppression.ts';
import { askPace } from '../../src/subscribers/importing/ask-pace.ts';
import { parseLinkList } from '../../src/subscribers/importing/find-had-posts.ts';
import {
  decideImport,
  importOutcomes,
  rankOf,
  type ImportTerms,
  type KnownPerson,
} from '../../src/subscribers/importing/import-outcome.ts';
import { isRefused, personOf, type ImportFrame } from '../../src/subscribers/importing/import-person.ts';
import { countChanges, parsePair } from '../../src/subscribers/importing/import-request.ts';
import type { ImportedStatus, ImportRow } from '../../src/subscribers/importing/import-row.ts';
import { PeopleOfFile } from '../../src/subscribers/importing/people-of-file.ts';
import { countsOf } from '../../src/subscribers/importing/prepare-import.ts';
import { subscriptionStates } from '../../src/subscribers/subscriber.ts';

const statuses: readonly ImportedStatus[] = ['active', 'pending', 'left', 'bounced', 'complained', 'not_a_subscriber', 'unsure', 'absent'];
const people: Readonly<Record<string, Partial<KnownPerson>>> = {
  'nobody knows': {},
  pending: { state: 'pending' },
  active: { state: 'active' },
  left: { state: 'left' },
  bounced: { suppression: 'bounced' },
  unreachable: { state: 'active', suppression: 'unreachable' },
  complained: { state: 'active', suppression: 'complained' },
  erased: { kept: 'erased' },
  moved: { kept: 'former' },
  'came back': { state: 'active', hasComeBack: true },
};

function decide(status: ImportedStatus, who: string, terms: Partial<ImportTerms> = {}, hasConsentTime = false): string {
  const known = { state: undefined, suppression: undefined, kept: undefined, hasComeBack: false, ...people[who] };
  const outcome = decideImport({ status, hasConsentTime }, known, { hasConsent: false, asks: false, ...terms });
  return outcome.name === 'suppressed' ? `suppressed (${outcome.reason})` : outcome.name;
}

describe('A row that says', () => {
  const rows: readonly (readonly [ImportedStatus, readonly string[]])[] = [
    // In the order of `people`: nobody knows, pending, active, left, bounced, unreachable, complained, erased, moved, came back.
    ['active', ['activated', 'stays_pending', 'already_active', 'stays_left', ...supp(3), 'was_erased', 'has_moved', 'already_active']],
    ['unsure', ['activated', 'stays_pending', 'already_active', 'stays_left', ...supp(3), 'was_erased', 'has_moved', 'already_active']],
    ['absent', ['activated', 'stays_pending', 'already_active', 'stays_left', ...supp(3), 'was_erased', 'has_moved', 'already_active']],
    ['pending', ['never_agreed', 'stays_pending', 'already_active', 'stays_left', ...supp(3), 'was_erased', 'has_moved', 'already_active']],
    [
      'not_a_subscriber',
      ['never_agreed', 'stays_pending', 'already_active', 'stays_left', ...supp(3), 'was_erased', 'has_moved', 'already_active'],
    ],
    [
      'left',
      [
        'recorded_left',
        'lowered',
        'lowered',
        'stays_left',
        'stays_suppressed',
        'lowered',
        'lowered',
        'was_erased',
        'has_moved',
        'came_back',
      ],
    ],
    ['bounced', [...cut('bounced', 4), ...supp(3), ...cut('bounced', 2), 'came_back']],
    ['complained', [...cut('complained', 6), 'stays_suppressed', ...cut('complained', 2), 'came_back']],
  ];

  function supp(count: number): string[] {
    return Array.from({ length: count }, () => 'stays_suppressed');
  }
  function cut(reason: SuppressionReason, count: number): string[] {
    return Array.from({ length: count }, () => `suppressed (${reason})`);
  }

  test.each(rows)('%s, with consent, does to each of them what it may', (status, outcomes) => {
    expect(Object.keys(people).map((who) => decide(status, who, { hasConsent: true }))).toEqual(outcomes);
  });

  test('anything never raises a state, whatever is known and whatever staff say', () => {
    for (const status of statuses)
      for (const state of subscriptionStates)
        for (const suppression of [undefined, 'bounced', 'unreachable', 'complained', 'staff'] as const)
          for (const as of [undefined, 'left', 'suppressed'] as const)
            for (const asks of [false, true]) {
              const known = { state, suppression, kept: undefined, hasComeBack: false };
              const { name } = decideImport({ status, hasConsentTime: true }, known, { as, hasConsent: true, asks });
              expect(['activated', 'asked', 'recorded_left', 'no_consent', 'never_agreed', 'was_erased', 'has_moved']).not.toContain(name);
            }
  });

  test('that somebody subscribes makes them active with a time of consent, or with the word of staff, and no other way', () => {
    expect(decide('active', 'nobody knows')).toBe('no_consent');
    expect(decide('active', 'nobody knows', {}, true)).toBe('activated');
    expect(decide('active', 'nobody knows', { hasConsent: true })).toBe('activated');
    expect(decide('active', 'nobody knows', { asks: true })).toBe('asked');
    expect(decide('active', 'nobody knows', { asks: true }, true)).toBe('activated');
    expect(decide('active', 'active')).toBe('already_active');
  });

  test('that somebody was asked elsewhere lets them be asked here where staff want it; a mere contact is not', () => {
    expect(decide('pending', 'nobody knows', { asks: true }, true)).toBe('asked');
    expect(decide('not_a_subscriber', 'nobody knows', { asks: true }, true)).toBe('never_agreed');
    expect(decide('pending', 'erased', { asks: true })).toBe('was_erased');
    expect(decide('pending', 'bounced', { asks: true })).toBe('stays_suppressed');
  });

  test.each([
    ['left', 'active', 'recorded_left'],
    ['left', 'not_a_subscriber', 'recorded_left'],
    ['left', 'bounced', 'suppressed (bounced)'],
    ['left', 'complained', 'suppressed (complained)'],
    ['suppressed', 'active', 'suppressed (staff)'],
    ['suppressed', 'left', 'suppressed (staff)'],
    ['suppressed', 'bounced', 'suppressed (staff)'],
    ['suppressed', 'complained', 'suppressed (complained)'],
  ] as const)('something, in a file that is said to be of people who are %s: %s comes to "%s"', (as, status, outcome) => {
    expect(decide(status, 'nobody knows', { as, hasConsent: true })).toBe(outcome);
  });

  test('that everybody is suppressed ends what a bounce leaves open, and says nothing new of who complained', () => {
    expect(decide('active', 'bounced', { as: 'suppressed' })).toBe('suppressed (staff)');
    expect(decide('active', 'complained', { as: 'suppressed' })).toBe('stays_suppressed');
  });
});

test('Of several rows about one person the lowest holds: never raised by a second row, and the stronger suppression stays', () => {
  const rows: readonly Parameters<typeof rankOf>[0][] = [
    ...statuses.map((status) => ({ status })),
    { status: 'bounced', suppression: 'unreachable' },
    { status: 'bounced', suppression: 'staff' },
  ];
  const ranked = rows.toSorted((a, b) => rankOf(a) - rankOf(b)).map(({ status, suppression }) => suppression ?? status);
  expect(ranked).toEqual([
    'complained',
    'staff',
    'bounced',
    'unreachable',
    'left',
    'not_a_subscriber',
    'pending',
    'unsure',
    'absent',
    'active',
  ]);
});

test('The outcomes that change somebody are counted as changes', () => {
  const each = importOutcomes.filter((name) => countChanges(countsOf({ [name]: 1 })) === 1);
  expect(each).toEqual(['activated', 'asked', 'recorded_left', 'lowered', 'suppressed']);
});

describe('The people of a file', () => {
  const key = (text: string): string => createHash('sha256').update(text).digest('hex');

  test('count once, the first row of their lowest status speaks, and each speaks once however often the file is read', () => {
    const noted = new PeopleOfFile();
    const rows = Array.from({ length: 6_000 }, (_, index) => ({ key: key(`person ${index % 5_000}`), rank: index < 5_000 ? 7 : 2 }));
    expect(rows.filter((row) => noted.note(row.key, row.rank)).length).toBe(5_000);
    expect(noted.count).toBe(5_000);
    for (const round of [1, 2]) {
      noted.restart();
      const taken = [...rows, ...rows].filter((row) => noted.take(row.key, row.rank));
      expect([round, taken.length, taken.filter(({ rank }) => rank === 2).length]).toEqual([round, 5_000, 1_000]);
    }
  });

  test('are not spoken for by a row above one that was refused, in whatever order they stand', () => {
    const rows = [
      { key: key('lowered'), rank: 7, isRefused: false },
      { key: key('lowered'), rank: 2, isRefused: true },
      { key: key('as low'), rank: 2, isRefused: true },
      { key: key('as low'), rank: 2, isRefused: false },
      { key: key('lower'), rank: 7, isRefused: true },
      { key: key('lower'), rank: 2, isRefused: false },
      { key: key('refused alone'), rank: 2, isRefused: true },
    ];
    for (const order of [rows, rows.toReversed()]) {
      const noted = new PeopleOfFile();
      for (const row of order)
        if (row.isRefused) noted.noteRefused(row.key, row.rank);
        else noted.note(row.key, row.rank);
      const taken = order.filter((row) => !row.isRefused && noted.take(row.key, row.rank));
      expect([noted.count, noted.countHeld(), taken.map((row) => row.key).toSorted()]).toEqual([
        3,
        1,
        [key('as low'), key('lower')].toSorted(),
      ]);
    }
  });
});

describe('A row', () => {
  const now = new Date('2026-05-01T12:00:00Z');
  const frame: ImportFrame = {
    addressKeySecret: Buffer.from('a secret of at least 32 characters, for tests'),
    defaults: { scheduleId: '1', topicIds: null, language: 'en' },
    schedules: new Map([['daily', '2']]),
    topicsByLabel: new Map([
      ['editors', '10'],
      ['reading', '9'],
    ]),
    now,
  };
  const row: ImportRow = { line: 2, address: 'Ann@example.org', status: 'active', labels: [], cells: ['Ann@example.org'] };
  const read = (more: Partial<ImportRow>) => personOf({ ...row, ...more }, frame);
  const choices = (more: Partial<ImportRow>) => {
    const person = read(more);
    return isRefused(person) ? person.reason : person.choices;
  };

  test('that says nothing gets what the import says', () => {
    expect(choices({})).toEqual({ scheduleId: '1', topicIds: null, language: 'en', format: 'html', localHour: null, timeZone: null });
  });

  test('follows the topics that its labels are, upper and lower case alike, and all where none is one', () => {
    expect(choices({ labels: ['Editors', 'VIP', ' reading '] })).toMatchObject({ topicIds: ['9', '10'] });
    expect(choices({ labels: ['VIP'] })).toMatchObject({ topicIds: null });
  });

  test('of our own export keeps schedule, topics, hour and pause, and is refused rather than given more than was chosen', () => {
    const until = new Date('2026-06-01T00:00:00Z');
    const own = { schedule: 'daily', topics: ['editors'], localHour: 7, timeZone: 'Europe/Madrid', pausedUntil: until };
    expect(read({ own })).toMatchObject({ choices: { scheduleId: '2', topicIds: ['10'], localHour: 7 }, pausedUntil: until });
    expect(read({ own: { topics: null }, labels: ['Editors'] })).toMatchObject({ choices: { topicIds: null } });
    expect(read({ own: { pausedUntil: new Date(0) } })).toMatchObject({ pausedUntil: undefined });
    expect(choices({ own: { topics: ['gone'] } })).toContain('Expected topics that are offered here');
    expect(choices({ own: { localHour: 7 } })).toContain('time zone');
  });

  test('of our own export of suppressions may have the key of an address alone, which can be suppressed and nothing else', () => {
    const key = 'ab'.repeat(32);
    expect(read({ address: '', status: 'bounced', own: { addressKey: key, suppression: 'staff' } })).toMatchObject({
      addressKey: key,
      suppression: 'staff',
    });
    expect(read({ address: '', status: 'active', own: { addressKey: key } })).toMatchObject({
      reason: expect.stringContaining('it is empty'),
    });
    expect(decideWith({ status: 'bounced', suppression: 'unreachable' })).toBe('suppressed (unreachable)');
    expect(decideWith({ status: 'bounced', suppression: 'staff' })).toBe('suppressed (staff)');
  });

  function decideWith(stated: { status: ImportedStatus; suppression: SuppressionReason }): string {
    const nobody = { state: undefined, suppression: undefined, kept: undefined, hasComeBack: false };
    const outcome = decideImport({ ...stated, hasConsentTime: false }, nobody, { hasConsent: false, asks: false });
    return outcome.name === 'suppressed' ? `suppressed (${outcome.reason})` : outcome.name;
  }

  test('takes a language as tools write it, and loses no reader for one that is none', () => {
    expect(choices({ language: 'pt_BR' })).toMatchObject({ language: 'pt-BR' });
    expect(choices({ language: '?' })).toMatchObject({ language: 'en' });
  });

  test.each([
    ['1970-01-01T00:00:00Z', undefined],
    ['2026-05-03T00:00:00Z', undefined],
    ['2019-02-03T04:05:06Z', new Date('2019-02-03T04:05:06Z')],
  ])('with consent at %s agreed at %s: nobody agrees before there were newsletters, or in times to come', (at, kept) => {
    expect(read({ consentAt: new Date(at) })).toMatchObject({ consentAt: kept });
  });

  test.each([
    [{ address: '' }, 'it is empty'],
    [{ address: 'ann@example.org, bob@example.org' }, 'there is more than one'],
    [{ address: 'ann@example.org\r\nBcc: bob@example.org' }, 'control'],
    [{ name: 'x'.repeat(201) }, 'at most 200'],
  ])('with %j is refused, and says why', (more, reason) => {
    expect(read(more)).toMatchObject({ line: 2, reason: expect.stringContaining(reason), cells: row.cells });
  });

  const flaws: readonly Partial<ImportRow>[] = [
    { name: 'x'.repeat(201) },
    { own: { topics: ['gone'] } },
    { own: { localHour: 7 } },
    { own: { localHour: 99, timeZone: 'Europe/Madrid' } },
    { own: { timeZone: 'Mars/Olympus', localHour: 7 } },
  ];

  test.each(['left', 'bounced', 'complained'] as const)('that says %s lowers, whatever else is wrong with it', (status) => {
    for (const flaw of flaws) expect(read({ status, ...flaw })).toMatchObject({ status, flaw: expect.stringContaining('Expected') });
    const withoutSchedule = { ...frame, defaults: { ...frame.defaults, scheduleId: undefined } };
    const person = personOf({ ...row, status, own: { schedule: 'gone' } }, withoutSchedule);
    expect(person).toMatchObject({ status, choices: { scheduleId: '2' } });
  });

  test('of a file that is said to be of people who left lowers as well', () => {
    for (const flaw of flaws) expect(personOf({ ...row, ...flaw }, { ...frame, as: 'left' })).toMatchObject({ status: 'active' });
    const unreadable = { line: 2, fault: 'Expected a status', cells: [], subject: { address: 'ann@example.org' } };
    expect(personOf(unreadable, { ...frame, as: 'left' })).toMatchObject({ address: 'ann@example.org', flaw: 'Expected a status' });
  });

  test('that is refused says whom it is about, and the least that it may mean of them', () => {
    const [flaw] = flaws;
    const rank = (status: ImportedStatus): number => rankOf({ status });
    expect(read({ status: 'pending', ...flaw })).toMatchObject({ subject: { rank: rank('pending') } });
    expect(personOf({ line: 2, fault: 'Expected a status', cells: [], subject: { address: 'ann@example.org' } }, frame)).toMatchObject({
      reason: 'Expected a status',
      subject: { rank: rank('not_a_subscriber') },
    });
    expect(read({ address: 'nobody' })).not.toHaveProperty('subject');
  });
});

describe('Confirmations to people who never asked', () => {
  const startedAt = new Date('2026-05-01T12:00:00Z');
  const secondsAt = (course: Parameters<typeof askPace>[0], ...indexes: number[]): number[] =>
    indexes.map((index) => (askPace(course)(index).getTime() - startedAt.getTime()) / 1000);

  test('go ten a minute', () => {
    expect(secondsAt({ total: 300, asked: 0, startedAt, now: startedAt }, 0, 1, 10, 299)).toEqual([0, 6, 60, 1_794]);
  });

  test('are all gone within three days, however many they are', () => {
    expect(secondsAt({ total: 1_000_000, asked: 0, startedAt, now: startedAt }, 1_000_000)).toEqual([3 * 86_400]);
  });

  test('do not go all at once where an import goes on long after it was killed, nor double where it goes on at once', () => {
    const late = new Date(startedAt.getTime() + 3_600_000);
    expect(secondsAt({ total: 300, asked: 100, startedAt, now: late }, 100, 101)).toEqual([3_600, 3_606]);
    expect(secondsAt({ total: 300, asked: 100, startedAt, now: startedAt }, 100, 101)).toEqual([600, 606]);
  });
});

test.each([
  ['Editors=editors', ['Editors', 'editors']],
  ['a=b = c', ['a=b', 'c']],
  ['=editors', undefined],
  ['Editors', undefined],
  ['Editors=', undefined],
])('A pair "%s" is read as %j', (text, pair) => {
  expect(parsePair(text)).toEqual(pair);
});

test.each([
  ['\uFEFFhttps://example.org/a\r\n\r\n# sent in May\nhttps://example.org/b ', ['https://example.org/a', 'https://example.org/b']],
  ['<rss><channel/></rss>', undefined],
  ['', undefined],
])('A list of links is told from a feed: %j', (text, links) => {
  expect(parseLinkList(text)).toEqual(links);
});
