import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import type { Job } from '../../src/kernel/job.ts';
import { openJobQueue } from '../../src/jobs/job-queue.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { suppressAddress } from '../../src/ledger/suppress-address.ts';
import { addressKey, parseAddress } from '../../src/mail/address.ts';
import { claimNotice } from '../../src/notices/notice-store.ts';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { addSubscriber } from '../../src/subscribers/joining/add-subscriber.ts';
import { insertSignUp } from '../../src/subscribers/joining/sign-up-store.ts';
import { listConsentEvents } from '../../src/subscribers/consent/consent-store.ts';
import { handleLinkRequest, type LinkRequestPorts } from '../../src/subscribers/links/handle-link-request.ts';
import { removeSubscriber } from '../../src/subscribers/leaving/remove-subscriber.ts';
import { removeSchedule } from '../../src/newsletters/change-schedules.ts';
import { changeAddress, findWaitingAddress } from '../../src/subscribers/own-data/change-address.ts';
import { freshUrl, preferencesUrl, unsubscribeUrl } from '../../src/subscribers/tokens/signed-links.ts';
import { makeToken } from '../../src/subscribers/tokens/token.ts';
import { limits } from '../../src/web/limits/attempt-limits.ts';
import { createLimiter } from '../../src/web/limits/limiter-store.ts';
import { countWaiting } from '../support/blocked-sessions.ts';
import { waitFor } from '../support/wait-for.ts';
import { seedNewsletter, seedPost, type SeededNewsletter } from './seed.ts';
import { startSite, type TestSite } from './site.ts';

let site: TestSite;
let newsletter: SeededNewsletter;
let other: SeededNewsletter;
let ports: LinkRequestPorts & Parameters<typeof addSubscriber>[0];
let now = new Date('2026-03-07T12:00:00Z');
let count = 0;
const jobs: Job[] = [];
const secret = Buffer.from('a secret of at least 32 characters, for tests');
const generous = Object.fromEntries(
  Object.keys(limits).map((name) => [name, { points: 100_000, seconds: 60 }]),
) as unknown as typeof limits;

beforeAll(async () => {
  const enqueue = async (_tx: unknown, job: Job): Promise<void> => void jobs.push(job);
  site = await startSite({ signUps: { enqueue, addressKeySecret: secret, keepsIp: false } });
  const { database } = site.db;
  newsletter = await seedNewsletter(database, 'weekly');
  other = await seedNewsletter(database, 'other');
  for (const topic of ['reading', 'leading']) await seedPost(database, newsletter, { topic });
  await database.query(`insert into schedule (newsletter_id, name, cron, time_zone) values ($1, 'daily', '0 8 * * *', 'UTC')`, [
    newsletter.id,
  ]);
  Object.assign(site.ports, { limiter: createLimiter({ database, secret, limits: generous }) });
  ports = {
    database,
    clock: () => now,
    enqueue,
    addressKeySecret: secret,
    publicUrl: site.ports.publicUrl,
    tokenKeys: site.ports.tokenKeys,
    notices: await createNoticeRenderer({ templatesFolder: join(packageRoot, 'templates') }),
  };
  const addresses = {
    find: (token: string) => findWaitingAddress(ports, token),
    change: (token: string) => changeAddress(ports, token),
  };
  Object.assign(site.ports, { addresses });
});
afterAll(() => site.close());
beforeEach(() => {
  count += 1;
  setNow(new Date(Date.UTC(2026, 2, 7 + count, 12)));
  jobs.length = 0;
  site.logged.length = 0;
});

function setNow(at: Date): void {
  now = at;
  site.setNow(at);
}
const pathOf = (url: string) => new URL(url).pathname;
const addressOf = (id = count) => `Reader.Person${id}@example.net`;
const keyOf = (address: string) => addressKey(address.toLowerCase(), secret);
async function joinUp(newsletterSlug = 'weekly', address = addressOf()): Promise<string> {
  const result = await addSubscriber(ports, {
    newsletter: newsletterSlug,
    address,
    name: 'Ann Person',
    schedule: 'weekly',
    confirmed: { source: 'paper' },
  });
  if (result.kind !== 'activated') throw new Error(result.kind);
  return result.subscriptionId;
}
const preferencesPath = (id: string) => pathOf(preferencesUrl(site.ports, { subscriptionId: id, tokenVersion: 1 }));
const leavePath = (id: string) => pathOf(unsubscribeUrl(site.ports, { subscriptionId: id, tokenVersion: 1 }));
const text = async (path: string) => (await site.request(path)).text();
const post = (path: string, fields: Record<string, string> | [string, string][]) =>
  site.request(path, { method: 'POST', body: new URLSearchParams(fields) });

