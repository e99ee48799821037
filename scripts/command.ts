/*
 * What a command of `gazette` is: one row of a table. Arguments are read by node:util parseArgs from the same row that help is printed from,
 * so the two cannot differ. A command returns its exit code: 0 done, 1 failed, 2 used wrongly.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Installation } from '../src/app/installation/installation.ts';
import { InvalidInputError, UsageError } from '../src/kernel/errors.ts';
import { terminalText } from '../src/kernel/terminal-text.ts';
import { nearestName } from '../src/kernel/text/near-name.ts';
import type { Saying } from '../src/kernel/saying.ts';
import { withFullStop } from '../src/kernel/full-stop.ts';
import { columnsOf, cutToColumns } from '../src/content/text/wrap-text.ts';

/** One option: `value` names its argument in help; a switch has none. */
export interface OptionSpec {
  readonly help: string;
  readonly value?: string;
  readonly multiple?: boolean;
  /** Shown in help; applied by the command. */
  readonly default?: string;
  /** The heading that it stands under in help, where a command has many options. */
  readonly group?: string;
}

/** Where a command reads from and writes to. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whose settings and data these are. */
  readonly installation: Installation;
  /** The command's own name, and who typed it: for the log of what staff did. */
  readonly command: string;
  readonly by: string;
  /** One line for people or machines, on stdout; whatever it quotes, a terminal takes nothing of it for orders. */
  readonly print: (line: string) => void;
  /** A piece of a text for programs or files, on stdout; waits until it is taken. False once nobody takes it any more (`| head`). */
  readonly write: (text: string) => Promise<boolean>;
  /** One line of warning or advice, on stderr. */
  readonly warn: (line: string) => void;
  /** Work that somebody may have to wait for: after a second of it a line on stderr says what it is. */
  readonly saying: Saying;
  /** Asks a yes-or-no question on the terminal; false where there is none. */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly isTerminal: boolean;
  /** From the first call on, SIGINT, SIGTERM and SIGHUP no longer end the process but resolve the promise. */
  readonly stopSignal: () => Promise<void>;
}

/** What parseArgs found, with typed access. Each reader throws a plain Error for an option that the command's row lacks, or lists as of another kind. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** The option's text, undefined when it was not given. */
  text(name: string): string | undefined;
  /** The option's text. @throws UsageError when it was not given. */
  required(name: string): string;
  list(name: string): readonly string[];
  has(name: string): boolean;
  /** A whole number. @throws UsageError */
  integer(name: string, bounds?: { readonly atLeast: number; readonly atMost?: number }): number | undefined;
}

/** What a command does: the exit code is 0 done, 1 failed, 2 used wrongly. */
export type Run = (args: Arguments, context: CommandContext) => Promise<number>;

/** A command or, with a space in its name, a verb of one: `subscribers add`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Positional arguments as usage shows them, such as `<url|file>`. */
  readonly positionals?: string;
  readonly options?: Readonly<Record<string, OptionSpec>>;
  /** It changes something: it takes `--by` too, and writes what it has changed into the log of staff's actions. */
  readonly changes?: boolean;
  readonly examples: readonly string[];
  /** What the exit code tells beyond 0 done, 1 failed, 2 used wrongly. */
  readonly exitCodes?: string;
  readonly run: Run;
}

const byOption: OptionSpec = {
  value: 'who',
  help: 'Who does it, for "gazette log": a name or initials, no address.',
  default: 'the user of the system',
};

/** The options of a command: those of its row and, where it changes something, `--by`. */
export function optionsOf({ options = {}, changes }: Pick<Command, 'options' | 'changes'>): Readonly<Record<string, OptionSpec>> {
  return changes ? { ...options, by: byOption } : options;
}

/** Reads the words after a command's name. @throws UsageError naming the option and what is expected. */
export function readArguments(command: Command, words: readonly string[]): Arguments {
  const specs = optionsOf(command);
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, spec] of Object.entries(specs))
    options[name] = { type: spec.value ? 'string' : 'boolean', multiple: spec.multiple ?? false };
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new UsageError(`${withHint(firstLine(cause as Error), Object.keys(specs))} See "gazette ${command.name} --help".`, { cause });
  }
  checkPositionals(command, parsed.positionals);
  return argumentsOf(command, parsed.values, parsed.positionals);
}

/** An option that the command has not: which it has that is near. */
function withHint(message: string, names: readonly string[]): string {
  const typed = /^Unknown option '--([^'=]{1,100})/.exec(message)?.[1];
  const nearest = typed === undefined ? undefined : nearestName(typed, names);
  return nearest === undefined ? message : `${message.replace(/\.$/, '')}; did you mean "--${nearest}"?`;
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  const slots = (command.positionals ?? '').match(/<[^<>]+>\]?(\.\.\.)?|\[<[^<>]+>\]/g) ?? [];
  const required = ((command.positionals ?? '').replaceAll(/\[[^[\]]*\]/g, '').match(/<[^<>]+>/g) ?? []).length;
  const maximum = command.positionals?.includes('...') ? Infinity : slots.length;
  if (positionals.length < required || positionals.length > maximum) {
    const expected = command.positionals ? `expected ${command.positionals}` : 'expected no further words';
    throw new UsageError(
      `${expected}, got ${positionals.length === 0 ? 'nothing' : `"${positionals.join(' ')}"`}. See "gazette ${command.name} --help".`,
    );
  }
}

type OptionKind = 'text' | 'list' | 'switch';

const kindOf = (spec: OptionSpec): OptionKind => (spec.value === undefined ? 'switch' : spec.multiple ? 'list' : 'text');

