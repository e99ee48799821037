import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import type { Job } from '../../src/kernel/job.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { leaveSubscription } from '../../src/ledger/change-subscription.ts';
import { suppressAddress } from '../../src/ledger/suppress-address.ts';
import { addressKey } from '../../src/mail/address.ts';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { addSubscriber } from '../../src/subscribers/joining/add-subscriber.ts';
import { admitSignUp, type AdmitSignUpPorts } from '../../src/subscribers/joining/admit-sign-up.ts';
import { dropSignUps, expectSignUps, listPublicHeldSignUps, releaseSignUps } from '../../src/subscribers/joining/decide-held-sign-ups.ts';
import { limits } from '../../src/web/limits/attempt-limits.ts';
import { createLimiter } from '../../src/web/limits/limiter-store.ts';
import { createWebServer } from '../../src/web/web-server.ts';
import { seedEdition, seedNewsletter, seedPost, type SeededNewsletter } from './seed.ts';
import { startSite, type TestSite } from './site.ts';

let site: TestSite;
let newsletter: SeededNewsletter;
let ports: AdmitSignUpPorts;
let now = new Date('2026-03-07T12:00:00Z');
let count = 0;
let day = 0;
const jobs: Job[] = [];
const told: string[] = [];
const secret = Buffer.from('a secret of at least 32 characters, for tests');
const generous = Object.fromEntries(
  Object.keys(limits).map((name) => [name, { points: 100_000, seconds: 60 }]),
) as unknown as typeof limits;

beforeAll(async () => {
  const enqueue = async (_tx: unknown, job: Job): Promise<void> => void jobs.push(job);
  site = await startSite({ signUps: { enqueue, addressKeySecret: secret, keepsIp: true } });
  newsletter = await seedNewsletter(site.db.database, 'weekly');
  await seedPost(site.db.database, newsletter, { topic: 'reading' });
  await site.db.database.query(
    `update newsletter set privacy_url = 'https://example.org/privacy', thanks_hosts = '{www.example.org}', staff_address = 'office@example.org'`,
  );
  Object.assign(site.ports, { limiter: createLimiter({ database: site.db.database, secret, limits: generous }) });
  ports = {
    database: site.db.database,
    clock: () => now,
    log: site.ports.log,
    enqueue,
    publicUrl: site.ports.publicUrl,
    tokenKeys: site.ports.tokenKeys,
    notices: await createNoticeRenderer({ templatesFolder: join(packageRoot, 'templates') }),
    mailLink: async (_tx, subscriberId) => void told.push(subscriberId),
  };
});
afterAll(() => site.close());
beforeEach(() => {
  // Each test in days of its own: the ceiling counts hours, and some tests take days.
  count += 1;
  day += 20;
  setNow(new Date(Date.UTC(2026, 2, day, 12)));
  jobs.length = 0;
  told.length = 0;
});

function setNow(at: Date): void {
  now = at;
  site.setNow(at);
}

const later = (ms: number): void => setNow(new Date(now.getTime() + ms));
const address = (name = 'reader'): string => `${name}${count}@example.net`;
const path = '/subscribe/weekly';

function post(fields: Record<string, string> | [string, string][], init: RequestInit = {}): Promise<Response> {
  return site.request(path, { method: 'POST', body: new URLSearchParams(fields), ...init });
}

async function stampOf(page: Response): Promise<string> {
  return /name="stamp" value="([^"]+)"/.exec(await page.text())![1]!;
}

/** Signs up as a person does, and lets the jobs run. */
async function signUp(fields: Record<string, string> = {}): Promise<Response> {
  const stamp = await stampOf(await site.request(path));
  later(5_000);
  const answer = await post({ address: address(), stamp, ...fields });
  await runJobs();
  return answer;
}

async function runJobs(): Promise<void> {
  for (const job of jobs.splice(0)) if (job.name === 'sign_up') await admitSignUp(ports, job.signUpId);
}

async function noticesTo(to: string, kind = 'confirmation'): Promise<{ subject: string; plain: string }[]> {
  const { rows } = await site.db.database.query<{ subject: string; plain: string }>(
    `select subject, plain from notice where recipient_address = $1 and kind = $2 order by id`,
    [to, kind],
  );
  return rows;
}

