import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Sends a signal to a process and waits for its end. One that has ended already, as all do when a terminal interrupts them, is not waited for. */
export async function endChild(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
