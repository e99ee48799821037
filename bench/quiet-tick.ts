/*
 * A minute in which nothing is due, with large editions open of which little was put off: how many buffers of Postgres the statements of a tick read that look at
 * deliveries, renditions and slots. The control is the same minute with no edition.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Database, openDatabase } from '../src/db/db.ts';
import { migrate } from '../src/db/migrate.ts';
import { openEmbedded } from '../src/db/server/embedded.ts';
import { listWatchedSlots } from '../src/jobs/heartbeat-store.ts';
import { silentLog } from '../src/kernel/log.ts';
import { applyOffers } from '../src/ledger/apply-offers.ts';
import { listTouchedEditions } from '../src/ledger/freeze/repoint-retracted.ts';
import { defaultRetryPolicy } from '../src/ledger/queue/attempt.ts';
import { sweepDeliveries } from '../src/ledger/sweep/sweep-deliveries.ts';
import { printFigures } from './support-figures.ts';

const editionCount = 10;
const renditionsPerEdition = 200;

/** Ten editions of 1,000,000 deliveries. `--quick`: of 50,000; `--size n`: of n; `--json` prints figures only. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, size: { type: 'string' } },
  });
  const size = Number(values.size ?? (values.quick ? 50_000 : 1_000_000));
  const folder = await mkdtemp(join(tmpdir(), 'gazette-bench-'));
  const server = await openEmbedded({ dataFolder: folder, log: silentLog });
  // One connection, so that it can tell what it has read.
  const database = openDatabase(server.url, { maxConnections: 1 });
  try {
    await migrate(database);
    const empty = await readsOfMinute(database);
    await seed(database, size);
    await readsOfMinute(database);
    const full = await readsOfMinute(database);
    printFigures(
      [
        { figure: 'quiet-tick-no-edition', value: empty.buffers, unit: 'buffers' },
        { figure: `quiet-tick-${editionCount}-of-${size}`, value: full.buffers, unit: 'buffers' },
        { figure: `quiet-tick-${editionCount}-of-${size}-time`, value: full.ms, unit: 'ms' },
      ],
      { json: values.json ?? false, digits: 0 },
    );
  } finally {
    await database.close();
    await server.close();
    await rm(server.folder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the tables of ours were read in a minute. */
async function readsOfMinute(database: Database): Promise<{ buffers: number; ms: number }> {
  const before = await buffersRead(database);
  const start = performance.now();
  const now = new Date();
  await sweepDeliveries(database, { policy: defaultRetryPolicy, enqueue: async () => {}, now });
  await listTouchedEditions(database);
  await applyOffers(database, { now });
  await listWatchedSlots(database, { now, stalledAfterMs: 3_600_000 });
  const ms = performance.now() - start;
  return { buffers: (await buffersRead(database)) - before, ms };
}

async function buffersRead(database: Database): Promise<number> {
  await database.query('select pg_stat_force_next_flush()');
  const { rows } = await database.query<{ count: number }>(
    `select sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0) + coalesce(toast_blks_read + toast_blks_hit, 0))::float8 as count
     from pg_statio_user_tables`,
  );
  return rows[0]?.count ?? 0;
}

/** Of each edition everything was accepted but one in a thousand, which is due in an hour. */
async function seed(database: Database, size: number): Promise<void> {
  await database.query(
    `with n as (insert into newsletter (slug, name, sender_name, sender_address, postal_address) values ('b', 'B', 'B', 'b@example.org', 'Street 1') returning id),
     s as (insert into schedule (newsletter_id, name, cron, time_zone, watched_since) select id, 'daily', '0 8 * * *', 'UTC', '2020-01-01' from n returning id, newsletter_id),
     e as (insert into edition (newsletter_id, schedule_id, slot_at, state, cutoff, previous_cutoff, minimum, maximum, frozen_at, frozen_upto, state_since, delivery_count)
       select s.newsletter_id, s.id, now() - k * interval '1 day', 'sending', 40, 0, 1, 12, now() - k * interval '1 day', 1, now() - k * interval '1 day', $2
       from s, generate_series(1, $1::integer) k returning id, schedule_id, slot_at),
     t as (insert into slot (job, slot_at, taken_at) select 'compose:' || schedule_id, slot_at, slot_at from e)
     insert into rendition (edition_id, language, positions, revisions, subject, preheader, html, plain)
     select e.id, 'en', array[k, k + 1, k + 2]::bigint[], '{1,1,1}', 'B', '', '<p>B</p>', 'B' from e, generate_series(1, $3::integer) k`,
    [editionCount, size, renditionsPerEdition],
  );
  const { rows } = await database.query<{ id: string }>(`select id from edition order by id`);
  for (const { id } of rows) {
    await database.query(
      `insert into delivery (edition_id, subscription_id, rendition_id, state, due_at, attempts, first_attempt_at, ended_at, reply)
       select $1, k, r.id, case when k % 1000 = 7 then 'queued' else 'accepted' end, case when k % 1000 = 7 then now() + interval '1 hour' else now() end, 1, now(),
         case when k % 1000 <> 7 then now() end, '250 0100018f3c5d7e9a-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901-000000'
       from generate_series(1, $2::integer) k, (select min(id) as id from rendition where edition_id = $1) r`,
      [id, size],
    );
  }
  await database.query(
    `insert into open_range (edition_id, from_id, to_id, due_at) select edition_id, id, id, due_at from delivery where state = 'queued'`,
  );
  await database.query(
    `insert into worker (host, pid, alive_until, answered_at) values ('bench', 1, now() + interval '1 hour', now() - interval '2 hours')`,
  );
  await database.query('analyze');
}