const stateOf = async (to: string): Promise<string | undefined> =>
  (
    await site.db.database.query<{ state: string }>(
      `select s.state from subscription s join subscriber p on p.id = s.subscriber_id where p.address = $1`,
      [to],
    )
  ).rows[0]?.state;

async function addActive(to: string): Promise<string> {
  const added = await addSubscriber(
    { ...ports, addressKeySecret: secret },
    { newsletter: 'weekly', address: to, confirmed: { source: 'paper form' } },
  );
  if (!('subscriptionId' in added)) throw new Error(added.kind);
  return added.subscriptionId;
}

const suppress = (to: string, reason: 'bounced' | 'complained', at: Date): Promise<void> =>
  site.db.database.transaction((tx) => suppressAddress(tx, addressKey(to, secret), { reason, source: 'smtp', now: at }));

describe('The sign-up page', () => {
  test('says who sends it, how often, and what becomes of the address', async () => {
    const page = await (await site.request(`${path}?source=fair`)).text();
    for (const words of [
      'The Example Trust',
      'news@example.org',
      'every Friday',
      'https://example.org/privacy',
      'value="fair"',
      '/link/weekly',
    ])
      expect(page).toContain(words);
  });

  test('stays closed without a privacy notice', async () => {
    await seedNewsletter(site.db.database, 'closed');
    expect((await site.request('/subscribe/closed')).status).toBe(403);
    expect(
      (await site.request('/subscribe/closed', { method: 'POST', body: new URLSearchParams({ address: 'a@example.net' }) })).status,
    ).toBe(403);
    expect((await site.request('/subscribe/nothing')).status).toBe(404);
  });

  test('says kindly that a newsletter has ended once it was closed, asks and confirms nobody, and still shows what was published', async () => {
    const { database } = site.db;
    const to = address('late');
    await signUp({ address: to });
    const [asked] = await noticesTo(to);
    const confirmPath = /\/confirm\/[\w-]+/.exec(asked!.plain)![0];
    try {
      await database.query(`update newsletter set closed_at = now() where slug = 'weekly'`);
      for (const answer of [await site.request(path), await post({ address: address() }), await site.request(confirmPath)]) {
        expect(answer.status).toBe(403);
        expect(await answer.text()).toMatch(/The weekly has ended[^]*\/archive\/weekly/);
      }
      expect((await site.request(confirmPath, { method: 'POST', body: new URLSearchParams({}) })).status).toBe(403);
      expect(await stateOf(to)).toBe('pending');
      expect((await site.request('/archive/weekly')).status).toBe(200);
      expect((await site.request('/feeds/weekly.atom')).status).not.toBe(404);
      expect(await (await site.request('/')).text()).not.toContain('/archive/weekly"');
      // What came just before is forgotten.
      await database.query(
        `insert into sign_up (newsletter_id, address, address_key, source, wording) select id, 'just@example.net', 'k', 'form', 'w' from newsletter where slug = 'weekly'`,
      );
      const { rows } = await database.query<{ id: string }>(`select max(id) as id from sign_up`);
      await admitSignUp(ports, rows[0]!.id);
      expect(await stateOf('just@example.net')).toBeUndefined();
    } finally {
      await database.query(`update newsletter set closed_at = null`);
    }
    expect((await site.request(confirmPath, { method: 'POST', body: new URLSearchParams({}) })).status).toBe(200);
    expect(await stateOf(to)).toBe('active');
  });

  test('asks for confirmation by a mail without a word that the requester chose, and keeps what they agreed to', async () => {
    const answer = await signUp({ name: 'Buy Pills at evil.example', topic: 'reading', source: 'open day' });
    expect(answer.status).toBe(200);
    expect(await stateOf(address())).toBe('pending');
    const [mail] = await noticesTo(address());
    expect(JSON.stringify(mail)).not.toMatch(/pills|evil/i);
    const { rows } = await site.db.database.query(
      `select e.kind, e.source, e.wording, host(e.ip) as ip, s.topics from consent_event e join subscription s on s.id = e.subscription_id
         join subscriber p on p.id = s.subscriber_id where p.address = $1`,
      [address()],
    );
    expect(rows).toEqual([
      { kind: 'requested', source: 'form: open day', wording: expect.stringContaining('Yes, send me'), ip: '127.0.0.1', topics: ['1'] },
    ]);
    expect((await site.db.database.query(`select 1 from sign_up`)).rows).toEqual([]);
  });

  test('takes a name as one line, which reaches no header of any mail', async () => {
    await signUp({ name: 'Ann\r\nBcc: victim@example.com\r\n\r\nBuy pills' });
    const { rows } = await site.db.database.query<{ mail: string; name: string }>(
      `select n::text as mail, p.name from notice n join subscription s on s.id = n.subscription_id join subscriber p on p.id = s.subscriber_id
       where n.recipient_address = $1`,
      [address()],
    );
    expect(rows).toEqual([{ mail: expect.not.stringMatching(/victim|pills/), name: 'Ann Bcc: victim@example.com Buy pills' }]);
  });

  test('sent many times at once asks once', async () => {
    const stamp = await stampOf(await site.request(path));
    later(5_000);
    const answers = await Promise.all(Array.from({ length: 6 }, async () => post({ address: address(), stamp })));
    expect(new Set(await Promise.all(answers.map(async (answer) => `${answer.status} ${await answer.text()}`))).size).toBe(1);
    const received = jobs.splice(0).flatMap((job) => (job.name === 'sign_up' ? [job.signUpId, job.signUpId] : []));
    await Promise.all(received.map(async (id) => admitSignUp(ports, id)));
    expect((await noticesTo(address())).length).toBe(1);
  });

  test('keeps the very words that were agreed to, which change with the newsletter, its language and the phrases', async () => {
    const worded = async (): Promise<unknown[]> => {
      count += 1;
      await signUp();
      const link = new URL(/https:\S+\/confirm\/\S+/.exec((await noticesTo(address()))[0]!.plain)![0]).pathname;
      await site.request(link, { method: 'POST' });
      const { rows } = await site.db.database.query<{ wording: string }>(
        `select e.wording from consent_event e join subscription s on s.id = e.subscription_id join subscriber p on p.id = s.subscriber_id
         where p.address = $1 order by e.id`,
        [address()],
      );
      return rows.map(({ wording }) => wording);
    };
    const { pages } = site.ports;
    const before = await worded();
    try {
      await site.db.database.query(`update newsletter set name = 'The renamed' where id = $1`, [newsletter.id]);
      const renamed = await worded();
      await site.db.database.query(`update newsletter set language = 'de' where id = $1`, [newsletter.id]);
      const german = await worded();
      Object.assign(site.ports, { pages: { ...pages, confirmationWording: () => 'Other phrases by now' } });
      const phrased = await worded();
      for (const each of [before, renamed, german, phrased]) expect([each.length, new Set(each).size]).toEqual([2, 1]);
      expect(new Set([before, renamed, german, phrased].flat()).size).toBe(4);
      expect([String(renamed[0]), phrased[0]]).toEqual([expect.stringContaining('The renamed'), 'Other phrases by now']);
    } finally {
      Object.assign(site.ports, { pages });
      await site.db.database.query(`update newsletter set name = 'The weekly', language = 'en' where id = $1`, [newsletter.id]);
    }
  });

  test('answers the same, word for word, whatever is known of an address', async () => {
    const [pending, active, left, complained, bounced] = ['pending', 'active', 'left', 'complained', 'bounced'].map((name) =>
      address(name),
    );
    await addSubscriber({ ...ports, addressKeySecret: secret }, { newsletter: 'weekly', address: pending! });
    await addActive(active!);
    const leftId = await addActive(left!);
    await site.db.database.transaction((tx) => leaveSubscription(tx, leftId, now));
    await suppress(complained!, 'complained', now);
    await suppress(bounced!, 'bounced', now);
    const answers: string[] = [];
    for (const to of [address('new'), pending!, active!, left!, complained!, bounced!]) {
      const answer = await signUp({ address: to });
      const headers = [...answer.headers].filter(([name]) => name !== 'date');
      answers.push(JSON.stringify([answer.status, headers, await answer.text()]));
    }
    expect(new Set(answers).size).toBe(1);
    expect(
      await Promise.all([address('new'), pending!, left!, complained!, bounced!].map(async (to) => (await noticesTo(to)).length)),
    ).toEqual([1, 1, 1, 0, 0]);
    expect([await stateOf(left!), await stateOf(active!), told.length]).toEqual(['left', 'active', 1]);
  });

  test('mails one confirmation in 24 hours and three for one sign-up', async () => {
    const sent = async (): Promise<number> => (await noticesTo(address())).length;
    await signUp();
    await signUp();
    expect(await sent()).toBe(1);
    for (const expected of [2, 3, 3, 3]) {
      later(25 * 3_600_000);
      await signUp();
      expect(await sent()).toBe(expected);
    }
  });

  test('asks an address that bounced more than 30 days ago once, and one that complained never', async () => {
    await suppress(address('old'), 'bounced', new Date(now.getTime() - 31 * 86_400_000));
    await suppress(address('complained'), 'complained', new Date(now.getTime() - 400 * 86_400_000));
    for (const name of ['old', 'old', 'complained']) {
      await signUp({ address: address(name) });
      later(25 * 3_600_000);
    }
    expect((await noticesTo(address('old'))).length).toBe(1);
    expect((await noticesTo(address('complained'))).length).toBe(0);
  });

  const ofPrograms = 'faster than most people, or filled in by a program';
  const almostDone = 'Almost done: press the button';

  test.each<[string, Record<string, string>, number, string]>([
    ['who is faster than people are', {}, 100, ofPrograms],
    ['who fills in what people do not see', { website: 'https://example.org' }, 5_000, ofPrograms],
    ['whose stamp was made up', { stamp: 'n-1-1-AAAAAAAAAAAAAAAAAAAAAA' }, 5_000, ofPrograms],
    ['whose page lay open for two days', {}, 2 * 86_400_000, almostDone],
    ['who filled in for two days what people do not see', { website: 'https://example.org' }, 2 * 86_400_000, ofPrograms],
  ])('%s presses a second button, and is asked then', async (_who, fields, waitMs, words) => {
    const stamp = await stampOf(await site.request(path));
    later(waitMs);
    const answer = await post({ address: address(), topic: 'reading', stamp, ...fields });
    expect(answer.status).toBe(200);
    const page = await answer.text();
    expect(page).toContain('One more click');
    expect(page).toContain(words);
    expect(jobs).toEqual([]);
    const again = [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(
      ([, name, value]) => [name!, value!] as [string, string],
    );
    expect((await post(again)).status).toBe(200);
    await runJobs();
    expect((await noticesTo(address())).length).toBe(1);
  });

  /** What the form on another site sends, as its snippet has it. */
  async function postEmbedded(fields: Record<string, string>): Promise<Response> {
    const snippet = (await (await site.request(`${path}/form`)).text())
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"');
    const own = [...snippet.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name, value]) => [name!, value!]);
    expect(own).toEqual([['source', 'our-site']]);
    return post({ ...Object.fromEntries(own), ...fields });
  }

  test.each([
    ['en', 'press the button to confirm that you want The weekly'],
    ['de', 'um zu bestätigen, dass Sie The weekly möchten'],
    ['es', 'para confirmar que quiere recibir The weekly'],
    ['fr', 'pour confirmer que vous voulez The weekly'],
    ['it', 'per confermare che desidera The weekly'],
    ['nl', 'om te bevestigen dat u The weekly wilt'],
    ['pt', 'para confirmar que quer The weekly'],
    ['ar', 'بقيت خطوة واحدة'],
  ])('asks who comes from a form on another site for a second button, and accuses them of nothing: %s', async (language, words) => {
    await site.db.database.query(`update newsletter set language = $2 where id = $1`, [newsletter.id, language]);
    try {
      const page = await (await postEmbedded({ address: address() })).text();
      expect(page).toContain(words);
      expect(page).not.toMatch(/program|برنامج/i);
      const again = [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(
        ([, name, value]) => [name!, value!] as [string, string],
      );
      expect(again).toContainEqual(['source', 'our-site']);
      expect((await post(again)).status).toBe(200);
      await runJobs();
      expect((await noticesTo(address())).length).toBe(1);
    } finally {
      await site.db.database.query(`update newsletter set language = 'en' where id = $1`, [newsletter.id]);
    }
  });

  test('answers who comes from another site the same, whatever is known of an address, and who fills in what people do not see as ever', async () => {
    const names = ['new', 'pending', 'active', 'left', 'complained', 'bounced'];
    const [, pending, active, left, complained, bounced] = names.map((name) => address(name));
    await addSubscriber({ ...ports, addressKeySecret: secret }, { newsletter: 'weekly', address: pending! });
    await addActive(active!);
    const leftId = await addActive(left!);
    await site.db.database.transaction((tx) => leaveSubscription(tx, leftId, now));
    await suppress(complained!, 'complained', now);
    await suppress(bounced!, 'bounced', now);
    const answers: string[] = [];
    for (const name of names) {
      const answer = await postEmbedded({ address: address(name) });
      const headers = [...answer.headers].filter(([header]) => !/^(?:date|content-length)$/.test(header));
      answers.push(JSON.stringify([answer.status, headers, (await answer.text()).replaceAll(address(name), 'ADDRESS')]));
    }
    expect(new Set(answers).size).toBe(1);
    expect(jobs.filter(({ name }) => name === 'sign_up')).toEqual([]);
    const trapped = await (await postEmbedded({ address: address(), website: 'https://example.org' })).text();
    expect(trapped).toContain('filled in by a program');
  });

  test('asks once whether a large host was meant, the same whoever has the address, and takes it as it is typed then', async () => {
    const active = `known${count}@gmial.com`;
    await addActive(active);
    const pages: string[] = [];
    let stamp = '';
    const fields = { name: 'Ann Lee', topic: 'reading', source: 'fair', thanks: 'https://www.example.org/thanks' };
    for (const to of [`other${count}@gmial.com`, active]) {
      const answer = await signUp({ ...fields, address: to });
      expect([answer.status, jobs]).toEqual([200, []]);
      const headers = [...answer.headers].filter(([name]) => !/^(?:date|content-length)$/.test(name));
      const text = await answer.text();
      stamp = /name="stamp" value="([^"]+)"/.exec(text)![1]!;
      pages.push(JSON.stringify([headers, text.replace(stamp, 'STAMP').replaceAll(to, 'ADDRESS')]));
    }
    expect(pages[1]).toBe(pages[0]);
    const page = JSON.parse(pages[0]!)[1] as string;
    for (const words of [
      'Did you mean gmail.com?',
      'value="ADDRESS"',
      'value="Ann Lee"',
      'value="reading" checked',
      'value="fair"',
      'value="https://www.example.org/thanks"',
    ])
      expect(page).toContain(words);
    const hidden = Object.fromEntries(
      [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name, value]) => [name!, value!]),
    );
    const first = await post({ ...fields, ...hidden, stamp, address: `other${count}@gmial.com` });
    expect([first.status, first.headers.get('location')]).toEqual([303, fields.thanks]);
    // Who meant it presses the same button with another address; another slip is asked about too.
    expect((await post({ ...fields, ...hidden, stamp, address: `other${count}@gmail.com` })).status).toBe(303);
    expect(await (await post({ ...fields, ...hidden, stamp, address: `other${count}@hotmial.com` })).text()).toContain(
      'Did you mean hotmail.com?',
    );
    await runJobs();
    expect((await noticesTo(`other${count}@gmial.com`)).length + (await noticesTo(`other${count}@gmail.com`)).length).toBe(2);
    const broken = await signUp({ address: 'ann@gmail' });
    expect([broken.status, await broken.text()]).toEqual([400, expect.stringContaining('Did you mean gmail.com?')]);
  });

  test('takes the stamp of no other newsletter, and of no other page', async () => {
    const other = await seedNewsletter(site.db.database, `other${count}`);
    await site.db.database.query(`update newsletter set privacy_url = 'https://example.org/privacy' where id = $1`, [other.id]);
    const stamp = await stampOf(await site.request(`/subscribe/other${count}`));
    later(5_000);
    expect(await (await post({ address: address(), stamp })).text()).toContain('One more click');
  });

  test('sends people on to a host that staff named, and nowhere else', async () => {
    const go = async (thanks: string): Promise<[number, string | null]> => {
      const answer = await signUp({ thanks, address: `${Math.random()}@example.net` });
      return [answer.status, answer.headers.get('location')];
    };
    expect(await go('https://www.example.org/thanks?x=1')).toEqual([303, 'https://www.example.org/thanks?x=1']);
    for (const elsewhere of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      'https://www.example.org@evil.example/',
      'https://www.example.org:8443/',
      'https://x@www.example.org/',
      'ftp://www.example.org/',
    ])
      expect([elsewhere, ...(await go(elsewhere))]).toEqual([elsewhere, 200, null]);
  });

  test('lets a form lead on to the hosts that staff named, where it does, and to nobody else', async () => {
    const formAction = (answer: Response): string =>
      /form-action ([^;]+)/.exec(answer.headers.get('content-security-policy') ?? '')?.[1] ?? '';
    const own = "'self' https://news.example.org";
    const thanks = 'https://www.example.org/thanks';
    const pages = [
      await site.request(`/subscribe/weekly?thanks=${encodeURIComponent(thanks)}`),
      await post({ thanks, address: address() }),
      await post({ thanks, address: 'none' }),
      await signUp({ thanks, address: `other${count}@gmial.com` }),
    ];
    expect(pages.map(formAction)).toEqual(pages.map(() => `${own} http://www.example.org`));
    const others = [await site.request('/subscribe/weekly'), await post({ thanks: 'https://evil.example/', address: address() })];
    expect(others.map(formAction)).toEqual([own, own]);
  });

  test('keeps what was typed where something of it cannot be, and stores nothing', async () => {
    for (const typed of [
      'ann@example',
      '',
      'Ann <ann@example.net>',
      'a@example.net,b@example.net',
      'ann@example.net\r\nBcc: b@example.net',
      '"a@evil.example"@example.net',
      `${'a'.repeat(300)}@example.net`,
    ]) {
      const answer = await post({ address: typed, topic: 'reading' });
      const page = await answer.text();
      expect([typed, answer.status, page.includes('aria-invalid="true"'), page.includes('value="reading" checked')]).toEqual([
        typed,
        400,
        true,
        true,
      ]);
    }
    expect((await post({ address: address(), name: 'n'.repeat(201) })).status).toBe(400);
    expect((await post({ address: address(), topic: 'gone' })).status).toBe(400);
    expect((await post({ address: address(), schedule: 'never' })).status).toBe(400);
    expect(jobs).toEqual([]);
  });

  test('takes a form and nothing else', async () => {
    const send = async (body: string, type: string): Promise<number> =>
      (await site.request(path, { method: 'POST', body, headers: { 'content-type': type } })).status;
    const form = 'application/x-www-form-urlencoded';
    expect(await send('{"address":["a@example.net"]}', 'application/json')).toBe(415);
    expect(await send('address=a@example.net', 'text/plain')).toBe(415);
    expect(await send(`address=${'a'.repeat(20_000)}`, form)).toBe(413);
    expect(await send('address=a%40example.net&address=b%40example.net', form)).toBe(400);
    expect(await send('address=a%00%40example.net', form)).toBe(400);
    expect(await send('a=1&'.repeat(1_000), form)).toBe(400);
    expect(await send('address[]=a%40example.net&address[x]=1', form)).toBe(400);
    expect(await send('address=%ED%A0%80%40example.net', form)).toBe(400);
    expect(await send('address=%', form)).toBe(400);
    expect(jobs).toEqual([]);
  });

  test('believes no header of a stranger about where they come from', async () => {
    const stamp = await stampOf(await site.request(path, { headers: { 'x-forwarded-for': '203.0.113.5' } }));
    later(5_000);
    const page = await (await site.request(path, { headers: { 'x-forwarded-host': 'evil.example', host: 'evil.example' } })).text();
    expect(page).not.toContain('evil.example');
    await post({ address: address(), stamp }, { headers: { 'x-forwarded-for': '203.0.113.5' } });
    const { rows } = await site.db.database.query(`select host(ip) as ip from sign_up`);
    expect(rows).toEqual([{ ip: '127.0.0.1' }]);
    await runJobs();
  });

  test('keeps the IP that a trusted proxy says, without its port and zone, and the proxy’s own where that says none', async () => {
    const behind = await createWebServer(
      { ...site.ports, trustedProxies: ['127.0.0.1', '10.0.0.0/8', '::ffff:172.16.0.0/108', '2001:db8:ffff::/48'] },
      { host: '127.0.0.1', port: 0 },
    );
    try {
      for (const [forwarded, expected] of [
        ['203.0.113.9', '203.0.113.9'],
        ['203.0.113.9:4711', '203.0.113.9'],
        ['::ffff:203.0.113.9', '203.0.113.9'],
        ['[::ffff:cb00:7109]:443', '203.0.113.9'],
        ['[2001:DB8:0::1]:443', '2001:db8::1'],
        ['[2001:db8::1]', '2001:db8::1'],
        ['fe80::1%eth0', 'fe80::1'],
        ['203.0.113.9:1, 10.0.0.7:99, [2001:db8:ffff::3]:5, 172.16.0.9', '203.0.113.9'],
        ['evil, 203.0.113.9', '203.0.113.9'],
        ['unknown', '127.0.0.1'],
        ['_hidden, 10.0.0.7:80', '10.0.0.7'],
        ['203.0.113.9, _hidden, 10.0.0.7', '10.0.0.7'],
        ['999.0.0.1', '127.0.0.1'],
        ['[', '127.0.0.1'],
        ["'; drop table sign_up --", '127.0.0.1'],
        ['', '127.0.0.1'],
      ] as const) {
        const headers = { 'x-forwarded-for': forwarded };
        const stamp = await stampOf(await fetch(behind.url + path, { headers }));
        later(5_000);
        const body = new URLSearchParams({ address: address(), stamp });
        const answer = await fetch(behind.url + path, { method: 'POST', body, headers });
        const { rows } = await site.db.database.query<{ ip: string }>(`delete from sign_up returning host(ip) as ip`);
        expect([forwarded, answer.status, rows]).toEqual([forwarded, 200, [{ ip: expected }]]);
      }
    } finally {
      await behind.close();
      jobs.length = 0;
    }
  });

  test('offers staff a form for their own site, which works there', async () => {
    const page = await (await site.request(`${path}/form`)).text();
    expect(page).toContain(`&lt;form method=&quot;post&quot; action=&quot;${site.ports.publicUrl}${path}&quot;&gt;`);
    expect(page).toContain('name=&quot;address&quot;');
  });
});

