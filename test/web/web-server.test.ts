import { networkInterfaces } from 'node:os';
import { gunzipSync, brotliDecompressSync } from 'node:zlib';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/db/db.ts';
import { createFeedPublisher } from '../../src/feeds/publish-feed.ts';
import { ConflictError } from '../../src/kernel/errors.ts';
import { defaultOutagePolicy } from '../../src/ledger/accounts/account-outage.ts';
import { recordAccountRefusal } from '../../src/ledger/accounts/record-account-refusal.ts';
import { writeMessage } from '../../src/mail/maildir-store.ts';
import { placeholderMark } from '../../src/content/text/placeholder.ts';
import { listConsentEvents } from '../../src/subscribers/consent/consent-store.ts';
import { deleteOldLeavingSlots, listLeavingSlots } from '../../src/subscribers/leaving/leaving-burst-store.ts';
import { burstsOf } from '../../src/subscribers/leaving/leaving-burst.ts';
import { confirmUrl, decisionUrl, unsubscribeUrl } from '../../src/subscribers/tokens/signed-links.ts';
import { makeToken } from '../../src/subscribers/tokens/token.ts';
import { createWebServer } from '../../src/web/web-server.ts';
import type { LinkOutcome } from '../../src/editions/decide/decide-by-link.ts';
import { atomProblems } from '../feeds/atom-rules.ts';
import {
  seedEdition,
  seedNewsletter,
  seedPin,
  seedPost,
  seedRelease,
  seedRendition,
  seedSubscription,
  type SeededNewsletter,
} from './seed.ts';
import { startSite, type TestSite } from './site.ts';

let site: TestSite;
let newsletter: SeededNewsletter;
let count = 0;
let decided: string[] = [];
let outcome: LinkOutcome | undefined;
let decidedState: string | undefined;
let isUsed = false;
const hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)> & \'{{ 7 | times: 7 }}';

beforeAll(async () => {
  site = await startSite({
    decisions: {
      find: async (id) =>
        id === '404'
          ? undefined
          : {
              newsletter: hostile,
              language: 'en',
              colour: '#123456',
              subject: hostile,
              postCount: 3,
              recipientCount: 1200,
              nothing: [
                { reason: 'paused', count: 12 },
                { reason: 'topics', count: 1 },
              ],
              mustBeChecked: false,
              shown: '31',
              renditionId: '32',
              isUsed,
              ...(decidedState === undefined
                ? {}
                : { state: decidedState, taken: { action: 'approve', at: new Date('2026-03-06T09:30:00Z'), by: 'link' } as const }),
            },
      findDigest: async (_id, _action, renditionId) =>
        renditionId === '32' ? '<html><head></head><body>A digest</body></html>' : undefined,
      decide: async (id, action, shown) => {
        decided.push(`${action} ${id} ${shown}`);
        return outcome;
      },
    },
  });
});
afterAll(() => site.close());
beforeEach(async () => {
  count += 1;
  decided = [];
  outcome = { kind: 'decided' };
  decidedState = undefined;
  isUsed = false;
  site.logged.length = 0;
  newsletter = await seedNewsletter(site.db.database, `weekly-${count}`);
});

const pathOf = (url: string) => new URL(url).pathname;
const leavePath = (id: string) => pathOf(unsubscribeUrl(site.ports, { subscriptionId: id, tokenVersion: 1 }));
const text = async (path: string, init?: RequestInit) => (await site.request(path, init)).text();
const subscribe = (state: 'pending' | 'active' | 'left' = 'active') =>
  seedSubscription(site.db.database, newsletter, `reader${count}@example.net`, state);

async function stateOf(id: string): Promise<string | undefined> {
  const { rows } = await site.db.database.query<{ state: string }>(`select state from subscription where id = $1`, [id]);
  return rows[0]?.state;
}

async function confirmPath(id: string): Promise<string> {
  const { rows } = await site.db.database.query<{ id: string }>(
    `insert into consent_event (subscription_id, kind, source) values ($1, 'requested', 'test') returning id`,
    [id],
  );
  return pathOf(confirmUrl(site.ports, id, rows[0]!.id));
}

/** Nothing of a page may be markup that its data brought: only what our templates write. */
function expectHarmless(html: string): void {
  expect(html).not.toMatch(/<script|<img src=x|onerror=alert\(2\)>|>49</i);
  expect(html).toContain('&lt;script&gt;alert(1)');
}

