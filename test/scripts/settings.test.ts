import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempFolder } from '../support/temp-folder.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openDatabase } from '../../src/db/db.ts';
import { startScriptedSmtp } from '../support/smtp-server.ts';
import { openInstallation } from '../../src/app/installation/installation.ts';
import { noteServing } from '../../src/app/installation/serving.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { runMain } from './run-main.ts';

let stored: TestDatabase;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;

beforeAll(async () => {
  [stored, temp] = await Promise.all([createTestDatabase(), makeTempFolder()]);
});
afterAll(async () => {
  await stored.drop();
  await temp.remove();
});

/** Runs a command that needs the store, with one variable wrong. */
const runWith = (changes: Record<string, string>, words: readonly string[] = ['newsletters', 'list']) =>
  runMain(words, { DATABASE_URL: stored.url, DATA_FOLDER: temp.folder, LOG_LEVEL: 'error', ...changes });

/** The database behind the test server, with another user, password, port or name. */
function urlWith(changes: Partial<Record<'username' | 'password' | 'port' | 'pathname', string>>): string {
  return Object.assign(new URL(stored.url), changes).href;
}

describe('a wrong value gets one line that says which variable, what came and what is expected, and ends with 2', () => {
  test.each<[string, () => Record<string, string>, RegExp]>([
    ['no URL', () => ({ DATABASE_URL: 'localhost' }), /DATABASE_URL: expected postgres:\/\/.*got/],
    [
      'another database',
      () => ({ DATABASE_URL: 'mysql://ann:hunter2@db/x' }),
      /DATABASE_URL: expected postgres:\/\/.*got "mysql:\/\/\*\*\*@db\/x"/,
    ],
    [
      'nobody listens',
      () => ({ DATABASE_URL: urlWith({ port: '1' }) }),
      /DATABASE_URL: expected a Postgres that answers, .*no server answers there \(ECONNREFUSED\)/,
    ],
    ['a wrong password', () => ({ DATABASE_URL: urlWith({ password: 'hunter2' }) }), /DATABASE_URL: .*refused the user or password/],
    [
      'a database that is not there',
      () => ({ DATABASE_URL: urlWith({ pathname: '/none' }) }),
      /DATABASE_URL: .*the database does not exist/,
    ],
    ['no SMTP URL', () => ({ SMTP_URL: 'mail.example.org:587' }), /SMTP_URL: expected smtp:\/\//],
    [
      'another protocol',
      () => ({ SMTP_URL: 'http://ann:hunter2@mail.example.org' }),
      /SMTP_URL: expected smtp:\/\/.*got "http:\/\/\*\*\*@mail/,
    ],
    [
      'no token server',
      () => ({
        SMTP_URL: 'smtp://ann@mail.example.org?auth=oauth2',
        SMTP_OAUTH_CLIENT_ID: 'id',
        SMTP_OAUTH_CLIENT_SECRET: 'hunter2',
      }),
      /SMTP_OAUTH_TOKEN_URL: expected the address of the token server, since SMTP_URL says auth=oauth2$/,
    ],
    ['no number', () => ({ PORT: 'http' }), /PORT: expected a whole number from 0 to 65535, got "http"/],
    ['too large a port', () => ({ PORT: '65536' }), /PORT: expected a whole number from 0 to 65535, got "65536"/],
    [
      'a PUBLIC_URL with a path',
      () => ({ PUBLIC_URL: 'https://example.org/news' }),
      /PUBLIC_URL: expected an http\(s\) URL without a path/,
    ],
    ['no hours', () => ({ CATCH_UP_HOURS: 'six' }), /CATCH_UP_HOURS: expected a whole number from 0 to 168, got "six"/],
    ['a short secret', () => ({ ADDRESS_KEY_SECRET: 'hunter2' }), /ADDRESS_KEY_SECRET: expected 32 characters or more/],
    ['a file that is not there', () => ({ SMTP_URL_FILE: '/nonexistent' }), /SMTP_URL_FILE: expected a readable file, got "\/nonexistent"/],
  ])('%s', async (_name, changes, message) => {
    const { exitCode, stdout, stderr } = await runWith(changes());
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd()).not.toMatch(/\n/);
    expect(stderr).not.toContain('hunter2');
  });

  test.each([['worker'], ['serve --no-sample'], ['send --dry-run'], ['test-send a@example.org']])(
    'no key to sign with, of what sends: %s never goes on unsigned',
    async (line) => {
      const { exitCode, stderr } = await runWith({ DKIM: 'own', DKIM_KEY: 'hunter2', PORT: '0' }, line.split(' '));
      expect(exitCode).toBe(2);
      expect(stderr.trimEnd()).toMatch(/^gazette [^\n]*: DKIM_KEY: expected a private RSA key [^\n]*"gazette dkim new" makes one$/);
      expect(stderr).not.toContain('hunter2');
    },
  );

  test('several wrong values get a line each', async () => {
    const { exitCode, stderr } = await runWith({ PORT: 'http', SMTP_URL: 'x' });
    expect(exitCode).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  test('a data folder that cannot be made', async () => {
    await writeFile(join(temp.folder, 'a-file'), '');
    const { exitCode, stderr } = await runWith({ DATA_FOLDER: join(temp.folder, 'a-file', 'data') });
    expect(exitCode).toBe(2);
    expect(stderr.trimEnd()).toMatch(/^gazette newsletters list: DATA_FOLDER: [^\n]*$/);
  });

  test('a data folder on a file system that takes no folders is said, and nothing hangs', async () => {
    const { exitCode, stderr } = await runWith({ DATA_FOLDER: '/proc/gazette/data' });
    expect(exitCode).toBe(2);
    expect(stderr.trimEnd()).toMatch(/^gazette newsletters list: DATA_FOLDER: [^\n]*$/);
  });
});

describe('an installation elsewhere', () => {
  test('has its own settings, relative to its folder, and what a server of it does not know yet is told', async () => {
    const home = join(temp.folder, 'home');
    await mkdir(home);
    await writeFile(join(home, 'database'), stored.url);
    const run = (...words: string[]) => runMain(words, { GAZETTE_HOME: home, ADDRESS_KEY_SECRET_FILE: keyFile });
    // The key that this database was first used with.
    const keyFile = join(temp.folder, 'secrets', 'address-key');
    await runWith({});
    await writeFile(join(home, '.env'), `DATABASE_URL_FILE=database\nDATA_FOLDER=kept\nTOKEN_KEYS_FILE=../secrets/token-key\n`);
    const installation = openInstallation({ GAZETTE_HOME: home }, { packageRoot, workingFolder: process.cwd() });
    const note = noteServing(installation, join(home, 'kept'));
    try {
      expect(await run('newsletters', 'list')).toEqual({ exitCode: 0, stdout: expect.any(String), stderr: '' });
      expect((await run('doctor')).stdout).toContain(`ok    Installation: ${home} (GAZETTE_HOME; settings in its .env)`);
      await appendFile(join(home, '.env'), 'PORT=9000\n');
      expect((await run('newsletters', 'list')).stderr).toMatch(
        /^The server that runs \(process \d+\) was started .*\(PORT\): restart it\.\n$/,
      );
      expect((await run('doctor')).stdout).toMatch(/warn {2}The server that runs .*\(PORT\): restart it\./);
    } finally {
      note.close();
    }
  });
});

describe('the secret behind the keys of addresses', () => {
  test('stops every command when it is another than the database was first used with', async () => {
    expect(await runWith({})).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await runWith({ ADDRESS_KEY_SECRET: 'another secret than the one before it' });
    expect(exitCode).not.toBe(0);
    expect(stderr.trimEnd()).toMatch(/ADDRESS_KEY_SECRET/);
    expect(stderr).not.toContain('another secret');
  });
});

describe('doctor', () => {
  test('shows of the outside watch where it is, and nothing of its secret', async () => {
    const { stdout } = await runWith({ HEARTBEAT_URL: 'https://watch.example:8443/hunter2?key=hunter2' }, ['doctor']);
    expect(stdout).toMatch(/HEARTBEAT_URL +"https:\/\/watch\.example:8443\/\*\*\*"\n/);
    expect(stdout).not.toContain('hunter2');
  });

  test('prints what is in force with secrets masked, and ends with 0 where a send would work', async () => {
    const { exitCode, stdout } = await runWith({}, ['doctor']);
    expect(exitCode).toBe(0);
    const { password, port } = new URL(stored.url);
    expect(stdout).toMatch(/DATABASE_URL +"postgres(ql)?:\/\/\*\*\*@/);
    if (password !== '') expect(stdout).not.toContain(password);
    expect(stdout).toContain(port);
    expect(stdout).toMatch(/SMTP_URL +\(not set\)/);
    expect(stdout).toMatch(/ok +Postgres \d+/);
    expect(stdout).toMatch(/warn +No worker is running/);
    expect(stdout).not.toMatch(/FAIL/);
  });

  test('says of each account what it may be given and who says so, and shows nothing of its URL that is a secret', async () => {
    const env = { SMTP_URL: 'smtp://127.0.0.1:1?per-minute=30', SMTP_NEWS_URL: 'smtp://ann:hunter2@127.0.0.1:1' };
    const { stdout } = await runWith(env, ['doctor']);
    expect(stdout).toMatch(/SMTP_NEWS_URL +"smtp:\/\/\*\*\*@127\.0\.0\.1:1"\n/);
    expect(stdout).toMatch(/ok +Account default, "smtp:\/\/127\.0\.0\.1:1": 30 a minute \(SMTP_URL\); 4 connections, 100 messages each\n/);
    expect(stdout).toMatch(/ok +Account news, .*: no limit of our own; /);
    expect(stdout).not.toContain('hunter2');
  });

  test('says what is set for a login with OAuth 2, and of its secrets only that they are set', async () => {
    const { stdout } = await runWith(
      {
        SMTP_URL: 'smtp://ann@127.0.0.1:1?auth=oauth2',
        SMTP_OAUTH_TOKEN_URL: 'http://127.0.0.1:1/token',
        SMTP_OAUTH_CLIENT_ID: 'id-1',
        SMTP_OAUTH_CLIENT_SECRET: 'hunter2',
        SMTP_OTHER_OAUTH_REFRESH_TOKEN: 'hunter2',
      },
      ['doctor'],
    );
    expect(stdout).toMatch(/SMTP_OAUTH_TOKEN_URL +http:\/\/127\.0\.0\.1:1\/token\n/);
    expect(stdout).toMatch(/SMTP_OAUTH_CLIENT_ID +id-1\n/);
    expect(stdout).toMatch(/SMTP_OAUTH_CLIENT_SECRET +a text of 7 characters \(not shown\)\n/);
    expect(stdout).toMatch(/SMTP_OAUTH_SCOPE +\(not set\)\n/);
    expect(stdout).toMatch(/SMTP_OTHER_OAUTH_REFRESH_TOKEN +\(set, without effect\)\n/);
    expect(stdout).toMatch(/FAIL +SMTP_URL: expected a server that takes mail, got .*: token server cannot be reached/);
    expect(stdout).not.toContain('hunter2');
  });

  test('ends with 1 and says why where mail cannot be handed over', async () => {
    const { exitCode, stdout } = await runWith({ SMTP_URL: 'smtp://ann:hunter2@127.0.0.1:1' }, ['doctor', '--json']);
    expect(exitCode).toBe(1);
    const { findings } = JSON.parse(stdout) as { findings: { state: string; what: string }[] };
    expect(findings.filter((finding) => finding.state === 'fail')).toMatchObject([
      {
        state: 'fail',
        check: 'mail_server',
        server: '"smtp://***@127.0.0.1:1"',
        what: expect.stringMatching(/^SMTP_URL: expected a server that takes mail/),
      },
    ]);
    expect(stdout).not.toContain('hunter2');
  });

  test('fails on a database that does not answer and still checks the rest', async () => {
    const { exitCode, stdout } = await runWith({ DATABASE_URL: urlWith({ port: '1' }) }, ['doctor']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/FAIL +DATABASE_URL: expected a Postgres that answers/);
    expect(stdout).toMatch(/ok +Templates: digest, letter/);
  });

  test('fails on a newsletter whose template cannot be used', async () => {
    const database = openDatabase(stored.url, { maxConnections: 1 });
    try {
      await database.query(
        `insert into newsletter (slug, name, sender_name, sender_address, postal_address, template)
         values ('lost-look', 'Lost', 'Lost', 'a@example.org', 'Road 1', 'gone')`,
      );
      const { exitCode, stdout } = await runWith({}, ['doctor']);
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/FAIL +Newsletter "lost-look" cannot use its template "gone": Expected one of the templates digest, letter/);
    } finally {
      await database.query(`delete from newsletter where slug = 'lost-look'`);
      await database.close();
    }
  });

  test('fails on a newsletter whose sender the SMTP server refuses, and names what it said', async () => {
    const smtp = await startScriptedSmtp({
      mail: ({ from }) => (from === 'bad@example.org' ? '550 5.7.60 Client does not have permissions to send as this sender' : undefined),
    });
    const database = openDatabase(stored.url, { maxConnections: 1 });
    try {
      await database.query(
        `insert into newsletter (slug, name, sender_name, sender_address, postal_address)
         values ('good-sender', 'Good', 'Good', 'good@example.org', 'Road 1'), ('bad-sender', 'Bad', 'Bad', 'bad@example.org', 'Road 1')`,
      );
      const { exitCode, stdout } = await runWith({ SMTP_URL: smtp.url }, ['doctor']);
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/ok +SMTP server .* takes mail from good@example\.org/);
      expect(stdout).toMatch(
        /FAIL +SMTP_URL: expected a server that takes mail from bad@example\.org, got .* \(sender\): 550 5\.7\.60 Client/,
      );
      expect(smtp.received).toEqual([]);
    } finally {
      await database.query(`delete from newsletter where slug in ('good-sender', 'bad-sender')`);
      await database.close();
      await smtp.close();
    }
  });

  test('fails on a data folder that is none', async () => {
    const folder = join(temp.folder, 'nested');
    await mkdir(folder);
    await writeFile(join(folder, 'secrets'), 'not a folder');
    const { exitCode, stdout } = await runWith({ DATA_FOLDER: folder }, ['doctor']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/FAIL +DATA_FOLDER/);
  });
});
