import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * What tells a process from a later one with the same pid: pid, start time and, where the system has it, the boot it belongs to.
 * Returns undefined when no process has the pid.
 */
export function findProcessIdentity(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  if (process.platform === 'linux') return linuxIdentity(pid);
  if (process.platform === 'win32') return String(pid);
  const startedAt = psField(pid, 'lstart=');
  return startedAt === undefined ? undefined : `${pid} ${startedAt.replaceAll(/\W+/g, '-')}`;
}

/** The command line of a process, its arguments joined by spaces; undefined when there is no such process or it cannot be seen. */
export function findCommandLine(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  // -ww: whole, however long it is.
  if (process.platform !== 'linux') return psField(pid, 'command=', '-ww');
  return readOrUndefined(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ');
}

/** Whether the process lives and has `word` in its command line; where a process's command line cannot be seen (Windows): whether it is one of ours. */
export function mayRunWith(pid: number, word: string): boolean {
  return findCommandLine(pid)?.includes(word) ?? signalRefusal(pid) === undefined;
}

function isAlive(pid: number): boolean {
  // EPERM: it lives and belongs to somebody else.
  return [undefined, 'EPERM'].includes(signalRefusal(pid));
}

/** Why the system would deliver no signal to the process; undefined where it would. */
function signalRefusal(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

function linuxIdentity(pid: number): string | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // Field 2 is the name in parentheses and may hold anything; the fields after the last one are counted from 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  // A zombie has ended; only its parent has not asked yet.
  if (state === 'Z' || state === 'X') return undefined;
  const boot = readOrUndefined('/proc/sys/kernel/random/boot_id')?.slice(0, 8) ?? '';
  return `${pid} ${startTicks}-${boot}`;
}

function psField(pid: number, field: string, ...options: string[]): string | undefined {
  try {
    return (
      execFileSync('ps', [...options, '-o', field, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() ||
      undefined
    );
  } catch {
    return undefined;
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