describe('The home page', () => {
  test('leads to newsletters, editions, feeds and the outbox, by links from PUBLIC_URL whatever the request says', async () => {
    const edition = await seedEdition(site.db.database, newsletter, { state: 'done', subject: 'On leading', html: '<p>x</p>' });
    const html = await text('/', { headers: { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' } });
    for (const path of [
      `/archive/${newsletter.slug}`,
      `/feeds/${newsletter.slug}.atom`,
      `/archive/${newsletter.slug}/${edition}`,
      '/outbox',
    ]) {
      expect(html).toContain(`https://news.example.org${path}`);
    }
    expect(html).not.toContain('evil.example');
    expect(html).toContain('On leading');
  });

  test('builds no link from the Host header', async () => {
    const body = await new Promise<string>((resolve, reject) => {
      httpRequest(site.server.url, { headers: { host: 'evil.example' } }, (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
        response.on('end', () => resolve(received));
      })
        .on('error', reject)
        .end();
    });
    expect(body).not.toContain('evil.example');
  });
});

describe('An account that stands still', () => {
  test('is said on the pages of staff, and to nobody whom a proxy brought or who only reads', async () => {
    const { database } = site.db;
    const outage = await recordAccountRefusal(
      database,
      { account: 'relay.example:587', trouble: 'login', sender: null, reply: '535 <Wrong> password', onlyAt: null },
      defaultOutagePolicy,
      0,
    );
    try {
      const approve = pathOf(decisionUrl(site.ports, { id: '7', action: 'approve', expiresAt: new Date('2027-01-01') }));
      for (const path of ['/', '/outbox', approve])
        expect([path, await text(path)]).toEqual([
          path,
          expect.stringMatching(/relay\.example:587 refuses the log-in .*535 &lt;Wrong&gt; password/),
        ]);
      const forwarded = await site.request('/', { headers: { 'x-forwarded-for': '203.0.113.7' } });
      for (const html of [await forwarded.text(), await text(`/archive/${newsletter.slug}`), await text(leavePath(await subscribe()))])
        expect(html).not.toContain('relay.example');
    } finally {
      await database.query(`delete from account_outage where id = $1`, [outage.id]);
    }
    expect(await text('/')).not.toContain('relay.example');
  });
});

describe('Every page', () => {
  test('forbids scripts, frames around it and referrers, and needs none of them', async () => {
    for (const path of ['/', `/archive/${newsletter.slug}`, '/outbox', leavePath(await subscribe()), '/nothing/here', '/confirm/forged']) {
      const response = await site.request(path);
      const policy = response.headers.get('content-security-policy') ?? '';
      expect([path, policy]).toEqual([path, expect.stringContaining("default-src 'none'")]);
      expect(policy).not.toMatch(/script-src|unsafe/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('strict-transport-security')).toContain('max-age=');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('set-cookie')).toBeNull();
      expect(response.headers.get('x-powered-by')).toBeNull();
      expect(await response.text()).not.toMatch(/<script|<[a-z][^<>]*\s(?:style|on\w+)=/i);
    }
  });

  test('writes names and titles as text, however hostile they are', async () => {
    const evil = await seedNewsletter(site.db.database, `evil-${count}`, hostile);
    const edition = await seedEdition(site.db.database, evil, { state: 'done', subject: hostile, html: '<p>x</p>' });
    const postId = await seedPost(site.db.database, evil, { title: hostile });
    await seedRelease(site.db.database, postId);
    await seedPin(site.db.database, edition, postId);
    const active = await seedSubscription(site.db.database, evil, `evil${count}@example.net`);
    const pending = await seedSubscription(site.db.database, evil, `evil-pending${count}@example.net`, 'pending');
    const message = await writeMessage(site.outboxFolder, [
      Buffer.from(`Subject: ${hostile}\nFrom: ${hostile} <a@example.org>\nX-Evil: ${hostile}\nContent-Type: text/plain\n\n${hostile}\n`),
    ]);
    const approve = pathOf(decisionUrl(site.ports, { id: '7', action: 'approve', expiresAt: new Date('2027-01-01') }));
    const paths = [
      '/',
      `/archive/${evil.slug}`,
      `/archive/${evil.slug}/${edition}/posts`,
      leavePath(active),
      await confirmPath(pending),
      '/outbox',
      `/outbox/${message}`,
      approve,
    ];
    for (const path of paths) expectHarmless(await text(path));
    for (const path of [leavePath(active), approve]) expectHarmless(await text(path, { method: 'POST' }));
    expect(atomProblems(await text(`/feeds/${evil.slug}.atom`))).toEqual([]);
  });
});

describe('The archive', () => {
  test('shows an edition as it went out, without what was for one reader', async () => {
    const html = `<!doctype html><html><body><p>Dear ${placeholderMark('reader.name')}</p><p>For all.</p><p><a href="${placeholderMark('links.unsubscribe')}">Unsubscribe</a></p></body></html>`;
    const edition = await seedEdition(site.db.database, newsletter, { state: 'done', subject: 'On leading', html });
    const response = await site.request(`/archive/${newsletter.slug}/${edition}`);
    const body = await response.text();
    expect(body).toContain('<p>For all.</p>');
    expect(body).not.toMatch(/Dear|Unsubscribe|[\uFDD0-\uFDEF]/);
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toContain('sandbox');
    expect(policy).not.toMatch(/script|allow-same-origin|allow-forms/);
  });

  test('shows what is being sent or was sent, and nothing else', async () => {
    for (const state of ['draft', 'held', 'approved', 'sending', 'paused', 'done', 'skipped', 'cancelled']) {
      const own = await seedNewsletter(site.db.database, `${state}-${count}`);
      const edition = await seedEdition(site.db.database, own, { state, subject: `Subject of ${state}`, html: '<p>x</p>' });
      const isShown = state === 'sending' || state === 'done';
      for (const path of [`/archive/${own.slug}/${edition}`, `/archive/${own.slug}/${edition}/posts`]) {
        expect([state, (await site.request(path)).status]).toEqual([state, isShown ? 200 : 404]);
      }
      expect((await text(`/archive/${own.slug}`)).includes(`Subject of ${state}`)).toBe(isShown);
    }
  });

  test('shows an edition under its own newsletter only', async () => {
    const other = await seedNewsletter(site.db.database, `other-${count}`);
    const edition = await seedEdition(site.db.database, newsletter, { state: 'done', subject: 'S', html: '<p>x</p>' });
    for (const path of [
      `/archive/${other.slug}/${edition}`,
      `/archive/none/${edition}`,
      `/archive/${newsletter.slug}/0`,
      `/archive/${newsletter.slug}/abc`,
      `/archive/${newsletter.slug}/99999999999999999999`,
    ]) {
      expect((await site.request(path)).status).toBe(404);
    }
  });

  test('lists editions in pages, newest first', async () => {
    for (let each = 0; each < 51; each += 1)
      await seedEdition(site.db.database, newsletter, { state: 'done', subject: `Edition-${each};`, html: 'x' });
    const first = await text(`/archive/${newsletter.slug}`);
    expect(first).toContain('Edition-50;');
    expect(first).not.toContain('Edition-0;');
    const older = /href="https:\/\/news\.example\.org(\/archive\/[^"]+\?before=\d+)"/.exec(first)![1]!;
    expect(await text(older)).toContain('Edition-0;');
    expect((await site.request(`/archive/${newsletter.slug}?before=nonsense&before=1`)).status).toBe(200);
  });

  test('lists every post of an edition, those marked that were withdrawn', async () => {
    const page = '<html><body class="digest"><h3>As it was sent</h3></body></html>';
    const edition = await seedEdition(site.db.database, newsletter, { state: 'done', subject: 'S', html: page });
    expect(await text(`/archive/${newsletter.slug}/${edition}`)).toBe(page);
    for (const state of ['released', 'retracted'] as const) {
      const postId = await seedPost(site.db.database, newsletter, { title: `Post ${state}`, state });
      await seedRelease(site.db.database, postId);
      await seedPin(site.db.database, edition, postId);
    }
    const html = await text(`/archive/${newsletter.slug}/${edition}/posts`);
    expect(html).toContain('Post released');
    const digest = await text(`/archive/${newsletter.slug}/${edition}`);
    expect(digest).toMatch(/^<html><body class="digest">\s*<div role="note"[^]*“Post retracted”[^]*<h3>As it was sent<\/h3>/);
    expect(digest).not.toContain('Post released');
    expect(html).toContain('https://example.org/post-');
  });

  test('lists what an edition took over from an older one too, the newest release first, each post once and as last sent', async () => {
    const { database } = site.db;
    const edition = await seedEdition(database, newsletter, { state: 'sending', subject: 'S', html: '<html><body>As sent</body></html>' });
    const ids: string[] = [];
    for (const title of ['Taken over', 'Withdrawn since', 'Pinned only', 'Pinned and sent', 'Left out', 'Corrected elsewhere']) {
      const postId = await seedPost(database, newsletter, { title, state: title === 'Withdrawn since' ? 'retracted' : 'released' });
      await seedRelease(database, postId);
      ids.push(postId);
    }
    const [taken, withdrawn, pinned, both, leftOut, corrected] = ids as [string, string, string, string, string, string];
    await database.query(
      `insert into post_revision (post_id, revision, content_hash, title, url, html, summary, stored_at)
       select id, 2, 'i', 'Taken over, mended', 'https://example.org/mended', '<p>Words.</p>', '', now() from post where id = $1`,
      [taken],
    );
    const correction = { position: String(Number(corrected) + 1000), revision: 1 };
    await seedRelease(database, corrected, correction);
    for (const [postId, isLeftOut] of [
      [pinned, false],
      [both, false],
      [leftOut, true],
    ] as const)
      await seedPin(database, edition, postId, isLeftOut);
    await seedRendition(database, edition, [
      { position: taken, revision: 1 },
      { position: both, revision: 1 },
    ]);
    await seedRendition(database, edition, [{ position: taken, revision: 2 }, { position: withdrawn, revision: 1 }, correction]);
    const html = await text(`/archive/${newsletter.slug}/${edition}/posts`);
    expect(html.match(/Taken over[^<]*|Withdrawn since|Pinned only|Pinned and sent|Left out|Corrected elsewhere/g)).toEqual([
      'Pinned and sent',
      'Pinned only',
      'Withdrawn since',
      'Taken over, mended',
    ]);
    // The archive page does not show what was taken over, so it does not say that it was withdrawn either.
    expect(await text(`/archive/${newsletter.slug}/${edition}`)).not.toContain('Withdrawn since');
  });
});

