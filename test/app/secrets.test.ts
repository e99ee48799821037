import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSecrets } from '../../src/app/secrets.ts';
import { ConfigError } from '../../src/kernel/errors.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

let temp: Awaited<ReturnType<typeof makeTempFolder>>;

beforeEach(async () => {
  temp = await makeTempFolder();
});
afterEach(() => temp.remove());

const load = (settings: { ADDRESS_KEY_SECRET?: string; TOKEN_KEYS?: string[] } = {}, isFirst = true) =>
  loadSecrets({ DATA_FOLDER: temp.folder, ADDRESS_KEY_SECRET: undefined, TOKEN_KEYS: undefined, ...settings }, { isFirst });

test('secrets are made at the first start, for our eyes only, and stay as they are', async () => {
  const first = load();
  expect(first.addressKey.length).toBeGreaterThanOrEqual(32);
  expect(first.addressKey.equals(first.tokenKeys[0])).toBe(false);
  expect(load()).toEqual(first);
  const folder = join(temp.folder, 'secrets');
  expect((await stat(folder)).mode & 0o077).toBe(0);
  expect((await readdir(folder)).sort()).toEqual(['address-key', 'token-key']);
  for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
});

test('two installations have different secrets', async () => {
  const other = await makeTempFolder();
  try {
    expect(loadSecrets({ DATA_FOLDER: other.folder, ADDRESS_KEY_SECRET: undefined, TOKEN_KEYS: undefined }, { isFirst: true })).not.toEqual(
      load(),
    );
  } finally {
    await other.remove();
  }
});

test('configured secrets win, and then none are made', async () => {
  const secrets = load({ ADDRESS_KEY_SECRET: 'a'.repeat(40), TOKEN_KEYS: ['b'.repeat(40), 'c'.repeat(40)] });
  expect(secrets.addressKey.toString()).toBe('a'.repeat(40));
  expect(secrets.tokenKeys.map(String)).toEqual(['b'.repeat(40), 'c'.repeat(40)]);
  expect(await readdir(temp.folder)).toEqual([]);
});

test('a secret that was cut off is refused with where it lies, not replaced', async () => {
  await mkdir(join(temp.folder, 'secrets'));
  await writeFile(join(temp.folder, 'secrets', 'address-key'), 'short');
  expect(() => load()).toThrow(ConfigError);
  expect(() => load()).toThrow(/DATA_FOLDER: expected a secret of 32 characters or more in ".*address-key"; restore it from a backup/);
});

test('a lost key of addresses is not made anew for a database that was used with one', async () => {
  expect(() => load({ TOKEN_KEYS: ['b'.repeat(40)] }, false)).toThrow(
    /expected the secret ".*address-key" that this database was first used with, found none/,
  );
  expect(await readdir(temp.folder)).toEqual([]);
  load();
  expect(() => load({}, false)).not.toThrow();
});

test('of a database that was used before each secret that is missing is named, in one line', () => {
  const missing = (settings: Parameters<typeof load>[0]): string => {
    try {
      load(settings, false);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(missing({})).toMatch(
    /^DATA_FOLDER: expected the secrets ".*address-key" and ".*token-key" .*found neither.*ADDRESS_KEY_SECRET and TOKEN_KEYS to them$/,
  );
  expect(missing({ ADDRESS_KEY_SECRET: 'a'.repeat(40) })).toMatch(
    /^DATA_FOLDER: expected the secret ".*token-key" .*found none.*set TOKEN_KEYS to it$/,
  );
  expect(missing({ ADDRESS_KEY_SECRET: 'a'.repeat(40), TOKEN_KEYS: ['b'.repeat(40)] })).toBe('');
});

test('a lost token key may be made anew where staff say so, a lost address key never', () => {
  const config = { DATA_FOLDER: temp.folder, TOKEN_KEYS: undefined };
  const origin = { isFirst: false, mayRenewTokenKey: true };
  expect(loadSecrets({ ...config, ADDRESS_KEY_SECRET: 'a'.repeat(40) }, origin).tokenKeys).toHaveLength(1);
  expect(() => loadSecrets({ ...config, ADDRESS_KEY_SECRET: undefined }, origin)).toThrow(/address-key/);
});

test('a folder that cannot hold them is said', async () => {
  await writeFile(join(temp.folder, 'secrets'), 'a file');
  expect(() => load()).toThrow(/DATA_FOLDER: expected to read or make the secret/);
});