function argumentsOf(command: Command, values: Readonly<Record<string, unknown>>, positionals: readonly string[]): Arguments {
  // Whoever asks for what the row does not list would be told "not given" for ever: that is a slip in our code, and no use of the command.
  const valueOf = (name: string, kind: OptionKind): unknown => {
    const spec = optionsOf(command)[name];
    if (!spec) throw new Error(`expected an option that the row of "${command.name}" lists, got "${name}"`);
    if (kindOf(spec) !== kind) throw new Error(`expected "${name}" of "${command.name}" to be read as ${kindOf(spec)}, got ${kind}`);
    return values[name];
  };
  const text = (name: string): string | undefined => valueOf(name, 'text') as string | undefined;
  return {
    positionals,
    text,
    required(name) {
      const value = text(name);
      if (value === undefined || value === '') throw new UsageError(`expected --${name}. See "gazette ${command.name} --help".`);
      return value;
    },
    list: (name) => (valueOf(name, 'list') as string[] | undefined) ?? [],
    has: (name) => valueOf(name, 'switch') === true,
    integer(name, bounds) {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!/^\d{1,9}$/.test(value)) throw new UsageError(`expected a whole number for --${name}, got "${value}"`);
      if (bounds && Number(value) < bounds.atLeast) throw new UsageError(`expected --${name} of ${bounds.atLeast} or more, got ${value}`);
      if (bounds?.atMost !== undefined && Number(value) > bounds.atMost)
        throw new UsageError(`expected --${name} of ${bounds.atMost} or less, got ${value}`);
      return Number(value);
    },
  };
}

/** Reads what options say by rules that know no command line: what these find wrong is a wrong use of the command. @throws UsageError */
export function asUsage<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw usageOf(error);
  }
}

/** The same of work that takes what options say. @throws UsageError */
export async function workAsUsage<Value>(work: Promise<Value>): Promise<Value> {
  return work.catch((error: unknown) => {
    throw usageOf(error);
  });
}

function usageOf(error: unknown): unknown {
  if (!(error instanceof InvalidInputError)) return error;
  return new UsageError(error.message, { cause: error, ...(error.remedy ? { remedy: error.remedy } : {}) });
}

/** The help of one command. */
export function helpFor(command: Command): string {
  const options = Object.entries(optionsOf(command));
  return [
    command.summary,
    '',
    `Usage: gazette ${command.name}${command.positionals ? ` ${command.positionals}` : ''}${options.length > 0 ? ' [options]' : ''}`,
    ...optionTables(options),
    '',
    'Examples:',
    ...command.examples.map((example) => `  gazette ${example}`),
    '',
    `Exit codes: 0 done, 1 failed, 2 used wrongly.${command.exitCodes ? ` ${command.exitCodes}` : ''}`,
  ].join('\n');
}

/** The options under the headings of their groups, those of no group first. */
function optionTables(options: readonly (readonly [string, OptionSpec])[]): string[] {
  const lines = pairs(options.map(([name, spec]) => [optionWords(name, spec), optionHelp(spec)] as const));
  const groups = new Map<string, string[]>([['Options', []]]);
  for (const [index, [, { group = 'Options' }]] of options.entries()) groups.set(group, [...(groups.get(group) ?? []), lines[index]!]);
  return [...groups].flatMap(([heading, rows]) => (rows.length > 0 ? ['', `${heading}:`, ...rows] : []));
}

function optionWords(name: string, { value }: OptionSpec): string {
  return `--${name}${value ? ` <${value}>` : ''}`;
}

function optionHelp({ help, multiple, default: unset }: OptionSpec): string {
  return `${help}${multiple ? ' Several allowed.' : ''}${unset === undefined ? '' : ` Default: ${unset}.`}`;
}

/** Two columns, the first as wide as its longest cell on a screen; the second is not cut. */
export function pairs(rows: readonly (readonly [string, string])[], indent = '  '): string[] {
  const width = rows.reduce((widest, [left]) => Math.max(widest, columnsOf(left)), 0);
  return rows.map(([left, right]) => `${indent}${padTo(left, width)}  ${right}`.trimEnd());
}

function padTo(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - columnsOf(cell)));
}

// A title that takes more is known by its beginning; the last column has the rest of the line, and one more.
const maxCellColumns = 80;
const maxLastCellColumns = 160;

// Without it a terminal that turns what is written from right to left would turn the cells beside it round as well. It takes no column.
const endOfCell = '\u200E';
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Columns of text, each as wide as its longest cell on a screen; cells are one line, and too long ones are cut. An address stays whole, to be copied. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map((cell, index) => cellText(cell, index === row.length - 1 ? maxLastCellColumns : maxCellColumns)));
  const widths = (shown[0] ?? []).map((_cell, index) => shown.reduce((widest, row) => Math.max(widest, columnsOf(row[index] ?? '')), 0));
  return shown.map((row) =>
    row
      .map((cell, index) =>
        index === row.length - 1 ? cell : padTo(`${cell}${rightToLeft.test(cell) ? endOfCell : ''}`, widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** A title as one line that fits a screen. */
export function titleLine(text: string): string {
  return cellText(text, maxLastCellColumns);
}

function cellText(text: string, maxColumns: number): string {
  const line = terminalText(` ${text}`).replaceAll(/\s+/g, ' ').trim();
  return /^https?:\/\/\S+$/.test(line) ? line : cutToColumns(line, maxColumns);
}

function firstLine(error: Error): string {
  // parseArgs goes on with advice on words that begin with a hyphen, which nobody meant.
  return withFullStop(error.message.split(/\n|\. To specify/)[0] ?? '');
}