describe('Leaving', () => {
  test('by one click works at once, without cookies or a token in the form, however the body is encoded', async () => {
    const bodies: RequestInit[] = [
      { body: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      {
        body: '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
      },
      { body: Buffer.from('List-Unsubscribe=One-Click') },
    ];
    for (const [index, init] of bodies.entries()) {
      const id = await seedSubscription(site.db.database, newsletter, `click${count}-${index}@example.net`);
      const response = await site.request(leavePath(id), { method: 'POST', ...init });
      expect(response.status).toBe(200);
      expect(await stateOf(id)).toBe('left');
      expect(await listConsentEvents(site.db.database, id)).toMatchObject([{ kind: 'left', source: 'one-click' }]);
    }
  });

  test('by many one clicks at once from one network is seen by staff, who learn of no address, and stays', async () => {
    const { database } = site.db;
    const edition = await seedEdition(database, newsletter, { state: 'done', subject: 'S', html: 'x' });
    site.setNow(new Date('2026-03-06T08:04:00Z'));
    try {
      const ids: string[] = [];
      for (let each = 0; each < 12; each += 1) ids.push(await seedSubscription(database, newsletter, `burst${count}-${each}@example.net`));
      const body = 'List-Unsubscribe=One-Click';
      for (const again of [1, 2])
        await Promise.all(ids.map(async (id) => site.request(leavePath(id), { method: 'POST', body, headers: { again: `${again}` } })));
      const seen = burstsOf(await listLeavingSlots(database, edition));
      expect(seen).toMatchObject({ leftCount: 12, bursts: [{ count: 12 }] });
      const { rows } = await database.query<{ text: string }>(`select t::text as text from leaving_burst t where newsletter_id = $1`, [
        newsletter.id,
      ]);
      expect(rows).toEqual([{ text: expect.not.stringMatching(/127|::|@/) }]);
      for (const id of ids) expect(await stateOf(id)).toBe('left');
      await deleteOldLeavingSlots(database, new Date('2026-03-21T00:00:00Z'));
      expect((await database.query(`select from leaving_burst where newsletter_id = $1`, [newsletter.id])).rowCount).toBe(0);
    } finally {
      site.setNow(new Date('2026-03-07T12:00:00Z'));
    }
  });

  test('by the page takes one click on its button', async () => {
    const id = await subscribe();
    const html = await text(leavePath(id));
    const action = /<form method="post" action="([^"]+)"/.exec(html)![1]!;
    expect(action).toBe(`https://news.example.org${leavePath(id)}`);
    const response = await site.request(pathOf(action), { method: 'POST', body: new URLSearchParams() });
    expect(response.status).toBe(200);
    expect(await stateOf(id)).toBe('left');
    expect(await listConsentEvents(site.db.database, id)).toMatchObject([{ source: 'page' }]);
    expect(await text(leavePath(id))).not.toContain('<form');
  });

  test('says the newsletter and never the address', async () => {
    const id = await subscribe();
    const html = (await text(leavePath(id))) + (await text(leavePath(id), { method: 'POST' }));
    expect(html).toContain(`The weekly-${count}`);
    expect(html).not.toContain('example.net');
  });
});

