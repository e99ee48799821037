import { readdir } from 'node:fs/promises';
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
      find: async () => ({
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
      }),
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
