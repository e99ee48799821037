import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase, type Database } from '../src/db/db.ts';
import { migrate } from '../src/db/migrate.ts';
import { openEmbedded } from '../src/db/server/embedded.ts';
import { createFeedPublisher } from '../src/feeds/publish-feed.ts';
import { systemClock } from '../src/kernel/clock.ts';
import type { Enqueue } from '../src/kernel/job.ts';
import { silentLog } from '../src/kernel/log.ts';
import { templatesFolder } from '../src/kernel/package-root.ts';
import { leaveSubscription } from '../src/ledger/change-subscription.ts';
import { suppressAddress } from '../src/ledger/suppress-address.ts';
import { addressKey } from '../src/mail/address.ts';
import { createNoticeRenderer } from '../src/render/mails/render-notice.ts';
import { createPageRenderer } from '../src/render/pages/render-page.ts';
import { addSubscriber } from '../src/subscribers/joining/add-subscriber.ts';
import { admitSignUp } from '../src/subscribers/joining/admit-sign-up.ts';
import { expectSignUps } from '../src/subscribers/joining/decide-held-sign-ups.ts';
import { handleLinkRequest } from '../src/subscribers/links/handle-link-request.ts';
import { makeFormStamp } from '../src/subscribers/tokens/form-stamp.ts';
import { createKeyRing } from '../src/subscribers/tokens/token.ts';
import { limits } from '../src/web/limits/attempt-limits.ts';
import { createLimiter } from '../src/web/limits/limiter-store.ts';
import { createWebServer } from '../src/web/web-server.ts';
import { printFigures, type Figure } from './support-figures.ts';

/*
 * Whether the time of the sign-up page's answer tells what is known of an address: medians of 200 requests each for five kinds of address, in random
 * turns, with each sign-up handled in the same process while the next one comes; limits are off. The control is somebody new. The same of "Mail me my
 * link", whose figures begin with `link-`. Aimed at: within 5 ms or 5 % of the control.
 */

const pollMs = 500;
const kinds = ['new', 'pending', 'active', 'left', 'suppressed'] as const;
type Kind = (typeof kinds)[number];

const secret = Buffer.from('a secret of at least 32 characters, for benches');
const publicUrl = 'https://news.example.org';
const tokenKeys = createKeyRing(['a token key of at least 32 characters']);
const off = Object.fromEntries(Object.keys(limits).map((name) => [name, { points: 1_000_000, seconds: 60 }])) as unknown as typeof limits;

/** Measures. `--quick` for 40 requests of each kind, `--json` one line per figure. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { quick: { type: 'boolean' }, json: { type: 'boolean' } } });
  const folder = await mkdtemp(join(tmpdir(), 'gazette-bench-'));
  const postgres = await openEmbedded({ dataFolder: folder, log: silentLog });
  const database = openDatabase(postgres.url);
  try {
    await migrate(database);
    const figures = figuresOf(await measure(database, values.quick === true ? 40 : 200));
    printFigures(figures, { json: values.json === true, digits: 2 });
  } finally {
    await database.close();
    await postgres.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of each request, by page and kind of address. */
type Times = Readonly<Record<Page, ReadonlyMap<Kind, number[]>>>;

const pages = ['subscribe', 'link'] as const;
type Page = (typeof pages)[number];

