import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createCsvReader } from '../../src/subscribers/importing/reading/csv-records.ts';
import { insertFrozenEdition, type FrozenEdition } from '../support/frozen-edition.ts';
import { createInstallation, type Installation, type MainRun } from './run-main.ts';

let gazette: Installation;
let [first, second]: FrozenEdition[] = [];

beforeAll(async () => {
  gazette = await createInstallation();
  await gazette.done('migrate');
  const { database } = gazette.stored;
  first = await insertFrozenEdition(database, { count: 4, state: 'done' });
  second = await insertFrozenEdition(database, { count: 3, state: 'done' });
  await database.query(`update newsletter set account = null where id = $1`, [first.newsletterId]);
  await database.query(`update newsletter set account = 'news' where id = $1`, [second.newsletterId]);
  const end = (at: number, set: string, edition = first!): Promise<unknown> =>
    database.query(`update delivery set ${set} where edition_id = $1 and subscription_id = $2`, [
      edition.editionId,
      edition.subscriptionIds[at],
    ]);
  await end(0, `state = 'accepted', ended_at = '2026-05-01T08:00Z'`);
  await end(1, `state = 'rejected', reason = 'mailbox', reply = '552 5.2.2 Mailbox full', ended_at = '2026-05-02T08:00Z'`);
  await end(2, `state = 'rejected', reason = 'policy', reply = '550 5.7.1 No', ended_at = '2026-05-03T08:00Z'`);
  await end(3, `state = 'expired', reason = 'mailbox', ended_at = '2026-05-04T08:00Z'`);
  await database.query(
    `update subscriber b set address = 'ann@bücher.example', name = '=cmd|''/C calc''!A0' from subscription s where s.subscriber_id = b.id and s.id = $1`,
    [second.subscriptionIds[0]],
  );
});
afterAll(() => gazette.remove());

const accounts = { SMTP_NEWS_URL: 'smtp://127.0.0.1:1' };
const run = (line: string): Promise<MainRun> => gazette.run(line, accounts);
const done = (line: string): Promise<string> => gazette.done(line, accounts);

function tableOf(text: string): Record<string, string>[] {
  const reader = createCsvReader(',');
  const [header, ...rows] = [...reader.push(text), ...reader.end()].map(({ cells }) => cells);
  return rows.map((cells) => Object.fromEntries(cells.map((cell, at) => [header![at]!, cell])));
}

interface Line {
  readonly id: string;
  readonly editionId: string;
  readonly subscriptionId: string;
}

async function chosen(line: string): Promise<string[]> {
  const { deliveries } = JSON.parse(await done(`deliveries ${line} --json`)) as { deliveries: Line[] };
  const names = new Map(
    [first!, second!].flatMap(({ subscriptionIds }, at) => subscriptionIds.map((id, index) => [id, `${'ab'[at]}${index + 1}`])),
  );
  return deliveries.map(({ subscriptionId }) => names.get(subscriptionId)!);
}

