import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { endChild } from '../chaos/end-child.ts';
import { type DatabaseProxy, startDatabaseProxy } from '../support-database-proxy.ts';

/** What a worker's process is told. */
export interface WorkerSetting {
  readonly databaseUrl: string;
  readonly smtpUrl: string;
  readonly connections: number;
  readonly aliveMs: number;
  /** After a deferral, a doubt and a refusal of the account. */
  readonly gapsMs: readonly number[];
  readonly sweepEveryMs: number;
}

/** One of the workers, through all the processes that it has. */
export interface CrewMember {
  readonly name: string;
  /** Its way to Postgres. */
  readonly proxy: DatabaseProxy;
  readonly pid: number | undefined;
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Waits until its process has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** How often one of its lives ended because others took, or could take, it for dead. */
  deathCount(): number;
}

/** Starts a program of this folder as it was built, which is what a process can run. */
export async function startProgram(name: string, args: readonly string[], logFile: string): Promise<ChildProcess> {
  const log = openSync(logFile, 'a');
  const program = join(packageRoot, 'dist', 'bench', 'chaos-deliver', `${name}.js`);
  const child = fork(program, args, { stdio: ['ignore', log, log, 'ipc'], execArgv: [] });
  closeSync(log);
  // One that is stopped hears of nothing else.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`Expected ${name} to start, but it ended; see ${logFile}`))),
  ]);
  return child;
}

/** A worker with a way of its own to Postgres; it does not run yet. */
export async function createCrewMember(name: string, folder: string, setting: WorkerSetting): Promise<CrewMember> {
  const proxy = await startDatabaseProxy(setting.databaseUrl);
  const logFile = join(folder, `${name}.log`);
  let child: ChildProcess | undefined;
  return {
    name,
    proxy,
    get pid() {
      return child?.pid;
    },
    async start() {
      child = await startProgram('worker-process', [JSON.stringify({ ...setting, databaseUrl: proxy.url })], logFile);
    },
    signal: (signal) => void child?.kill(signal),
    end: (signal) => endChild(child, signal),
    deathCount: () => (existsSync(logFile) ? readFileSync(logFile, 'utf8').split('"event":"delivery.worker_died"').length - 1 : 0),
  };
}
