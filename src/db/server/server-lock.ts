import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ConflictError } from '../../kernel/errors.ts';
import { findProcessIdentity } from './process-identity.ts';

/** Held by one `gazette serve` for its data folder. */
export interface Lock {
  release(): void;
}

/** One contender: its file is named after the process, its content is its ticket; '' while it still chooses one. */
interface Ticket {
  readonly file: string;
  readonly pid: number;
  readonly identity: string;
  readonly number: bigint | undefined;
}

/**
 * Takes the lock that only one server may hold for a data folder, or throws a ConflictError that names the pid of the holder.
 *
 * Lamport's bakery over small files: everybody writes its own file only, so that there is no lock file to be taken over from a dead
 * process and no race in doing so. Files of processes that are gone (pid and start time are compared) count for nothing.
 */
export async function acquireServerLock(dataFolder: string): Promise<Lock> {
  const folder = join(dataFolder, 'server-lock');
  mkdirSync(folder, { recursive: true });
  const identity = findProcessIdentity(process.pid) ?? String(process.pid);
  const own = `${identity.replace(' ', '_')}_${randomBytes(4).toString('hex')}`;
  const release = (): void => rmSync(join(folder, own), { force: true });
  writeFileSync(join(folder, own), '', { flag: 'wx' });
  try {
    const highest = liveTickets(folder, own).reduce(
      (most, ticket) => (ticket.number !== undefined && ticket.number > most ? ticket.number : most),
      0n,
    );
    const number = highest + 1n;
    writeTicket(folder, own, number);
    for (const { file } of liveTickets(folder, own)) await refuseWhenBehind(folder, own, number, file);
  } catch (error) {
    release();
    throw error;
  }
  return { release };
}

async function refuseWhenBehind(folder: string, own: string, number: bigint, file: string): Promise<void> {
  for (;;) {
    const other = liveTickets(folder, own).find((ticket) => ticket.file === file);
    if (other === undefined) return;
    if (other.number === undefined) {
      await delay(2);
      continue;
    }
    if (other.number < number || (other.number === number && other.file < own)) {
      throw new ConflictError(
        `Expected to be the only server of this data folder, but process ${other.pid} is one already (lock in ${folder})`,
        {
          details: { pid: other.pid },
        },
      );
    }
    return;
  }
}

/** The tickets of the other processes that still live; what dead ones left is removed on the way. */
function liveTickets(folder: string, own: string): Ticket[] {
  return readdirSync(folder)
    .filter((file) => file !== own && !file.endsWith('.tmp'))
    .flatMap((file) => {
      const [pid = '', started = ''] = file.split('_');
      const ticket = readTicket(join(folder, file));
      if (ticket === undefined) return [];
      const identity = findProcessIdentity(Number(pid));
      if (identity !== undefined && identity === [pid, started].filter(Boolean).join(' ')) {
        return [{ file, pid: Number(pid), identity, number: ticket === '' ? undefined : BigInt(ticket) }];
      }
      rmSync(join(folder, file), { force: true });
      return [];
    });
}

function writeTicket(folder: string, own: string, number: bigint): void {
  const temporary = join(folder, `${own}.tmp`);
  try {
    writeFileSync(temporary, String(number));
    renameSync(temporary, join(folder, own));
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readTicket(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
