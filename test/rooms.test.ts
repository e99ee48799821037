/*
 * The house: rooms, sub-rooms and what may stand in each. Which room imports which is held by architecture.test.ts; here is what holds within them.
 * A room with sub-rooms says their order in the first comment of one of its files: "Order: a, b · sub/ · the rest.", from left to right.
 */
import { basename, dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { functionLengths } from './support/function-lengths.ts';
import { readSourceFiles, targetOf, type SourceFile } from './support/source-files.ts';

const files = readSourceFiles('src');
const roomOf = (path: string): string => path.split('/').slice(0, 2).join('/');
const rooms = [...new Set(files.map(({ path }) => roomOf(path)))];

/** Files and sub-rooms of a room by their place in its order, from left to right. */
function orderOf(room: string): string[][] {
  const orders = files
    .filter(({ path }) => dirname(path) === room)
    .flatMap(({ text }) => /^\/\*(?:(?!\*\/)[\s\S])*? Order: ((?:(?!\*\/)[\s\S])*?)\.\n/.exec(text)?.[1] ?? []);
  expect({ room, orders: orders.length }).toEqual({ room, orders: 1 });
  return orders[0]!
    .replaceAll(/\s*\n \*\s*/g, ' ')
    .split(' · ')
    .map((group) => group.split(', '));
}

/** The place of a file in the order of its room. */
function placeOf(path: string, order: readonly (readonly string[])[]): number {
  const [name, ...within] = path.split('/').slice(2);
  const token = within.length > 0 ? `${name}/` : name!.replace(/\.ts$/, '');
  const place = order.findIndex((group) => group.includes(token));
  return place === -1 ? order.findIndex((group) => group.includes('the rest')) : place;
}

const roomsWithSubRooms = rooms.filter((room) => files.some(({ path }) => path.split('/').length > 3 && roomOf(path) === room));

describe('sub-rooms', () => {
  test.each(roomsWithSubRooms)('%s says their order, and names nothing that is not there', (room) => {
    const named = orderOf(room).flat();
    const found = new Set(
      files
        .filter(({ path }) => roomOf(path) === room)
        .map(({ path }) => (path.split('/').length > 3 ? `${path.split('/')[2]}/` : basename(path, '.ts'))),
    );
    expect(named.filter((name) => name !== 'the rest' && !found.has(name))).toEqual([]);
    expect([...found].filter((name) => name.endsWith('/') && !named.includes(name))).toEqual([]);
  });

  test.each(roomsWithSubRooms)('%s keeps the order: each imports what stands to its left', (room) => {
    const order = orderOf(room);
    const broken = files
      .filter(({ path }) => roomOf(path) === room)
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ specifier }) => specifier.startsWith('.'))
          .map(({ specifier }) => targetOf(path, specifier))
          .filter((target) => roomOf(target) === room && placeOf(target, order) > placeOf(path, order))
          .map((target) => `${path} imports ${target}`),
      );
    expect(broken).toEqual([]);
  });

  test('are called like no room', () => {
    const names = files.filter(({ path }) => path.split('/').length > 3).map(({ path }) => path.split('/')[2]!);
    const roomNames = rooms.map((room) => basename(room));
    expect([...new Set(names)].filter((name) => roomNames.includes(name))).toEqual([]);
  });
});

/** Circles of imports, types too: sets of files each of which leads to every other. */
function circlesOf(all: readonly SourceFile[]): string[][] {
  const targets = new Map(
    all.map(({ path, imports }) => [
      path,
      imports.filter(({ specifier }) => specifier.startsWith('.')).map(({ specifier }) => targetOf(path, specifier)),
    ]),
  );
  const reach = (start: string): Set<string> => {
    const seen = new Set<string>();
    const waiting = [...(targets.get(start) ?? [])];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(...(targets.get(next) ?? []));
    }
    return seen;
  };
  const reached = new Map([...targets.keys()].map((path) => [path, reach(path)]));
  const inCircle = [...reached].filter(([path, seen]) => seen.has(path)).map(([path]) => path);
  const circles = inCircle.map((path) => inCircle.filter((other) => reached.get(path)!.has(other) && reached.get(other)!.has(path)));
  return [...new Map(circles.map((circle) => [circle.join(' '), circle])).values()];
}