describe('Too many tries', () => {
  test('are told to wait, by network, mailbox and domain, and nothing of them is stored that names anybody', async () => {
    const usual = site.ports.limiter;
    const few = { ...generous, sign_up_address: { points: 2, seconds: 60 } };
    Object.assign(site.ports, { limiter: createLimiter({ database: site.db.database, secret, limits: few }) });
    try {
      const statuses: number[] = [];
      for (const to of [`ann.o${count}@example.net`, `Ann.O${count}+x@example.net`, `a.nno${count}+y@EXAMPLE.net`])
        statuses.push((await signUp({ address: to })).status);
      expect(statuses).toEqual([200, 200, 429]);
      Object.assign(site.ports, {
        limiter: createLimiter({
          database: site.db.database,
          secret,
          limits: { ...generous, sign_up_network: { points: 1, seconds: 60 } },
        }),
      });
      await signUp({ address: address('one') });
      const refused = await signUp({ address: address('two') });
      expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
      await expectSignUps(ports, 300, new Date(now.getTime() + 3_600_000));
      expect((await signUp({ address: address('three') })).status).toBe(200);
      await site.db.database.query(`delete from setting where name = 'expected_sign_ups'`);
      const { rows } = await site.db.database.query(`select key from rate_limit r where r::text ~ '@|127\\.0|example'`);
      expect(rows).toEqual([]);
    } finally {
      Object.assign(site.ports, { limiter: usual });
    }
  });

  test('of links that are none end with 429, while a good one works', async () => {
    const usual = site.ports.limiter;
    Object.assign(site.ports, {
      limiter: createLimiter({ database: site.db.database, secret, limits: { ...generous, guess: limits.guess } }),
    });
    try {
      const statuses = new Set<number>();
      for (let guess = 0; guess < 62; guess += 1) statuses.add((await site.request(`/confirm/c-1-${guess + 1}-${'A'.repeat(22)}`)).status);
      expect([...statuses]).toEqual([404, 429]);
      await signUp();
      const [mail] = await noticesTo(address());
      expect((await site.request(new URL(/https:\S+\/confirm\/\S+/.exec(mail!.plain)![0]).pathname)).status).toBe(200);
    } finally {
      Object.assign(site.ports, { limiter: usual });
    }
  });
});

