import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A TypeScript program of test/support/ that runs as a process of its own. */
export interface ScriptProcess {
  readonly pid: number;
  /** The next line of its standard output, read as JSON. */
  nextLine<T>(): Promise<T>;
  /** Ends its standard input and waits until it has ended. */
  finish(): Promise<void>;
  /** Signals the process, or with `group` everything that it started in its process group too, and waits until it has ended when the signal kills. */
  kill(signal: NodeJS.Signals, options?: { group?: boolean }): Promise<void>;
}

/** Starts `test/support/<name>` with tsx in a process group of its own; `maxFileKilobytes`: no file that it writes may become larger. */
export function spawnScript(name: string, args: readonly string[], options: { maxFileKilobytes?: number } = {}): ScriptProcess {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const words = [process.execPath, '--import', 'tsx', script, ...args];
  const { maxFileKilobytes: limit } = options;
  const command = limit === undefined ? words : ['bash', '-c', `ulimit -f ${limit}; exec "$@"`, 'bash', ...words];
  const child: ChildProcess = spawn(command[0]!, command.slice(1), {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const pid = child.pid ?? 0;
  return {
    pid,
    nextLine: async <T>() => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`Expected a line from ${name}, but it has ended`);
      return JSON.parse(value) as T;
    },
    finish: async () => {
      child.stdin?.end();
      await ended;
    },
    kill: async (signal, { group = false } = {}) => {
      process.kill(group ? -pid : pid, signal);
      if (signal === 'SIGKILL') await ended;
    },
  };
}
