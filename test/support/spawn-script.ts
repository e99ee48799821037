import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

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

const builtPrograms = new Map<string, string>();

/**
 * The program as one file of JavaScript, which starts in a quarter of the processor time that a loader of TypeScript takes. In dist/, where it finds the
 * packages; renamed when it is whole, since other test files may make the same one.
 */
function builtProgram(name: string): string {
  const known = builtPrograms.get(name);
  if (known !== undefined) return known;
  const built = `${root}dist/test/support/${name.replace(/\.ts$/, '.mjs')}`;
  const half = `${built}.${randomBytes(4).toString('hex')}.tmp`;
  const script = fileURLToPath(new URL(name, import.meta.url));
  buildSync({
    entryPoints: [script],
    outfile: half,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  renameSync(half, built);
  builtPrograms.set(name, built);
  return built;
}

/** Starts `test/support/<name>` in a process group of its own; `maxFileKilobytes`: no file that it writes may become larger. */
export function spawnScript(name: string, args: readonly string[], options: { maxFileKilobytes?: number } = {}): ScriptProcess {
  const words = [process.execPath, builtProgram(name), ...args];
  const { maxFileKilobytes: limit } = options;
  const command = limit === undefined ? words : ['bash', '-c', `ulimit -f ${limit}; exec "$@"`, 'bash', ...words];
  const child: ChildProcess = spawn(command[0]!, command.slice(1), {
    cwd: root,
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
