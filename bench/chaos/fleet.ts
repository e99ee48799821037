import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endChild } from './end-child.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';

/** What a command came to. Without an exit code it was killed. */
export interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Our own program: servers that run until they are killed, and commands. */
export interface Fleet {
  readonly names: readonly string[];
  start(name: string): Promise<void>;
  /** Kills a server, or with `command` one that runs now; false where there is nothing to kill. */
  kill(name: string): Promise<boolean>;
  signal(name: string, signal: 'SIGSTOP' | 'SIGCONT'): void;
  pidOf(name: string): number | undefined;
  command(...args: string[]): Promise<Ended>;
  /** Servers that ended by themselves and were started again. */
  readonly deathCount: number;
  close(): Promise<void>;
}

const servers: Readonly<Record<string, readonly string[]>> = { serve: ['serve', '--no-sample'], worker1: ['worker'], worker2: ['worker'] };
const restartMs = 1_000;
const gazette = join(packageRoot, 'bin', 'gazette.mjs');

/** Programs with these settings; what they log goes to files in `folder`. */
export function createFleet(env: Readonly<Record<string, string>>, folder: string): Fleet {
  const running = new Map<string, ChildProcess>();
  const commands = new Set<ChildProcess>();
  const wanted = new Set<string>();
  let deathCount = 0;
  let isClosed = false;
  const launch = (name: string): void => {
    const log = openSync(join(folder, `${name}.log`), 'a');
    const child = spawn(process.execPath, [gazette, ...(servers[name] ?? [])], { env, cwd: folder, stdio: ['ignore', log, log] });
    closeSync(log);
    running.set(name, child);
    child.once('exit', () => {
      if (running.get(name) !== child) return;
      running.delete(name);
      if (!wanted.has(name)) return;
      // As a service manager does.
      deathCount += 1;
      setTimeout(() => (wanted.has(name) && !running.has(name) ? launch(name) : undefined), restartMs);
    });
  };
  return {
    names: Object.keys(servers),
    get deathCount() {
      return deathCount;
    },
    async start(name) {
      wanted.add(name);
      if (!isClosed && !running.has(name)) launch(name);
    },
    async kill(name) {
      const child = name === 'command' ? [...commands].at(-1) : running.get(name);
      if (child === undefined) return false;
      wanted.delete(name);
      await endChild(child, 'SIGKILL');
      return true;
    },
    signal: (name, signal) => void running.get(name)?.kill(signal),
    pidOf: (name) => running.get(name)?.pid,
    async command(...args) {
      if (isClosed) throw new Error('Expected a run that goes on, got one that was ended');
      const child = spawn(process.execPath, [gazette, ...args], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
      commands.add(child);
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await once(child, 'close');
      commands.delete(child);
      return { exitCode: child.exitCode, output };
    },
    async close() {
      isClosed = true;
      wanted.clear();
      await Promise.all([...running.values(), ...commands].map(async (child) => endChild(child, 'SIGKILL')));
      await delay(0);
    },
  };
}