test('no files import each other in a circle, be it for types only', () => {
  expect(circlesOf(readSourceFiles('src', 'scripts', 'sample'))).toEqual([]);
});

test('no two files have one name: whoever reads it would have to know which room is meant', () => {
  const byName = new Map<string, string[]>();
  for (const { path } of files) byName.set(basename(path), [...(byName.get(basename(path)) ?? []), path]);
  expect([...byName.values()].filter((paths) => paths.length > 1)).toEqual([]);
});

test('what programs see stands in public-*.ts, and nothing of that name elsewhere', () => {
  const elsewhere = files
    .filter(({ path }) => !basename(path).startsWith('public-'))
    .flatMap(({ path, text }) => [...text.matchAll(/^export (?:interface|type) (Public[A-Z]\w*)/gm)].map(([, name]) => `${path}: ${name}`));
  expect(elsewhere).toEqual([]);
});

/** Names that two files export all the same, and why. */
const sharedNames: Readonly<Record<string, string>> = {
  AccountTrouble: 'mail and the ledger know nothing of each other; the compiler holds the two lists together where an outcome is recorded',
};

test('no two files export one name: it would mean two things, or one thing that stands twice', () => {
  const byName = new Map<string, string[]>();
  for (const { path, text } of files) {
    for (const [, name] of text.matchAll(/^export (?:async |abstract )?(?:function\*?|const|let|class|interface|type) (\w+)/gm))
      byName.set(name!, [...(byName.get(name!) ?? []), path]);
  }
  const twice = [...byName].filter(([name, paths]) => paths.length > 1 && !(name in sharedNames));
  expect(twice.map(([name, paths]) => `${name}: ${paths.join(', ')}`)).toEqual([]);
});

// What the lint allows beyond 40 lines it allows by a list that anybody can add to: here the list ends.
const mostLongFunctions = 10;

test(`no more than ${mostLongFunctions} functions have over 40 lines, and none of deliveries`, () => {
  const long = files.flatMap(({ path, text }) =>
    functionLengths(text)
      .filter(({ lineCount }) => lineCount > 40)
      .map(({ line, lineCount }) => `${path}:${line} has ${lineCount}`),
  );
  // What is measured is not nothing.
  expect(long.length).toBeGreaterThan(0);
  expect(long.length <= mostLongFunctions ? [] : long).toEqual([]);
  expect(long.filter((each) => each.startsWith('src/deliveries/'))).toEqual([]);
});

// A shelf that one can take in at a glance.
const mostFiles = 16;

test(`no folder has more than ${mostFiles} files of its own, unless the first comment of one of them says why`, () => {
  const byFolder = new Map<string, SourceFile[]>();
  for (const file of readSourceFiles('src', 'scripts', 'sample'))
    byFolder.set(dirname(file.path), [...(byFolder.get(dirname(file.path)) ?? []), file]);
  const crowded = [...byFolder].filter(
    ([, own]) => own.length > mostFiles && !own.some(({ text }) => /^\/\*(?:(?!\*\/)[\s\S])*? So many files: /.test(text)),
  );
  expect(crowded.map(([folder, own]) => `${folder} has ${own.length}`)).toEqual([]);
});

