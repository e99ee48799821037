import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../src/db/db.ts';
import { suppressAddress } from '../../src/ledger/suppress-address.ts';
import { leaveNewsletters } from '../../src/subscribers/leaving/unsubscribe.ts';
import { freezeAll } from '../deliver/run-worker.ts';
import type { LedgerRow, Leaving } from './judge.ts';

/** The edition of a run, seen from the process that disturbs it. What fails because Postgres is away is tried again. */
export interface RunEdition {
  readonly size: number;
  /** Those that have ended. */
  endedCount(): Promise<number>;
  isDone(): Promise<boolean>;
  /** Whether the process, by a life that has not ended, has claimed something that is not written down. */
  isSending(pid: number): Promise<boolean>;
  /** Somebody whose message is still to come leaves or is suppressed; `among`: one of so many that come next. Undefined where nobody waits. */
  loseReader(kind: Leaving['kind'], among: number, chance: number): Promise<Leaving | undefined>;
  /** All those leave whose message the process has claimed. */
  loseReadersOf(pid: number): Promise<Leaving[]>;
  rows(): Promise<LedgerRow[]>;
}

/** Freezes an edition for an audience of so many. Unknown addresses are few at each of their domains, since many would be the domain's mistake. */
export async function prepareEdition(database: Database, size: number): Promise<RunEdition> {
  const editionId = await freezeAll(database, size);
  await database.query(`update subscriber set address = 'reader-' || id || '@host-' || id % 997 || '.example'`);
  const counted = async (where: string, values: readonly unknown[] = []): Promise<number> =>
    insist(async () => {
      const { rows } = await database.query<{ count: number }>(
        `select count(*)::integer as count from delivery d where d.edition_id = $1 and ${where}`,
        [editionId, ...values],
      );
      return rows[0]!.count;
    });
  return {
    size: await counted('true'),
    endedCount: () => counted(`d.state not in ('queued', 'sending')`),
    isDone: () =>
      insist(async () => (await database.query(`select from edition where id = $1 and state = 'done'`, [editionId])).rowCount === 1),
    isSending: async (pid) =>
      (await counted(
        `d.state = 'sending' and d.worker_id in (select id from worker where pid = $2 and ended_at is null and alive_until > now())`,
        [pid],
      )) > 0,
    async loseReader(kind, among, chance) {
      const waiting = await listReaders(database, editionId, `d.state in ('queued', 'sending') order by d.id limit $2`, [among]);
      const picked = waiting[Math.floor(chance * waiting.length)];
      return picked && lose(database, kind, picked);
    },
    async loseReadersOf(pid) {
      const claimed = `d.state = 'sending' and d.worker_id in (select id from worker where pid = $2)`;
      const leavings: Leaving[] = [];
      for (const reader of await listReaders(database, editionId, claimed, [pid])) leavings.push(await lose(database, 'left', reader));
      return leavings;
    },
    rows: async () => {
      const { rows } = await database.query<LedgerRow>(
        `select b.address as "to", d.state, d.reason, d.doubts from delivery d
         join subscription s on s.id = d.subscription_id join subscriber b on b.id = s.subscriber_id where d.edition_id = $1`,
        [editionId],
      );
      return rows;
    },
  };
}

interface WaitingReader {
  /** Of the subscription. */
  readonly id: string;
  readonly to: string;
  readonly addressKey: string;
}

/** Who has not gone yet. */
async function listReaders(database: Database, editionId: string, where: string, values: readonly unknown[]): Promise<WaitingReader[]> {
  return insist(async () => {
    const { rows } = await database.query<WaitingReader>(
      `select s.id, b.address as "to", b.address_key as "addressKey"
       from delivery d join subscription s on s.id = d.subscription_id and s.state = 'active' join subscriber b on b.id = s.subscriber_id
       where d.edition_id = $1 and not exists (select from suppression x where x.address_key = b.address_key) and ${where}`,
      [editionId, ...values],
    );
    return rows;
  });
}

async function lose(database: Database, kind: Leaving['kind'], { id, to, addressKey }: WaitingReader): Promise<Leaving> {
  const now = new Date();
  await insist(async () => {
    if (kind === 'left') await leaveNewsletters({ database, clock: () => now }, [id]);
    else await database.transaction(async (tx) => suppressAddress(tx, addressKey, { reason: 'complained', source: 'chaos', now }));
  });
  return { to, kind, at: Date.now() };
}

const againMs = 50;
const patienceMs = 120_000;

async function insist<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(againMs);
    }
  }
}
