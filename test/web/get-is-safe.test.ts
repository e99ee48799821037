import { readdir } from 'node:fs/promises';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../src/mail/maildir-store.ts';
import { getNewsletter } from '../../src/newsletters/newsletter-store.ts';
import {
  addressUrl,
  confirmUrl,
  decisionUrl,
  freshUrl,
  preferencesUrl,
  undoUrl,
  unsubscribeUrl,
} from '../../src/subscribers/tokens/signed-links.ts';
import { limits } from '../../src/web/limits/attempt-limits.ts';
import { createLimiter } from '../../src/web/limits/limiter-store.ts';
import { createWebServer } from '../../src/web/web-server.ts';
import { readToken } from '../../src/subscribers/tokens/token.ts';
import { waitFor } from '../support/wait-for.ts';
import { dumpTables, seedEdition, seedNewsletter, seedPost, seedSubscription } from './seed.ts';
import { startSite, type TestSite } from './site.ts';

let site: TestSite;
let paths: string[];
let decisions = 0;

beforeAll(async () => {
  site = await startSite({
    signUps: { enqueue: async () => {}, addressKeySecret: Buffer.from('a secret of at least 32 characters, for tests'), keepsIp: false },
    addresses: {
      find: async (token) =>
        readToken(site.ports.tokenKeys, token, 'address', site.ports.clock()).kind === 'valid'
          ? {
              newsletter: await getNewsletter(site.db.database, 'weekly'),
              request: {
                id: '1',
                kind: 'address',
                newsletterId: '1',
                subscriberId: '1',
                state: 'mailed',
                address: 'a@example.net',
                addressKey: 'x',
              },
            }
          : undefined,
      change: async () => undefined,
    },
    decisions: {
      find: async () => ({
        newsletter: 'Weekly',
        language: 'en',
        colour: '#123456',
        subject: 'A subject',
        postCount: 1,
        recipientCount: 2,
        nothing: [
          { reason: 'paused', count: 12 },
          { reason: 'topics', count: 1 },
        ],
        mustBeChecked: false,
        isUsed: false,
        shown: '1',
        renditionId: '1',
      }),
      findDigest: async () => '<p>Words.</p>',
      decide: async () => {
        decisions += 1;
        return { kind: 'decided' };
      },
    },
  });
  const { database } = site.db;
  const newsletter = await seedNewsletter(database, 'weekly');
  await database.query(`update newsletter set privacy_url = 'https://example.org/privacy'`);
  await seedPost(database, newsletter);
  const edition = await seedEdition(database, newsletter, { state: 'done', subject: 'A subject', html: '<p>Words.</p>' });
  const active = await seedSubscription(database, newsletter, 'active@example.net');
  const pending = await seedSubscription(database, newsletter, 'pending@example.net', 'pending');
  const { rows } = await database.query<{ id: string }>(
    `insert into consent_event (subscription_id, kind, source) values ($1, 'requested', 'test') returning id`,
    [pending],
  );
  const left = await seedSubscription(database, newsletter, 'left@example.net', 'left');
  const { rows: leaving } = await database.query<{ id: string }>(
    `insert into consent_event (subscription_id, kind, source) values ($1, 'left', 'test') returning id`,
    [left],
  );
  const { rows: people } = await database.query<{ id: string }>(`select subscriber_id as id from subscription where id = $1`, [active]);
  const message = await writeMessage(site.outboxFolder, [Buffer.from('Subject: Hello\n\nWords.\n')]);
  const pathOf = (url: string) => new URL(url).pathname;
  const mine = pathOf(freshUrl(site.ports, { id: people[0]!.id, tokenVersion: 1 }, site.ports.clock()));
  const decision = pathOf(decisionUrl(site.ports, { id: '1', action: 'approve', expiresAt: new Date('2026-04-01T00:00:00Z') }));
  paths = [
    '/',
    '/archive/weekly',
    `/archive/weekly/${edition}`,
    `/archive/weekly/${edition}/posts`,
    '/feeds/weekly.atom',
    '/subscribe/weekly',
    '/subscribe/weekly/form',
    '/styles.css',
    '/styles/1f5f8b.css',
    '/favicon.ico',
    '/healthz',
    '/outbox',
    `/outbox/${message}`,
    `/outbox/${message}/html`,
    pathOf(unsubscribeUrl(site.ports, { subscriptionId: active, tokenVersion: 1 })),
    pathOf(unsubscribeUrl(site.ports, { subscriptionId: pending, tokenVersion: 1 })),
    pathOf(preferencesUrl(site.ports, { subscriptionId: active, tokenVersion: 1 })),
    pathOf(undoUrl(site.ports, left, leaving[0]!.id, site.ports.clock())),
    mine,
    `${mine}/export`,
    `${mine}/erase`,
    pathOf(addressUrl(site.ports, '1', '1', site.ports.clock())),
    '/link/weekly',
    pathOf(confirmUrl(site.ports, pending, rows[0]!.id)),
    decision,
    `${decision}/1`,
  ];
});
afterAll(() => site.close());

