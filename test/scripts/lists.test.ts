import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { commands } from '../../scripts/commands.ts';
import { cutToLimit } from '../../scripts/rest-of-list.ts';
import { insertFrozenEdition } from '../support/frozen-edition.ts';
import { createInstallation, type Installation } from './run-main.ts';

let gazette: Installation;

/** The editions that three readers have, and that nobody has. */
let [editionId, emptyId] = ['', ''];

beforeAll(async () => {
  gazette = await createInstallation();
  await gazette.done('migrate');
  const { database } = gazette.stored;
  const full = await insertFrozenEdition(database, { count: 3, state: 'done' });
  const empty = await insertFrozenEdition(database, { count: 3, state: 'done' });
  [editionId, emptyId] = [full.editionId, empty.editionId];
  await database.query(`delete from delivery where edition_id = $1`, [emptyId]);
  await database.query(`update delivery set state = 'rejected', ended_at = now() where id <> $1`, [full.toId]);
  await database.query(
    `insert into edition (newsletter_id, schedule_id, state, cutoff, previous_cutoff, minimum, maximum, ended_at)
     select newsletter_id, schedule_id, 'skipped', 0, 0, 1, 9, now() from edition where id = $1`,
    [editionId],
  );
  await database.query(`update subscription set state = 'left', left_at = now() where newsletter_id = $1 and id = $2`, [
    full.newsletterId,
    full.subscriptionIds[0],
  ]);
  await database.query(
    `with more as (insert into post (tag_id, state) values ('tag:example.org,2026:more', 'known') returning id)
     insert into post_revision (post_id, revision, content_hash, title, html, summary) select id, 1, 'x', 'More', '<p>x</p>', 'x' from more`,
  );
  await database.query(
    `insert into sign_up (newsletter_id, address, address_key, source, wording, state)
     select $1, 'many' || n || '@example.org', 'key' || n, 'form', '1', 'held' from generate_series(1, 101) as n`,
    [full.newsletterId],
  );
  await database.query(
    `insert into staff_action (by_whom, action, subjects) select 'Ann', 'posts hold', '{"post": ["1"]}' from generate_series(1, 3)`,
  );
});
afterAll(() => gazette.remove());

interface Case {
  /** The command line; `full` and `empty` stand for the editions. */
  readonly line: string;
  readonly count: number;
  /** What is said where all but one are shown; <id> is that of the last that is. */
  readonly said: string;
  /** The list within its JSON, and what an entry calls its id. */
  readonly rows: (json: never) => readonly object[];
  readonly id: string;
  /** What else is said on the next page. */
  readonly next: string;
}

const itself = (json: never): readonly object[] => json;
const within =
  (name: string) =>
  (json: never): readonly object[] =>
    json[name];

const cases: readonly Case[] = [
  {
    line: 'subscribers list',
    count: 6,
    said: '5 of 6 are shown; --after <id> or --limit 6 shows more.',
    rows: within('subscriptions'),
    id: 'subscriptionId',
    next: '--after',
  },
  {
    line: 'subscribers list --state active',
    count: 5,
    said: '4 of 5 are shown; --after <id> or --limit 5 shows more.',
    rows: within('subscriptions'),
    id: 'subscriptionId',
    next: '--after',
  },
  {
    line: 'subscribers held',
    count: 101,
    said: '100 of 101 are shown; --after <id> or --limit 101 shows more.',
    rows: within('signUps'),
    id: 'id',
    next: '--after',
  },
  {
    line: 'deliveries full',
    count: 3,
    said: '2 of 3 are shown; --after <id> or --limit 3 shows more.',
    rows: within('deliveries'),
    id: 'id',
    next: '--after',
  },
  {
    line: 'deliveries full --state rejected',
    count: 2,
    said: '1 of 2 is shown; --after <id> or --limit 2 shows more.',
    rows: within('deliveries'),
    id: 'id',
    next: '--after',
  },
  {
    line: 'deliveries empty --nothing',
    count: 3,
    said: 'The first 2 are shown; --after <id> or --limit 10 shows more.',
    rows: within('readers'),
    id: 'subscriptionId',
    next: '--after',
  },
  {
    line: 'editions list',
    count: 3,
    said: 'The newest 2 are shown; --before <id> or --limit 10 shows more.',
    rows: itself,
    id: 'id',
    next: '--before',
  },
  {
    line: 'posts list',
    count: 3,
    said: 'The newest 2 are shown; --before <id> or --limit 10 shows more.',
    rows: itself,
    id: 'id',
    next: '--before',
  },
  {
    line: 'log',
    count: 3,
    said: 'The newest 2 are shown; --before <id> or --limit 10 shows more.',
    rows: itself,
    id: 'id',
    next: '--before',
  },
];

