import { nearestName } from '../src/kernel/text/near-name.ts';
import { pairs, type Command } from './command.ts';
import { commands } from './commands.ts';

/** The headings of the help, and the first words of the commands that stand under each. */
const groups: readonly (readonly [heading: string, firstWords: readonly string[]])[] = [
  ['Running', ['serve', 'worker', 'try', 'doctor', 'dkim', 'dns', 'migrate', 'log', 'secrets', 'sample']],
  ['Newsletters', ['newsletters', 'schedules', 'rules']],
  ['Sources and posts', ['sources', 'collect', 'posts', 'topics', 'offers']],
  ['Readers', ['subscribers', 'suppressions']],
  ['Editions and their sending', ['preview', 'test-send', 'send', 'editions', 'deliveries', 'sending', 'accounts', 'explain']],
];

/** The command that these words call. */
export function findCommand(first: string, second: string | undefined): Command | undefined {
  return commands.find((each) => each.name === `${first} ${second ?? ''}`) ?? commands.find((each) => each.name === first);
}

/** The commands of a noun: `subscribers add`, `subscribers list`. */
export function verbsOf(noun: string): readonly Command[] {
  return commands.filter(({ name }) => name.startsWith(`${noun} `));
}

/** A line for each command. */
export function verbTable(shown: readonly Command[]): string[] {
  return pairs(shown.map(({ name, summary }) => [name, summary] as const));
}

/** The command that was probably meant by words that call none. */
export function suggestCommand(first: string, second: string | undefined): string | undefined {
  const names = commands.map(({ name }) => name);
  const words = second === undefined || second.startsWith('-') ? first : `${first} ${second}`;
  return nearestName(words, names) ?? nearestName(first, new Set(names.map((name) => name.split(' ')[0]!)));
}

/** The help of the program. */
export function overview(): string[] {
  const lines = verbTable(commands);
  const headings = commands.map(headingOf);
  const sections = [...groups.map(([heading]) => heading), 'Other'].map((heading) => ({
    heading,
    rows: lines.filter((_line, index) => headings[index] === heading),
  }));
  return [
    'Gazette turns the posts that you publish into a newsletter and a feed.',
    '',
    'Usage: gazette <command> [options]',
    ...sections.flatMap(({ heading, rows }) => (rows.length > 0 ? ['', `${heading}:`, ...rows] : [])),
    '',
    '"gazette <command> --help" shows the options of a command, "gazette subscribers --help" those of its kind. Settings are environment variables or a .env file, see .env.example.',
  ];
}

function headingOf({ name }: Command): string {
  return groups.find(([, firstWords]) => firstWords.includes(name.split(' ')[0]!))?.[0] ?? 'Other';
}
