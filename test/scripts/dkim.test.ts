import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createPublicKey } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempFolder } from '../support/temp-folder.ts';
import { runMain, type MainRun } from './run-main.ts';

let temp: Awaited<ReturnType<typeof makeTempFolder>>;

beforeEach(async () => {
  temp = await makeTempFolder();
});
afterEach(() => temp.remove());

const dkimNew = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<MainRun> =>
  runMain(['dkim', 'new', ...words], { DATA_FOLDER: temp.folder, LOG_LEVEL: 'error', ...env });
const keyPath = () => join(temp.folder, 'secrets', 'dkim-gazette.pem');

describe('gazette dkim new', () => {
  test('writes a key that only its owner reads, and prints its record and what to set', async () => {
    const { exitCode, stdout, stderr } = await dkimNew(['--domain', 'Example.org']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect((await stat(keyPath())).mode & 0o777).toBe(0o600);
    expect(await readdir(join(temp.folder, 'secrets'))).toEqual(['dkim-gazette.pem']);
    const value = / {2}value +(v=DKIM1; k=rsa; p=(\S+))/.exec(stdout)!;
    const published = createPublicKey({ key: Buffer.from(value[2]!, 'base64'), format: 'der', type: 'spki' });
    expect(published.equals(createPublicKey(await readFile(keyPath(), 'utf8')))).toBe(true);
    expect(stdout).toContain('gazette._domainkey.example.org');
    const zone = /^gazette\._domainkey\.example\.org\. IN TXT ("[^"]+" "[^"]+")$/m.exec(stdout)![1]!;
    const strings = zone.slice(1, -1).split('" "');
    expect(strings.join('')).toBe(value[1]);
    expect(strings.every((each) => each.length <= 255)).toBe(true);
    expect(stdout).toContain(`DKIM=own\nDKIM_DOMAIN=example.org\nDKIM_SELECTOR=gazette\nDKIM_KEY_FILE=${keyPath()}\n`);
    expect(stdout).not.toContain('PRIVATE');
  });

  test('takes domain and selector of the settings, although the key that they name is not there', async () => {
    const env = { DKIM: 'own', DKIM_DOMAIN: 'example.org', DKIM_SELECTOR: 'two', DKIM_KEY_FILE: join(temp.folder, 'none.pem') };
    const { exitCode, stdout } = await dkimNew(['--json', '--bits', '3072'], env);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      bits: 3072,
      record: { type: 'TXT', name: 'two._domainkey.example.org' },
      settings: { DKIM: 'own', DKIM_SELECTOR: 'two' },
    });
  });

  test('never writes over a file, unless it is told to', async () => {
    await dkimNew(['--domain', 'example.org']);
    const before = await readFile(keyPath(), 'utf8');
    const again = await dkimNew(['--domain', 'example.org']);
    expect([again.exitCode, again.stdout]).toEqual([1, '']);
    expect(again.stderr).toMatch(/expected a file that is not there yet/i);
    expect(await readFile(keyPath(), 'utf8')).toBe(before);
    expect((await dkimNew(['--domain', 'example.org', '--replace'])).exitCode).toBe(0);
    expect(await readFile(keyPath(), 'utf8')).not.toBe(before);
    expect(await readdir(join(temp.folder, 'secrets'))).toEqual(['dkim-gazette.pem']);
  });

  test.each([
    ['no domain', [], /expected --domain/],
    ['a domain without a dot', ['--domain', 'org'], /expected --domain such as example\.org/],
    ['a selector that is none', ['--domain', 'example.org', '--selector', '_x'], /expected --selector/],
    ['a key that is too short', ['--domain', 'example.org', '--bits', '1024'], /--bits of 2048 or more/],
  ])('%s is used wrongly', async (_, words, reason) => {
    const { exitCode, stderr } = await dkimNew(words);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(reason);
  });

  test('a place where no file can be made is used wrongly', async () => {
    await writeFile(join(temp.folder, 'file'), '');
    const { exitCode, stderr } = await dkimNew(['--domain', 'example.org', '--out', join(temp.folder, 'file', 'key.pem')]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/a file that can be written/i);
  });
});
