import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { insertNewsletter } from '../../src/newsletters/newsletter-store.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import { addByAddress, type AddressInput } from '../../src/sources/add-by-address.ts';
import { pauseSource, removeSource, resumeSource } from '../../src/sources/change-source-state.ts';
import { decideTrimming } from '../../src/sources/decide-trimming.ts';
import { chooseSources, collectChosen } from '../../src/sources/collect-chosen.ts';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import { listPublicSources, showSource } from '../../src/sources/list-sources.ts';
import { loadPostingHabits } from '../../src/sources/repeats/repeat-store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { collectPorts, startFeedSite, testClock, testReader, type FeedSite } from '../support/feed-site.ts';

const html = { 'content-type': 'text/html' };
const link = (href: string): string => `<link rel="alternate" type="application/rss+xml" title="Posts" href="${href}">`;

const newsletter = {
  senderName: 'The Letter',
  senderAddress: 'letter@example.org',
  replyTo: null,
  postalAddress: '1 Example Street',
  language: 'en',
  colour: '#1f5f8b',
  logoUrl: null,
  intro: null,
  privacyUrl: null,
  welcome: null,
  thanksHosts: [],
  account: null,
  template: 'digest',
  staffAddress: null,
  isSample: false,
  sections: {},
};

let stored: TestDatabase;
let site: FeedSite;
let reader: SourceReader;
const { clock } = testClock();
let count = 0;
let path: string;

beforeAll(async () => {
  stored = await createTestDatabase();
  site = await startFeedSite();
  reader = testReader(clock);
  for (const slug of ['one', 'two']) await insertNewsletter(stored.database, { ...newsletter, slug, name: slug });
});
afterAll(async () => {
  await reader.close();
  await site.close();
  await stored.drop();
});
beforeEach(() => {
  count += 1;
  path = `/feed-${count}`;
  site.setFeed(path, [{ id: `${count}`, title: 'One' }]);
});

const ports = () => ({ database: stored.database, clock, reader });
const add = (at: string, input: Partial<AddressInput> = {}) => addByAddress(ports(), { url: site.url + at, newsletters: [], ...input });
const addressesOf = async (): Promise<string[]> => (await listPublicSources(stored.database)).map(({ url }) => url.replace(site.url, ''));

describe('adding by address', () => {
  test('stores a feed, due at once, in the newsletters that take it', async () => {
    const added = await add(path, { newsletters: ['one'], firstRead: 'release' });
    expect(added).toMatchObject({ kind: 'added', source: { state: 'active', firstRead: 'release', newsletters: ['one'], postCount: 0 } });
    expect(added).not.toHaveProperty('feed');
    expect(added).not.toHaveProperty('trouble');
  });

  test('lets a known one join more newsletters, and refuses what is there already', async () => {
    await add(path, { newsletters: ['one'] });
    expect(await add(path, { newsletters: ['two'] })).toMatchObject({ kind: 'joined', source: { newsletters: ['one', 'two'] } });
    await expect(add(path, { newsletters: ['two'] })).rejects.toThrow(/exists already/);
  });

  test('brings back one that was removed, as added', async () => {
    await add(path);
    await removeSource(ports(), site.url + path);
    expect(await add(path)).toMatchObject({ kind: 'added', source: { state: 'active' } });
  });

  test('follows a page to its one feed, and adds none of several', async () => {
    site.set('/page', { headers: html, body: `<!doctype html><html><head>${link(path)}</head></html>` });
    expect(await add('/page')).toMatchObject({ kind: 'added', source: { url: site.url + path }, feed: { title: 'Posts' } });
    site.set('/pages', { headers: html, body: `<!doctype html><html><head>${link(path)}${link('/other')}</head></html>` });
    expect(await add('/pages')).toMatchObject({ kind: 'several', feeds: [{ url: site.url + path }, { url: `${site.url}/other` }] });
    expect(await addressesOf()).not.toContain('/other');
  });

  test('refuses what cannot be read, unless nobody is to look', async () => {
    site.set('/text', { body: 'Hello' });
    expect(await add('/text')).toEqual({ kind: 'nothing', reason: expect.stringMatching(/./) });
    expect(await addressesOf()).not.toContain('/text');
    expect(await add('/text', { isUnchecked: true })).toMatchObject({ kind: 'added', source: { url: `${site.url}/text` } });
  });

  test('adds what gives no answer at present, and says why', async () => {
    expect(await add('/away')).toMatchObject({ kind: 'added', trouble: expect.stringMatching(/404/) });
  });

  test('says what is wrong before it asks anybody', async () => {
    await expect(add(path, { newsletters: ['nobody'] })).rejects.toThrow(/got "nobody"/);
    await expect(add(path, { timeZone: 'Nowhere' })).rejects.toThrow(/time zone/);
    await expect(add(path, { firstRead: 'latest:none' })).rejects.toThrow(/latest:N/);
    expect(site.requests.filter((request) => request.path === path)).toEqual([]);
  });
});

