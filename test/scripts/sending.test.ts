import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { deliveryCounts } from '../../src/ledger/queue/delivery-report-store.ts';
import { insertFrozenEdition } from '../support/frozen-edition.ts';
import { createInstallation, type Installation } from './run-main.ts';

let gazette: Installation;
beforeAll(async () => {
  gazette = await createInstallation();
  await gazette.done('migrate');
});
afterAll(async () => gazette.remove());
beforeEach(async () => {
  await gazette.stored.database.query(`delete from sending_hold`);
});

test('sending is held by staff, which every command says on stderr, and goes on when they say so', async () => {
  expect(await gazette.done('sending')).toBe('Sending goes on: nothing holds it.\n');
  expect(JSON.parse(await gazette.done('sending --json'))).toEqual({ hold: null });
  expect(await gazette.done('sending hold --reason moving --by Ann')).toBe(
    'Sending is held: no digest leaves until "gazette sending resume".\n',
  );
  const { stderr, exitCode } = await gazette.run('newsletters list');
  expect([exitCode, stderr]).toEqual([
    0,
    expect.stringMatching(/^Sending is held since .*: moving\. "gazette sending resume" goes on\.\n$/),
  ]);
  expect((await gazette.run('doctor')).stdout).toMatch(/FAIL +Sending is held since .*: moving\./);
  expect((await gazette.run('sending hold')).stdout).toMatch(/^Held already\. Sending is held since .*: moving\./);
  expect(JSON.parse((await gazette.run('sending --json')).stdout)).toMatchObject({ hold: { cause: 'staff', reason: 'moving' } });
  expect((await gazette.run('sending resume --by Ann')).stdout).toBe('Sending goes on.\n');
  expect((await gazette.run('sending resume')).stdout).toBe('Sending is not held.\n');
  expect(await gazette.done('log')).toMatch(/Ann +sending resume +hold \d+\n.*Ann +sending hold +hold \d+/);
});

test('a send that waits does not wait for what is held, and sends it once it goes on', async () => {
  const { database } = gazette.stored;
  const { newsletterId, editionId } = await insertFrozenEdition(database, { count: 2, isSample: true });
  const { rows } = await database.query<{ slug: string }>(`select slug from newsletter where id = $1`, [newsletterId]);
  await gazette.done('sending hold');
  const held = await gazette.run(`send --newsletter ${rows[0]!.slug} --yes --wait`);
  expect([held.exitCode, held.stderr]).toEqual([
    1,
    expect.stringContaining(
      `edition ${editionId} is sending and is not waited for: sending is held. "gazette sending resume" goes on with it.`,
    ),
  ]);
  expect(await deliveryCounts(database, editionId)).toMatchObject({ queued: 2, accepted: 0 });
  await gazette.run('sending resume');
  expect((await gazette.run(`send --newsletter ${rows[0]!.slug} --yes --wait`)).stdout).toContain('2 accepted');
});