async function rowOf(id: string): Promise<Record<string, unknown>> {
  const { rows } = await site.db.database.query(
    `select state, topics, (select name from schedule where id = schedule_id) as schedule, language, format, local_hour as hour, time_zone as zone,
       paused_until is not null as "isPaused" from subscription where id = $1`,
    [id],
  );
  return rows[0]!;
}
async function runJobs(): Promise<void> {
  for (const job of jobs.splice(0)) if (job.name === 'link') await handleLinkRequest(ports, job.requestId);
}
interface Mailed {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}
async function mails(id: string): Promise<Mailed[]> {
  const { rows } = await site.db.database.query<Mailed>(
    `select recipient_address as to, subject, plain as text from notice where kind = 'link' and subscription_id = $1 order by id`,
    [id],
  );
  return rows;
}
const linkIn = (mail: Mailed | undefined) => pathOf(/https:\S+/.exec(mail?.text ?? '')![0]);
const good = {
  follows: 'some',
  topic: 'reading',
  schedule: 'daily',
  hour: '7',
  zone: 'Europe/Madrid',
  language: 'es',
  format: 'text',
  action: 'save',
};

describe('Preferences', () => {
  test('are shown with a masked address, and saved all at once', async () => {
    const id = await joinUp();
    const path = preferencesPath(id);
    const html = await text(path);
    expect(html).toContain('R…@example.net');
    expect(html).not.toMatch(/Person|reader\.p/i);
    const response = await post(path, { ...good, subscription: id });
    expect([response.status, response.headers.get('location')]).toEqual([303, `https://news.example.org${path}?done=saved#n${id}`]);
    expect(await rowOf(id)).toMatchObject({ schedule: 'daily', hour: 7, zone: 'Europe/Madrid', language: 'es', format: 'text' });
    const kinds = (await listConsentEvents(site.db.database, id)).map(({ kind, source }) => `${kind} ${source}`);
    expect(kinds.slice(1)).toEqual(['topics', 'schedule', 'hour', 'language', 'format'].map((each) => `${each}_chosen preferences`));
    await post(path, { ...good, subscription: id });
    expect((await listConsentEvents(site.db.database, id)).length).toBe(kinds.length);
    expect(await text(`${path}?done=saved`)).toContain('Guardado.');
  });

  test('that cannot be are said in place, and what was typed stays', async () => {
    const id = await joinUp();
    const path = preferencesPath(id);
    const before = await rowOf(id);
    const tried: [Record<string, string>, RegExp][] = [
      [{ zone: 'Mars/Olympus' }, /value="Mars\/Olympus"[^>]*aria-invalid/],
      [{ topic: 'gone-by-now' }, /Something on this page was changed/],
      [{ schedule: 'never' }, /Something on this page was changed/],
      [{ hour: '99' }, /Something on this page was changed/],
      [{ language: 'xx' }, /Something on this page was changed/],
      [{ action: 'pause', until: '2020-01-01' }, /value="2020-01-01"[^>]*aria-invalid/],
      [{ action: 'pause', until: '2026-02-31' }, /Choose a day/],
    ];
    for (const [fields, expected] of tried) {
      const response = await post(path, { ...good, subscription: id, ...fields });
      expect([fields, response.status, await response.text()]).toEqual([fields, 400, expect.stringMatching(expected)]);
    }
    const { topic: _topic, ...without } = good;
    const none = await post(path, { ...without, subscription: id });
    expect([none.status, await none.text()]).toEqual([400, expect.stringContaining('Choose at least one topic')]);
    expect(await rowOf(id)).toEqual(before);
  });

  test('keep a topic that is hidden by now, with who follows it, and all takes any', async () => {
    const id = await joinUp();
    const { database } = site.db;
    await post(preferencesPath(id), [...Object.entries({ ...good, subscription: id }), ['topic', 'leading']]);
    const both = (await rowOf(id))['topics'];
    expect(both).toHaveLength(2);
    await database.query(`update topic set is_hidden = true where slug = 'leading'`);
    try {
      expect(await text(preferencesPath(id))).not.toContain('value="leading"');
      await post(preferencesPath(id), { ...good, subscription: id });
      expect((await rowOf(id))['topics']).toEqual(both);
      const stale = await post(preferencesPath(id), [...Object.entries({ ...good, subscription: id }), ['topic', 'leading']]);
      expect(await stale.text()).toContain('cambi');
    } finally {
      await database.query(`update topic set is_hidden = false where slug = 'leading'`);
    }
    await post(preferencesPath(id), { ...good, subscription: id, follows: 'all' });
    expect((await rowOf(id))['topics']).toBeNull();
  });

  test('pause until a day or until one comes back, and the end asks which', async () => {
    const id = await joinUp();
    const path = preferencesPath(id);
    await post(path, { action: 'pause', subscription: id, until: `${now.getUTCFullYear() + 1}-04-01` });
    expect(await text(path)).toMatch(/Paused until 1 April 2027\./);
    await post(path, { action: 'afresh', subscription: id });
    expect((await rowOf(id))['isPaused']).toBe(false);
    await post(path, { action: 'pause', subscription: id, until: '' });
    expect(await text(path)).toMatch(/until you come back\.<[^]*Resume and catch up/);
    await post(path, { action: 'catch_up', subscription: id });
    await post(path, { action: 'afresh', subscription: id });
    const events = await listConsentEvents(site.db.database, id);
    expect(events.filter(({ kind }) => kind === 'resumed').map(({ details }) => details['choice'])).toEqual(['afresh', 'catch_up']);
  });

  test.each([
    ['Asia/Tokyo', '2026-09-01', '2026-08-31T15:00:00Z'],
    ['America/Los_Angeles', '2026-09-01', '2026-09-01T07:00:00Z'],
    ['Pacific/Kiritimati', '2026-12-01', '2026-11-30T10:00:00Z'],
  ])('pause until a day that begins in %s, of the reader or of their own schedule, and show it as that day', async (zone, day, begins) => {
    const { database } = site.db;
    const own = await joinUp();
    const scheduled = await joinUp('weekly', `scheduled${count}@example.net`);
    await database.query(`update subscription set time_zone = $2 where id = $1`, [own, zone]);
    const { rows } = await database.query<{ id: string }>(
      `insert into schedule (newsletter_id, name, cron, time_zone) values ($1, 'far', '0 8 * * *', $2) returning id`,
      [newsletter.id, zone],
    );
    const [{ id: scheduleId }] = rows as [{ id: string }];
    await database.query(`update subscription set schedule_id = $2 where id = $1`, [scheduled, scheduleId]);
    try {
      for (const id of [own, scheduled]) {
        const path = preferencesPath(id);
        setNow(new Date(begins));
        expect((await post(path, { action: 'pause', subscription: id, until: day })).status).toBe(400);
        setNow(new Date(Date.parse(begins) - 1_000));
        expect((await post(path, { action: 'pause', subscription: id, until: day })).status).toBe(303);
        const { rows: stored } = await database.query(`select paused_until as until from subscription where id = $1`, [id]);
        expect(stored).toEqual([{ until: new Date(begins) }]);
        const shown = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(day));
        expect(await text(path)).toContain(`Paused until ${shown}.`);
      }
    } finally {
      await database.query(`update subscription set schedule_id = $2 where id = $1`, [scheduled, newsletter.scheduleId]);
      await database.query(`delete from schedule where id = $1`, [scheduleId]);
    }
  });

  test('of all newsletters of a person stand on one page, and nobody else’s can be named there', async () => {
    const id = await joinUp();
    const second = await joinUp('other');
    const stranger = await joinUp('weekly', `stranger${count}@example.net`);
    const path = preferencesPath(id);
    const html = await text(path);
    expect(html).toContain('The weekly');
    expect(html).toContain('The other');
    await post(path, { ...good, subscription: stranger });
    await post(path, { action: 'leave', subscription: stranger });
    expect(await rowOf(stranger)).toMatchObject({ state: 'active', language: 'en' });
    const left = await post(path, { action: 'leave_all' });
    expect(left.status).toBe(200);
    expect([(await rowOf(id))['state'], (await rowOf(second))['state']]).toEqual(['left', 'left']);
    expect((await left.text()).match(/https:\/\/news\.example\.org\/left\//g)!.length).toBe(3);
    expect(await text(path)).toMatch(/https:\/\/news\.example\.org\/subscribe\/weekly[^]*Sign up again/);
    await post(path, { ...good, subscription: id });
    expect((await rowOf(id))['state']).toBe('left');
  });

  test('show and leave what one sender sends: nothing of what the reader has from others', async () => {
    const { database } = site.db;
    await seedNewsletter(database, `foreign${count}`);
    await database.query(`update newsletter set sender_name = 'Another Trust', sender_address = 'post@example.com' where slug = $1`, [
      `foreign${count}`,
    ]);
    const id = await joinUp();
    const second = await joinUp('other');
    const foreign = await joinUp(`foreign${count}`);
    expect(await text(preferencesPath(id))).not.toMatch(/foreign|Another Trust/);
    expect(await text(preferencesPath(foreign))).not.toMatch(/The weekly|The other/);
    await post(preferencesPath(id), { action: 'leave', subscription: foreign });
    await post(preferencesPath(id), { action: 'leave_all' });
    expect(await Promise.all([id, second, foreign].map(async (each) => (await rowOf(each))['state']))).toEqual(['left', 'left', 'active']);
    await post(preferencesPath(foreign), { action: 'leave_all' });
    expect((await rowOf(foreign))['state']).toBe('left');
  });

  test('saved at once by several requests end as one of them', async () => {
    const id = await joinUp();
    const path = preferencesPath(id);
    const answers = await Promise.all(['es', 'fr', 'de', 'it'].map((language) => post(path, { ...good, language, subscription: id })));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303]);
    expect(['es', 'fr', 'de', 'it']).toContain((await rowOf(id))['language']);
  });

  test('take nothing that no browser sends', async () => {
    const id = await joinUp();
    const path = preferencesPath(id);
    const before = await rowOf(id);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const bodies: [string, Record<string, string>, number][] = [
      ['action=save&action=leave', form, 400],
      ['action=%00', form, 400],
      ['action=%ED%A0%80', form, 400],
      ['a=&'.repeat(3000), form, 400],
      [Array.from({ length: 100_000 }, (_, each) => `a${each}=`).join('&'), form, 413],
      ['a='.repeat(100_000), form, 413],
      ['{"action":"leave"}', { 'content-type': 'application/json' }, 415],
    ];
    for (const [body, headers, status] of bodies)
      expect([body.slice(0, 20), (await site.request(path, { method: 'POST', body, headers })).status]).toEqual([
        body.slice(0, 20),
        status,
      ]);
    await post(path, { 'action[]': 'leave', 'subscription[id]': id });
    await post(path, { action: 'leave', subscription: `${id}' or 1=1 --` });
    expect(await rowOf(id)).toEqual(before);
    expect(site.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('Leaving by a page', () => {
  test('can be taken back by the reader within an hour, once, and by no answer to a mail program', async () => {
    const id = await joinUp();
    const page = await (await post(leavePath(id), {})).text();
    const undo = pathOf(/https:\/\/news\.example\.org\/left\/[^"]+/.exec(page)![0]);
    expect(await text(undo)).toContain('Keep sending me The weekly');
    expect((await rowOf(id))['state']).toBe('left');
    const undone = await post(undo, { action: 'undo' });
    expect(undone.headers.get('location')).toBe(`https://news.example.org${preferencesPath(id)}?done=kept`);
    expect((await rowOf(id))['state']).toBe('active');
    expect((await listConsentEvents(site.db.database, id)).at(-1)).toMatchObject({ kind: 'leaving_undone', source: 'page' });
    expect((await post(undo, { action: 'undo' })).status).toBe(404);
    const byProgram = await post(leavePath(id), { 'List-Unsubscribe': 'One-Click' });
    expect(await byProgram.text()).not.toContain('/left/');
    // The older link is of another leaving.
    expect((await post(undo, { action: 'undo' })).status).toBe(404);
    expect(await (await post(leavePath(id), {})).text()).not.toContain('/left/');
    expect((await rowOf(id))['state']).toBe('left');
  });

  const leave = async (id: string): Promise<string> =>
    pathOf(/https:\/\/news\.example\.org\/left\/[^"]+/.exec(await (await post(leavePath(id), {})).text())![0]);

  test('is taken back by one of two clicks at once, which both looked before either did', async () => {
    const id = await joinUp();
    const undo = await leave(id);
    const { database } = site.db;
    let clicks: Promise<Response>[] = [];
    await database.transaction(async (tx) => {
      await tx.query(`select from subscription where id = $1 for update`, [id]);
      clicks = [post(undo, { action: 'undo' }), post(undo, { action: 'undo' })];
      await waitForLocks(2);
    });
    expect((await Promise.all(clicks)).map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 404]);
    expect((await listConsentEvents(database, id)).filter(({ kind }) => kind === 'leaving_undone')).toHaveLength(1);
    expect((await rowOf(id))['state']).toBe('active');
  });

  test('is not taken back by a click that looked before they asked to come back another way', async () => {
    const id = await joinUp();
    const undo = await leave(id);
    const { database } = site.db;
    let click: Promise<Response> | undefined;
    await database.transaction(async (tx) => {
      await tx.query(`select from subscription where id = $1 for update`, [id]);
      click = post(undo, { action: 'undo' });
      await waitForLocks(1);
      await tx.query(`insert into consent_event (subscription_id, kind, source) values ($1, 'requested', 'test')`, [id]);
    });
    expect((await click!).status).toBe(404);
    expect((await rowOf(id))['state']).toBe('left');
  });

  test('is not taken back once staff took them out too', async () => {
    const id = await joinUp();
    const undo = await leave(id);
    expect(await removeSubscriber(ports, { address: addressOf(), by: 'kim' })).toMatchObject({ left: 0 });
    expect((await post(undo, { action: 'undo' })).status).toBe(404);
    expect((await rowOf(id))['state']).toBe('left');
    expect((await listConsentEvents(site.db.database, id)).at(-1)).toMatchObject({ kind: 'removed', details: { by: 'kim' } });
    // Said once, it is not said again.
    await removeSubscriber(ports, { address: addressOf() });
    expect((await listConsentEvents(site.db.database, id)).filter(({ kind }) => kind === 'removed')).toHaveLength(1);
  });

  test('is taken back to a schedule that there is, where theirs was removed meanwhile', async () => {
    const { database } = site.db;
    await database.query(`insert into schedule (newsletter_id, name, cron, time_zone) values ($1, 'brief', '0 8 * * *', 'UTC')`, [
      newsletter.id,
    ]);
    const id = await joinUp();
    await database.query(`update subscription set schedule_id = (select id from schedule where name = 'brief') where id = $1`, [id]);
    const undo = await leave(id);
    await removeSchedule(database, { newsletter: 'weekly', schedule: 'brief' }, now);
    expect((await post(undo, { action: 'undo' })).status).toBe(303);
    expect(await rowOf(id)).toMatchObject({ state: 'active', schedule: 'weekly' });
  });

  test('by somebody who never confirmed is taken back by signing up again only', async () => {
    const asked = await addSubscriber(ports, { newsletter: 'weekly', schedule: 'weekly', address: addressOf() });
    if (asked.kind !== 'asked') throw new Error(asked.kind);
    expect(await (await post(leavePath(asked.subscriptionId), {})).text()).not.toContain('/left/');
    expect((await rowOf(asked.subscriptionId))['state']).toBe('left');
  });

  async function waitForLocks(expected: number): Promise<void> {
    await waitFor(async () => (await countWaiting(site.db.database)) === expected);
  }

  test('is not taken back after an hour, nor where the address was suppressed meanwhile', async () => {
    const id = await joinUp();
    const first = await leave(id);
    await site.db.database.transaction((tx) => suppressAddress(tx, keyOf(addressOf()), { reason: 'complained', source: 'test', now }));
    expect((await post(first, { action: 'undo' })).status).toBe(404);
    await site.db.database.query(`delete from suppression`);
    setNow(new Date(now.getTime() + 3_601_000));
    expect((await post(first, { action: 'undo' })).status).toBe(404);
    expect((await rowOf(id))['state']).toBe('left');
  });

  test('asks why, and keeps the first answer, cut to 500 characters', async () => {
    const id = await joinUp();
    const undo = pathOf(/https:\/\/news\.example\.org\/left\/[^"]+/.exec(await (await post(leavePath(id), {})).text())![0]);
    expect((await post(undo, { action: 'reason', reason: 'sql', words: '' })).status).toBe(400);
    expect((await post(undo, { action: 'reason', reason: 'other', words: `<b>${'ä'.repeat(900)}` })).status).toBe(303);
    await post(undo, { action: 'reason', reason: 'too_many', words: 'second' });
    expect(await text(undo)).toContain('Thank you for telling us.');
    const { rows } = await site.db.database.query<{ reason: string; words: string }>(
      `select reason, words from leaving_reason order by id desc limit 1`,
    );
    expect([rows[0]!.reason, rows[0]!.words.length]).toEqual(['other', 500]);
    expect((await listConsentEvents(site.db.database, id)).at(-1)).toMatchObject({ kind: 'reason_given', details: { reason: 'other' } });
  });
});

describe('The link that is mailed', () => {
  test('comes to the person alone, from the page of preferences, at most once an hour', async () => {
    const id = await joinUp();
    const path = preferencesPath(id);
    for (let each = 0; each < 3; each += 1) {
      const response = await post(path, { action: 'mail_link' });
      expect([response.status, response.headers.get('location')]).toEqual([303, `https://news.example.org${path}?done=link_sent`]);
      await runJobs();
    }
    const sent = await mails(id);
    expect(sent.map(({ to, subject }) => [to, subject])).toEqual([[addressOf(), 'Your link to The weekly']]);
    expect(linkIn(sent[0])).toMatch(/^\/mine\/f-/);
    expect((await site.db.database.query(`select from link_request`)).rowCount).toBe(0);
  });

  test('of another purpose, or of another person, opens nothing', async () => {
    const id = await joinUp();
    const purposes = ['confirm', 'unsubscribe', 'preferences', 'fresh', 'address', 'undo'] as const;
    const paths = { confirm: '/confirm/', unsubscribe: '/unsubscribe/', preferences: '/preferences/', undo: '/left/' } as Record<
      string,
      string
    >;
    for (const purpose of purposes) {
      const token = makeToken(site.ports.tokenKeys, { purpose, subjectId: id, version: '1' });
      for (const [wanted, prefix] of Object.entries(paths)) {
        if (wanted === purpose) continue;
        expect([purpose, wanted, (await site.request(prefix + token)).status]).toEqual([purpose, wanted, 404]);
        const forged = token.replace(/^[a-z]/, { confirm: 'c', unsubscribe: 'u', preferences: 'p', undo: 'b' }[wanted] ?? 'x');
        expect((await site.request(prefix + forged)).status).toBe(404);
      }
    }
    const stranger = await joinUp('weekly', `stranger${count}@example.net`);
    const swapped = preferencesPath(id).replace(`p-${id}-`, `p-${stranger}-`);
    expect((await site.request(swapped)).status).toBe(404);
    expect((await site.request(`/preferences/..%2f..%2fetc%2fpasswd`)).status).toBe(404);
    expect(other.slug).toBe('other');
  });
});

describe('“Mail me my link”', () => {
  test('answers the same for every kind of address, and mails only who is active and not suppressed', async () => {
    const active = await joinUp();
    const left = await joinUp('weekly', `left${count}@example.net`);
    await post(leavePath(left), {});
    const suppressed = await joinUp('weekly', `suppressed${count}@example.net`);
    const key = keyOf(`suppressed${count}@example.net`);
    await site.db.database.transaction((tx) => suppressAddress(tx, key, { reason: 'complained', source: 'test', now }));
    const asked = await addSubscriber(ports, { newsletter: 'weekly', schedule: 'weekly', address: `pending${count}@example.net` });
    const bodies = new Set<string>();
    for (const name of ['reader.person', 'left', 'suppressed', 'pending', 'nobody']) {
      const response = await post('/link/weekly', { address: `${name}${count}@EXAMPLE.net` });
      bodies.add(`${response.status} ${await response.text()}`);
      await runJobs();
    }
    expect(bodies.size).toBe(1);
    const { rows } = await site.db.database.query<{ to: string }>(
      `select recipient_address as to from notice where kind = 'link' and subscription_id = any ($1)`,
      [[active, left, suppressed, asked.kind === 'asked' ? asked.subscriptionId : '0']],
    );
    expect(rows).toEqual([{ to: addressOf() }]);
    const wrong = await post('/link/weekly', { address: 'ann@' });
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringMatching(/value="ann@"[^>]*aria-invalid/)]);
    expect((await site.request('/link/none')).status).toBe(404);
    // At the door too: who left, or is suppressed, between the request and the mail gets none.
    const { rows: queued } = await site.db.database.query<{ id: string }>(
      `select id from notice where kind = 'link' and subscription_id = $1`,
      [active],
    );
    await post(leavePath(active), {});
    expect(await claimNotice(site.db.database, queued[0]!.id, 60_000)).toBeUndefined();
  });
});

async function freshPath(id: string): Promise<string> {
  const { rows } = await site.db.database.query<{ id: string; tokenVersion: number }>(
    `select p.id, p.token_version as "tokenVersion" from subscriber p join subscription s on s.subscriber_id = p.id where s.id = $1`,
    [id],
  );
  return pathOf(freshUrl(site.ports, rows[0]!, now));
}

async function dump(): Promise<string> {
  const { database } = site.db;
  const { rows } = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const parts: string[] = [];
  for (const { name } of rows) {
    const { rows: texts } = await database.query<{ text: string | null }>(`select string_agg(t::text, E'\n') as text from ${name} t`);
    parts.push(texts[0]?.text ?? '');
  }
  return parts.join('\n');
}

describe('One’s own page', () => {
  test('works for a day, and changes the name', async () => {
    const id = await joinUp();
    const path = await freshPath(id);
    expect(await text(path)).toContain(addressOf());
    expect((await post(path, { action: 'name', name: ' Ann\tNewname ' })).status).toBe(303);
    expect(await text(path)).toContain('value="Ann Newname"');
    const long = await post(path, { action: 'name', name: 'x'.repeat(201) });
    expect([long.status, await long.text()]).toEqual([400, expect.stringContaining('This name is too long.')]);
    setNow(new Date(now.getTime() + 24 * 3_600_000 + 1000));
    for (const each of [path, `${path}/export`, `${path}/erase`]) expect((await site.request(each)).status).toBe(404);
  });

  test('gives a copy of everything as JSON', async () => {
    const id = await joinUp();
    await post(preferencesPath(id), { ...good, subscription: id });
    const response = await site.request(`${await freshPath(id)}/export`);
    expect(response.headers.get('content-disposition')).toContain('attachment');
    expect(await response.json()).toMatchObject({
      address: addressOf(),
      name: 'Ann Person',
      subscriptions: [{ newsletter: 'weekly', state: 'active', schedule: 'daily', topics: ['reading'], language: 'es' }],
      consent: expect.arrayContaining([expect.objectContaining({ kind: 'imported', source: 'paper' })]),
      deliveries: [],
      notices: [],
    });
  });

  test('erases a person so that the database holds their address and name nowhere, whatever servers wrote of it', async () => {
    const address = `O'Tester.Secret+x${count}@mail.example.net`;
    const id = await joinUp('weekly', address);
    const local = address.slice(0, address.indexOf('@'));
    const { database } = site.db;
    const replies = [
      `550 5.1.1 <${address.toUpperCase()}>: nobody`,
      `550 "${local}"@mail.example.net unknown`,
      `450 ${local.replace('+', '+2B')}=40mail.example.net`,
      `450 bounce-${local}=mail.example.net@example.org`,
      `450 ${encodeURIComponent(address)} is busy`,
      `450 ${local} at mail.example.net`,
    ];
    for (const reply of replies)
      await database.query(
        `with e as (insert into edition (newsletter_id, schedule_id, state, cutoff, previous_cutoff, minimum, maximum)
           values ($1, $2, 'done', 0, 0, 1, 12) returning id),
         r as (insert into rendition (edition_id, language, positions, revisions, subject, preheader, html, plain)
           select id, 'en', '{}', '{}', 'S', '', '', '' from e returning id, edition_id),
         d as (insert into delivery (edition_id, subscription_id, rendition_id, state, due_at, reply)
           select edition_id, $3, id, 'rejected', now(), $4 from r returning id)
         insert into attempt (delivery_id, outcome, reply) select id, 'deferred', $4 from d`,
        [newsletter.id, newsletter.scheduleId, id, reply],
      );
    await post('/link/weekly', { address });
    await runJobs();
    await post('/link/weekly', { address });
    await post(await freshPath(id), { action: 'address', address: `tester.secret.new${count}@example.net` });
    await runJobs();
    const undo = pathOf(/https:\/\/news\.example\.org\/left\/[^"]+/.exec(await (await post(leavePath(id), {})).text())![0]);
    await post(undo, { action: 'reason', reason: 'other', words: `I am Ann Person, ${address}` });
    expect(await dump()).toMatch(/tester\.secret/i);
    const path = await freshPath(id);
    expect(await text(`${path}/erase`)).toContain('What stays:');
    expect((await dump()).length).toBeGreaterThan(1000);
    expect(await (await post(`${path}/erase`, {})).text()).toContain('Your data is deleted');
    expect((await dump()).split('\n').filter((line) => /tester\.secret/i.test(line))).toEqual([]);
    const { rows } = await database.query(`select name from subscriber p join subscription s on s.subscriber_id = p.id where s.id = $1`, [
      id,
    ]);
    expect(rows).toEqual([{ name: null }]);
    expect((await database.query(`select from leaving_reason where words like '%Ann Person%'`)).rowCount).toBe(0);
    // The link says that it is done; it goes on for a day.
    for (const again of [await post(`${path}/erase`, {}), await site.request(path), await site.request(`${path}/export`)])
      expect([again.status, await again.text()]).toEqual([410, expect.stringContaining('Your data is deleted')]);
    expect((await site.request(preferencesPath(id))).status).toBe(404);
    expect(JSON.stringify(site.logged)).not.toMatch(/tester\.secret|Ann Person/i);
  });
});

describe('An erasure', () => {
  /** How a text may stand in a row: as it is, in a URL, in base64 wherever in a longer text it began, as bytes. */
  function spellings(said: string): string[] {
    const base64 = [0, 1, 2].map((offset) => {
      const whole = Buffer.from('x'.repeat(offset) + said).toString('base64');
      return whole.slice(offset === 0 ? 0 : 4, Math.floor(((offset + Buffer.byteLength(said)) * 4) / 3) - 2);
    });
    return [said, encodeURIComponent(said), ...base64, Buffer.from(said).toString('hex')];
  }

  test('reaches the jobs that wait and those that are done, and every spelling of the address and the name', async () => {
    const { database } = site.db;
    const queue = openJobQueue(database, site.ports.log, { supervise: false });
    await queue.prepare();
    const usual = { signUps: site.ports.signUps, enqueue: ports.enqueue };
    Object.assign(site.ports, { signUps: { ...usual.signUps, enqueue: queue.enqueue } });
    Object.assign(ports, { enqueue: queue.enqueue });
    const address = `"Un'Usual Vanish"${count}.Ing+tag@mail.example.net`.replace(/["\s]/g, '');
    const name = 'Zoë Vanishing-Person';
    try {
      const id = await joinUp('weekly', address);
      await post(await freshPath(id), { action: 'name', name });
      const waiting = await addSubscriber(ports, { newsletter: 'other', address, name });
      expect(waiting.kind).toBe('asked');
      const asks = [address.toUpperCase().replace('@MAIL.EXAMPLE.NET', '@mail.example.net'), address];
      await post('/link/weekly', { address: asks[0]! });
      const each = async (): Promise<void> => {};
      await queue.work({
        collect: each,
        compose: each,
        freeze: each,
        deliver: each,
        notice: each,
        sign_up: each,
        ping: each,
        link: async ({ requestId }) => handleLinkRequest(ports, requestId),
      });
      await waitFor(async () => (await mails(id)).length === 1);
      await queue.close();
      const later = openJobQueue(database, site.ports.log, { supervise: false });
      Object.assign(site.ports, { signUps: { ...usual.signUps, enqueue: later.enqueue } });
      await post('/link/weekly', { address: asks[1]! });
      await post(await freshPath(id), { action: 'address', address: `another.vanish${count}@example.net` });
      // A form that they sent and that waits: for its job, or for staff.
      const signUp = { newsletterId: newsletter.id, address: asks[0]!, addressKey: addressKey(parseAddress(address).normal, secret), name };
      await database.transaction((tx) =>
        insertSignUp(tx, { ...signUp, scheduleId: null, topicIds: null, source: 'page', wording: 'Yes', ip: null, receivedAt: now }),
      );
      expect(await dump()).toMatch(/vanish/i);
      await post(`${await freshPath(id)}/erase`, {});
      await later.close();
      const { rows } = await database.query<{ count: number }>(`select count(*)::int as count from pgboss.job`);
      expect(rows[0]!.count).toBeGreaterThan(2);
      const stored = (await dump()).toLowerCase();
      const local = address.slice(0, address.lastIndexOf('@'));
      for (const said of [address, address.toLowerCase(), asks[0]!, local, name, `another.vanish${count}`].flatMap(spellings))
        expect([said, stored.includes(said.toLowerCase())]).toEqual([said, false]);
    } finally {
      Object.assign(site.ports, { signUps: usual.signUps });
      Object.assign(ports, { enqueue: usual.enqueue });
    }
  });
});

describe('A new address', () => {
  const change = async (id: string, to: string): Promise<number> => {
    const { status } = await post(await freshPath(id), { action: 'address', address: to });
    await runJobs();
    return status;
  };

  test('is used once its owner agreed, and the old one is told; links that went to that one alone work no more', async () => {
    const id = await joinUp();
    const old = await freshPath(id);
    expect(await change(id, `new${count}@example.net`)).toBe(303);
    const [asked] = await mails(id);
    expect(asked?.to).toBe(`new${count}@example.net`);
    const link = linkIn(asked);
    expect(await text(link)).toContain('Yes, use this address');
    expect((await mails(id)).length).toBe(1);
    expect(await (await post(link, {})).text()).toContain('Your address is changed');
    expect((await mails(id)).map(({ to, subject }) => [to, subject])).toEqual([
      [`new${count}@example.net`, 'Receive The weekly at this address?'],
      [addressOf(), 'Your address for The weekly was changed'],
    ]);
    expect((await site.request(old)).status).toBe(404);
    expect((await post(link, {})).status).toBe(404);
    expect(await text(preferencesPath(id))).toContain('n…@example.net');
    expect((await listConsentEvents(site.db.database, id)).at(-1)).toMatchObject({ kind: 'address_changed' });
  });

  test('that somebody has is answered the same, and its owner is mailed; a suppressed one gets nothing', async () => {
    const id = await joinUp();
    const owner = await joinUp('weekly', `owner${count}@example.net`);
    await site.db.database.transaction((tx) =>
      suppressAddress(tx, keyOf(`no${count}@example.net`), { reason: 'complained', source: 'test', now }),
    );
    for (const to of [`owner${count}@example.net`, `no${count}@example.net`]) expect(await change(id, to)).toBe(303);
    expect(await mails(id)).toEqual([]);
    expect((await mails(owner)).map(({ to }) => to)).toEqual([`owner${count}@example.net`]);
    expect((await site.db.database.query(`select from link_request where subscriber_id is not null`)).rowCount).toBe(0);
  });

  test('is mailed about three times a day, whoever asks and however it is written', async () => {
    const usual = site.ports.limiter;
    Object.assign(site.ports, { limiter: createLimiter({ database: site.db.database, secret }) });
    try {
      const statuses: number[] = [];
      for (const n of [1, 2, 3, 4]) {
        const id = await joinUp('weekly', `asker${n}.${count}@example.net`);
        statuses.push(await change(id, `stranger${count}+${n}@example.org`));
      }
      expect(statuses).toEqual([303, 303, 303, 429]);
    } finally {
      Object.assign(site.ports, { limiter: usual });
      await site.db.database.query(`delete from link_request`);
    }
  });

  test('cannot be taken while a digest is on its way to the old one, and says so', async () => {
    const id = await joinUp();
    await change(id, `busy${count}@example.net`);
    const link = linkIn((await mails(id))[0]);
    const { database } = site.db;
    const { rows } = await database.query<{ id: string }>(
      `with e as (insert into edition (newsletter_id, schedule_id, state, cutoff, previous_cutoff, minimum, maximum)
         values ($1, $2, 'sending', 0, 0, 1, 12) returning id),
       r as (insert into rendition (edition_id, language, positions, revisions, subject, preheader, html, plain)
         select id, 'en', '{}', '{}', 'S', '', '', '' from e returning id, edition_id)
       insert into delivery (edition_id, subscription_id, rendition_id, state, due_at) select edition_id, $3, id, 'sending', now() from r returning id`,
      [newsletter.id, newsletter.scheduleId, id],
    );
    const busy = await post(link, {});
    expect(busy.status).toBe(503);
    expect(await busy.text()).toContain('A mail is on its way to your old address');
    await database.query(`update delivery set state = 'accepted', ended_at = now() where id = $1`, [rows[0]!.id]);
    expect(await (await post(link, {})).text()).toContain('Your address is changed');
  });

  test('that somebody else took meanwhile stays theirs, and of two clicks at once one changes it', async () => {
    const id = await joinUp();
    await change(id, `wanted${count}@example.net`);
    const link = linkIn((await mails(id))[0]);
    await joinUp('weekly', `wanted${count}@example.net`);
    expect((await post(link, {})).status).toBe(404);
    await change(id, `free${count}@example.net`);
    const free = linkIn((await mails(id))[1]);
    const answers = await Promise.all([post(free, {}), post(free, {}), post(free, {})]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404, 404]);
  });
});