describe('a source is shown', () => {
  test('with these keys, and without its password', async () => {
    const withPassword = new URL(site.url + path);
    withPassword.username = 'reader';
    withPassword.password = 'secret';
    const added = await addByAddress(ports(), { url: withPassword.href, newsletters: ['one'], isUnchecked: true });
    if (added.kind !== 'added') throw new Error(`Expected it added, got ${added.kind}`);
    await stored.database.query(`update source set permanent_url = $2 where id = $1`, [added.source.id, withPassword.href]);
    const shown = await showSource(stored.database, added.source.id);
    expect(shown).toEqual({ ...added.source, permanentUrl: site.url + path });
    expect(Object.keys(shown)).toEqual([
      'id',
      'url',
      'kind',
      'mapping',
      'title',
      'siteUrl',
      'language',
      'timeZone',
      'state',
      'firstRead',
      'firstReadAt',
      'guardLimit',
      'nextPollAt',
      'lastPolledAt',
      'lastReadAt',
      'lastOutcome',
      'lastReason',
      'failureCount',
      'idHabit',
      'idsRenewedAt',
      'datesMove',
      'whenGone',
      'repeats',
      'trimsRepeats',
      'permanentUrl',
      'createdAt',
      'newsletters',
      'postCount',
    ]);
    expect(JSON.stringify(await listPublicSources(stored.database))).not.toContain('secret');
  });

  test('by its address or its id, and by its id only once it is removed', async () => {
    await add(path);
    const { id } = await showSource(stored.database, site.url + path);
    expect(await removeSource(ports(), id)).toMatchObject({ id, state: 'removed' });
    expect(await showSource(stored.database, id)).toMatchObject({ state: 'removed' });
    expect(await addressesOf()).not.toContain(path);
    await expect(showSource(stored.database, site.url + path)).rejects.toMatchObject({
      code: 'not_found',
      remedy: { kind: 'list', of: 'sources' },
    });
    await expect(pauseSource(ports(), '999')).rejects.toMatchObject({ code: 'not_found', remedy: { kind: 'list', of: 'sources' } });
  });
});

describe('what the posts of a source repeat', () => {
  const helpline = '<p>Call our helpline on 0800 100, day and night.</p>';
  const items = (length: number) =>
    Array.from({ length }, (_, index) => ({
      id: `urn:r${index}`,
      title: `News ${index}`,
      html: `<p>News ${index} of a week.</p>${helpline}`,
    }));

  test('is shown with it, leaves full posts where staff want that, and stays in the stored ones', async () => {
    site.setFeed('/repeats', items(3));
    await add('/repeats');
    const url = `${site.url}/repeats`;
    const ofSource = () => showSource(stored.database, url);
    await collectSource(collectPorts(stored.database, reader, clock), (await ofSource()).id, { force: true });
    const repeat = { text: 'Call our helpline on 0800 100, day and night.', postCount: 3, isTrimmable: true };
    expect(await ofSource()).toMatchObject({ trimsRepeats: false, repeats: [repeat] });
    expect(await decideTrimming(ports(), url, true)).toMatchObject({ trimsRepeats: true, repeats: [repeat] });
    site.setFeed('/repeats', items(4));
    await collectSource(collectPorts(stored.database, reader, clock), (await ofSource()).id, { force: true });
    expect(await ofSource()).toMatchObject({ repeats: [{ postCount: 4 }] });
    const { rows } = await stored.database.query<{ id: string; html: string }>(
      `select post_id as id, html from post_revision where html like '%helpline%' order by post_id`,
    );
    expect(rows).toHaveLength(4);
    expect((await loadPostingHabits(stored.database, [rows[0]!.id])).get(rows[0]!.id)).toMatchObject({
      trims: true,
      repeats: [{ postCount: 4 }],
    });
    expect(await decideTrimming(ports(), url, false)).toMatchObject({ trimsRepeats: false });
  });
});

describe('collecting what staff choose', () => {
  const collect = async (named: readonly string[], isForced = false) => {
    const seen: string[] = [];
    const chosen = await chooseSources(ports(), { named, isForced });
    const reports = await collectChosen(collectPorts(stored.database, reader, clock), chosen, (_report, url) =>
      seen.push(url.replace(site.url, '')),
    );
    return { reports, seen };
  };

  test('reads the named ones once each, due or not, and says what came of it with these keys', async () => {
    await add(path);
    const { id } = await showSource(stored.database, site.url + path);
    const { reports, seen } = await collect([id, site.url + path]);
    expect(seen).toEqual([path]);
    expect(Object.keys(reports[0]!).sort()).toEqual([
      'awaitedCount',
      'goneCount',
      'heldCount',
      'joinedCount',
      'knownCount',
      'newCount',
      'outcome',
      'releasedCount',
      'retractedCount',
      'revisedCount',
      'skipped',
      'sourceId',
    ]);
    expect(reports).toMatchObject([{ sourceId: id, outcome: 'read', knownCount: 1 }]);
    expect((await collect([id])).reports).toMatchObject([{ outcome: 'unchanged' }]);
  });

  test('leaves a paused source alone, and reads it once it is resumed', async () => {
    await add(path);
    await pauseSource(ports(), site.url + path);
    // What other tests added is due no longer.
    expect((await collect([], true)).seen).not.toContain(path);
    expect(await resumeSource(ports(), site.url + path)).toMatchObject({ state: 'active', nextPollAt: clock() });
    expect((await collect([])).seen).toEqual([path]);
    expect((await collect([])).seen).toEqual([]);
    expect((await collect([], true)).seen).toContain(path);
  });
});
