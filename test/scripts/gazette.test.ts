import { describe, expect, test } from '@jest/globals';
import { readArguments } from '../../scripts/command.ts';
import { commands } from '../../scripts/commands.ts';
import { version } from '../../scripts/version.ts';
import { runMain, wordsOf, type MainRun } from './run-main.ts';

// None of these opens anything: a wrong database would show.
const env = { DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/none', DATA_FOLDER: '/nonexistent/gazette' };
const run = (line: string): Promise<MainRun> => runMain(wordsOf(line), env);

const names = commands.map((command) => command.name);

describe('the help', () => {
  test.each(['', 'help', '--help', '-h'])('of "gazette %s" lists every command with what it does', async (line) => {
    const { exitCode, stdout, stderr } = await run(line);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const { name, summary } of commands)
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm'));
  });

  test.each(commands.map((command) => [command.name, command] as const))(
    'of "%s" tells usage, options and exit codes',
    async (name, command) => {
      const { exitCode, stdout, stderr } = await run(`${name} --help`);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).toContain(command.summary);
      expect(stdout).toContain(`Usage: gazette ${name}${command.positionals ? ` ${command.positionals}` : ''}`);
      for (const [option, { value }] of Object.entries(command.options ?? {}))
        expect(stdout).toContain(`--${option}${value ? ` <${value}>` : ''}`);
      for (const { help } of Object.values(command.options ?? {})) expect(stdout).toContain(help);
      expect(stdout).toMatch(/Exit codes: 0 done, 1 failed, 2 used wrongly\./);
      expect((await run(`help ${name}`)).stdout).toBe(stdout);
    },
  );

  test.each(commands.map((command) => [command.name, command] as const))(
    'of "%s" has examples, two where it has options, and they are right',
    (name, command) => {
      // One says all there is to say of a command without options.
      expect(command.examples.length).toBeGreaterThanOrEqual(Object.keys(command.options ?? {}).length > 0 ? 2 : 1);
      expect(new Set(command.examples).size).toBe(command.examples.length);
      for (const example of command.examples) {
        const words = wordsOf(example);
        const length = name.split(' ').length;
        expect(words.slice(0, length).join(' ')).toBe(name);
        readArguments(command, words.slice(length));
      }
    },
  );

  test('of a word with several verbs lists them', async () => {
    const { exitCode, stdout } = await run('editions --help');
    expect(exitCode).toBe(0);
    expect((await run('help editions')).stdout).toBe(stdout);
    expect(stdout.trim().split('\n')).toHaveLength(names.filter((name) => name.startsWith('editions ')).length);
  });

  test('puts every command under the heading of its kind', async () => {
    const { stdout } = await run('');
    const headings = [...stdout.matchAll(/^(\S.*):$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['Running', 'Newsletters', 'Sources and posts', 'Readers', 'Editions and their sending']);
  });

  test('puts many options under headings, none twice', async () => {
    const { stdout } = await run('subscribers import --help');
    expect([...stdout.matchAll(/^(\S.*):$/gm)].map(([, heading]) => heading)).toEqual([
      'Options',
      'Whether they agreed',
      'What they get',
      'The file',
      'Examples',
    ]);
    expect(stdout.match(/^ {2}--consent /gm)).toHaveLength(1);
  });

  test('has no two commands of one name, and summaries that are sentences', () => {
    expect(new Set(names).size).toBe(names.length);
    for (const { summary } of commands) expect(summary).toMatch(/^[A-Z].*[.]$/);
  });

  test('of what reads offers JSON', () => {
    const reading = commands.filter(({ name }) => / (list|show|check)$|^(deliveries|preview|doctor|explain)$/.test(name));
    expect(reading.filter(({ options }) => options?.['json'] === undefined).map(({ name }) => name)).toEqual([]);
  });
});

test('the version is that of the package', async () => {
  expect(await run('--version')).toEqual({ exitCode: 0, stdout: `${version()}\n`, stderr: '' });
});

describe('what is used wrongly ends with 2 and one line that says what is expected', () => {
  test.each([
    ['sendd', /^gazette: expected a command, got "sendd"; did you mean "gazette send"\? "gazette --help" lists them\.$/],
    ['editions', /^gazette editions: expected list, show, .*got nothing$/],
    ['editions frobnicate', /^gazette editions: expected list, .*got "frobnicate"$/],
    ['send --yess', /^gazette send: .*--yess.*gazette send --help/],
    ['send --newsletter', /^gazette send: .*--newsletter.*argument missing/],
    ['send now', /^gazette send: expected no further words, got "now"/],
    ['newsletters add', /^gazette newsletters add: expected <newsletter>, got nothing/],
    ['newsletters add a b', /^gazette newsletters add: expected <newsletter>, got "a b"/],
    ['explain 4', /^gazette explain: expected <post> <address>, got "4"/],
    ['posts release', /^gazette posts release: Expected posts, or --held-of with a source/],
    ['try', /^gazette try: expected <url\|file>, got nothing/],
  ])('gazette %s', async (line, message) => {
    const { exitCode, stdout, stderr } = await run(line);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd()).not.toMatch(/\n/);
  });
});

test('a command leaves no listener for signals behind', async () => {
  const before = process.listenerCount('SIGINT');
  for (let i = 0; i < 12; i += 1) await run('newsletters list');
  expect(process.listenerCount('SIGINT')).toBe(before);
  expect(process.listenerCount('SIGTERM')).toBe(0);
});
