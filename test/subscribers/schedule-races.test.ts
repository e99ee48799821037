/*
 * Somebody is given a schedule while it is removed: one of the two happens, never both.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { join as joinPath } from 'node:path';
import { ConflictError, InvalidInputError, NotFoundError } from '../../src/kernel/errors.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { removeSchedule } from '../../src/newsletters/change-schedules.ts';
import { markScheduleRemoved } from '../../src/newsletters/schedule-store.ts';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { addSubscriber, type AddSubscriberPorts } from '../../src/subscribers/joining/add-subscriber.ts';
import { chooseCadence } from '../../src/subscribers/choices/change-choices.ts';
import { confirmSubscription } from '../../src/subscribers/joining/confirm-subscription.ts';
import { removeSubscriber } from '../../src/subscribers/leaving/remove-subscriber.ts';
import { createKeyRing } from '../../src/subscribers/tokens/token.ts';
import { countWaiting, isBlocking } from '../support/blocked-sessions.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';
import { seedNewsletter, type SeededNewsletter } from '../web/seed.ts';

let db: TestDatabase;
let ports: AddSubscriberPorts;
let newsletter: SeededNewsletter;
let scheduleId: string;
let count = 0;
const now = new Date('2026-03-01T12:00:00Z');

beforeAll(async () => {
  db = await createTestDatabase();
  ports = {
    database: db.database,
    enqueue: async () => {},
    addressKeySecret: Buffer.from('a secret of at least 32 characters, for tests'),
    clock: () => now,
    publicUrl: 'https://news.example.org',
    tokenKeys: createKeyRing(['a token key of at least 32 characters']),
    notices: await createNoticeRenderer({ templatesFolder: joinPath(packageRoot, 'templates') }),
  };
  newsletter = await seedNewsletter(db.database, 'weekly');
});
afterAll(() => db.drop());
beforeEach(async () => {
  count += 1;
  const { rows } = await db.database.query<{ id: string }>(
    `insert into schedule (newsletter_id, name, cron, time_zone) values ($1, $2, '0 8 * * *', 'UTC') returning id`,
    [newsletter.id, `daily-${count}`],
  );
  scheduleId = rows[0]!.id;
});

const daily = () => ({ newsletter: 'weekly', schedule: `daily-${count}` });
const add = async (schedule = `daily-${count}`) =>
  addSubscriber(ports, { newsletter: 'weekly', address: `r${count}@example.net`, schedule, confirmed: { source: 'paper form' } });

/** On a schedule that stays. */
async function addElsewhere(): Promise<string> {
  const result = await add('weekly');
  if (result.kind !== 'activated') throw new Error(result.kind);
  return result.subscriptionId;
}

describe.each([
  ['added to', async () => async () => add()],
  [
    'moved to',
    async () => {
      const subscriptionId = await addElsewhere();
      return async () => chooseCadence(ports, { subscriptionId, source: 'test' }, `daily-${count}`);
    },
  ],
])('somebody who is %s a schedule', (_, prepare) => {
  test('keeps it from being removed', async () => {
    const join = await prepare();
    // The last thing that both write: whoever joins stands there, with the schedule held.
    const racing = await db.database.transaction(async (holder) => {
      await holder.query(`lock table consent_event in share mode`);
      const joining = join();
      await waitFor(async () => isBlocking(holder));
      const removing = removeSchedule(db.database, daily(), now);
      removing.catch(() => {});
      await waitFor(async () => waitsFor(2));
      return { joining, removing };
    });
    await racing.joining;
    await expect(racing.removing).rejects.toThrow(ConflictError);
  });

  test('is refused where it is removed at this moment', async () => {
    const join = await prepare();
    const racing = await db.database.transaction(async (remover) => {
      await remover.query(`select from schedule where id = $1 for update`, [scheduleId]);
      const joining = join();
      joining.catch(() => {});
      await waitFor(async () => isBlocking(remover));
      await markScheduleRemoved(remover, scheduleId, now);
      return { joining };
    });
    const refused = await racing.joining.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused instanceof ConflictError || refused instanceof InvalidInputError).toBe(true);
    const { rows } = await db.database.query(`select from subscription where schedule_id = $1`, [scheduleId]);
    expect(rows).toEqual([]);
  });
});

/** Whether so many sessions of this database wait for a lock. */
async function waitsFor(sessions: number): Promise<boolean> {
  return (await countWaiting(db.database)) >= sessions;
}

test('a schedule that was removed is removed once', async () => {
  await removeSchedule(db.database, daily(), now);
  await expect(removeSchedule(db.database, daily(), now)).rejects.toThrow(NotFoundError);
});

test('who comes back to a schedule that was removed before they confirmed gets the oldest that there is', async () => {
  const { subscriptionId } = (await add()) as { subscriptionId: string };
  await removeSubscriber(ports, { newsletter: 'weekly', address: `r${count}@example.net`, source: 'test' });
  const asked = await addSubscriber(ports, { newsletter: 'weekly', address: `r${count}@example.net`, schedule: `daily-${count}` });
  expect(asked.kind).toBe('asked');
  await removeSchedule(db.database, daily(), now);
  const { rows } = await db.database.query<{ plain: string }>(
    `select plain from notice where subscription_id = $1 order by id desc limit 1`,
    [subscriptionId],
  );
  const token = /https:\/\/news\.example\.org\/confirm\/([\w-]+)/.exec(rows[0]!.plain)![1]!;
  expect(await confirmSubscription(ports, token, () => 'Yes.')).toMatchObject({ kind: 'found' });
  const { rows: after } = await db.database.query(
    `select s.state, c.removed_at is null as "isThere" from subscription s join schedule c on c.id = s.schedule_id where s.id = $1`,
    [subscriptionId],
  );
  expect(after).toEqual([{ state: 'active', isThere: true }]);
});