describe('Confirming', () => {
  test('shows the words that are agreed to, and acts on the button only', async () => {
    const id = await subscribe('pending');
    const path = await confirmPath(id);
    const html = await text(path);
    expect(await stateOf(id)).toBe('pending');
    const response = await site.request(path, { method: 'POST' });
    expect(response.status).toBe(200);
    expect(await stateOf(id)).toBe('active');
    const event = (await listConsentEvents(site.db.database, id)).at(-1)!;
    expect(event.kind).toBe('confirmed');
    expect(html.replaceAll('&quot;', '"').replaceAll('&#34;', '"')).toContain(event.wording);
    expect(await text(path)).not.toContain('<form');
  });

  test('says from when the posts of the first edition are, as long as none has come', async () => {
    const post = await seedPost(site.db.database, newsletter);
    await seedRelease(site.db.database, post);
    const id = await subscribe('pending');
    const path = await confirmPath(id);
    expect(await text(path)).not.toContain('first edition');
    expect(await text(path, { method: 'POST' })).toContain('Your first edition starts with posts from ');
    expect(await text(path)).toContain('Your first edition starts with posts from ');
  });

  test('asks somebody active too whose address bounced, and only their button lifts that', async () => {
    const id = await subscribe('active');
    const path = await confirmPath(id);
    await site.db.database.query(
      `with n as (
         insert into notice (kind, subscription_id, outlet, sender_name, sender_address, subject, html, plain, message_id, dedupe_key)
         select 'confirmation', $1, 'outbox', '', 'news@example.org', '', '', '', '<bounced@example.org>', 'confirmation:' || max(id)
         from consent_event where subscription_id = $1 returning id)
       insert into suppression (address_key, reason, source, at, confirmation_notice_id, confirmation_at)
       select p.address_key, 'bounced', 'test', '2025-01-01', n.id, now()
       from n, subscription s join subscriber p on p.id = s.subscriber_id where s.id = $1`,
      [id],
    );
    const isSuppressed = async (): Promise<boolean> => {
      const { rows } = await site.db.database.query(
        `select from suppression join subscriber p using (address_key) join subscription s on s.subscriber_id = p.id where s.id = $1`,
        [id],
      );
      return rows.length === 1;
    };
    expect(await text(path)).toContain('<form');
    expect(await isSuppressed()).toBe(true);
    expect((await site.request(path, { method: 'POST' })).status).toBe(200);
    expect(await isSuppressed()).toBe(false);
    expect(await text(path)).not.toContain('<form');
  });
});

