/*
 * The `gazette` command: finds the row of the table, reads its arguments, runs it, turns errors into one line and an exit code.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { cutAtWord } from '../src/kernel/cut-text.ts';
import { GazetteError } from '../src/kernel/errors.ts';
import { packageRoot } from '../src/kernel/package-root.ts';
import { createSaying } from '../src/kernel/saying.ts';
import { terminalText } from '../src/kernel/terminal-text.ts';
import { helpFor, readArguments, type Command, type CommandContext } from './command.ts';
import { commands } from './commands.ts';
import { findCommand, overview, suggestCommand, verbsOf, verbTable } from './help.ts';
import { openOutput, type Output } from './output.ts';
import { wordError } from './remedies.ts';
import { listenForSignals } from './signals.ts';
import { version } from './version.ts';

/** How long nobody waits without a word. */
const sayAfterMs = 1_000;

/** How long somebody waits without a word, and from when on, by `performance.now()`. */
interface Patience {
  readonly sayAfterMs: number;
  readonly since: number;
}

/** Runs one command line. Returns the exit code; never throws for what a user can do wrong. */
export async function main(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  // Loading the program is a wait like any other: from the start of the process.
  patience: Patience = { sayAfterMs, since: 0 },
): Promise<number> {
  const named = nameProgram(env);
  const output = openOutput((line) => terminalText(named(line)));
  const [first, second] = words;
  const command = first === undefined ? undefined : findCommand(first, second);
  const exitCode = await runWords(words, env, { ...output, ...patience }, command);
  return output.conclude(command ? `gazette ${command.name}` : 'gazette', exitCode);
}

async function runWords(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  { print, write, warn, ...patience }: Output & Patience,
  command: Command | undefined,
): Promise<number> {
  const [first, second] = words;
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') return printHelp({ print, warn }, second, words[2]);
  if (first === '--version') {
    print(version());
    return 0;
  }
  if (!command) {
    const asksHelp = second === '--help' || second === '-h';
    return asksHelp ? printHelp({ print, warn }, first, undefined) : unknownCommand(first, second, warn);
  }
  const rest = words.slice(command.name.split(' ').length);
  if (rest.includes('--help') || rest.includes('-h')) {
    print(helpFor(command));
    return 0;
  }
  const signals = listenForSignals();
  const { confirm, isTerminal, wasInterrupted } = openTerminal(signals.stopped);
  try {
    const exitCode = await runCommand(command, rest, {
      env,
      print,
      write,
      warn,
      saying: createSaying((what) => warn(`gazette ${command.name}: ${what} …`), patience.sayAfterMs, patience.since),
      confirm,
      isTerminal,
      stopSignal: signals.stopSignal,
    });
    return wasInterrupted() ? 130 : exitCode;
  } finally {
    signals.forget();
  }
}

/** What a command finds, but for what its own words and the installation say. */
type Surroundings = Omit<CommandContext, 'installation' | 'command' | 'by'>;

async function runCommand(command: Command, rest: readonly string[], context: Surroundings): Promise<number> {
  try {
    const args = readArguments(command, rest);
    // Help and wrong words need none.
    const { openInstallation } = await import('../src/app/installation/installation.ts');
    const installation = openInstallation(context.env, { packageRoot, workingFolder: process.cwd() });
    const by = command.changes ? (await import('./staff.ts')).readBy(args, context.env) : '';
    return await command.run(args, { ...context, env: installation.env, installation, command: command.name, by });
  } catch (error) {
    if (!(error instanceof GazetteError)) {
      // Only who failed loads it: it knows the errors of the database by their classes.
      const { explainDatabaseError } = await import('../src/db/database-fault.ts');
      const said = explainDatabaseError(error) ?? (error instanceof Error ? error.message || error.name : String(error));
      context.warn(oneLine(`gazette ${command.name} failed: ${said}`));
      if (context.env['LOG_LEVEL'] === 'debug' && error instanceof Error) context.warn(error.stack ?? '');
      return 1;
    }
    for (const line of wordError(error).split('\n')) context.warn(oneLine(`gazette ${command.name}: ${line}`));
    return isWrongUse(error) ? 2 : 1;
  }
}

/** A word, an option or a setting is wrong, or names what is not there. Not that there is nothing yet, nor the state of what is there. */
function isWrongUse({ code, remedy }: GazetteError): boolean {
  return code === 'usage' || code === 'config' || code === 'invalid_input' || (code === 'not_found' && remedy?.kind !== 'add');
}

const commandWords = [...new Set(commands.map((each) => each.name.split(' ')[0]))].join('|');

/**
 * Puts `npx` before the commands that a line tells to type, where this one was called by way of npm and `gazette` alone would not be found. JSON is for
 * programs and stays as it is.
 */
function nameProgram(env: Readonly<Record<string, string | undefined>>): (line: string) => string {
  if (env['npm_command'] === undefined) return (line) => line;
  const hint = new RegExp(String.raw`(?<=[\s"“(])(?<!npx )gazette (?=(?:${commandWords})\b)`, 'g');
  return (line) => (/^[[{]/.test(line) ? line : line.replace(hint, 'npx gazette '));
}

const longestLine = 2_000;

/** One line of what may quote something that somebody typed or a server said. */
function oneLine(line: string): string {
  return cutAtWord(line.replaceAll(/\s+/g, ' '), longestLine);
}

function printHelp({ print, warn }: Pick<Output, 'print' | 'warn'>, name: string | undefined, verb: string | undefined): number {
  const command = name === undefined ? undefined : findCommand(name, verb);
  if (command) {
    print(helpFor(command));
    return 0;
  }
  const verbs = name === undefined || verb !== undefined ? [] : verbsOf(name);
  if (name !== undefined && verbs.length === 0) return unknownCommand(name, verb, warn);
  if (verbs.length > 0) verbTable(verbs).forEach(print);
  else overview().forEach(print);
  return 0;
}

function unknownCommand(first: string, second: string | undefined, warn: Output['warn']): number {
  const verbs = verbsOf(first).map(({ name }) => name.slice(first.length + 1));
  const nearest = suggestCommand(first, second);
  const meant = nearest === undefined ? '' : `; did you mean "gazette ${nearest}"?`;
  warn(
    verbs.length > 0
      ? `gazette ${first}: expected ${verbs.join(', ')}, got ${second === undefined ? 'nothing' : `"${second}"`}${meant}`
      : `gazette: expected a command, got "${first}"${meant || '.'} "gazette --help" lists them.`,
  );
  return 2;
}

function openTerminal(stopped: Promise<void>): Pick<CommandContext, 'confirm' | 'isTerminal'> & { wasInterrupted(): boolean } {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  let isInterrupted = false;
  return {
    isTerminal,
    wasInterrupted: () => isInterrupted,
    async confirm(question) {
      if (!isTerminal) return false;
      const reader = createInterface({ input: process.stdin, output: process.stdout });
      // While it asks, Ctrl-C comes here and not as a signal. Like the end of input it means no.
      reader.on('SIGINT', () => {
        isInterrupted = true;
        reader.close();
      });
      const answer = reader.question(`${terminalText(question)} [y/N] `).catch(() => '');
      const isAgreed = /^y(es)?$/i.test(
        (await Promise.race([answer, once(reader, 'close').then(() => ''), stopped.then(() => '')])).trim(),
      );
      reader.close();
      if (isInterrupted) process.stdout.write('\n');
      return isAgreed;
    },
  };
}
