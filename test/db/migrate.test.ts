import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrate } from '../../src/db/migrate.ts';
import { ConflictError } from '../../src/kernel/errors.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

describe('migrations', () => {
  let empty: TestDatabase;
  let temp: Awaited<ReturnType<typeof makeTempFolder>>;
  let folder: string;

  beforeAll(async () => {
    empty = await createEmptyDatabase();
    temp = await makeTempFolder();
    folder = join(temp.folder, 'migrations');
    await mkdir(folder);
    await writeFile(join(folder, '0001_first.sql'), 'create table first (id bigint);');
    await writeFile(join(folder, '0002_second.sql'), 'create table second (id bigint); insert into second values (2);');
    await writeFile(join(folder, 'notes.txt'), 'not a migration');
    await migrate(empty.database, { folder });
  });

  afterAll(async () => {
    await empty.drop();
    await temp.remove();
  });

  /** A copy of the applied migrations, to be changed by a test. */
  async function copyOfFolder(name: string): Promise<string> {
    const copy = join(temp.folder, name);
    await cp(folder, copy, { recursive: true });
    return copy;
  }

  test('are applied in order and only once, however many processes apply them at the same time', async () => {
    const other = await createEmptyDatabase();
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(other.database, { folder })));
    expect(applied.filter((names) => names.length > 0)).toEqual([['0001_first.sql', '0002_second.sql']]);
    expect((await other.database.query('select id from second')).rows).toEqual([{ id: '2' }]);
    await other.drop();
  });

  test('are not applied again', async () => {
    expect(await migrate(empty.database, { folder })).toEqual([]);
  });

  test('are refused when an applied file has been changed', async () => {
    const changed = await copyOfFolder('changed');
    await writeFile(join(changed, '0001_first.sql'), 'create table first (id integer);');
    await expect(migrate(empty.database, { folder: changed })).rejects.toThrow(ConflictError);
    await expect(migrate(empty.database, { folder: changed })).rejects.toThrow(/0001_first.sql has been changed/);
  });

  test('are refused when the database has one that this version does not know', async () => {
    const older = await copyOfFolder('older');
    await rm(join(older, '0002_second.sql'));
    await expect(migrate(empty.database, { folder: older })).rejects.toThrow(/0002_second.sql.*newer Gazette/);
  });

  test('are refused when one was added before an applied one', async () => {
    const inserted = await copyOfFolder('inserted');
    await writeFile(join(inserted, '0001_between.sql'), 'create table between_them (id bigint);');
    await expect(migrate(empty.database, { folder: inserted })).rejects.toThrow(ConflictError);
  });

  test('leave nothing of themselves when they fail, and keep those before', async () => {
    const failing = await copyOfFolder('failing');
    await writeFile(join(failing, '0003_third.sql'), 'create table third (id bigint);');
    await writeFile(join(failing, '0004_fourth.sql'), 'create table fourth (id bigint); select 1 / 0;');
    const other = await createEmptyDatabase();
    await expect(migrate(other.database, { folder: failing })).rejects.toThrow(/division by zero/);
    const { rows } = await other.database.query("select to_regclass('third')::text as third, to_regclass('fourth')::text as fourth");
    expect(rows).toEqual([{ third: 'third', fourth: null }]);
    await other.drop();
  });

  test('of this version are in the template that test databases are copied from', async () => {
    const copy = await createTestDatabase();
    expect(await migrate(copy.database)).toEqual([]);
    await copy.drop();
  });

  // A database that has applied it refuses to start with another text: what is to be different goes into a new file.
  test.each([
    ['0001_init.sql', '5d02da46e3b2c7cb5bf604bd2d2c988772ccdef4652a48cf8f612b608cc111a7'],
    ['0002_refusals.sql', 'bb3aaee2fae6b94f51f2a5e50aa9113d74edecf097e99953f853abbbd740f39e'],
    ['0003_heartbeat.sql', '1bdbb4a96cfacad9fb6c633a05c613316b8e59aa409d447f5c2d46be58912a97'],
    ['0004_watched_since.sql', '4f06ff79669c8b3b1a5be76284866d518ee30afeb6542495d3c7ce941c26efc7'],
    ['0005_former_senders.sql', 'fbe9acaf09c3cdcbf82c0aee221e1d3344e968e27ed930759a28329bebef8864'],
    ['0006_refused_notices.sql', '27e29ec6c30760cbe1d0352a81453535740cabc4a41afb86aa656e3b7eaf9f88'],
    ['0007_doubtful_outages.sql', 'e60b4150065a6aa616adf542b2f0cedf57c3ec013aa4926c278185bdbb19e806'],
    ['0008_refused_alike.sql', '4b71b950c0fdb7014cedfb8e2460da8da4f3480bde2d1521c36199c22b832354'],
    ['0009_poll_run.sql', 'ab26338b2d390cdb88a085cccd532a0641e4bfffc2b138f8073031b6dcffe17c'],
    ['0010_identity.sql', 'd229082fcdc0bc871efa58f40eaab1e2722a363f82998d669626c17ae1a6818c'],
    ['0011_joining.sql', '213ef30ed6c9a3ec233ff4fae126e45551bbac19df199e9c2766d13deeeb8ce8'],
    ['0012_corrections.sql', 'ac0346c6360527d4bea81813ba3991d07f14db9b84dd4ad1f033cf37f8602fc1'],
    ['0013_quiet_minutes.sql', 'f9a679de2d68047399727a064a74bd8d89d6406a5c4ee374f330aa0c62ea3259'],
    ['0014_exclusion_of_changes.sql', 'e7e60623d4986412ef60f1a27cea190a8c2b261dc08ffc862980651f62cc8dd0'],
    ['0015_events.sql', '50fff10a7bc95e304cf5000483f6e3d51f55961df8a43b833c144a2794b15d56'],
    ['0017_repeats.sql', 'ef3fe90e96964f314d6950c520f2405106053f9f5a61e59ea9142886ef2b1e40'],
    ['0016_document_sizes.sql', '5cd9533825f4ebd646293b7bd66704d48764fc0b4c71145472a30f16b3fd7eeb'],
    ['0018_consent_log.sql', '1480ef29111d4e128367627ef6fa22b9c0b07c27150521e7f0ed7857924cd855'],
    ['0020_staff_actions.sql', 'd068c5a69305eaefa0d36a8d8b018bc1787a1965f92fefdddcdc6f0a6df753c0'],
    ['0019_imports.sql', '043efb65d0ac15f161529a0d5531761deeb085c601f9ef8732902bafb94e8cc4'],
    ['0021_sign_up.sql', '484630d7c979d3ff31b01fa8ed5e1375325b6d8cc9df679e98214d457ba623c9'],
    ['0023_pending.sql', '11bcc5a259de6fb67c4745ba31e4c16c1796d96067758f6d5dce9a963904d74c'],
    ['0027_leaving_network.sql', 'adfec3cd80353839e0faa99acccf707ff72e2dea569ebb09718b1311c46abefb'],
    ['0022_own_pages.sql', '93388f70ceb427a561e93e227fbc9bb9e6ca28a81954c477584ada90f685913c'],
  ])('never change: %s', async (name, sha256) => {
    const sql = await readFile(join(packageRoot, 'migrations', name));
    expect(createHash('sha256').update(sql).digest('hex')).toBe(sha256);
  });
});
