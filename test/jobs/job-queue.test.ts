import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/db/db.ts';
import { openJobQueue, type JobQueue } from '../../src/jobs/job-queue.ts';
import type { JobHandlers } from '../../src/jobs/job-runner.ts';
import type { Job } from '../../src/kernel/job.ts';
import type { Log } from '../../src/kernel/log.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

let db: TestDatabase;
const opened: { queue: JobQueue; database: Database }[] = [];
const logged: string[] = [];
const log: Log = {
  error: (event, fields) => logged.push(`${event} ${String(fields?.['job'])}`),
  warn: (event) => logged.push(event),
  info: () => {},
  debug: () => {},
};

beforeAll(async () => {
  db = await createTestDatabase();
  const queue = openJobQueue(db.database, log, { supervise: false });
  await queue.prepare();
  await queue.close();
});
afterEach(async () => {
  for (const { queue, database } of opened.splice(0)) {
    await queue.close();
    await database.close();
  }
  await db.database.query(`delete from pgboss.job`);
  logged.length = 0;
});
afterAll(() => db.drop());

/** A queue over a pool of its own, as each process has one. */
function openQueue(): JobQueue {
  const database = openDatabase(db.url, { maxConnections: 4 });
  const queue = openJobQueue(database, log, { supervise: false });
  opened.push({ queue, database });
  return queue;
}

/** Handlers that hand every job to one function. */
function handlersOf(handle: (job: Job) => Promise<void> | void): JobHandlers {
  const each = async (job: Job): Promise<void> => handle(job);
  return { collect: each, compose: each, freeze: each, deliver: each, notice: each, sign_up: each, link: each, ping: each };
}

async function statesOf(name: Job['name']): Promise<string[]> {
  const { rows } = await db.database.query<{ state: string }>(
    `select state::text as state from pgboss.job where name = $1 order by created_on`,
    [name],
  );
  return rows.map((row) => row.state);
}

/** A promise that is settled from outside. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const wait = new Promise<void>((resolve) => (open = resolve));
  return { opened: wait, open };
}

/** The wait before a retry is over at once. */
const endWaits = () => db.database.query(`update pgboss.job set start_after = now() where state = 'retry'`);

const freeze = (editionId: string): Job => ({ name: 'freeze', editionId });

describe('a job that takes long', () => {
  test('does not keep those that come after the others of its batch waiting', async () => {
    const queue = openQueue();
    const slow = gate();
    const done: string[] = [];
    for (const noticeId of ['slow', 'first']) await queue.enqueue(db.database, { name: 'notice', noticeId });
    await queue.work(
      handlersOf(async (job) => {
        const id = job.name === 'notice' ? job.noticeId : '';
        if (id === 'slow') await slow.opened;
        done.push(id);
      }),
    );
    await waitFor(() => done.includes('first'));
    await queue.enqueue(db.database, { name: 'notice', noticeId: 'second' });
    try {
      await waitFor(() => done.includes('second'), { timeoutMs: 3_000 });
    } finally {
      slow.open();
    }
    await waitFor(() => done.includes('slow'));
  });
});

describe('several processes that open the queue for the first time at once', () => {
  test('can all queue and work', async () => {
    const fresh = await createTestDatabase();
    const pools = Array.from({ length: 4 }, () => openDatabase(fresh.url, { maxConnections: 4 }));
    const queues = pools.map((database) => openJobQueue(database, log, { supervise: false }));
    await Promise.all(queues.map((queue, index) => queue.enqueue(fresh.database, freeze(String(index)))));
    // No connection of a pool was left in a transaction that failed.
    for (const pool of pools) await Promise.all([1, 2, 3, 4].map(() => pool.query('select pg_sleep(0.001)')));
    const { rows } = await fresh.database.query(`select data from pgboss.job where name = 'freeze'`);
    expect(rows).toHaveLength(4);
    for (const queue of queues) await queue.close();
    for (const pool of pools) await pool.close();
    await fresh.drop();
    expect(logged).toEqual([]);
  });
});