async function measure(database: Database, count: number): Promise<Times> {
  const { rows } = await database.query<{ id: string }>(
    `insert into newsletter (slug, name, sender_name, sender_address, postal_address, privacy_url)
     values ('weekly', 'Weekly', 'The Trust', 'news@example.org', '1 Example Road', 'https://example.org/privacy') returning id`,
  );
  const newsletterId = rows[0]!.id;
  await database.query(`insert into schedule (newsletter_id, name, cron, time_zone) values ($1, 'weekly', '0 8 * * 5', 'UTC')`, [
    newsletterId,
  ]);
  const notices = await createNoticeRenderer({ templatesFolder });
  const waiting: (() => Promise<void>)[] = [];
  const handled: Promise<void>[] = [];
  // As a worker does: it looks at the queue every half a second, whenever requests come, and then handles what waits side by side.
  const look = (): void => void handled.push(...waiting.splice(0).map(async (handle) => handle()));
  const looking = setInterval(look, pollMs);
  const ports = { database, clock: systemClock, log: silentLog, publicUrl, tokenKeys, notices, addressKeySecret: secret };
  const enqueue: Enqueue = async (_tx, job) => {
    if (job.name === 'sign_up') waiting.push(() => admitSignUp({ ...ports, enqueue }, job.signUpId));
    if (job.name === 'link') waiting.push(() => handleLinkRequest({ ...ports, enqueue }, job.requestId));
  };
  await seed({ ...ports, enqueue }, count);
  await expectSignUps({ database, clock: systemClock }, 100_000, new Date(Date.now() + 3_600_000));
  const web = await createWebServer(
    {
      ...ports,
      pages: await createPageRenderer({ templatesFolder }),
      feeds: createFeedPublisher({ database, publicUrl }),
      limiter: createLimiter({ database, secret, limits: off }),
      signUps: { enqueue, addressKeySecret: secret, keepsIp: false },
    },
    { host: '127.0.0.1', port: 0 },
  );
  const newTimes = (): Map<Kind, number[]> => new Map(kinds.map((kind) => [kind, []]));
  const times = { subscribe: newTimes(), link: newTimes() };
  const stamp = makeFormStamp(tokenKeys, 'form', newsletterId, new Date(Date.now() - 60_000));
  try {
    // Links first: a sign-up changes what is known of an address.
    for (const page of pages.toReversed()) {
      for (const [kind, address] of turns(count)) {
        const body = new URLSearchParams({ address, stamp });
        const startedAt = performance.now();
        const answer = await fetch(`${web.url}/${page}/weekly`, { method: 'POST', body });
        await answer.text();
        times[page].get(kind)!.push(performance.now() - startedAt);
        if (answer.status !== 200) throw new Error(`Expected 200, got ${answer.status}`);
      }
      look();
      await Promise.all(handled.splice(0));
    }
  } finally {
    clearInterval(looking);
    await web.close();
  }
  return times;
}

const addressOf = (kind: Kind, index: number): string => `${kind}${index}@host${index % 97}.example`;

/** Every address once, in an order that is random and always the same. */
function turns(count: number): [Kind, string][] {
  const all = kinds.flatMap((kind) => Array.from({ length: count }, (_none, index): [Kind, string] => [kind, addressOf(kind, index)]));
  let state = 1;
  for (let last = all.length - 1; last > 0; last--) {
    state = (state * 48_271) % 2_147_483_647;
    const other = state % (last + 1);
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  return all;
}

async function seed(ports: Parameters<typeof addSubscriber>[0], count: number): Promise<void> {
  const now = new Date(Date.now() - 86_400_000);
  const clock = (): Date => now;
  for (let index = 0; index < count; index++) {
    const add = async (kind: Kind, isConfirmed: boolean) => {
      const confirmed = isConfirmed ? { confirmed: { source: 'bench' } } : {};
      const added = await addSubscriber({ ...ports, clock }, { newsletter: 'weekly', address: addressOf(kind, index), ...confirmed });
      if (!('subscriptionId' in added)) throw new Error(added.kind);
      return added.subscriptionId;
    };
    await add('pending', false);
    await add('active', true);
    const left = await add('left', true);
    await ports.database.transaction(async (tx) => {
      await leaveSubscription(tx, left, now);
      await suppressAddress(tx, addressKey(addressOf('suppressed', index), secret), { reason: 'complained', source: 'bench', now });
    });
  }
}

function figuresOf(times: Times): Figure[] {
  return pages.flatMap((page) => {
    const prefix = page === 'link' ? 'link-' : '';
    const control = median(times[page].get('new') ?? []);
    return kinds.flatMap((kind): Figure[] => {
      const value = median(times[page].get(kind) ?? []);
      const own: Figure = { figure: `${prefix}${kind}-median`, value, unit: 'ms' };
      if (kind === 'new') return [own];
      return [
        own,
        { figure: `${prefix}${kind}-apart-from-new`, value: value - control, unit: 'ms' },
        { figure: `${prefix}${kind}-apart-in-percent`, value: (100 * (value - control)) / control, unit: '%' },
      ];
    });
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
