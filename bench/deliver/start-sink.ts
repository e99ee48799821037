import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../../src/db/server/free-port.ts';
import { endChild } from '../chaos/end-child.ts';

/** A mail server in a process of its own. */
export interface BenchSink {
  readonly port: number;
  close(): Promise<void>;
}

/** Whether Postfix's smtp-sink and smtp-source are on this machine. */
export function hasPostfixTools(): boolean {
  return ['smtp-sink', 'smtp-source'].every((name) => spawnSync(name, [], { env: pathOfTools, stdio: 'ignore' }).error === undefined);
}

/** Debian keeps them where only root's path leads. */
export const pathOfTools = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };

/** It refuses to run as root. */
const asOther = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];

/** Starts Postfix's where it is there, else one of our own. */
export async function startSink(isPostfix: boolean): Promise<BenchSink> {
  const port = await findFreePort();
  const child: ChildProcess = isPostfix
    ? spawn('smtp-sink', [...asOther, `127.0.0.1:${port}`, '1000'], { env: pathOfTools, stdio: 'ignore' })
    : fork(fileURLToPath(new URL('sink-process.js', import.meta.url)), [String(port)], { stdio: 'ignore' });
  await waitUntilOpen(port, child);
  return { port, close: () => endChild(child, 'SIGTERM') };
}

async function waitUntilOpen(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('Expected a mail server to start, but it ended');
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      delay(500, false),
    ]);
    socket.destroy();
    if (isOpen) return;
    await delay(50);
  }
}