/** What no other file but tests imports, and why it is exported all the same. */
const onlyTested: Readonly<Record<string, string>> = {
  'scripts/command.ts optionsOf': 'which options a command has is compared with what its code reads',
  'scripts/gazette.ts main': 'what bin/gazette.mjs runs',
  'src/app/installation/installation.ts homeOf': 'the rule of which installation it is: a table test of its own',
  'src/mail/mime/list-headers.ts listHeaders': 'a pure rule with tests of its own; newsletterHeaders takes it for a newsletter',
  'src/mail/message-id.ts parseBounceAddress': 'waits for bounces, which come to it',
  'src/mail/message-id.ts parseNoticeBounceAddress': 'waits for bounces, which come to it',
  'src/mail/dns/dns-record.ts txtStrings': 'a test of the lookup publishes what the zone file would',
  'src/mail/message-id.ts parseDeliveryMessageId': 'waits for bounces, which say to which delivery they belong',
  'src/posts/feed-posts-store.ts listFeedTombstones': 'waits for feeds that tell what was withdrawn (RFC 6721)',
  'src/subscribers/consent/consent-store.ts listConsentEvents': 'waits for the history of a subscriber on a page',
  'src/ledger/queue/delivery-report-store.ts listAttempts': 'waits for the history of a delivery on a page',
  'src/ledger/queue/claim-store.ts tickSql': 'how Postgres carries it out is tested: no index but the primary key',
  'src/db/server/server-user.ts parseAccount': 'reads what the machine says, which a test cannot change: a table test of its own',
  'src/jobs/heartbeat.ts slotVerdicts': 'a check constraint says the same list; the two are compared',
  'src/ledger/hold/sending-hold.ts holdCauses': 'a check constraint says the same list; the two are compared',
  'src/ledger/queue/attempt.ts rejectionSubjects': 'a check constraint says the same list; the two are compared',
  'src/posts/identity/identity.ts keyKinds': 'a check constraint says the same list; the two are compared',
  'src/posts/identity/stored-post.ts recognitionRules': 'a check constraint says the same list; the two are compared',
  'src/sources/source.ts sourceStates': 'a check constraint says the same list; the two are compared',
  'src/ledger/sweep/prune-edition.ts pruneEdition': 'a step of pruneOldEditions; tests of the ledger take it for one edition',
  'src/ledger/resend-deliveries.ts resendDeliveries': 'a step of resendDoubtful; the model of the ledger takes it for one delivery',
  'src/mail/message.ts refusalSubjects': 'the known replies are held against the list',
  'src/reading/discover-feeds.ts linksOf': 'a pure rule for foreign markup with tests of its own: hostile texts go straight to it',
  'src/render/templates/colour.ts contrast': 'the measure by which tests judge the accent',
  'src/ledger/accounts/receiving-standing.ts domainTroubles': 'a check constraint says the same list; the two are compared',
  'src/ledger/drafts/joining-base.ts passesToJoiners': 'a rule that SQL repeats; the model of the ledger is held against it',
  'src/ledger/drafts/judgement.ts nothingReasons': 'the phrases of every language are held against the list',
  'src/ledger/queue/delivery.ts isReplaceable': 'a rule that SQL repeats; the model of the ledger is held against it',
  'src/ledger/queue/delivery.ts holdsItsPosts': 'a rule that SQL repeats; the model of the ledger is held against it',
  'src/ledger/queue/delivery.ts isRead': 'a rule that SQL repeats; the model of the ledger is held against it',
  'src/ledger/queue/delivery.ts hasArrived': 'a rule that SQL repeats; the model of the ledger is held against it',
  'src/ledger/subscriptions/cursor.ts cursorWithoutCorrections': 'a rule that SQL repeats; the model of the ledger is held against it',
  'src/ledger/subscriptions/cursor.ts cursorAfterGiveBack': 'a rule that SQL repeats; the model of the ledger is held against it',
};

test('no value is exported for tests alone', () => {
  const all = readSourceFiles('src', 'scripts', 'sample', 'bench');
  const used = new Set(
    all.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .flatMap(({ specifier, names }) => (names ?? ['*']).map((name) => `${targetOf(path, specifier)} ${name}`)),
    ),
  );
  const unused = all
    .filter(({ path }) => !path.startsWith('bench/') && !used.has(`${path} *`))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^export (?:async |abstract )?(?:function\*?|const|let|class) (\w+)/gm)]
        .map(([, name]) => name!)
        .filter((name) => !used.has(`${path} ${name}`))
        .map((name) => `${path} ${name}`),
    );
  expect(unused.toSorted()).toEqual(Object.keys(onlyTested).toSorted());
});
