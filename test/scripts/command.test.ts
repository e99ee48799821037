import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { columns, optionsOf, readArguments, type Command } from '../../scripts/command.ts';
import { commands } from '../../scripts/commands.ts';
import { columnsOf } from '../../src/content/text/wrap-text.ts';
import { createInstallation, runMain, type Installation } from './run-main.ts';

describe('columns on a terminal', () => {
  test('stand under each other, whatever the width of their letters', () => {
    const lines = columns([
      ['ID', 'NAME', 'STATE'],
      ['1', '日本語', 'active'],
      ['2', 'Zoe\u0308', 'left'],
    ]);
    expect(lines).toEqual(['ID  NAME    STATE', '1   日本語  active', '2   Zoe\u0308     left']);
  });

  test('a long cell is cut with an ellipsis, in the last column later', () => {
    const [line] = columns([['x'.repeat(500), '日'.repeat(500)]]);
    expect(line).toBe(`${'x'.repeat(79)}…  ${'日'.repeat(79)}…`);
  });

  test('a cell of nothing but marks is cut as well', () => {
    const [line] = columns([['1', `a${'\u0301'.repeat(100_000)}`]]);
    expect(line!.length).toBeLessThan(2_000);
  });

  test('an address stays whole, to be copied', () => {
    const url = `https://example.org/${'a'.repeat(300)}`;
    expect(columns([['1', url]])).toEqual([`1  ${url}`]);
  });

  test('a cell is one line without orders to the terminal', () => {
    expect(columns([['1', '[a]\nb\u001B[31m\u202Ec\u2067', 'z']])).toEqual(['1  [a] b c  z']);
  });

  test('100,000 rows are no more arguments than a function takes', () => {
    expect(columns(Array.from({ length: 200_000 }, (_, index) => [String(index), 'x']))).toHaveLength(200_000);
  });

  test('what is cut has the width that it may have', () => {
    const [line] = columns([['👨‍👩‍👧'.repeat(300)]]);
    expect(columnsOf(line!)).toBeLessThanOrEqual(160);
    expect(line).toMatch(/👨‍👩‍👧…$/u);
  });
});

const row: Command = {
  name: 'posts example',
  summary: 'An example.',
  options: { reason: { value: 'text', help: '' }, topic: { value: 'topic', help: '', multiple: true }, yes: { help: '' } },
  examples: [],
  run: async () => 0,
};

const scripts = new URL('../../scripts/', import.meta.url);

/** The options, each with its kind, of the commands whose row runs a file. */
function listedFor(file: string): ReadonlySet<string> {
  // What every command that changes something takes is read in one place.
  const rows = file === 'staff.ts' ? [{ changes: true }] : commands.filter(({ run }) => String(run).includes(`/${file}`));
  const options = rows.flatMap((each) => Object.entries(optionsOf(each)));
  return new Set(options.map(([name, { value, multiple }]) => `${value === undefined ? 'switch' : multiple ? 'list' : 'text'} ${name}`));
}