describe('P4: a request that only looks', () => {
  test.each(['GET', 'HEAD', 'OPTIONS'])('by %s, to any path, whoever sends it, changes nothing', async (method) => {
    const before = await dumpTables(site.db.database);
    const files = await readdir(site.outboxFolder, { recursive: true });
    for (const path of paths) {
      for (const headers of [{}, { 'user-agent': 'a link scanner', purpose: 'prefetch' }] as Record<string, string>[]) {
        const response = await site.request(path, { method, headers });
        const body = await response.text();
        expect([path, response.status]).toEqual([path, method === 'OPTIONS' || path === '/favicon.ico' ? 204 : 200]);
        if (method !== 'GET') expect([path, body]).toEqual([path, '']);
      }
    }
    expect(await dumpTables(site.db.database)).toEqual(before);
    expect(await readdir(site.outboxFolder, { recursive: true })).toEqual(files);
    expect(decisions).toBe(0);
  });

  test('a dump would show a row that was only locked', async () => {
    const before = await dumpTables(site.db.database);
    await site.db.database.transaction((tx) => tx.query('select from newsletter for update'));
    expect(await dumpTables(site.db.database)).not.toEqual(before);
  });

  test('other methods than those that a path has are refused and change nothing', async () => {
    const before = await dumpTables(site.db.database);
    for (const path of paths) {
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        const response = await site.request(path, { method });
        expect([path, method, response.status]).toEqual([path, method, 405]);
        expect(response.headers.get('allow')).toContain('GET');
      }
    }
    for (const path of paths.filter(
      (each) => !/confirm|unsubscribe|decide|preferences|\/left|mine|address|link|subscribe\/weekly$/.test(each),
    )) {
      expect((await site.request(path, { method: 'POST' })).status).toBe(405);
    }
    expect(await dumpTables(site.db.database)).toEqual(before);
  });

  test('and what is for one person is listed by no search engine, whatever the method and however it ends', async () => {
    const isPrivate = (path: string): boolean => /^\/(outbox|confirm|unsubscribe|decide|preferences|left|mine|address)\b/.test(path);
    // Every path that takes a token or shows mail is known to be one.
    for (const path of site.server.paths) if (/:token|outbox/.test(path)) expect([path, isPrivate(path)]).toEqual([path, true]);
    const dead = ['/confirm/x', '/unsubscribe/x', '/decide/x', '/decide/x/1', '/outbox/x', '/outbox/x/html'];
    for (const path of [...paths, ...dead]) {
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT']) {
        const { headers } = await site.request(path, { method });
        expect([path, method, headers.get('x-robots-tag')]).toEqual([path, method, isPrivate(path) ? 'noindex' : null]);
      }
      if (!isPrivate(path) || /\/(?:html|export)$/.test(path) || /decide\/[^/]+\/./.test(path)) continue;
      expect(await (await site.request(path)).text()).toContain('<meta name="robots" content="noindex">');
    }
    expect(await (await site.request('/')).text()).not.toContain('name="robots"');
  });

  test('is tried above on every path that the server has', async () => {
    site.logged.length = 0;
    for (const path of paths) await site.request(path);
    await waitFor(() => site.logged.filter(({ event }) => event === 'web.answered').length === paths.length);
    const tried = new Set(site.logged.map(({ fields }) => fields['route']));
    expect(tried).toEqual(new Set(site.server.paths));
  });
});

