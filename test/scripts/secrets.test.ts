import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { tokenKeyFingerprint } from '../../src/subscribers/tokens/check-token-keys.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { installationAt } from './run-main.ts';

let stored: TestDatabase;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;
let first: ReturnType<typeof installationAt>;
let turn = 0;

beforeAll(async () => {
  [stored, temp] = await Promise.all([createTestDatabase(), makeTempFolder()]);
});
afterAll(async () => {
  await stored.drop();
  await temp.remove();
});
beforeEach(async () => {
  await stored.database.query('delete from setting');
  first = machine();
});

/** Another machine on the same database, with a data folder of its own. */
const machine = () => installationAt(stored.url, join(temp.folder, String((turn += 1))));
const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(40)) as [string, string, string];
const print = (key: string): string => tokenKeyFingerprint(Buffer.from(key));
const list = (gazette: ReturnType<typeof machine>, keys: string, env = {}) =>
  gazette.run('newsletters list', { ADDRESS_KEY_SECRET: c, TOKEN_KEYS: keys, ...env });

describe('a second machine', () => {
  test('without the secrets of the first is refused with one line that names both, as is doctor', async () => {
    await first.done('newsletters list');
    const second = machine();
    const { exitCode, stdout, stderr } = await second.run('newsletters list');
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^gazette newsletters list: [^\n]*address-key[^\n]*token-key[^\n]*\n$/);
    expect((await second.run('doctor')).stdout).toMatch(/FAIL .*address-key.*token-key/);
    // The same data folder with a database that was restored without its own secrets is the same case.
    await cp(join(first.folder, 'secrets'), join(second.folder, 'secrets'), { recursive: true });
    await second.done('newsletters list');
    expect(await second.done('doctor')).toMatch(
      /ok .*address-key[^\n]*\n.*ok .*token keys are those of this installation; signing [0-9a-f]{16}$/m,
    );
  });

  test('with other secrets is refused with what is known and what came, both named, and without the keys', async () => {
    await list(first, a);
    const { exitCode, stderr } = await list(machine(), b, { ADDRESS_KEY_SECRET: b });
    expect(exitCode).toBe(2);
    expect(stderr.trimEnd()).toMatch(
      new RegExp(`^gazette newsletters list: ADDRESS_KEY_SECRET: .*TOKEN_KEYS: .*${print(a)}.*got ${print(b)} only.*$`),
    );
    for (const key of [a, b]) expect(stderr).not.toContain(key);
    expect((await machine().run('doctor', { ADDRESS_KEY_SECRET: c, TOKEN_KEYS: b })).stdout).toMatch(/FAIL +TOKEN_KEYS: /);
    // The refused ring was not taken for the installation's.
    expect((await list(first, a)).exitCode).toBe(0);
  });

  test('that has the address key alone makes no token key of its own', async () => {
    await first.done('newsletters list', { ADDRESS_KEY_SECRET: c });
    const { exitCode, stderr } = await machine().run('newsletters list', { ADDRESS_KEY_SECRET: c });
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/token-key.*found none.*gazette secrets accept/)]);
  });
});

describe('token keys are replaced', () => {
  test('by a new first key beside the old one; a machine that has only the old one is refused from then on', async () => {
    expect((await list(first, a)).exitCode).toBe(0);
    expect((await list(first, `${a},${b}`)).exitCode).toBe(0);
    expect((await list(first, `${b},${a}`)).exitCode).toBe(0);
    expect((await list(machine(), a)).stderr).toMatch(new RegExp(`expected the key with the fingerprint ${print(b)}`));
    expect((await list(first, `${a},${b}`)).exitCode).toBe(0);
    expect((await list(first, `${b},${a}`)).exitCode).toBe(0);
    // The one that signed last is there: the old one may go.
    expect((await list(first, b)).exitCode).toBe(0);
  });

  test('not without the key that signed last', async () => {
    await list(first, a);
    expect((await list(first, b)).exitCode).toBe(2);
    expect((await list(first, a)).exitCode).toBe(0);
  });

  test('where they are lost, once staff accept it', async () => {
    await list(first, a);
    const env = { ADDRESS_KEY_SECRET: c, TOKEN_KEYS: b };
    expect(await first.run('secrets accept', env)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--yes/) });
    expect((await list(first, b)).exitCode).toBe(2);
    expect(await first.done('secrets accept --yes', env)).toContain(print(b));
    expect((await list(first, b)).exitCode).toBe(0);
    expect((await list(first, a)).exitCode).toBe(2);
    // Never together with a wrong address key: that is another installation's machine.
    expect((await first.run('secrets accept --yes', { ADDRESS_KEY_SECRET: a, TOKEN_KEYS: a })).exitCode).toBe(2);
    expect((await list(first, b)).exitCode).toBe(0);
  });
});
