import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../bin/gazette.mjs', import.meta.url));

/** A shell with the real `gazette` in it, in a process group of its own. */
export interface ShellRun {
  stdout(): string;
  stderr(): string;
  /** Signals every process of the group, as a terminal does. */
  signal(signal: NodeJS.Signals): void;
  /** Waits until it has ended and gives the exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Runs a line of bash in which `gazette` is the launcher of this checkout. */
export function startShell(line: string, env: Readonly<Record<string, string>>): ShellRun {
  // A shell that ignores the interrupt gets to its next command; gazette has its own handler.
  const script = `trap : INT; gazette() { "${process.execPath}" "${launcher}" "$@"; }; ${line}`;
  const child = spawn('bash', ['-c', script], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk: Buffer) => (written[name] += chunk.toString()));
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-(child.pid ?? 0), signal);
    } catch (error) {
      // Everything in it has ended.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  return {
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    signal: signalGroup,
    ended: once(child, 'close').then(([code]) => code as number | null),
  };
}

/** What was said without what a busy machine makes commands say: that they wait, and for what, and how far they are. */
export function withoutWaits(stderr: string): string {
  return stderr.replaceAll(/^gazette [^\n]* (?:…|of \d+ done(?:, [^\n]*)?)\n/gm, '');
}

/** The same, to its end. */
export async function runShell(
  line: string,
  env: Readonly<Record<string, string>>,
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const run = startShell(line, env);
  return { exitCode: await run.ended, stdout: run.stdout(), stderr: run.stderr() };
}
