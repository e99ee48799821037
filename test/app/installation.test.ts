import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { homeOf, openInstallation } from '../../src/app/installation/installation.ts';
import { findStaleServers, noteServing } from '../../src/app/installation/serving.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

describe('the installation that a command speaks of', () => {
  test.each([
    ['is the checkout, wherever the command is typed', {}, '/srv/gazette', '/srv', '/srv/gazette', 'checkout'],
    ['is the working folder of a program that npm installed', {}, '/srv/node_modules/gazette', '/srv/news', '/srv/news', 'working_folder'],
    ['is the one that GAZETTE_HOME names', { GAZETTE_HOME: '/var/news' }, '/srv/gazette', '/srv', '/var/news', 'named'],
    ['is named from the working folder', { GAZETTE_HOME: 'news' }, '/srv/node_modules/gazette', '/home/ann', '/home/ann/news', 'named'],
    ['is not named by an empty variable', { GAZETTE_HOME: '' }, '/srv/gazette', '/srv', '/srv/gazette', 'checkout'],
  ])('%s', (_rule, env, packageRoot, workingFolder, folder, origin) => {
    expect(homeOf(env, { packageRoot, workingFolder })).toEqual({ folder, origin });
  });
});

describe('with a folder', () => {
  let temp: Awaited<ReturnType<typeof makeTempFolder>>;
  beforeEach(async () => {
    temp = await makeTempFolder();
    await mkdir(join(temp.folder, 'elsewhere'));
  });
  afterEach(() => temp.remove());

  const state = (text: string, name = '.env') => writeFile(join(temp.folder, name), text);
  const open = (env: Readonly<Record<string, string>> = {}, workingFolder = join(temp.folder, 'elsewhere')) =>
    openInstallation(env, { packageRoot: temp.folder, workingFolder });

  test('the environment is stronger than .env, and a .env of the working folder is named and not read', async () => {
    await state('PORT=9000\nHOST=0.0.0.0\n');
    await state('PORT=1\n', 'elsewhere/.env');
    const installation = open({ HOST: '127.0.0.1' });
    expect(installation.env).toEqual({ PORT: '9000', HOST: '127.0.0.1' });
    expect(installation.ignoredFile).toBe(join(temp.folder, 'elsewhere', '.env'));
    expect(open({}, temp.folder).ignoredFile).toBeUndefined();
  });

  test('a home that is no folder and a .env that cannot be read are errors of the settings', async () => {
    expect(() => open({ GAZETTE_HOME: 'nowhere' })).toThrow(/^GAZETTE_HOME: expected a folder that there is, got ".*nowhere"$/);
    await mkdir(join(temp.folder, '.env'));
    expect(() => open()).toThrow(/^Expected a file of settings that can be read, got ".*\.env" \(EISDIR\)$/);
  });

  describe('a server that runs', () => {
    const dataFolder = () => join(temp.folder, 'data');
    const staleNames = (env: Readonly<Record<string, string>> = {}) => findStaleServers(open(env), dataFolder()).map(({ names }) => names);

    test('is told where .env says something else than at its start, until it ends', async () => {
      await state('PORT=9000\nSMTP_URL=smtp://ann:hunter2@mail.example.org\nHOST=127.0.0.1\nOTHER=1\n');
      const note = noteServing(open(), dataFolder());
      expect(staleNames()).toEqual([]);
      await state('PORT=9000\nSMTP_URL=smtp://ann:hunter3@mail.example.org\nSTAFF_ADDRESS=ann@example.org\nOTHER=2\n');
      expect(staleNames()).toEqual([['SMTP_URL', 'HOST', 'STAFF_ADDRESS']]);
      const kept = readdirSync(join(dataFolder(), 'serving')).map((name) => readFileSync(join(dataFolder(), 'serving', name), 'utf8'));
      expect(kept).toEqual([expect.not.stringMatching(/hunter2|mail\.example/)]);
      note.close();
      expect(staleNames()).toEqual([]);
    });

    test('is told of another secret in the same file, and of a data folder that was moved', async () => {
      await state('SMTP_URL_FILE=smtp\n');
      await state('smtp://one.example', 'smtp');
      const note = noteServing(open(), dataFolder());
      await state('smtp://two.example', 'smtp');
      await state('SMTP_URL_FILE=smtp\nDATA_FOLDER=other\n');
      expect(findStaleServers(open(), join(temp.folder, 'other')).map(({ names }) => names)).toEqual([['DATA_FOLDER', 'SMTP_URL_FILE']]);
      note.close();
    });

    test('knows no difference in what its environment set, or the environment of a command sets', async () => {
      await state('PORT=9000\n');
      const note = noteServing(open({ PORT: '1' }), dataFolder());
      await state('PORT=9001\n');
      expect(staleNames({ HOST: '::1' })).toEqual([]);
      note.close();
    });

    test('that is gone counts no more, and what is no note does no harm', async () => {
      await mkdir(join(dataFolder(), 'serving'), { recursive: true });
      await state('PORT=1\n');
      const gone = { home: temp.folder, identity: '1 long ago', pid: process.pid, salt: '', marks: {}, given: [] };
      await state(JSON.stringify(gone), 'data/serving/1.json');
      await state('no json', 'data/serving/2.json');
      expect(staleNames()).toEqual([]);
      expect(existsSync(join(dataFolder(), 'serving', '1.json'))).toBe(false);
    });
  });
});
