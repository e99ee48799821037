import { readArguments } from '../../scripts/command.ts';
import type { Command, CommandContext } from '../../scripts/command.ts';
import { openInstallation } from '../../src/app/installation/installation.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { silently } from '../../src/kernel/saying.ts';
import { waitFor } from './wait-for.ts';

/** What one command did. */
export interface CommandRun {
  readonly exitCode: number;
  readonly printed: readonly string[];
  readonly warned: readonly string[];
}

/** A command that runs until it is stopped, such as `serve`. */
export interface LastingCommand {
  readonly printed: readonly string[];
  /** As Ctrl-C: waits for the end and gives the exit code. */
  stop(): Promise<number>;
}

/** Runs a command in this process with variables of its own; nobody is at a terminal. */
export async function runCommand(command: Command, words: readonly string[], env: Readonly<Record<string, string>>): Promise<CommandRun> {
  const { context, printed, warned } = createContext(command, env, () => new Promise(() => {}));
  const exitCode = await command.run(readArguments(command, words), context);
  return { exitCode, printed, warned };
}

/** Starts a command that lasts and waits until it has printed a line that matches. */
export async function startCommand(
  command: Command,
  env: Readonly<Record<string, string>>,
  isReady: RegExp,
  words: readonly string[] = [],
): Promise<LastingCommand> {
  let signal = (): void => {};
  const stopped = new Promise<void>((resolve) => (signal = resolve));
  const { context, printed } = createContext(command, env, () => stopped);
  const running = command.run(readArguments(command, words), context);
  const failed = running.then(
    (code) => Promise.reject(new Error(`Expected a command that lasts, but it ended with ${code}`)),
    (error: unknown) => Promise.reject(error instanceof Error ? error : new Error(String(error))),
  );
  await Promise.race([waitFor(() => printed.some((line) => isReady.test(line)), { what: String(isReady) }), failed]);
  return {
    printed,
    stop() {
      failed.catch(() => {});
      signal();
      return running;
    },
  };
}

function createContext(command: Command, env: Readonly<Record<string, string>>, stopSignal: () => Promise<void>) {
  const printed: string[] = [];
  const warned: string[] = [];
  const context: CommandContext = {
    env,
    command: command.name,
    by: 'a test',
    installation: openInstallation(env, { packageRoot, workingFolder: process.cwd() }),
    print: (line) => void printed.push(line),
    write: async (text) => printed.push(text) > 0,
    warn: (line) => void warned.push(line),
    saying: silently,
    confirm: async () => false,
    isTerminal: false,
    stopSignal,
  };
  return { context, printed, warned };
}
