import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../src/db/server/free-port.ts';
import { endChild } from './end-child.ts';
import type { Message } from './history.ts';

/** A message as the sink wrote it down, with the links in it. */
export interface SunkMessage extends Message {
  readonly confirm?: string;
  readonly unsubscribe?: string;
}

/** The mail server of a run, seen from the run. */
export interface Sink {
  readonly url: string;
  /** Everything that was taken so far, in order. */
  messages(): readonly SunkMessage[];
  /** Kills it; `start` brings it back. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Starts the mail server; what it takes is written to `file`. */
export async function startSink(file: string, seed: number): Promise<Sink> {
  const port = await findFreePort();
  const messages: SunkMessage[] = [];
  let child: ChildProcess | undefined;
  let readTo = 0;
  let rest = '';
  const start = async (): Promise<void> => {
    child = fork(fileURLToPath(new URL('sink-process.js', import.meta.url)), [String(port), file, String(seed)], { silent: true });
    child.stderr?.pipe(process.stderr);
    await Promise.race([
      once(child.stdout!, 'data'),
      once(child, 'exit').then(() => Promise.reject(new Error('Expected the mail server to start, but it ended'))),
    ]);
  };
  await start();
  return {
    url: `smtp://127.0.0.1:${port}`,
    messages() {
      const text = rest + readFrom(file, readTo);
      readTo = existsSync(file) ? readTo + Buffer.byteLength(text) - Buffer.byteLength(rest) : 0;
      const lines = text.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) messages.push(...parseLine(line));
      return messages;
    },
    kill: () => endChild(child, 'SIGKILL'),
    start,
  };
}

/** One that a kill cut short was never answered. */
function parseLine(line: string): SunkMessage[] {
  try {
    return [JSON.parse(line) as SunkMessage];
  } catch {
    return [];
  }
}

function readFrom(file: string, offset: number): string {
  if (!existsSync(file)) return '';
  const buffer = Buffer.alloc(statSync(file).size - offset);
  const opened = openSync(file, 'r');
  try {
    readSync(opened, buffer, 0, buffer.length, offset);
  } finally {
    closeSync(opened);
  }
  return buffer.toString('utf8');
}
