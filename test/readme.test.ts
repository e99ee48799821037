/*
 * "From the demo to your own newsletter" of the README, command by command, as somebody types it: with 300 readers of a spreadsheet, up to the first
 * edition that a person approves. What the README leaves to the reader (an address, a number) is filled in; a question is answered by --yes.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serve } from '../scripts/table/running.ts';
import { openJobQueue } from '../src/jobs/job-queue.ts';
import { silentLog } from '../src/kernel/log.ts';
import { packageRoot } from '../src/kernel/package-root.ts';
import { createInstallation, type Installation } from './scripts/run-main.ts';
import { startFeedSite, type FeedSite } from './support/feed-site.ts';
import { startCommand, type LastingCommand } from './support/run-gazette.ts';
import { waitFor } from './support/wait-for.ts';

let gazette: Installation;
let site: FeedSite;
let server: LastingCommand | undefined;

beforeAll(async () => {
  [gazette, site] = await Promise.all([createInstallation(), startFeedSite()]);
  site.setFeed(
    '/feed/',
    [1, 2, 3, 4].map((id) => ({ id: String(id), title: `Notice ${id}`, categories: ['Leadership Development'] })),
  );
  const tags = ['Leadership Development', 'VIP', ''];
  const people = Array.from({ length: 300 }, (_none, index) => `reader${index}@example.net,Reader ${index},${tags[index % 3]}`);
  await writeFile(join(gazette.folder, 'readers.csv'), ['Email,Name,Tags', ...people].join('\n'));
});
afterAll(async () => {
  await server?.stop();
  await Promise.all([site.close(), gazette.remove()]);
});

/** The commands of the chapter, each on a line, without what the README says beside it. */
async function commandsOfChapter(): Promise<string[]> {
  const text = await readFile(join(packageRoot, 'README.md'), 'utf8');
  const chapter = /## From the demo to your own newsletter\n([\s\S]*?)\n## /.exec(text)![1]!;
  const blocks = [...chapter.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block!.replaceAll('\\\n', ' '));
  return blocks
    .flatMap((block) => block.split('\n'))
    .map((line) =>
      line
        .replace(/\s+#\s.*$/, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '' && !/^[A-Z_]+=/.test(line));
}

/** What somebody types in place of what the README can only give an example of. */
async function filledIn(line: string): Promise<string> {
  const draft = /editions approve/.test(line) ? await draftOfSlot() : '';
  const isAsked = /^npx gazette (?:sample remove|subscribers import(?!.*--dry-run)|send(?!.*--dry-run))/.test(line);
  const filled = line
    .replace('https://example.org/feed/', `${site.url}/feed/`)
    .replace('readers.csv', join(gazette.folder, 'readers.csv'))
    .replace(' --open', '')
    .replace(/approve 12$/, `approve ${draft}`);
  return (isAsked && !filled.includes('--yes') ? `${filled} --yes` : filled).replace(/^npx gazette /, '');
}

/** Friday, 08:00: the slot's job, as the clock queues it, and the draft that waits for a person then. */
async function draftOfSlot(): Promise<string> {
  const { database } = gazette.stored;
  const drafts = async (): Promise<string[]> =>
    (await database.query<{ id: string }>(`select id from edition where state = 'draft' order by id`)).rows.map(({ id }) => id);
  if ((await drafts()).length === 0) {
    const { rows } = await database.query<{ id: string }>(`select id from schedule`);
    const queue = openJobQueue(database, silentLog, { supervise: false });
    await queue.enqueue(database, { name: 'compose', scheduleId: rows[0]!.id, slotAt: new Date().toISOString() });
    await waitFor(async () => (await drafts()).length > 0, { what: 'the draft of the slot' });
    await queue.close();
  }
  return (await drafts())[0]!;
}

async function acceptedCount(): Promise<number> {
  return (await gazette.stored.database.query(`select 1 from delivery where state = 'accepted'`)).rows.length;
}

describe('"From the demo to your own newsletter"', () => {
  test('works as it stands, with 300 readers, up to the first edition', async () => {
    const lines = await commandsOfChapter();
    expect(lines.length).toBeGreaterThan(12);
    for (const line of lines) {
      if (line === 'cp .env.example .env') {
        await writeFile(join(gazette.folder, '.env'), await readFile(join(packageRoot, '.env.example')));
      } else if (line === 'npx gazette serve') {
        server = await startCommand(serve, { ...gazette.env, PORT: '0' }, /Ctrl-C ends it/, ['--no-sample']);
      } else {
        const run = await gazette.run(await filledIn(line));
        expect([line, run.exitCode, run.exitCode === 0 ? '' : run.stderr]).toEqual([line, 0, '']);
        if (line.includes('editions approve')) await waitFor(async () => (await acceptedCount()) >= 300, { what: 'what was approved' });
      }
    }
    const { rows } = await gazette.stored.database.query(
      `select s.state, t.slug as topic, count(*)::int as count from subscription s join subscriber p on p.id = s.subscriber_id
         left join topic t on s.topics = array[t.id]
       where p.address like 'reader%' group by s.state, t.slug, s.topics order by s.topics is null`,
    );
    // Tags count where the steps stand in an order in which their topics are there before the readers; who has none of these follows all.
    expect(rows).toEqual([
      { state: 'active', topic: 'leadership', count: 100 },
      { state: 'active', topic: null, count: 200 },
    ]);
  });
});