const typed = (line: string): string => line.replace('full', editionId).replace('empty', emptyId);
const shows = /^.*\b(?:is|are) shown; .*$/m;

describe('a list that shows not all', () => {
  test.each(cases)('says so, and how to see the others: $line', async ({ line, count, said, rows, id, next }) => {
    const cut = `${typed(line)} --limit ${count - 1}`;
    const { stdout, stderr } = await gazette.run(`${cut} --json`);
    const listed = rows(JSON.parse(stdout) as never) as readonly Record<string, string>[];
    expect(listed).toHaveLength(count - 1);
    const last = listed.at(-1)![id]!;
    expect(stderr).toBe(`${said.replace('<id>', last)}\n`);
    expect(shows.exec(await gazette.done(cut))?.[0]).toBe(said.replace('<id>', last));
    const rest = JSON.parse(await gazette.done(`${cut} ${next} ${last} --json`)) as never;
    expect(rows(rest)).toHaveLength(1);
  });

  test.each(cases)('says nothing where none is left: $line', async ({ line, count, rows }) => {
    const whole = `${typed(line)} --limit ${count}`;
    const { stdout, stderr } = await gazette.run(`${whole} --json`);
    expect([rows(JSON.parse(stdout) as never).length, stderr]).toEqual([count, '']);
    expect(await gazette.done(whole)).not.toMatch(shows);
  });

  test('says so too where nobody said how many, and counts those that it does not show', async () => {
    const held = await gazette.done('subscribers held');
    expect(held).toMatch(/^100 of 101 are shown; --after \d+ or --limit 101 shows more\.\n\n101 sign-ups held/m);
    expect(held.split('\n').filter((line) => line.includes('@'))).toHaveLength(100);
    const rest = await gazette.done('subscribers held --after 100');
    expect(rest).toMatch(/101 sign-ups held/);
    expect(rest).not.toMatch(shows);
  });

  test('calls the first page the first and the others the next', async () => {
    expect(await gazette.done(`deliveries ${emptyId} --nothing --limit 1`)).toMatch(
      /the first 1 active reader without[^]*^The first one is shown;/m,
    );
    const [first] = (
      JSON.parse(await gazette.done(`deliveries ${emptyId} --nothing --limit 1 --json`)) as { readers: { subscriptionId: string }[] }
    ).readers;
    const after = (id: string): Promise<string> => gazette.done(`deliveries ${emptyId} --nothing --limit 1 --after ${id}`);
    expect(await after(first!.subscriptionId)).toMatch(/the next 1 active reader without[^]*^The next one is shown; --after/m);
    expect(await after(String(Number(first!.subscriptionId) + 1))).toMatch(/the last 1 active reader without a digest/);
    expect(await after('999999')).toMatch(/no further active reader is without a digest\.\n$/);
    expect(await gazette.done('log --after 1 --limit 1')).toMatch(/^The next one is shown; --after 2 or --limit 5 shows more\.$/m);
  });

  test('names no number above what may be asked for', () => {
    const cut = (limit: number): string | undefined =>
      cutToLimit(
        Array.from({ length: limit + 1 }, (_none, index) => String(index)),
        { limit, goesOn: 'after', idOf: (id) => id, isFurther: false },
      ).rest;
    expect(cut(30_000)).toBe('The first 30000 are shown; --after 29999 or --limit 100000 shows more.');
    expect(cut(100_000)).toBe('The first 100000 are shown; --after 99999 shows more.');
  });

  // Whoever adds a list with a limit has to say what is beyond it.
  test('is each that has a limit', () => {
    const limited = commands.filter(({ options }) => options?.['limit']);
    expect(new Set(limited.map(({ name }) => name))).toEqual(new Set(cases.map(({ line }) => line.replace(/ (?:full|empty|--).*/, ''))));
    for (const { name, run, options } of limited) {
      const file = /import\(['"]\.\.\/([\w-]+)\./.exec(String(run))![1]!;
      expect([name, 'after' in options! || 'before' in options!, readFileSync(`scripts/${file}.ts`, 'utf8').includes('sayRest(')]).toEqual([
        name,
        true,
        true,
      ]);
    }
  });
});