describe('an option in the code of a command', () => {
  const args = readArguments(row, ['--topic', 'a', '--topic', 'b']);
  let gazette: Installation;

  beforeAll(async () => {
    gazette = await createInstallation();
    await gazette.done('newsletters add weekly --name Weekly --sender news@example.org --postal-address "Street 1"');
    await gazette.done('schedules add weekly --every friday --at 08:00 --zone UTC');
  });
  afterAll(() => gazette.remove());

  test('that the row lists is read, given or not', () => {
    expect([args.text('reason'), args.integer('reason'), args.list('topic'), args.has('yes')]).toEqual([
      undefined,
      undefined,
      ['a', 'b'],
      false,
    ]);
  });

  test.each(['text', 'required', 'list', 'has', 'integer'] as const)('that the row does not list is a slip that %s() names', (reader) => {
    expect(() => args[reader]('reasons')).toThrow(new Error('expected an option that the row of "posts example" lists, got "reasons"'));
  });

  test.each([
    ['has', 'reason'],
    ['has', 'topic'],
    ['list', 'reason'],
    ['list', 'yes'],
    ['text', 'yes'],
    ['text', 'topic'],
    ['required', 'topic'],
    ['integer', 'yes'],
  ] as const)('that %s() takes for another kind is one too (%s)', (reader, name) => {
    expect(() => args[reader](name)).toThrow(/^expected "\w+" of "posts example" to be read as \w+, got \w+$/);
  });

  // Code that several commands share, or that a rare path alone reaches, is found here before somebody walks it.
  test('stands, with its kind, in the row of a command that runs its file', () => {
    const kinds = { text: 'text', required: 'text', integer: 'text', list: 'list', has: 'switch' };
    const wrong = readdirSync(scripts)
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => {
        const listed = listedFor(file);
        return [...readFileSync(new URL(file, scripts), 'utf8').matchAll(/\bargs\.(text|required|integer|list|has)\('([\w-]+)'/g)]
          .filter(([, reader, name]) => !listed.has(`${kinds[reader as keyof typeof kinds]} ${name}`))
          .map(([read]) => `${file}: ${read}`);
      });
    expect(wrong).toEqual([]);
  });

  // What changes nothing, or what is not of one command, is named here: whoever adds a command has to say which it is.
  test('is --by where it changes something, and its file writes into the log what that was', () => {
    const reading =
      /^(serve|worker|try|doctor|dkim new|dns( check)?|log|preview|explain|deliveries|sending|(sources|offers) (list|check|show)|sources (check|posts)|subscribers held|.* (list|show|help|export))$/;
    const silent = commands.filter(({ name, changes }) => !changes && !reading.test(name));
    expect(silent.map(({ name }) => name)).toEqual([]);
    const unwritten = commands.filter(({ changes, run }) => {
      const file = /import\(['"]\.\.\/([\w-]+)\./.exec(String(run))?.[1];
      return changes && !readFileSync(new URL(`${file}.ts`, scripts), 'utf8').includes('noteDone(context, ');
    });
    expect(unwritten.map(({ name }) => name)).toEqual([]);
  });

  // Two of the others run until they are stopped, and doctor waits for the network.
  test.each(commands.filter(({ name }) => !['serve', 'worker', 'doctor'].includes(name)))(
    'is no slip when "$name" runs',
    async (command) => {
      const needed = (command.positionals ?? '').replaceAll(/\[[^\]]*\]/g, '').match(/<[^<>]+>/g) ?? [];
      const { stderr } = await gazette.run([command.name, ...needed.map((each) => (each === '<newsletter>' ? 'weekly' : '1'))].join(' '));
      expect(stderr).not.toMatch(/ failed: /);
    },
  );
});

describe('what a command prints', () => {
  test('has no orders to the terminal in it, whatever it quotes', async () => {
    const { stderr } = await runMain(['posts', 'list\u001B]0;owned\u0007', '--source=\u202Ex\u009B31m'], {});
    expect(stderr).not.toMatch(/[^\n\P{Cc}]|[\u202A-\u202E\u2066-\u2069]/u);
    const unknown = await runMain(['\u001B[31mred\u202E'], {});
    expect(unknown).toMatchObject({ exitCode: 2, stderr: 'gazette: expected a command, got "red ". "gazette --help" lists them.\n' });
  });

  test('as JSON says the same and has none either', async () => {
    const gazette = await createInstallation();
    try {
      await gazette.done('newsletters add nl --name Name --sender news@example.org --postal-address "Street 1"');
      await gazette.stored.database.query(String.raw`update newsletter set name = E'a\u001B[31m\u009Bb\u202E\u2067c'`);
      const list = await gazette.done('newsletters list');
      expect(list).not.toMatch(/[^\n\P{Cc}]|[\u202A-\u202E\u2066-\u2069]/u);
      const json = await gazette.done('newsletters list --json');
      expect(json).not.toMatch(/[^\n\P{Cc}]|[\u202A-\u202E\u2066-\u2069]/u);
      expect((JSON.parse(json) as { name: string }[])[0]!.name).toBe('a\u001B[31m\u009Bb\u202E\u2067c');
    } finally {
      await gazette.remove();
    }
  });
});

describe('a bad value', () => {
  let gazette: Installation;
  beforeAll(async () => {
    gazette = await createInstallation();
    await gazette.done('newsletters add weekly --name Weekly --sender news@example.org --postal-address "Street 1"');
    await gazette.done('newsletters add monthly --name Monthly --sender news@example.org --postal-address "Street 1"');
    await gazette.done('schedules add weekly --every friday --at 08:00 --zone UTC');
    await gazette.done('subscribers add ann@example.org --newsletter weekly --confirmed --source test');
    await gazette.stored.database.query(`insert into topic (slug, name) values ('chess', 'Chess')`);
  });
  afterAll(() => gazette.remove());

  // Each row: a command line, and what its one line has to say of the value.
  const refused: readonly (readonly [string, RegExp])[] = [
    // Words and options.
    ['snd', /did you mean "gazette send"/],
    ['subscriber list', /did you mean "gazette subscribers list"/],
    ['subscribers lsit', /did you mean "gazette subscribers list"/],
    ['help snd', /did you mean "gazette send"/],
    ['send --dryrun', /did you mean "--dry-run"/],
    ['send --newsletter', /argument missing/],
    // Names.
    ...['rules list weekyl', 'send --newsletter weekyl --dry-run', 'deliveries --newsletter weekyl'].map(
      (line) => [line, /got "weekyl"; did you mean "weekly"\?/] as const,
    ),
    ['send --newsletter weekly --schedule weekli --dry-run', /did you mean "weekly"/],
    ['preview --newsletter weekly --schedule weekli', /did you mean "weekly"/],
    ['subscribers set ann@example.org --newsletter weekly --schedule weekli', /did you mean "weekly"/],
    ['subscribers set ann@example.org --newsletter weekly --topic ches', /did you mean "chess"/],
    ['topics rename ches Chess', /did you mean "chess"/],
    ['topics rename nothing Nothing', /Expected a topic \(chess\), got "nothing"; topics are made of .*"gazette topics map/],
    // Ids.
    ...['offers release 99', 'posts show 99', 'posts hold 99'].map((line) => [line, /99/] as const),
    ...['show 99', 'remove 99'].map((verb) => [`sources ${verb}`, /99/] as const),
    ...['show', 'approve', 'cancel'].map((verb) => [`editions ${verb} 99`, /99/] as const),
    ['deliveries 99', /99/],
    ['preview --edition 99', /99/],
    ['subscribers release 99', /99/],
    ['explain 99 ann@example.org', /99/],
    ['subscribers remove zoe@example.org', /found no/],
    ['sources show https://example.org/none', /got "https:/],
    ['topics map nothing chess', /"nothing"/],
    ['rules remove weekly exclude title none', /no such rule/],
    // Numbers, ids that are none, dates, times, zones, languages, addresses.
    ['log --limit x', /--limit/],
    ['log --limit 100001', /--limit of 100000 or less, got 100001/],
    ['log --before 2 --after 1', /--before or --after/],
    ['subscribers held --after x', /an id/],
    ['editions list --before x', /an id/],
    ['deliveries x', /an id/],
    ['preview --newsletter weekly --at 2026-02-31', /--at/],
    ['subscribers expect 300 --until tomorrow', /--until/],
    ['subscribers set ann@example.org --newsletter weekly --pause 31.12.2099', /--pause/],
    ['subscribers set ann@example.org --newsletter weekly --pause 2001-01-01', /ahead/],
    ['subscribers set ann@example.org --newsletter weekly --hour 8 --zone Mars', /zone/],
    ['subscribers set ann@example.org --newsletter weekly --format pdf', /--format/],
    ['subscribers set ann@example.org --newsletter weekly --language xx', /"xx"/],
    ['subscribers add bob@example.org --newsletter weekly --language xx', /"xx"/],
    ['subscribers add bob --newsletter weekly', /address/],
    ['newsletters set weekly --language xx', /"xx"/],
    ['newsletters set weekly --colour red', /colour/],
    ['schedules add weekly --name other --every someday --at 08:00 --zone UTC', /days/],
    ['schedules add weekly --name other --every friday --at 08:00 --zone Mars', /zone/],
    ['schedules set weekly weekly --minimum 0', /minimum/],
    ['schedules set weekly weekly --approval maybe', /--approval/],
    ['sources add ftp://example.org/feed', /http/],
    ['sources add https://example.org/feed --mapping /nonexistent.json', /--mapping/],
    ['rules add weekly perhaps title x', /include or exclude/],
    ['subscribers list --state gone', /--state/],
    ['deliveries --state gone', /--state/],
    // Files and addresses.
    ['subscribers import /nonexistent.csv --newsletter weekly --dry-run', /nonexistent/],
    ['try /nonexistent.xml', /nonexistent/],
    ['preview --newsletter weekly --out /dev/null/none', /--out/],
    ['preview --newsletter weekly --for zoe@example.org', /found/],
    ['try https://example.org/feed --language xx', /"xx"/],
    ['newsletters add other --name Other --sender news@example.org --postal-address "Street 1" --language xx', /"xx"/],
  ];

  test('is refused with 2 and one line, whatever the command', async () => {
    const wrong: unknown[] = [];
    for (const [line, said] of refused) {
      const { exitCode, stdout, stderr } = await gazette.run(line);
      if (exitCode !== 2 || stdout !== '' || !/^[^\n]+\n$/.test(stderr) || !said.test(stderr)) wrong.push([line, exitCode, stdout, stderr]);
    }
    expect(wrong).toEqual([]);
  });
});
