/*
 * The life of subscriptions, as readers go through it: real pages in a browser, real mail in the local outbox, one process that serves and sends.
 * Before each click security products have opened every link of every mail: nothing of it may have changed anything (P4).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
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

const posts: Record<string, TestItem[]> = {
  weekly: [
    { id: 'weekly-1', title: 'On leading schools', categories: ['Leadership'] },
    { id: 'weekly-2', title: 'On reading aloud', categories: ['Reading'] },
  ],
  letter: [{ id: 'letter-1', title: 'On beginnings', categories: ['Reading'] }],
};

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

/** Waits for the first mail with this subject to somebody. */
function mailWith(subject: RegExp, { to }: { readonly to: string }): Promise<Mail> {
  return waitFor(async () => (await mails()).find((mail) => subject.test(mail.subject) && mail.to.includes(to)), {
    what: `a mail ${subject} for ${to}`,
  });
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
    server = await startCommand(serve, { ...gazette.env, PORT: '0' }, /Ctrl-C ends it/, ['--no-sample']);
    origin = new URL(/Web pages: (http:\S+)/.exec(server.printed.join('\n'))![1]!).origin;
    // One for each reader, so that neither journey needs the other.
    for (const [slug, name] of Object.entries({ weekly: 'Weekly', letter: 'Letter' })) {
      const whose = `--sender ${slug}@example.org --postal-address "1 Example Road" --privacy https://example.org/privacy`;
      await gazette.done(`newsletters add ${slug} --name ${name} ${whose}`);
      await gazette.done(`schedules add ${slug} --every friday --at 08:00 --zone UTC`);
      site.setFeed(`/${slug}`, posts[slug]!);
      await gazette.done(`sources add ${site.url}/${slug} --newsletter ${slug} --first release`);
    }
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

  const heading = (): Promise<string> => page.locator('h1').innerText();
  const main = (): Promise<string> => page.locator('main').innerText();
  const status = (): Promise<string> => page.getByRole('status').innerText();
  const ann = 'ann@example.net';
  const ben = 'ben@example.net';
  const benAtWork = 'ben.at.work@example.org';

  async function publish(slug: string, title: string): Promise<void> {
    posts[slug] = [{ id: `${slug}-${posts[slug]!.length + 1}`, title, categories: ['Reading'] }, ...posts[slug]!];
    site.setFeed(`/${slug}`, posts[slug]);
    await gazette.done('collect --force');
    expect(await gazette.done('posts list')).toContain(title);
  }

  const send = (slug: string): Promise<string> => gazette.done(`send --newsletter ${slug} --yes --wait`);

  /** Nobody gets a digest. */
  async function sendNothing(slug: string): Promise<void> {
    const digests = async (): Promise<number> => (await mails()).filter(({ subject }) => subject.startsWith('On ')).length;
    const before = await digests();
    await gazette.run(`send --newsletter ${slug} --yes --wait`);
    expect(await digests()).toBe(before);
  }

  /** The digest that brought somebody a post, once it was sent. */
  async function digestWith(title: string, to: string): Promise<Mail> {
    const all = await mails();
    const digest = all.find((mail) => mail.to.includes(to) && mail.subject.startsWith('On ') && mail.text.includes(title));
    if (!digest)
      throw new Error(`Expected a digest with "${title}" for ${to}, got ${all.map((mail) => `${mail.subject} to ${mail.to}`).join('; ')}`);
    return digest;
  }

  /** Goes on by the keyboard alone until something has the focus, and shows that it has. */
  async function tabTo(role: 'button' | 'checkbox' | 'link' | 'textbox', name: string): Promise<void> {
    const wanted = page.getByRole(role, { name, exact: true }).and(page.locator(':focus-visible'));
    for (let steps = 0; steps < 60; steps += 1) {
      await page.keyboard.press('Tab');
      if ((await wanted.count()) === 1) return;
    }
    throw new Error(`Expected the Tab key to reach the ${role} "${name}"`);
  }

  /** The same, and presses it; waits for the page that follows. */
  async function press(role: 'button' | 'link', name: string): Promise<void> {
    await tabTo(role, name);
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  }

  /** What the file holds that a reader downloads from their own page. */
  async function copy(): Promise<Record<string, unknown>> {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()]);
    return JSON.parse(await readFile(await download.path(), 'utf8')) as Record<string, unknown>;
  }

  test('goes from a form to a farewell, and nobody but the reader moves it', async () => {
    await signUp();
    await confirm();
    await choose();
    await receive();
    await leave();
  });

  async function signUp(): Promise<void> {
    await page.goto(`${origin}/subscribe/weekly?source=journey`);
    await page.fill('input[name=address]', ann);
    await page.fill('input[name=name]', 'Ann Example');
    await page.getByRole('button', { name: 'Subscribe' }).click();
    // Faster than people are.
    expect(await heading()).toBe('One more click');
    await page.getByRole('button', { name: 'Subscribe' }).click();
    expect(await heading()).toBe('Look into your mailbox');
    expect((await mailWith(/Please confirm/, { to: ann })).to).toBe(ann);
    expect(await scan()).toBeGreaterThan(0);
  }

  async function confirm(): Promise<void> {
    await page.goto(linkIn(await mailWith(/Please confirm/, { to: ann }), 'confirm'));
    await page.getByRole('button', { name: 'Yes, subscribe' }).click();
    expect(await heading()).toBe('You are subscribed');
    expect(await page.locator('main').innerText()).toContain('On reading aloud');
    await mailWith(/Welcome/, { to: ann });
    await scan();
  }

  async function choose(): Promise<void> {
    await page.getByRole('link', { name: 'Change what you receive' }).click();
    expect(await page.locator('main').innerText()).not.toContain(ann);
    await page.locator('input[name=follows][value=some]').check();
    await page.getByLabel('Reading').check();
    await page.getByRole('button', { name: 'Save' }).first().click();
    expect(await page.locator('[role=status]').innerText()).toContain('aved');
  }

  async function receive(): Promise<void> {
    await send('weekly');
    const digest = await mailWith(/^On /, { to: ann });
    expect(digest.text).toContain('On reading aloud');
    expect(digest.text).not.toContain('On leading schools');
    expect(linkIn(digest, 'preferences')).not.toBe('');
    await scan();
  }

  async function leave(): Promise<void> {
    const unsubscribe = /<(http[^>]+)>/.exec((await mailWith(/^On /, { to: ann })).headers.get('list-unsubscribe') ?? '')![1]!;
    const answer = await fetch(unsubscribe, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });
    expect(answer.status).toBe(200);
    await scan();
    await publish('weekly', 'On coming later');
    await sendNothing('weekly');
  }

  test('leads who signed up on to the page of thanks that staff named', async () => {
    site.set('/thanks', { headers: { 'content-type': 'text/html' }, body: '<h1>Thank you very much</h1>' });
    await gazette.done(`newsletters set letter --thanks-host ${new URL(site.url).host}`);
    await page.goto(`${origin}/subscribe/letter?thanks=${encodeURIComponent(`${site.url}/thanks`)}`);
    await page.fill('input[name=address]', 'dora@example.net');
    await page.getByRole('button', { name: 'Subscribe' }).click();
    expect(await heading()).toBe('One more click');
    await page.getByRole('button', { name: 'Subscribe' }).click();
    expect([page.url(), await heading()]).toEqual([`${site.url}/thanks`, 'Thank you very much']);
  });

  test('lets a reader change everything, come back, and be forgotten', async () => {
    await signUpByKeyboard();
    await askForLink();
    await readOwnPage();
    await changeName();
    await changeAddress();
    await readForwarded();
    await pauseAndCatchUp();
    await pauseAndStartAfresh();
    await leaveAndComeBack();
    await beForgotten();
  }, 300_000);

  async function signUpByKeyboard(): Promise<void> {
    await page.goto(`${origin}/subscribe/letter`);
    await tabTo('textbox', 'Your email address');
    await page.keyboard.type('ben@gmial.com');
    await press('button', 'Subscribe');
    expect(await page.getByRole('alert').innerText()).toContain('Did you mean gmail.com?');
    // What is asked about has the focus.
    expect(await page.locator('input[name=address]:focus').inputValue()).toBe('ben@gmial.com');
    await page.keyboard.press('Control+A');
    await page.keyboard.type(ben);
    await tabTo('checkbox', 'Reading');
    await page.keyboard.press('Space');
    await press('button', 'Subscribe');
    expect(await heading()).toBe('Look into your mailbox');
    await page.goto(linkIn(await mailWith(/Please confirm/, { to: ben }), 'confirm'));
    await press('button', 'Yes, subscribe');
    expect(await heading()).toBe('You are subscribed');
  }

  async function askForLink(): Promise<void> {
    await page.goto(`${origin}/subscribe/letter`);
    await page.getByRole('link', { name: 'Already subscribed? Mail me my link' }).click();
    await page.getByLabel('Your email address').fill('ben@');
    await page.getByRole('button', { name: 'Send the link' }).click();
    expect(await main()).toContain('This is not a complete email address.');
    expect(await page.locator('input[name=address]:focus').inputValue()).toBe('ben@');
    await page.getByLabel('Your email address').fill(ben);
    await page.getByRole('button', { name: 'Send the link' }).click();
    expect(await heading()).toBe('Look into your mailbox');
    await page.goto(linkIn(await mailWith(/Your link to/, { to: ben }), 'mine'));
  }

  async function readOwnPage(): Promise<void> {
    expect(await heading()).toBe('Your data');
    expect(await main()).toContain(`For ${ben}`);
    expect(await copy()).toMatchObject({ address: ben, name: null, subscriptions: [{ newsletter: 'letter', topics: ['reading'] }] });
    await page.getByRole('link', { name: 'Letter', exact: true }).nth(1).click();
    expect(await heading()).toBe('What you receive');
    await page.getByLabel('Text only').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.goto(linkIn(await mailWith(/Your link to/, { to: ben }), 'mine'));
    expect(await copy()).toMatchObject({ subscriptions: [{ state: 'active', topics: ['reading'], format: 'text' }] });
  }

  async function changeName(): Promise<void> {
    await page.getByLabel('Your name').fill('Ben Newname');
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await status()).toBe('Saved.');
    expect(await page.getByLabel('Your name').inputValue()).toBe('Ben Newname');
    expect(await copy()).toMatchObject({ name: 'Ben Newname' });
  }

  /** The owner of the old address agreed by the link that went there, that of the new one does by theirs. */
  async function changeAddress(): Promise<void> {
    await page.getByLabel('New email address').fill(benAtWork);
    await page.getByRole('button', { name: 'Send the link' }).click();
    expect(await status()).toContain('a mail with a link is on its way');
    const asked = await mailWith(/at this address\?/, { to: benAtWork });
    await scan();
    await page.goto(linkIn(asked, 'address'));
    expect([await heading(), await main()]).toEqual(['Use this address from now on?', expect.stringContaining(benAtWork)]);
    await page.getByRole('button', { name: 'Yes, use this address' }).click();
    expect(await heading()).toBe('Your address is changed');
    expect((await mailWith(/was changed/, { to: ben })).text).not.toContain(benAtWork);
    await page.goto(linkIn(await mailWith(/Your link to/, { to: ben }), 'mine'));
    expect(await heading()).toBe('This link does not work');
    await publish('letter', 'On moving');
    await send('letter');
    await digestWith('On moving', benAtWork);
    expect((await mails()).filter(({ to, text }) => to.includes(ben) && text.includes('On moving'))).toEqual([]);
  }

  /** Whoever gets a digest passed on sees no address, and can neither read, delete nor take over what is the reader's. */
  async function readForwarded(): Promise<void> {
    const link = linkIn(await digestWith('On moving', benAtWork), 'preferences');
    await page.goto(link);
    expect(await main()).toContain('For b…@example.org');
    expect(await page.content()).not.toMatch(/ben\.at\.work|ben@|Newname/i);
    expect(await page.locator('input[name=address], input[name=name], a[download], a[href*="/mine/"], a[href*=erase]').count()).toBe(0);
    for (const path of ['', '/export', '/erase']) expect((await fetch(link.replace('/preferences/', '/mine/') + path)).status).toBe(404);
  }

  async function pauseAndCatchUp(): Promise<void> {
    await page.getByLabel('Pause until').fill('2001-01-01');
    await page.getByRole('button', { name: 'Pause Letter' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('still to come');
    expect(await page.locator('input[name=until]:focus').count()).toBe(1);
    const inAMonth = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    await page.getByLabel('Pause until').fill(inAMonth);
    await page.getByRole('button', { name: 'Pause Letter' }).click();
    expect(await main()).toContain('Paused until');
    await publish('letter', 'On being away');
    await sendNothing('letter');
    expect(await main()).toContain('do you want what came out meanwhile?');
    await page.getByRole('button', { name: 'Resume and catch up' }).click();
    expect(await status()).toBe('Saved.');
    await send('letter');
    await digestWith('On being away', benAtWork);
  }

  async function pauseAndStartAfresh(): Promise<void> {
    await page.getByRole('button', { name: 'Pause Letter' }).click();
    expect(await main()).toContain('Paused until you come back.');
    await publish('letter', 'On what is let go');
    await page.getByRole('button', { name: 'Resume with what is new' }).click();
    expect(await page.getByRole('button', { name: 'Pause Letter' }).count()).toBe(1);
    await publish('letter', 'On a fresh start');
    await send('letter');
    expect((await digestWith('On a fresh start', benAtWork)).text).not.toContain('let go');
  }

  async function leaveAndComeBack(): Promise<void> {
    await page.goto(linkIn(await digestWith('On a fresh start', benAtWork), 'unsubscribe'));
    expect(await heading()).toBe('Leave Letter?');
    await page.getByRole('button', { name: 'Unsubscribe' }).click();
    expect(await heading()).toBe('You are unsubscribed');
    await page.getByLabel('Something else').check();
    await page.getByLabel('In your own words').fill('A slip of the finger');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    expect(await status()).toBe('Thank you for telling us.');
    await page.getByRole('button', { name: 'Keep sending me Letter' }).click();
    expect([await heading(), await status()]).toEqual(['What you receive', 'You are subscribed']);
    await publish('letter', 'On coming back');
    await send('letter');
    await digestWith('On coming back', benAtWork);
  }

  async function beForgotten(): Promise<void> {
    await page.getByRole('button', { name: 'Mail me that link' }).click();
    expect(await status()).toContain('on its way to your address');
    const link = linkIn(await mailWith(/Your link to/, { to: benAtWork }), 'mine');
    await scan();
    await page.goto(link);
    expect((await copy())['reasonsForLeaving']).toEqual([expect.objectContaining({ words: 'A slip of the finger' })]);
    await press('link', 'Delete my data …');
    expect([await heading(), await main()]).toEqual(['Delete all your data?', expect.stringContaining('What stays:')]);
    await press('button', 'Yes, delete everything');
    expect(await heading()).toBe('Your data is deleted');
    const { rows } = await gazette.stored.database.query(`select from subscriber where address ilike 'ben%' or name ilike 'ben%'`);
    expect(rows).toEqual([]);
    for (const path of ['', '/erase', '/export']) {
      await page.goto(link + path);
      expect([path, await heading(), await main()]).toEqual([path, 'Your data is deleted', expect.stringContaining('welcome back')]);
    }
    await page.goto(linkIn(await digestWith('On coming back', benAtWork), 'preferences'));
    expect(await heading()).toBe('This link does not work');
    await publish('letter', 'On silence');
    await sendNothing('letter');
  }
});