/*
 * What no browser and no mail program sends, to every path that takes anything. The links are good ones, so that it is the request that is refused.
 */
describe('An enemy', () => {
  const form = 'application/x-www-form-urlencoded';
  const takers = (): string[] =>
    paths.filter(
      (path) => /^\/(confirm|preferences|left|mine|address|decide|link|subscribe)\//.test(path) && !/\/(form|export|1)$/.test(path),
    );
  const withLimits = async (points: number, secret: string, work: () => Promise<void>): Promise<void> => {
    const usual = site.ports.limiter;
    const allowed = Object.fromEntries(Object.keys(limits).map((name) => [name, { points, seconds: 600 }])) as unknown as typeof limits;
    Object.assign(site.ports, { limiter: createLimiter({ database: site.db.database, secret: Buffer.from(secret), limits: allowed }) });
    try {
      await work();
    } finally {
      Object.assign(site.ports, { limiter: usual });
    }
  };
  const everythingButTries = async (): Promise<Record<string, string>> => {
    const { 'public.rate_limit': _tries, ...dump } = await dumpTables(site.db.database);
    return dump;
  };

  test.each<[what: string, body: string | Buffer, type: string | undefined, status: number]>([
    ['a body of 10 MB', Buffer.alloc(10_000_000, 'a='), form, 413],
    ['100,000 fields', Array.from({ length: 100_000 }, (_none, each) => `a${each}=`).join('&'), form, 413],
    ['more fields than any form has', 'a=&'.repeat(500), form, 400],
    ['NUL', 'action=%00', form, 400],
    ['NUL as it is', 'action=\0', form, 400],
    ['half a surrogate pair', 'name=%ED%A0%80', form, 400],
    ['bytes that are no text', Buffer.from([0x61, 0x3d, 0xff, 0xfe]), form, 400],
    ['an escape that is none', 'address=%ZZ', form, 400],
    ['an escape in a name that is none', '%ZZ=1', form, 400],
    ['JSON', '{"action":["leave_all"],"address":{"$ne":1}}', 'application/json', 415],
    ['plain text', 'action=leave_all', 'text/plain', 415],
    [
      'a form of another kind',
      '--x\r\nContent-Disposition: form-data; name="action"\r\n\r\nleave_all\r\n--x--\r\n',
      'multipart/form-data; boundary=x',
      415,
    ],
    ['XML', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', 'application/xml', 415],
    ['a type that is none', 'action=leave_all', 'x'.repeat(300), 415],
    ['no type at all', Buffer.from('action=leave_all'), undefined, 415],
  ])('who posts %s to any page that takes a form is refused, and nothing changes', async (_what, body, type, status) => {
    site.logged.length = 0;
    expect(takers().length).toBeGreaterThan(8);
    const before = await everythingButTries();
    for (const path of takers()) expect([path, await statusOf(path, body, type)]).toEqual([path, status]);
    expect(await everythingButTries()).toEqual(before);
    expect(site.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test.each<[what: string, body: string | Buffer, type: string | undefined, status: number]>([
    ['nothing', '', undefined, 200],
    ['NUL', 'List-Unsubscribe=\0', form, 200],
    ['half a surrogate pair', '%ED%A0%80=%ZZ', form, 200],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0]), 'application/octet-stream', 200],
    ['JSON', '{"a":[]}', 'application/json', 200],
    ['multipart without an end', '--x\r\n\r\nList-Unsubscribe', 'multipart/form-data', 200],
    ['a type that is none', 'x', 'nonsense', 200],
    ['arrays', 'a[]=1&a[b]=2&List-Unsubscribe[]=One-Click', form, 200],
    ['10 MB', Buffer.alloc(10_000_000, 'x'), form, 413],
  ])('who posts %s to an unsubscribe link ends that subscription at most', async (what, body, type, status) => {
    const { rows } = await site.db.database.query<{ id: string; slug: string; scheduleId: string; sourceId: string }>(
      `select n.id, n.slug, s.id as "scheduleId", '0' as "sourceId" from newsletter n join schedule s on s.newsletter_id = n.id where n.slug = 'weekly'`,
    );
    const id = await seedSubscription(site.db.database, rows[0]!, `${what.replaceAll(' ', '.')}@example.net`);
    const link = new URL(unsubscribeUrl(site.ports, { subscriptionId: id, tokenVersion: 1 })).pathname;
    expect(await statusOf(link, body, type)).toBe(status);
    const { rows: after } = await site.db.database.query(`select state from subscription where id = $1`, [id]);
    expect(after).toEqual([{ state: status === 200 ? 'left' : 'active' }]);
  });

  test.each([
    'a[]=1&a[b]=2',
    'address[]=a@example.net&address[x]=1',
    'action[]=leave_all',
    '__proto__[action]=leave_all',
    'constructor=x',
    '&&&===',
  ])('who names fields as arrays and objects (%s) is not understood by who reads fields', async (body) => {
    const before = await everythingButTries();
    for (const path of takers().filter((each) => /^\/(preferences|mine|link|subscribe)\//.test(each) && !each.endsWith('/erase')))
      expect([path, [200, 400].includes(await statusOf(path, body, form))]).toEqual([path, true]);
    expect(await everythingButTries()).toEqual(before);
  });

  test.each([
    '%00',
    '%ED%A0%80',
    '%ZZ',
    '%FF',
    '..%2f..%2f..%2fetc%2fpasswd',
    '%2e%2e/%2e%2e/etc/passwd',
    "1'%20or%201=1--",
    '%0d%0aSet-Cookie:%20a=b',
    '%E2%80%AE',
  ])('who puts %s into any address, or its query, gets no failure and no file', async (hostile) => {
    site.logged.length = 0;
    await withLimits(100_000, `a secret for addresses ${hostile}`, async () => {
      const addresses = site.server.paths.flatMap((pattern) => [
        pattern.replace(/:\w+|\*/g, hostile),
        `/subscribe/weekly?source=${hostile}&thanks=${hostile}&source[]=1`,
        `/archive/weekly?before=${hostile}&before[a]=1`,
        `${paths.find((path) => path.startsWith('/preferences/'))!}?done=${hostile}`,
      ]);
      for (const address of new Set(addresses)) {
        const answer = await rawRequest(address, {});
        expect([address, answer.status < 500, answer.headers['set-cookie'], /root:/.test(answer.body)]).toEqual([
          address,
          true,
          undefined,
          false,
        ]);
      }
    });
    expect(site.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('who forges where they come from, or where this is, finds no link that leads there', async () => {
    const forged = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'javascript',
      'x-forwarded-for': '203.0.113.9',
      'x-original-url': '/outbox',
      forwarded: 'host=evil.example;for=203.0.113.9',
      origin: 'https://evil.example',
      referer: 'https://evil.example/',
    };
    for (const path of paths) {
      const { body, headers } = await rawRequest(path, forged);
      expect([path, /evil\.example|203\.0\.113/.test(body + JSON.stringify(headers))]).toEqual([path, false]);
    }
  });

  test('who guesses at links is told to wait, on every path that takes one, and a good link works meanwhile', async () => {
    const guessed = site.server.paths.filter((pattern) => pattern.includes(':token'));
    for (const pattern of guessed)
      await withLimits(3, `a secret for the guesses at ${pattern}`, async () => {
        const statuses: number[] = [];
        for (let guess = 0; guess < 5; guess += 1)
          statuses.push(
            (await rawRequest(pattern.replace(':token', `u-${guess}-1-${'A'.repeat(22)}`).replace(':rendition', '1'), {})).status,
          );
        expect([pattern, statuses]).toEqual([pattern, [404, 404, 404, 429, 429]]);
        const good = paths.find((path) => path.startsWith(pattern.slice(0, pattern.indexOf(':'))) && !/\/(1|export|erase)$/.test(path))!;
        expect([good, (await rawRequest(good, {})).status]).toEqual([good, 200]);
      });
  });

  test('who asks from many made-up addresses counts as one, unless a proxy that is trusted says who asks', async () => {
    const dead = `/confirm/c-1-1-${'A'.repeat(22)}`;
    const asked = async (url: string, hops = (each: number) => `203.0.113.${each}, 198.51.100.${each}`): Promise<Set<number>> => {
      const statuses = new Set<number>();
      for (let each = 0; each < 5; each += 1)
        statuses.add((await fetch(url + dead, { headers: { 'x-forwarded-for': hops(each) } })).status);
      return statuses;
    };
    await withLimits(3, 'a secret for proxies', async () => {
      expect(await asked(site.server.url)).toEqual(new Set([404, 429]));
      const behind = await createWebServer({ ...site.ports, trustedProxies: ['127.0.0.1'] }, { host: '127.0.0.1', port: 0 });
      try {
        expect(await asked(behind.url)).toEqual(new Set([404]));
        const bothAnswers = new Set([404, 429]);
        expect(await asked(behind.url, (each) => `192.0.2.1:${4711 + each}`)).toEqual(bothAnswers);
        expect(await asked(behind.url, (each) => `[2001:db8::${each}]:${each}`)).toEqual(bothAnswers);
        expect(await asked(behind.url, (each) => `fe80::1%eth${each}`)).toEqual(bothAnswers);
      } finally {
        await behind.close();
      }
    });
  });

  test('who takes a link of one purpose, or of one person, to another page finds it dead there', async () => {
    const links = paths.flatMap((path) => {
      const [, page, token] = /^\/(confirm|unsubscribe|preferences|left|mine|address|decide)\/([\w-]+)$/.exec(path) ?? [];
      return page === undefined || token === undefined ? [] : [{ page, token }];
    });
    const before = await everythingButTries();
    await withLimits(100_000, 'a secret for swaps', async () => {
      for (const { page, token } of links) {
        for (const other of new Set(links.map((each) => each.page)))
          for (const method of other === page ? [] : ['GET', 'POST'])
            expect([page, other, method, (await rawRequest(`/${other}/${token}`, {}, method)).status]).toEqual([page, other, method, 404]);
        const parts = token.split('-');
        for (const [index, value] of [
          [1, '1'],
          [1, '2'],
          [1, '3'],
          [2, '2'],
        ] as const) {
          const swapped = parts.with(index, value).join('-');
          if (swapped === token) continue;
          expect([page, swapped, (await rawRequest(`/${page}/${swapped}`, {}, 'POST')).status]).toEqual([page, swapped, 404]);
        }
      }
    });
    expect(await everythingButTries()).toEqual(before);
  });

  test.each<[what: string, said: string]>([
    ['says nothing', ''],
    ['never ends its headers', 'POST /link/weekly HTTP/1.1\r\nHost: a\r\nX-A: '],
    ['never ends its body', `POST /link/weekly HTTP/1.1\r\nHost: a\r\nContent-Type: ${form}\r\nContent-Length: 1000\r\n\r\naddress=`],
  ])('who %s holds no connection', async (_what, said) => {
    const server = await createWebServer(site.ports, { host: '127.0.0.1', port: 0, patience: { requestMs: 200, lookMs: 50 } });
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    let isClosed = false;
    socket.on('close', () => (isClosed = true)).on('error', () => {});
    socket.resume().write(said);
    try {
      await waitFor(() => isClosed, { what: 'the server to close the connection' });
    } finally {
      socket.destroy();
      await server.close();
    }
  });

  /** The status, whether the server read the body or closed before its end. */
  async function statusOf(path: string, body: string | Buffer, type: string | undefined): Promise<number> {
    return (await rawRequest(path, type === undefined ? {} : { 'content-type': type }, 'POST', body)).status;
  }

  async function rawRequest(
    path: string,
    headers: OutgoingHttpHeaders,
    method = 'GET',
    body: string | Buffer = '',
  ): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: string }> {
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      const sent = httpRequest(
        new URL(site.server.url),
        { path, method, headers: { ...headers, ...(method === 'GET' ? {} : { 'content-length': Buffer.byteLength(body) }) }, agent: false },
        (response) => {
          isAnswered = true;
          let received = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
          response.on('close', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }));
          response.on('error', () => {});
        },
      );
      // What is refused unread breaks off under who is still writing.
      sent.on('error', (error) => (isAnswered ? undefined : reject(error)));
      sent.end(body);
    });
  }
});