describe('A link that does not work', () => {
  test('shows one calm page, whether it was forged, mangled, expired, outdated or never made', async () => {
    const id = await subscribe('pending');
    const expired = makeToken(site.ports.tokenKeys, { purpose: 'confirm', subjectId: id, version: '1', expiresAt: new Date('2026-01-01') });
    const unknown = makeToken(site.ports.tokenKeys, { purpose: 'unsubscribe', subjectId: '999999999', version: '1' });
    const outdated = makeToken(site.ports.tokenKeys, { purpose: 'unsubscribe', subjectId: id, version: '77' });
    const foreign = makeToken(site.ports.tokenKeys, { purpose: 'unsubscribe', subjectId: id, version: '1' });
    const decideExpired = makeToken(site.ports.tokenKeys, {
      purpose: 'approve',
      subjectId: '1',
      version: '1',
      expiresAt: new Date('2026-01-01'),
    });
    const used = makeToken(site.ports.tokenKeys, { purpose: 'approve', subjectId: '404', version: '1' });
    const paths = [
      '/unsubscribe/forged',
      `/unsubscribe/u-1-1-${'A'.repeat(22)}`,
      `/unsubscribe/${unknown}`,
      `/unsubscribe/${outdated}`,
      `/unsubscribe/${'x'.repeat(250)}`,
      '/unsubscribe/%00%F0%9F%92%A9',
      `/confirm/${expired}`,
      `/confirm/${foreign}`,
      `/decide/${decideExpired}`,
      `/decide/${used}`,
    ];
    const pages = new Set<string>();
    for (const path of paths) {
      for (const method of ['GET', 'POST']) {
        const response = await site.request(path, { method });
        expect([path, method, response.status]).toEqual([path, method, 404]);
        pages.add(await response.text());
      }
    }
    expect(pages.size).toBe(1);
    expect(await stateOf(id)).toBe('pending');
    expect(decided).toEqual([]);
  });
});

describe('An address that is none', () => {
  test.each(['/%', '/outbox/%E0%A4%A', `/archive/${'x'.repeat(400)}`, '/archive/%00', '/archive/%00/1', '/decide/%00', '/unsubscribe/%00'])(
    '%s gets a calm answer that repeats nothing of it',
    async (path) => {
      const response = await site.request(path);
      expect([400, 404, 414]).toContain(response.status);
      expect(response.headers.get('content-type')).toMatch(/^text\/(?:plain|html)/);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(site.logged.filter(({ event }) => event === 'web.failed')).toEqual([]);
    },
  );
});

describe('The outbox', () => {
  const lan = Object.values(networkInterfaces())
    .flat()
    .find((each) => each && !each.internal && each.family === 'IPv4')?.address;

  (lan === undefined ? test.skip : test)('is answered to nobody but this machine, whatever the server listens on', async () => {
    const server = await createWebServer(site.ports, { host: '0.0.0.0', port: 0 });
    const { port } = new URL(server.url);
    try {
      expect((await fetch(`http://127.0.0.1:${port}/outbox`)).status).toBe(200);
      expect((await fetch(`http://${lan}:${port}/outbox`)).status).toBe(404);
    } finally {
      await server.close();
    }
  });
});

