import { setImmediate as nextTurn } from 'node:timers/promises';
import { terminalText } from '../src/kernel/terminal-text.ts';

/** What a command writes to. A full disk or a reader that went away ends nothing: what the command does is worth more than what it says. */
export interface Output {
  readonly print: (line: string) => void;
  readonly warn: (line: string) => void;
  /** A piece of a text for programs or files, as it is; waits until it is taken. False once nobody takes it any more. */
  readonly write: (text: string) => Promise<boolean>;
  /** The exit code of a command that came to `exitCode`: 1 where nothing failed but the writing, and a line that says so, if it still can be said. */
  conclude(name: string, exitCode: number): Promise<number>;
}

/** Opens the output of this process; `named` turns each line into what is written. */
export function openOutput(named: (line: string) => string): Output {
  const streams = [process.stdout, process.stderr];
  let failure: string | undefined;
  let isTaken = true;
  const note = (error: NodeJS.ErrnoException): void => {
    // Who reads us may have seen enough (`| head`), or the terminal was closed: that is no failure.
    if (error.code !== 'EPIPE' && error.code !== 'EIO') failure ??= error.code ?? error.message;
  };
  for (const stream of streams) stream.on('error', note);
  const stopTaking = (): void => void (isTaken = false);
  process.stdout.on('error', stopTaking);
  const warn = (line: string): void => void process.stderr.write(`${named(line)}\n`);
  return {
    print: (line) => void process.stdout.write(`${named(line)}\n`),
    warn,
    async write(text) {
      if (!isTaken) return false;
      if (!process.stdout.write(process.stdout.isTTY ? terminalText(text) : text)) await drained(process.stdout);
      // What could not be written is said in the next turn.
      await nextTurn();
      return isTaken;
    },
    async conclude(name, exitCode) {
      // What a stream could not write it says in its next turn.
      await nextTurn();
      if (failure !== undefined) {
        warn(`${name}: the output could not be written (${failure}); what was to be done was done all the same`);
        await nextTurn();
      }
      for (const stream of streams) stream.removeListener('error', note);
      process.stdout.removeListener('error', stopTaking);
      return exitCode === 0 && failure !== undefined ? 1 : exitCode;
    },
  };
}

const ends = ['drain', 'error', 'close'] as const;

/** Waits until a stream has room again, or has ended. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const end of ends) stream.removeListener(end, done);
      resolve();
    };
    for (const end of ends) stream.on(end, done);
  });
}
