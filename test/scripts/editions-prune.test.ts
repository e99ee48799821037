import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { insertFrozenEdition, noteDoubts, type FrozenEdition } from '../support/frozen-edition.ts';
import { createInstallation, type Installation } from './run-main.ts';

let gazette: Installation;
let old: FrozenEdition;
let young: FrozenEdition;

beforeEach(async () => {
  gazette = await createInstallation();
  await gazette.done('migrate');
  const { database } = gazette.stored;
  [old, young] = [await insertFrozenEdition(database, { count: 3 }), await insertFrozenEdition(database, { count: 2 })];
  await database.query(`update delivery set state = 'accepted', ended_at = now() where edition_id = any($1::bigint[])`, [
    [old.editionId, young.editionId],
  ]);
  await database.query(`update delivery set state = 'rejected', reason = 'mailbox' where edition_id = $1 and subscription_id = $2`, [
    old.editionId,
    old.subscriptionIds[2],
  ]);
  for (const [{ editionId }, days] of [
    [old, 800],
    [young, 100],
  ] as const)
    await database.query(`update edition set state = 'done', ended_at = now() - $2 * interval '1 day' where id = $1`, [editionId, days]);
});
afterEach(() => gazette.remove());

const countOf = async (editionId: string): Promise<number> =>
  (await gazette.stored.database.query(`select from delivery where edition_id = $1`, [editionId])).rows.length;

describe('gazette editions prune', () => {
  test('shows what would go, and does it only with --yes', async () => {
    const shown = await gazette.done('editions prune --dry-run');
    expect(shown).toMatch(new RegExp(`^${old.editionId} +\\S+ +\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2} UTC +3 *$`, 'm'));
    expect(shown).toContain('1 edition ended more than 730 days ago: of 3 deliveries only the counts are kept.');
    const asked = await gazette.run('editions prune');
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining('expected --yes where there is no terminal to ask')]);
    expect(await countOf(old.editionId)).toBe(3);
    expect(await gazette.done('editions prune --yes')).toContain('3 deliveries of 1 edition deleted.');
    expect([await countOf(old.editionId), await countOf(young.editionId)]).toEqual([0, 2]);
    expect(await gazette.done('editions prune --yes')).toContain('No edition with deliveries ended more than 730 days ago.');
    expect(await gazette.done('log')).toContain(`edition ${old.editionId}`);
  });

  test('takes another age, but none that forgets what is looked back at, and needs one where deliveries are kept for ever', async () => {
    for (const days of ['89', '0', '-1', 'x']) expect((await gazette.run(`editions prune --older-than=${days}`)).exitCode).toBe(2);
    expect((await gazette.run('editions prune --dry-run', { KEEP_DELIVERIES: 'forever' })).exitCode).toBe(2);
    const prunable = JSON.parse(await gazette.done('editions prune --dry-run --json --older-than 90', { KEEP_DELIVERIES: '0' })) as {
      id: string;
    }[];
    expect(prunable.map(({ id }) => id)).toEqual([old.editionId, young.editionId]);
    expect(await gazette.done('editions prune --older-than 90 --yes')).toContain('5 deliveries of 2 editions deleted.');
  });
});

describe('what staff read of a pruned edition', () => {
  test('are its counts, and that the rest was deleted: nowhere that it had none', async () => {
    await gazette.stored.database.query(
      `update delivery set state = 'in_doubt', doubted_at = now() where edition_id = $1 and subscription_id = $2`,
      [old.editionId, old.subscriptionIds[0]],
    );
    await noteDoubts(gazette.stored.database, old.editionId);
    await gazette.done('editions prune --yes');
    const shown = await gazette.done(`editions show ${old.editionId}`);
    expect(shown).toMatch(/^Deliveries: 1 accepted, 1 rejected, 1 in doubt$/m);
    expect(shown).toMatch(/^They were deleted \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC: only these counts are kept\.$/m);
    expect(shown).not.toContain('--state rejected');
    expect(await gazette.done('editions list')).toMatch(new RegExp(`^${old.editionId} .*deliveries deleted, counts kept$`, 'm'));
    const ledger = await gazette.run(`deliveries ${old.editionId}`);
    expect(ledger.stdout).toContain('; 3 deliveries.');
    expect(ledger.stdout).toMatch(/They were deleted .* how many ended how is kept, and who they were is not\./);
    expect(ledger.stdout).toMatch(/^ +rejected +1$/m);
    expect(ledger.stdout + ledger.stderr).not.toMatch(/more|--after/);
    expect(JSON.parse(await gazette.done(`deliveries ${old.editionId} --json`))).toMatchObject({
      edition: { id: old.editionId, prunedAt: expect.any(String) },
      counts: { accepted: 1, rejected: 1, in_doubt: 1 },
      deliveries: [],
    });
    for (const line of [`deliveries ${old.editionId} --nothing`, `deliveries resend ${old.editionId} --in-doubt --yes`]) {
      const { exitCode, stderr } = await gazette.run(line);
      expect([line, exitCode, stderr]).toEqual([line, 1, expect.stringContaining('were deleted')]);
    }
    expect(JSON.parse(await gazette.done(`editions show ${young.editionId} --json`))).toMatchObject({ prunedAt: null });
  });

  test('of a person is how many they had, in their story and in the copy of their data', async () => {
    await gazette.done('editions prune --yes');
    const [subscriptionId] = old.subscriptionIds;
    const shown = await gazette.done(`subscribers show ${subscriptionId}`);
    expect(shown).toMatch(/^ {2}Of 1 delivery up to \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC only the number is kept \(1 accepted\)\.$/m);
    expect(shown).toContain('0 posts received, as far as deliveries are kept.');
    expect(JSON.parse(await gazette.done(`subscribers show ${subscriptionId} --json`))).toMatchObject({
      subscriptions: [{ deleted: { deliveryCount: 1, acceptedCount: 1 } }],
    });
    const explained = await gazette.done(`explain ${old.postId} ${subscriptionId}`);
    expect(explained).toContain(`it went out with edition ${old.editionId}, whose deliveries were deleted`);
    expect(await gazette.done(`subscribers show ${young.subscriptionIds[0]}`)).toContain('1 post received.');
  });
});
