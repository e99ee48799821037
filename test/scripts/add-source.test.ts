import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHttpSite, type HttpSite } from '../support/http-site.ts';
import { createInstallation, type Installation } from './run-main.ts';

const feed = '<rss version="2.0"><channel><title>News</title><item><title>One</title><guid>1</guid></item></channel></rss>';
const link = (title: string, href: string, type = 'application/rss+xml'): string =>
  `<link rel="alternate" type="${type}" title="${title}" href="${href}">`;
const page = (head: string): string => `<!doctype html><html><head>${head}</head><body>Hello</body></html>`;

let site: HttpSite;
let installation: Installation;

beforeAll(async () => {
  const pages: Readonly<Record<string, string>> = {
    '/feed': feed,
    '/one': page(link('Posts', '/feed')),
    '/several': page(`${link('Posts', '/feed')}${link('Essays', '/essays/feed')}<link rel="https://api.w.org/" href="/wp-json/">`),
    '/page': page(''),
    '/api': JSON.stringify({ data: { posts: [{ headline: 'One', link: 'https://example.org/one' }] } }),
    '/error': 'Error establishing a database connection',
  };
  site = await startHttpSite((request, response) => {
    const body = pages[request.url.replace(/\?.*/, '')];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  installation = await createInstallation();
  await writeFile(join(installation.folder, 'mapping.json'), '{"items":"data.posts","title":"headline","url":"link"}');
  await writeFile(join(installation.folder, 'wrong.json'), '{"items":"data posts"}');
});

afterAll(async () => {
  await site.close();
  await installation.remove();
});

async function sourceUrls(): Promise<string[]> {
  const sources = JSON.parse(await installation.done('sources list --json')) as { url: string; kind: string }[];
  return sources.map(({ url, kind }) => `${kind} ${url.replace(site.origin, '')}`);
}

describe('adding a source', () => {
  test('takes a feed, the one feed of a page, and a JSON API by its mapping', async () => {
    expect(await installation.done(`sources add ${site.origin}/one`)).toContain('leads to one feed: Posts');
    expect(await sourceUrls()).toContain('feed /feed');
    await installation.done(`sources add ${site.origin}/api --mapping ${join(installation.folder, 'mapping.json')}`);
    expect(await sourceUrls()).toContain('json /api');
    expect((await installation.run(`sources add ${site.origin}/feed`)).stderr).toMatch(/exists already/);
  });

  test('shows the feeds of a page that has several, with the command for each, and adds none', async () => {
    const before = await sourceUrls();
    const { exitCode, stdout } = await installation.run(`sources add ${site.origin}/several`);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`gazette sources add ${site.origin}/feed   Posts`);
    expect(stdout).toContain(`gazette sources add ${site.origin}/essays/feed   Essays`);
    expect(stdout).toContain(`gazette sources add ${site.origin}/wp-json/ --wordpress`);
    expect(await sourceUrls()).toEqual(before);
  });

  test.each(['/page', '/error'])('refuses %s, which is no feed and leads to none, unless staff insist', async (path) => {
    const refused = await installation.run(`sources add ${site.origin}${path}`);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/^Not added: Expected a feed/)]);
    await installation.done(`sources add ${site.origin}${path} --unchecked`);
    expect(await sourceUrls()).toContain(`feed ${path}`);
  });

  test('takes one that cannot be reached at present, and says so', async () => {
    const { exitCode, stderr } = await installation.run('sources add http://127.0.0.1:1/feed');
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/could not be read now/)]);
  });

  test('refuses a mapping that says nothing', async () => {
    const { exitCode, stderr } = await installation.run(
      `sources add ${site.origin}/api?2 --mapping ${join(installation.folder, 'wrong.json')}`,
    );
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/Expected a field mapping/);
  });
});

test('checking an address explains a feed, a page and a JSON API, and stores nothing', async () => {
  const before = await sourceUrls();
  expect(await installation.done(`sources check ${site.origin}/feed`)).toMatch(/^News \(rss\), 1 post/);
  expect(await installation.done(`sources check ${site.origin}/several`)).toContain(`${site.origin}/essays/feed   Essays`);
  expect(
    await installation.done(`sources check ${site.origin}/api --mapping ${join(installation.folder, 'mapping.json')} --json`),
  ).toContain('"title": "One"');
  expect((await installation.run(`sources check ${site.origin}/page`)).exitCode).toBe(1);
  expect(await sourceUrls()).toEqual(before);
});

test('a known source says what was learned of its ids, and what becomes of a post that vanishes is set', async () => {
  const url = `${site.origin}/feed?learned`;
  await installation.done(`sources add ${url}`);
  await installation.stored.database.query(`update source set ids_renewed_at = now() where url = $1`, [url]);
  expect(await installation.done(`sources check ${url}`)).toMatch(/This is source \d+\.\nIts ids are made anew at each fetch/);
  expect(await installation.done(`sources set ${url} --when-gone warn`)).toContain('staff are told');
  const shown = await installation.done(`sources show ${url}`);
  expect(shown).toMatch(/whenGone +warn/);
  expect(shown).toMatch(/idHabit +renewed/);
  expect((await installation.run(`sources set ${url} --when-gone never`)).exitCode).toBe(2);
  const repeats = [{ key: 'k', links: null, text: 'Call our helpline.', postCount: 7 }];
  await installation.stored.database.query(`update source set repeats = $2 where url = $1`, [url, JSON.stringify(repeats)]);
  expect(await installation.done(`sources show ${url}`)).toContain('shown in full posts:\n   7 posts  Call our helpline.');
  expect(await installation.done(`sources set ${url} --trim`)).toContain(
    'full posts are shown without what they repeat (0 paragraphs at present)',
  );
  expect(await installation.done(`sources show ${url}`)).toMatch(/trimsRepeats +true/);
  expect(await installation.done(`sources set ${url} --no-trim`)).toContain('full posts are shown with what they repeat');
  for (const wrong of ['', ' --trim --no-trim']) expect((await installation.run(`sources set ${url}${wrong}`)).exitCode).toBe(2);
});

test('collecting everything goes on past a source that cannot be read', async () => {
  await installation.done(`sources add ${site.origin}/feed?again`);
  await installation.done(`sources add ${site.origin}/missing --unchecked`);
  const { exitCode, stdout } = await installation.run('collect --force --json');
  const outcomes = (JSON.parse(stdout) as { outcome: string }[]).map(({ outcome }) => outcome);
  expect(exitCode).toBe(1);
  expect(outcomes).toEqual(expect.arrayContaining(['read', 'failed']));
  expect(outcomes).toHaveLength((await sourceUrls()).length);
});
