/*
 * The life of a subscription, as a reader goes through it: real pages in a browser, real mail in the local outbox, one process that serves and sends.
 * Before each click security products have opened every link of every mail: nothing of it may have changed anything (P4).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { serve } from '../scripts/table/running.ts';
import { listMessages, readMessage } from '../src/mail/maildir-store.ts';
import { createInstallation, type Installation } from './scripts/run-main.ts';
import { startFeedSite, type FeedSite, type TestItem } from './support/feed-site.ts';
import { startCommand, type LastingCommand } from './support/run-gazette.ts';
import { findChromium, openBrowser } from './support/screenshot.ts';
import { waitFor } from './support/wait-for.ts';

const hasBrowser = findChromium() !== undefined;
if (!hasBrowser) console.warn('There is no Chromium (set CHROMIUM, or install one): the journey of a reader is not tried.');

let gazette: Installation;
let site: FeedSite;
let server: LastingCommand;
let origin: string;
let browser: Browser;
let page: Page;

const posts: TestItem[] = [
  { id: '1', title: 'On leading schools', categories: ['Leadership'] },
  { id: '2', title: 'On reading aloud', categories: ['Reading'] },
];

/** A mail in the outbox. */
interface Mail {
  readonly subject: string;
  readonly to: string;
  readonly text: string;
  readonly html: string;
  readonly headers: ReadonlyMap<string, string>;
}

async function mails(): Promise<Mail[]> {
  const folder = join(gazette.folder, 'outbox');
  const { messages } = await listMessages(folder, { limit: 100 });
  const read = await Promise.all(messages.map(({ id }) => readMessage(folder, id)));
  return read.toReversed().map(({ subject, to, text = '', html = '', headers }) => ({
    subject,
    to,
    text,
    html,
    headers: new Map(headers.map(([name, value]) => [name.toLowerCase(), value])),
  }));
}

async function mailWith(subject: RegExp): Promise<Mail> {
  let found: Mail | undefined;
  await waitFor(async () => (found = (await mails()).find((mail) => subject.test(mail.subject))) !== undefined, {
    what: `a mail ${subject}`,
  });
  return found!;
}

const linkIn = (mail: Mail, path: string): string => new RegExp(`${origin}/${path}/[\\w-]+`).exec(`${mail.text} ${mail.html}`)?.[0] ?? '';

/** What nothing but a person's click, or the ledger, may change. */
async function everything(): Promise<string> {
  const tables = [
    'subscriber',
    'subscription',
    'subscription_cursor',
    'consent_event',
    'suppression',
    'sign_up',
    'delivery',
    'edition',
    'staff_link',
  ];
  const dumps = await Promise.all(
    tables.map(async (table) => (await gazette.stored.database.query(`select t::text from ${table} t order by 1`)).rows),
  );
  return JSON.stringify(dumps);
}

const scanners = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
  'Barracuda Sentinel (EE)',
  'Mozilla/5.0 (compatible; Proofpoint URL Defense)',
];

/** Opens every link of ours in every mail, as mail gateways and link checkers do, three times by each method. */
async function scan(): Promise<number> {
  const links = new Set(
    (await mails()).flatMap(
      (mail) =>
        `${mail.text} ${mail.html} ${mail.headers.get('list-unsubscribe') ?? ''}`.match(new RegExp(`${origin}[^\\s"<>)]*`, 'g')) ?? [],
    ),
  );
  const before = await everything();
  for (const link of links)
    for (const agent of scanners)
      for (const method of ['GET', 'HEAD', 'OPTIONS'])
        await fetch(link.replaceAll('&amp;', '&'), { method, headers: { 'user-agent': agent, purpose: 'prefetch' }, redirect: 'follow' });
  expect(await everything()).toBe(before);
  return links.size;
}

(hasBrowser ? describe : describe.skip)('The life of a subscription', () => {
  beforeAll(async () => {
    [gazette, site, browser] = await Promise.all([createInstallation(), startFeedSite(), openBrowser()]);
    site.setFeed('/feed', posts);
    server = await startCommand(serve, { ...gazette.env, PORT: '0' }, /Ctrl-C ends it/, ['--no-sample']);
    origin = new URL(/Web pages: (http:\S+)/.exec(server.printed.join('\n'))![1]!).origin;
    const newsletter = '--name Weekly --sender letter@example.org --postal-address "1 Example Road" --privacy https://example.org/privacy';
    await gazette.done(`newsletters add weekly ${newsletter}`);
    await gazette.done('schedules add weekly --every friday --at 08:00 --zone UTC');
    await gazette.done(`sources add ${site.url}/feed --newsletter weekly --first release`);
    await gazette.done('collect');
    await gazette.done('topics map leadership leadership --name Leadership');
    await gazette.done('topics map reading reading --name Reading');
    page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await Promise.all([site.close(), gazette.remove()]);
  });

  const heading = async (): Promise<string> => page.locator('h1').innerText();

  test('goes from a form to a farewell, and nobody but the reader moves it', async () => {
    await signUp();
    await confirm();
    await receive();
    await leave();
  });

  async function signUp(): Promise<void> {
    await page.goto(`${origin}/subscribe/weekly?source=journey`);
    await page.fill('input[name=address]', 'ann@example.net');
    await page.fill('input[name=name]', 'Ann Example');
    await page.getByRole('button', { name: 'Subscribe' }).click();
    // Faster than people are.
    expect(await heading()).toBe('One more click');
    await page.getByRole('button', { name: 'Subscribe' }).click();
    expect(await heading()).toBe('Look into your mailbox');
    expect((await mailWith(/Please confirm/)).to).toBe('ann@example.net');
    expect(await scan()).toBeGreaterThan(0);
  }

  async function confirm(): Promise<void> {
    await page.goto(linkIn(await mailWith(/Please confirm/), 'confirm'));
    await page.getByRole('button', { name: 'Yes, subscribe' }).click();
    expect(await heading()).toBe('You are subscribed');
    expect(await page.locator('main').innerText()).toContain('On reading aloud');
    await mailWith(/Welcome/);
    await scan();
  }

  async function receive(): Promise<void> {
    await gazette.done('send --newsletter weekly --yes --wait');
    await mailWith(/^On /);
    await scan();
  }

  async function leave(): Promise<void> {
    const unsubscribe = /<(http[^>]+)>/.exec((await mailWith(/^On /)).headers.get('list-unsubscribe') ?? '')![1]!;
    const answer = await fetch(unsubscribe, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });
    expect(answer.status).toBe(200);
    await scan();
    site.setFeed('/feed', [{ id: '3', title: 'On coming later', categories: ['Reading'] }, ...posts]);
    await gazette.done('collect');
    const before = (await mails()).length;
    await gazette.run('send --newsletter weekly --yes --wait');
    expect((await mails()).length).toBe(before);
  }
});