describe('A staff decision', () => {
  const link = (action: 'approve' | 'skip') => pathOf(decisionUrl(site.ports, { id: '7', action, expiresAt: new Date('2027-01-01') }));

  test('is shown by GET and taken by POST, for what the link was made for', async () => {
    const page = await text(link('skip'));
    const action = /<form method="post" action="([^"]+)"/.exec(page)![1]!;
    expect(page).toContain('12 paused, 1 follows no topic of it.');
    expect(decided).toEqual([]);
    expect((await site.request(new URL(action).pathname + new URL(action).search, { method: 'POST' })).status).toBe(200);
    expect(decided).toEqual(['skip 7 31']);
  });

  test('is shown with the digest, in a frame that can do nothing', async () => {
    const source = /<iframe src="([^"]+)"/.exec(await text(link('approve')))![1]!;
    const frame = await site.request(pathOf(source));
    expect(await frame.text()).toContain('A digest');
    expect(frame.headers.get('content-security-policy')).toMatch(
      /sandbox allow-popups.*frame-ancestors 'self'|frame-ancestors 'self'.*sandbox allow-popups/,
    );
    expect((await site.request(`${link('approve')}/33`)).status).toBe(404);
    expect((await site.request(`${link('approve')}/x`)).status).toBe(404);
  });

  test.each(['failed_again', 'changed', 'busy'] as const)('that is not taken (%s) is asked for again, with the reason', async (why) => {
    outcome = { kind: 'undecided', why };
    const response = await site.request(link('approve'), { method: 'POST' });
    expect(response.status).toBe(409);
    const page = await response.text();
    expect(page).toContain('<form method="post"');
    expect(page).toContain({ failed_again: 'still cannot be sent', changed: 'It has changed', busy: 'Try again in a minute' }[why]);
  });

  test('that can be taken now, after another check, is asked for', async () => {
    outcome = { kind: 'undecided', why: 'passes_now' };
    const response = await site.request(link('approve'), { method: 'POST' });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('passes its checks now');
  });

  test('that somebody else took before says so', async () => {
    outcome = { kind: 'conflict', state: 'sending' };
    expect((await site.request(link('approve'), { method: 'POST' })).status).toBe(409);
  });

  test('that was taken before is offered no more', async () => {
    decidedState = 'sending';
    const response = await site.request(link('approve'));
    expect(response.status).toBe(409);
    const page = await response.text();
    expect(page).not.toContain('<form');
    expect(page).toMatch(/was approved on 6 March 2026 at 09:30 by a mailed link\.<\/p>/);
    expect(page).toContain('The edition is now being sent.');
  });

  test.each(['GET', 'POST'])('that this link took says so, what it was and when (%s)', async (method) => {
    decidedState = 'done';
    isUsed = true;
    outcome = undefined;
    const response = await site.request(link('approve'), { method });
    expect(response.status).toBe(409);
    const page = await response.text();
    expect(page).toMatch(/was approved on 6 March 2026 at 09:30 by a mailed link\. It was this link\./);
    expect(page).toContain('The edition is now sent out.');
  });

  test('is a dead link where decisions are not taken', async () => {
    const { decisions: _none, ...ports } = site.ports;
    const server = await createWebServer(ports, { host: '127.0.0.1', port: 0 });
    try {
      expect((await fetch(server.url + link('approve'))).status).toBe(404);
    } finally {
      await server.close();
    }
  });
});

describe('A feed over HTTP', () => {
  /** The bytes as they came, not decoded. */
  function raw(path: string, headers: Record<string, string>, method = 'GET') {
    return new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }>((resolve, reject) => {
      httpRequest(site.server.url + path, { method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }));
      })
        .on('error', reject)
        .end();
    });
  }

  test('says its type, validators and caching, and is the same bytes in every encoding', async () => {
    for (let each = 0; each < 5; each += 1) await seedPost(site.db.database, newsletter);
    const path = `/feeds/${newsletter.slug}.atom`;
    const plain = await raw(path, {});
    expect(plain.headers).toMatchObject({
      'content-type': 'application/atom+xml; charset=utf-8',
      vary: 'Accept-Encoding',
      'cache-control': 'public, max-age=300',
      'x-content-type-options': 'nosniff',
    });
    expect(plain.headers['content-security-policy']).toBeUndefined();
    expect(atomProblems(plain.body.toString())).toEqual([]);
    const gzip = await raw(path, { 'accept-encoding': 'gzip' });
    const br = await raw(path, { 'accept-encoding': 'gzip, br' });
    expect([gzip.headers['content-encoding'], br.headers['content-encoding']]).toEqual(['gzip', 'br']);
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true);
    expect(new Set([plain, gzip, br].map(({ headers }) => headers['etag'])).size).toBe(3);
    for (const { headers } of [plain, gzip, br]) expect(headers['etag']).toMatch(/^"[\w-]{27}(-gzip|-br)?"$/);
  });

  test('answers 304 to who has it, without a body, with the same validators', async () => {
    await seedPost(site.db.database, newsletter);
    const path = `/feeds/${newsletter.slug}.atom`;
    for (const encoding of ['identity', 'gzip', 'br']) {
      const full = await raw(path, { 'accept-encoding': encoding });
      const etag = String(full.headers['etag']);
      const modified = String(full.headers['last-modified']);
      const same = await raw(path, { 'accept-encoding': encoding, 'if-none-match': etag });
      expect([same.status, same.body.length]).toEqual([304, 0]);
      expect(same.headers).toMatchObject({
        etag,
        'last-modified': modified,
        vary: 'Accept-Encoding',
        'cache-control': 'public, max-age=300',
      });
      expect((await raw(path, { 'accept-encoding': encoding, 'if-modified-since': modified })).status).toBe(304);
      expect((await raw(path, { 'accept-encoding': encoding, 'if-none-match': '"old"', 'if-modified-since': modified })).status).toBe(200);
    }
  });

  test('answers 200 again when a post came, and when one was withdrawn', async () => {
    const path = `/feeds/${newsletter.slug}.atom`;
    const tags = new Set<string>();
    const poll = async () => tags.add(String((await raw(path, {})).headers['etag']));
    await poll();
    const postId = await seedPost(site.db.database, newsletter);
    await poll();
    await seedPost(site.db.database, newsletter);
    await poll();
    await site.db.database.query(`update post set state = 'retracted', retracted_at = now() where id = $1`, [postId]);
    await poll();
    expect(tags.size).toBe(4);
  });

  test('by HEAD says the same without the body', async () => {
    const path = `/feeds/${newsletter.slug}.atom`;
    const [get, head] = [await raw(path, {}), await raw(path, {}, 'HEAD')];
    expect(head.body.length).toBe(0);
    expect(head.headers['etag']).toBe(get.headers['etag']);
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
  });

  test('that nobody publishes is 404', async () => {
    for (const path of [
      '/feeds/none.atom',
      `/feeds/${newsletter.slug}`,
      `/feeds/${newsletter.slug}.xml`,
      '/feeds/..%2Fweekly.atom',
      '/feeds/.atom',
    ]) {
      expect([path, (await site.request(path)).status]).toEqual([path, 404]);
    }
  });
});

