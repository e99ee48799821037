import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../src/db/db.ts';
import { hasten } from './hasten.ts';
import type { Readers } from './reader-acts.ts';
import { collectAll, insist, newsletters, schedules, type World } from './world.ts';

const roundsAtMost = 30;
const pollMs = 500;
const roundMs = 180_000;

/** Lets everything come to its end: all are back from their pauses, and editions are sent until nothing is due any more, twice in a row. */
export async function bringToRest(world: World, readers: Readers): Promise<void> {
  for (const name of world.fleet.names) await world.fleet.start(name);
  await readers.resumeAll();
  world.tell('everybody is back');
  await collectAll(world);
  let quietRounds = 0;
  for (let round = 1; quietRounds < 2; round += 1) {
    if (round > roundsAtMost)
      throw new Error(`Expected rest after ${roundsAtMost} rounds, got: ${await describeOpen(world.store.database)}`);
    await world.fleet.command('accounts', 'retry');
    await world.fleet.command('offers', 'release', '--all');
    const wasQuiet = await sendAll(world);
    await waitUntilClosed(world);
    await resendDoubtful(world);
    quietRounds = wasQuiet && (await describeOpen(world.store.database)) === '' ? quietRounds + 1 : 0;
    world.tell(`coming to rest, round ${round}${wasQuiet ? ': nothing was due' : ''}`);
  }
}

/** Whether nothing was due for anybody. */
async function sendAll({ fleet }: World): Promise<boolean> {
  let isQuiet = true;
  for (const newsletter of newsletters) {
    for (const schedule of schedules) {
      const { output } = await fleet.command('send', '--newsletter', newsletter, '--schedule', schedule, '--yes', '--replace');
      isQuiet &&= /Nothing is due/.test(output);
    }
  }
  return isQuiet;
}

async function waitUntilClosed(world: World): Promise<void> {
  const { database } = world.store;
  const deadline = Date.now() + roundMs;
  while (Date.now() < deadline) {
    await hasten(database);
    if ((await describeOpen(database)) === '') return;
    await delay(pollMs);
  }
  world.tell(`still open: ${await describeOpen(database)}`);
}

/** What is not done yet, in words; empty where all is. */
async function describeOpen(database: Database): Promise<string> {
  const { rows } = await database.query<{ what: string; count: number }>(
    `select 'editions' as what, count(*)::integer as count from edition where state in ('draft', 'held', 'approved', 'sending', 'paused')
     union all select 'deliveries', count(*)::integer from delivery where state in ('queued', 'sending')
     union all select 'offers', count(*)::integer from offer where applied_at is null
     union all select 'merges', count(*)::integer from topic_merge where ended_at is null
     union all select 'notices', count(*)::integer from notice where state in ('queued', 'sending')
     union all select 'changes of topics', count(*)::integer from topic_change`,
  );
  return rows
    .filter(({ count }) => count > 0)
    .map(({ what, count }) => `${count} ${what}`)
    .join(', ');
}

/** What was in doubt three times is left for staff: they send it again. */
async function resendDoubtful(world: World): Promise<void> {
  const { rows } = await insist('what is in doubt', async () =>
    world.store.database.query<{ id: string }>(`select distinct edition_id as id from delivery where state = 'in_doubt'`),
  );
  for (const { id } of rows) await world.fleet.command('deliveries', 'resend', id, '--in-doubt', '--yes');
}