describe('a job', () => {
  test('exists when the transaction that queued it commits, and not when it rolls back', async () => {
    const queue = openQueue();
    const rolledBack = db.database.transaction(async (tx) => {
      await queue.enqueue(tx, freeze('1'));
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    expect(await statesOf('freeze')).toEqual([]);
    await db.database.transaction(async (tx) => {
      await queue.enqueue(tx, freeze('1'));
      // Not visible to others before the commit.
      expect(await statesOf('freeze')).toEqual([]);
    });
    expect(await statesOf('freeze')).toEqual(['created']);
  });

  test('of a small edition does not wait for all of a large one that was queued before: first turns come first', async () => {
    const queue = openQueue();
    const block = (editionId: string, turn: number): Job => ({
      name: 'deliver',
      editionId,
      fromId: `${turn}000`,
      toId: `${turn}999`,
      turn,
    });
    const large = [0, 1, 2, 3, 4, 5, 6].map((turn) => block('7', turn));
    for (const job of [...large, block('8', 0), block('8', 1)]) await queue.enqueue(db.database, job);
    // The same block once more is no second job, whatever its turn has become meanwhile.
    await queue.enqueue(db.database, { ...block('8', 1), turn: 0 } as Job);
    const seen: string[] = [];
    await queue.work(handlersOf((job) => void (job.name === 'deliver' && seen.push(`${job.editionId}.${job.turn}`))));
    await waitFor(() => seen.length === 9, { what: 'all jobs' });
    // Two run at once: which of two neighbours begins first nobody says.
    expect(seen.slice(0, 3)).toContain('8.0');
    expect(seen.slice(0, 5)).toContain('8.1');
  });

  test('of each kind reaches its handler with its ids', async () => {
    const queue = openQueue();
    const jobs: Job[] = [
      { name: 'collect', sourceId: '1' },
      { name: 'compose', scheduleId: '2', slotAt: '2026-03-06T08:00:00.000Z' },
      { name: 'freeze', editionId: '3' },
      { name: 'deliver', editionId: '3', fromId: '4', toId: '5' },
      { name: 'notice', noticeId: '6' },
      { name: 'sign_up', signUpId: '7' },
      { name: 'link', requestId: '8' },
      { name: 'ping', scheduleId: '2', slotAt: '2026-03-06T08:00:00.000Z' },
    ];
    for (const job of jobs) await queue.enqueue(db.database, job);
    const seen: { readonly handler: string; readonly job: Job }[] = [];
    const each = (handler: string) => async (job: Job) => void seen.push({ handler, job });
    await queue.work({
      collect: each('collect'),
      compose: each('compose'),
      freeze: each('freeze'),
      deliver: each('deliver'),
      notice: each('notice'),
      sign_up: each('sign_up'),
      link: each('link'),
      ping: each('ping'),
    });
    await waitFor(() => seen.length >= jobs.length);
    expect(seen).toHaveLength(jobs.length);
    for (const job of jobs) expect(seen).toContainEqual({ handler: job.name, job });
  });

  test('holds ids and nothing else', async () => {
    const queue = openQueue();
    await queue.enqueue(db.database, { name: 'notice', noticeId: '6' });
    const { rows } = await db.database.query<{ data: object }>(`select data from pgboss.job`);
    expect(rows.map((row) => row.data)).toEqual([{ noticeId: '6' }]);
  });

  test('that waits already is not queued twice; one that runs is', async () => {
    const queue = openQueue();
    for (let i = 0; i < 3; i += 1) await queue.enqueue(db.database, freeze('1'));
    // As many as run side by side.
    for (const id of ['2', '3']) await queue.enqueue(db.database, freeze(id));
    expect(await statesOf('freeze')).toHaveLength(3);
    const running = gate();
    const seen: string[] = [];
    await queue.work(
      handlersOf(async (job) => {
        if (job.name !== 'freeze') return;
        seen.push(job.editionId);
        await running.opened;
      }),
    );
    await waitFor(() => seen.length === 3);
    await queue.enqueue(db.database, freeze(seen[0]!));
    running.open();
    await waitFor(() => seen.length === 4);
    expect(seen.filter((id) => id === seen[0])).toHaveLength(2);
  });

  test('is done by one of several processes', async () => {
    const seen: string[] = [];
    const queues = [openQueue(), openQueue(), openQueue()];
    for (let id = 0; id < 30; id += 1) await queues[0]!.enqueue(db.database, { name: 'notice', noticeId: String(id) });
    for (const queue of queues) await queue.work(handlersOf((job) => void (job.name === 'notice' && seen.push(job.noticeId))));
    await waitFor(async () => (await statesOf('notice')).every((state) => state === 'completed'));
    expect(seen.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, id) => id));
  });
});

