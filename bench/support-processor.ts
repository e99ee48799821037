import { readdir, readFile } from 'node:fs/promises';
import type { Database } from '../src/db/db.ts';

// What the kernel counts in; the same on every machine of today.
const ticksPerSecond = 100;

/** Seconds of a processor that this process and its Postgres have used so far. Postgres' are 0 where the system has no /proc. */
export async function processorSeconds(database: Database): Promise<{ own: number; postgres: number }> {
  const { user, system } = process.cpuUsage();
  return { own: (user + system) / 1e6, postgres: await postgresSeconds(database) };
}

/** Of all processes of the server: those of the connections, and those that write beside them. */
async function postgresSeconds(database: Database): Promise<number> {
  const { rows } = await database.query<{ pid: number }>(`select pg_backend_pid() as pid`);
  const parent = (await statOf(String(rows[0]!.pid)))?.parent;
  if (parent === undefined) return 0;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const children = (await Promise.all(pids.map(statOf))).filter((stat) => stat?.parent === parent);
  const ended = (await statOf(parent))?.ticksOfEnded ?? 0;
  return children.reduce((sum, stat) => sum + stat!.ticks, ended) / ticksPerSecond;
}

async function statOf(pid: string): Promise<{ parent: string; ticks: number; ticksOfEnded: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name of a process stands in brackets and may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined) return undefined;
  return { parent: fields[1]!, ticks: Number(fields[11]) + Number(fields[12]), ticksOfEnded: Number(fields[13]) + Number(fields[14]) };
}