describe('The outbox', () => {
  test('shows a message’s html in a sandbox of its own, its text and headers', async () => {
    const id = await writeMessage(site.outboxFolder, [
      Buffer.from(
        'From: News <news@example.org>\nTo: ann@example.net\nSubject: Hello\nMessage-ID: <x@example.org>\nMIME-Version: 1.0\n' +
          'Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nPlain words.\n--b\nContent-Type: text/html\n\n' +
          '<html><head><title>x</title></head><body><script>alert(1)</script><a href="https://example.org/">Link</a></body></html>\n--b--\n',
      ),
    ]);
    expect(await text('/outbox')).toContain(`/outbox/${encodeURIComponent(id)}`);
    const page = await text(`/outbox/${id}`);
    expect(page).toContain('Plain words.');
    expect(page).toContain('&lt;x@example.org&gt;');
    expect(page).toMatch(/<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"/);
    const framed = await site.request(`/outbox/${id}/html`);
    const policy = framed.headers.get('content-security-policy')!;
    expect(policy).toMatch(/sandbox allow-popups allow-popups-to-escape-sandbox(;|$)/);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'self'");
    expect(await framed.text()).toContain('<head><base target="_blank">');
  });

  test('answers under no other name of this machine, so that no page on the web can read it', async () => {
    const statusAs = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        httpRequest(`${site.server.url}/outbox`, { headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
    for (const host of ['127.0.0.1:8025', 'localhost:8025', '[::1]:8025', 'news.example.org'])
      expect([host, await statusAs(host)]).toEqual([host, 200]);
    for (const host of ['rebound.example', '127.0.0.1.rebound.example:8025', '203.0.113.5', '192.168.1.10:8025', '[2001:db8::1]:8025'])
      expect([host, await statusAs(host)]).toEqual([host, 403]);
  });

  test.each([
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Server',
    'Forwarded',
    'Via',
    'X-Real-IP',
    'CF-Connecting-IP',
    'CF-Ray',
    'True-Client-IP',
    'X-Client-IP',
    'X-Envoy-External-Address',
    'X-Original-Host',
    'Fastly-Client-IP',
    'CDN-Loop',
  ])('shows nothing of it to a request that came through a proxy (%s), and says why', async (name) => {
    const id = await writeMessage(site.outboxFolder, [Buffer.from('Subject: Secret\n\nWords.\n')]);
    for (const path of ['/outbox', `/outbox/${id}`, `/outbox/${id}/html`]) {
      const response = await site.request(path, { headers: { [name]: '203.0.113.7' } });
      const page = await response.text();
      expect([path, response.status]).toEqual([path, 403]);
      expect(page).toMatch(/only in a browser on the machine that runs Gazette/);
      expect(page).not.toMatch(/Secret|Words/);
    }
  });

  test('has no message under a name that is none of its own', async () => {
    for (const id of ['nothing', '..%2F..%2Fetc%2Fpasswd', `1772000000.M000001P1Q1R00.host`]) {
      for (const path of [`/outbox/${id}`, `/outbox/${id}/html`]) expect((await site.request(path)).status).toBe(404);
    }
  });

  test('is said to take all mail only where it does', async () => {
    expect(await (await site.request('/')).text()).toContain('nowhere else');
    const { local, ...ports } = site.ports;
    const server = await createWebServer({ ...ports, local: { ...local!, hasMailServer: true } }, { host: '127.0.0.1', port: 0 });
    try {
      const page = await (await fetch(server.url)).text();
      expect(page).toContain('/outbox');
      expect(page).not.toContain('nowhere else');
    } finally {
      await server.close();
    }
  });

  test('is not there unless the installation is a local one', async () => {
    const { local: _none, ...ports } = site.ports;
    const server = await createWebServer(ports, { host: '127.0.0.1', port: 0 });
    try {
      expect((await fetch(`${server.url}/outbox`)).status).toBe(404);
      expect((await fetch(`${server.url}/sample/`)).status).toBe(404);
      expect(await (await fetch(server.url)).text()).not.toContain('/outbox');
    } finally {
      await server.close();
    }
  });
});

describe('The sample site', () => {
  test('is mounted below /sample with its own answers', async () => {
    const server = await createWebServer(
      {
        ...site.ports,
        sampleSite: {
          handle: (path, headers) =>
            path === '/sample/feed.xml?revision=2'
              ? {
                  status: headers['if-none-match'] === '"s"' ? 304 : 200,
                  contentType: 'application/rss+xml',
                  body: '<rss/>',
                  etag: '"s"',
                  lastModified: 'x',
                }
              : undefined,
        },
      },
      { host: '127.0.0.1', port: 0 },
    );
    try {
      const response = await fetch(`${server.url}/sample/feed.xml?revision=2`);
      expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
        200,
        'application/rss+xml',
        '<rss/>',
      ]);
      expect((await fetch(`${server.url}/sample/feed.xml?revision=2`, { headers: { 'if-none-match': '"s"' } })).status).toBe(304);
      expect((await fetch(`${server.url}/sample/other`)).status).toBe(404);
    } finally {
      await server.close();
    }
  });
});

describe('Health', () => {
  test('is 200 while the database answers, and names its newest migration', async () => {
    const response = await site.request('/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok', schema: expect.stringMatching(/^\d{4}_\w+\.sql$/) });
  });

  test('is 503 while it does not, and says nothing more', async () => {
    const database = openDatabase('postgres://nobody:secret@127.0.0.1:1/none');
    const server = await createWebServer({ ...site.ports, database }, { host: '127.0.0.1', port: 0 });
    try {
      const response = await fetch(`${server.url}/healthz`);
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({ status: 'unavailable' });
    } finally {
      await server.close();
      await database.close();
    }
  });
});