describe('The ceiling', () => {
  const many = async (from: number, to: number): Promise<void> => {
    for (let each = from; each < to; each += 1) await signUp({ address: address(`many${each}-`) });
  };
  const asked = async (): Promise<number> =>
    (await site.db.database.query(`select 1 from notice where kind = 'confirmation' and recipient_address like $1`, [`many%-${count}@%`]))
      .rows.length;

  test('holds what comes beyond twenty an hour, tells staff once, and lets go on what they release', async () => {
    const before = (await noticesTo('office@example.org', 'staff')).length;
    await many(0, 24);
    expect(await asked()).toBe(20);
    const { signUps: held } = await listPublicHeldSignUps(site.db.database, { limit: 100 });
    expect(held.map(({ address: to }) => to)).toEqual([20, 21, 22, 23].map((each) => address(`many${each}-`)));
    const mails = (await noticesTo('office@example.org', 'staff')).slice(before);
    expect(mails.length).toBe(1);
    expect(mails[0]!.plain).toContain('gazette subscribers release --all');
    await releaseSignUps(ports, [held[0]!.id]);
    await runJobs();
    expect(await asked()).toBe(21);
    expect(await dropSignUps(ports, 'all')).toHaveLength(3);
    expect(await asked()).toBe(21);
    await expect(releaseSignUps(ports, [held[1]!.id])).rejects.toThrow(/found none/);
  });

  test('counts who did not confirm, and is as high as staff expect', async () => {
    await many(0, 20);
    await site.db.database.query(
      `insert into consent_event (subscription_id, kind, at, source)
       select s.id, 'confirmed', $2, 'link' from subscription s join subscriber p on p.id = s.subscriber_id where p.address = $1`,
      [address('many0-'), now],
    );
    await many(20, 21);
    expect(await asked()).toBe(21);
    await many(21, 22);
    expect(await asked()).toBe(21);
    await expectSignUps(ports, 300, new Date(now.getTime() + 3_600_000));
    await many(22, 24);
    expect(await asked()).toBe(23);
    await site.db.database.query(`delete from setting where name = 'expected_sign_ups'`);
    await dropSignUps(ports, 'all');
  });
});