describe('a job that fails', () => {
  test('is logged and tried again, until it succeeds', async () => {
    const queue = openQueue();
    await queue.enqueue(db.database, freeze('1'));
    let attempts = 0;
    await queue.work(
      handlersOf(() => {
        attempts += 1;
        if (attempts < 3) throw new Error('not yet');
      }),
    );
    await waitFor(async () => {
      await endWaits();
      return (await statesOf('freeze'))[0] === 'completed';
    });
    expect(attempts).toBe(3);
    expect(logged).toEqual(['jobs.failed freeze', 'jobs.failed freeze']);
  });

  test('is given up after three retries', async () => {
    const queue = openQueue();
    await queue.enqueue(db.database, freeze('1'));
    let attempts = 0;
    await queue.work(
      handlersOf(() => {
        attempts += 1;
        throw new Error('never');
      }),
    );
    await waitFor(async () => {
      await endWaits();
      return (await statesOf('freeze'))[0] === 'failed';
    });
    expect(attempts).toBe(4);
  });

  test('does not keep the others of its batch from running', async () => {
    const queue = openQueue();
    for (const noticeId of ['1', '2', '3']) await queue.enqueue(db.database, { name: 'notice', noticeId });
    const seen = new Set<string>();
    await queue.work(
      handlersOf((job) => {
        if (job.name !== 'notice') return;
        seen.add(job.noticeId);
        if (job.noticeId === '1') throw new Error('a bad one');
      }),
    );
    await waitFor(async () => [...(await statesOf('notice'))].sort().join() === 'completed,completed,retry');
    expect(seen.size).toBe(3);
  });
});

test('a source that is slow to read holds up none that becomes due meanwhile', async () => {
  const queue = openQueue();
  const slow = gate();
  const ended: string[] = [];
  await queue.enqueue(db.database, { name: 'collect', sourceId: 'slow' });
  await queue.work(
    handlersOf(async (job) => {
      if (job.name !== 'collect') return;
      if (job.sourceId === 'slow') await slow.opened;
      ended.push(job.sourceId);
    }),
  );
  await waitFor(async () => (await statesOf('collect')).join() === 'active');
  await queue.enqueue(db.database, { name: 'collect', sourceId: 'quick' });
  await waitFor(() => ended.join() === 'quick');
  slow.open();
  await waitFor(async () => (await statesOf('collect')).join() === 'completed,completed');
  expect(ended).toEqual(['quick', 'slow']);
});

describe('closing', () => {
  test('waits for what is under way and takes nothing new', async () => {
    const queue = openQueue();
    const running = gate();
    const seen: string[] = [];
    const ended: string[] = [];
    for (const id of ['1', '2', '3']) await queue.enqueue(db.database, freeze(id));
    await queue.work(
      handlersOf(async (job) => {
        if (job.name !== 'freeze') return;
        seen.push(job.editionId);
        await running.opened;
        ended.push(job.editionId);
      }),
    );
    await waitFor(() => seen.length === 3);
    await queue.enqueue(db.database, freeze('4'));
    const closing = queue.close().then(() => ended.push('closed'));
    await waitFor(async () => (await statesOf('freeze')).length === 4);
    expect(ended).toEqual([]);
    running.open();
    await closing;
    expect([ended.length, ended.at(-1)]).toEqual([4, 'closed']);
    expect(seen.toSorted()).toEqual(['1', '2', '3']);
    expect((await statesOf('freeze')).sort()).toEqual(['completed', 'completed', 'completed', 'created']);
  });

  test('gives up waiting after its patience, and gives the job to others, who alone can end it', async () => {
    const [closing, other] = [openQueue(), openQueue()];
    const gates = [gate(), gate()];
    const running: number[] = [];
    const ended: number[] = [];
    const handlersFor = (process: 0 | 1) =>
      handlersOf(async () => {
        running.push(process);
        await gates[process]?.opened;
        ended.push(process);
      });
    await closing.enqueue(db.database, freeze('1'));
    await closing.work(handlersFor(0));
    await waitFor(() => running.length === 1);
    await closing.close(50);
    expect(await statesOf('freeze')).toEqual(['retry']);
    await other.work(handlersFor(1));
    await waitFor(async () => {
      await endWaits();
      return running.length === 2;
    });
    gates[0]?.open();
    await waitFor(() => ended.length === 1);
    expect(await statesOf('freeze')).toEqual(['active']);
    gates[1]?.open();
    await waitFor(async () => (await statesOf('freeze'))[0] === 'completed');
    expect([running, ended]).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  test('leaves the database open, and is nothing where the queue was never used', async () => {
    const queue = openQueue();
    await queue.close();
    expect(await opened[0]!.database.query('select 1 as one')).toMatchObject({ rows: [{ one: 1 }] });
  });
});