describe('When something fails', () => {
  test('a page says so with an id, and the log says where, without an address, a token or a URL', async () => {
    const id = await subscribe();
    await site.db.database.query(`alter table consent_event add constraint broken check (kind <> 'left') not valid`);
    try {
      const response = await site.request(leavePath(id), { method: 'POST' });
      expect(response.status).toBe(500);
      const page = await response.text();
      const failure = site.logged.find(({ event }) => event === 'web.failed')!;
      expect(failure).toMatchObject({ level: 'error', fields: { route: '/unsubscribe/:token', method: 'POST', code: '23514' } });
      expect(page).toContain(String(failure.fields['requestId']));
      expect(JSON.stringify(failure.fields['stack'])).toContain('unsubscribe');
      expect(page).not.toContain('consent_event');
    } finally {
      await site.db.database.query(`alter table consent_event drop constraint broken`);
    }
    expect(await stateOf(id)).toBe('active');
    const token = leavePath(id).split('/').at(-1)!;
    const lines = JSON.stringify(site.logged);
    for (const secret of [token, 'example.net']) expect(lines).not.toContain(secret);
    expect(lines).not.toMatch(/reader\d/);
  });

  test('a feed says no more than that, too', async () => {
    const database = openDatabase('postgres://nobody:secret@127.0.0.1:1/none');
    const feeds = createFeedPublisher({ database, publicUrl: 'https://news.example.org' });
    const server = await createWebServer({ ...site.ports, database, feeds }, { host: '127.0.0.1', port: 0 });
    try {
      const response = await fetch(`${server.url}/feeds/weekly.atom`);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toMatch(/ECONNREFUSED|nobody|127\.0\.0\.1/);
    } finally {
      await server.close();
      await database.close();
    }
  });

  test('a body that is too large is refused without being read', async () => {
    const id = await subscribe();
    const response = await site.request(leavePath(id), { method: 'POST', body: 'x'.repeat(100_000) });
    expect(response.status).toBe(413);
    expect(await stateOf(id)).toBe('active');
  });

  test('a path that cannot be decoded is refused', async () => {
    expect((await site.request('/archive/%E0%A4%A')).status).toBe(400);
  });

  test('a taken port is a clear error, and the process goes on', async () => {
    const port = Number(new URL(site.server.url).port);
    await expect(createWebServer(site.ports, { host: '127.0.0.1', port })).rejects.toThrow(ConflictError);
    await expect(createWebServer(site.ports, { host: '127.0.0.1', port })).rejects.toThrow(String(port));
    expect((await site.request('/healthz')).status).toBe(200);
  });
});