describe('The confirmation', () => {
  const confirmPath = async (): Promise<string> => {
    await signUp();
    return new URL(/https:\S+\/confirm\/\S+/.exec((await noticesTo(address()))[0]!.plain)![0]).pathname;
  };

  test('works once, welcomes in the words of the newsletter, and says kindly a second time that it was done', async () => {
    await site.db.database.query(`update newsletter set welcome = $2 where id = $1`, [
      newsletter.id,
      'Hello {{ reader.name | default: "there" }}!\n\nYours, {{ newsletter.sender }} <b>',
    ]);
    const link = await confirmPath();
    expect((await site.request(link)).status).toBe(200);
    expect(await stateOf(address())).toBe('pending');
    const welcome = await (await site.request(link, { method: 'POST' })).text();
    expect(welcome).toContain('<p>Hello there!</p>');
    expect(welcome).toContain('<p>Yours, The Example Trust &lt;b&gt;</p>');
    expect(await stateOf(address())).toBe('active');
    for (const method of ['GET', 'POST'])
      expect(await (await site.request(link, { method })).text()).toContain('You had confirmed already');
    await site.db.database.query(`update newsletter set welcome = null`);
  });

  test('mails the latest edition to who wants it', async () => {
    await seedEdition(site.db.database, newsletter, { state: 'done', subject: 'A subject', html: '<p>Words.</p>' });
    const welcomed: string[] = [];
    Object.assign(site.ports, { welcome: async (_tx: unknown, id: string) => void welcomed.push(id) });
    const link = await confirmPath();
    expect(await (await site.request(link)).text()).toContain('name="latest" value="1" checked');
    await site.request(link, { method: 'POST', body: new URLSearchParams({ asked: '1' }) });
    expect(welcomed).toEqual([]);
    count += 1_000;
    const other = await confirmPath();
    await site.request(other, { method: 'POST', body: new URLSearchParams({ asked: '1', latest: '1' }) });
    expect(welcomed.length).toBe(1);
  });
});