describe('deliveries are chosen', () => {
  test.each([
    ['FIRST', 'a1 a2 a3 a4'],
    ['FIRST --state rejected', 'a2 a3'],
    ['FIRST --state rejected,expired', 'a2 a3 a4'],
    ['FIRST --state rejected --state accepted', 'a1 a2 a3'],
    ['FIRST --reason mailbox', 'a2 a4'],
    ['FIRST --reason mailbox --state rejected', 'a2'],
    ['FIRST --reply 5.7.1', 'a3'],
    ['FIRST --reply FULL', 'a2'],
    ['FIRST --since 2026-05-02 --until 2026-05-03', 'a2 a3'],
    ['FIRST --until 2026-05-02T08:00Z', 'a1 a2'],
    ['FIRST --domain nobody.example', ''],
    ['--all', 'b1 b2 b3 a1 a2 a3 a4'],
    ['--all --newsletter SLUG', 'a1 a2 a3 a4'],
    ['--all --account news', 'b1 b2 b3'],
    ['--all --account default', 'a1 a2 a3 a4'],
    ['--account default', 'a1 a2 a3 a4'],
    ['--all --domain bücher.example', 'b1'],
    ['--all --domain xn--bcher-kva.example', 'b1'],
    ['--all --domain SLUG.example', 'a1 a2 a3 a4'],
    ['--all --address SUBSCRIPTION', 'a2'],
    ['--all --limit 4', 'b1 b2 b3 a1'],
  ])('by %s', async (line, expected) => {
    const { rows } = await gazette.stored.database.query<{ slug: string }>(`select slug from newsletter where id = $1`, [
      first!.newsletterId,
    ]);
    const typed = line
      .replace('FIRST', first!.editionId)
      .replaceAll('SLUG', rows[0]!.slug)
      .replace('SUBSCRIPTION', first!.subscriptionIds[1]!);
    expect((await chosen(typed)).join(' ')).toBe(expected);
  });

  test('and gone on with over the end of an edition', async () => {
    const { deliveries } = JSON.parse(await done('deliveries --all --json --limit 2')) as { deliveries: Line[] };
    expect(await chosen(`--all --limit 3 --after ${deliveries[1]!.id}`)).toEqual(['b3', 'a1', 'a2']);
  });

  test('and a wish that cannot be is refused', async () => {
    for (const [line, said] of [
      ['deliveries --state gone', /Expected --state queued/],
      ['deliveries --state rejected,gone', /Expected --state queued/],
      ['deliveries --nothing --reason policy', /Expected --nothing or --reason, got both/],
      ['deliveries --csv --json', /Expected --csv or --json/],
      ['deliveries --out x.csv', /Expected --csv with --out/],
      [`deliveries ${first!.editionId} --all`, /id of an edition or --all/],
      ['deliveries --account nope', /Expected --account with the name of an account/],
      ['deliveries --since yesterday', /Expected --since as a date/],
      ['deliveries --all --address nobody', /Expected one mail address/],
    ] as const)
      expect(await run(line)).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(said) });
  });
});

describe('deliveries as a table', () => {
  test('hold everything that is chosen, and no formula', async () => {
    const rows = tableOf(await done('deliveries --all --csv'));
    expect(Object.keys(rows[0]!).join(' ')).toBe(
      'delivery edition newsletter subscription address name state reason reply attempts ever_in_doubt due_at first_attempt_at ended_at',
    );
    expect(rows).toHaveLength(7);
    expect(rows[0]).toMatchObject({ address: 'ann@bücher.example', name: `'=cmd|'/C calc'!A0`, state: 'queued', ended_at: '' });
    expect(rows.find(({ reason }) => reason === 'policy')).toMatchObject({ reply: '550 5.7.1 No', ended_at: '2026-05-03T08:00:00.000Z' });
    expect(tableOf(await done('deliveries --all --csv --limit 5'))).toHaveLength(5);
    expect((await done('deliveries --all --csv')).split('\r\n')).toHaveLength(9);
  });

  test('go into a file for one pair of eyes', async () => {
    const path = join(gazette.folder, 'deliveries.csv');
    expect(await run(`deliveries --all --state rejected --csv --out ${path}`)).toMatchObject({ exitCode: 0, stdout: '' });
    expect(readFileSync(path, 'utf8')).toMatch(/^\uFEFFdelivery,edition,[^\r]*\r\n\d+,\d+,/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('are read page by page, however many', async () => {
    const many = await insertFrozenEdition(gazette.stored.database, { count: 2_345, state: 'done' });
    const rows = tableOf(await done(`deliveries ${many.editionId} --csv`));
    // Other tests list all that there is, in whatever order they run.
    await gazette.stored.database.query(`update edition set state = 'skipped' where id = $1`, [many.editionId]);
    expect(rows.map(({ subscription }) => subscription)).toEqual(many.subscriptionIds);
  });
});
