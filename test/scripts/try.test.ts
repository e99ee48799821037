import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listMessages, readMessage } from '../../src/mail/maildir-store.ts';
import { startHttpSite, type HttpSite } from '../support/http-site.ts';
import { headerOf, startScriptedSmtp, type ScriptedSmtp } from '../support/smtp-server.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { rss, runMain } from './run-main.ts';

let temp: Awaited<ReturnType<typeof makeTempFolder>>;
let site: HttpSite;
let smtp: ScriptedSmtp;

beforeAll(async () => {
  [temp, smtp] = await Promise.all([makeTempFolder(), startScriptedSmtp()]);
  site = await startHttpSite((request, response) => {
    const pages: Record<string, readonly [type: string, body: string]> = {
      '/feed': ['application/rss+xml', rss([{ title: 'On a site' }])],
      '/': ['text/html', '<!doctype html><html><head><title>A site</title><link rel="alternate" type="application/rss+xml" href="/feed">'],
      '/none': ['text/html', '<!doctype html><title>A page</title><p>No feed here.</p>'],
    };
    const page = pages[request.url];
    response.writeHead(page ? 200 : 404, { 'content-type': page?.[0] ?? 'text/plain' }).end(page?.[1] ?? 'no');
  });
});
afterAll(async () => {
  await Promise.all([site.close(), smtp.close()]);
  await temp.remove();
});

/** No database is named and none is started: trying stores nothing. */
const tryIt = (words: readonly string[], env: Record<string, string> = {}) =>
  runMain(['try', ...words], { DATA_FOLDER: join(temp.folder, 'data'), LOG_LEVEL: 'error', ALLOW_PRIVATE_SOURCES: 'true', ...env });

async function file(name: string, content: string): Promise<string> {
  const path = join(temp.folder, name);
  await writeFile(path, content);
  return path;
}

const outbox = () => join(temp.folder, 'data', 'outbox');

describe('trying a feed', () => {
  test('from a file: a digest in the outbox, files to look at and a summary', async () => {
    const path = await file('feed.xml', rss([{ title: 'First post' }, { title: 'Second post' }]));
    const { exitCode, stdout, stderr } = await tryIt([path]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/Read: +A school blog \(rss\), 2 posts/);
    expect(stdout).toMatch(/Shown: +2 posts/);
    const written = /Look: +(.*\.html)/.exec(stdout)?.[1] ?? '';
    expect(await readFile(written, 'utf8')).toContain('Second post');
    expect(await readFile(written.replace('.html', '.txt'), 'utf8')).toContain('First post');
    const { messages } = await listMessages(outbox());
    const message = await readMessage(outbox(), messages[0]!.id);
    expect(message.subject).toContain('Second post');
    for (const part of [message.html, message.text]) expect(part).toContain('First post');
  });

  test('with equal dates or none keeps the order of the document', async () => {
    const items = ['Alpha', 'Beta', 'Gamma', 'Delta'].map(
      (title, index) =>
        `<item><title>${title}</title><guid>${title}</guid>${index % 2 === 0 ? '<pubDate>Thu, 01 Jan 2026 08:00:00 GMT</pubDate>' : ''}<description>Words.</description></item>`,
    );
    const path = await file('order.xml', `<rss version="2.0"><channel><title>A blog</title>${items.join('')}</channel></rss>`);
    const { stdout } = await tryIt([path]);
    const text = await readFile((/Look: +(.*\.html)/.exec(stdout)?.[1] ?? '').replace('.html', '.txt'), 'utf8');
    expect(text.match(/^(?:Alpha|Beta|Gamma|Delta)$/gm)).toEqual(['Alpha', 'Beta', 'Gamma', 'Delta']);
  });

  test('of categories that posts share makes headings, but none of what a site files posts under when nobody chose', async () => {
    const items = ['Inglés', 'Inglés', 'Sin categoría', 'Sin categoría'].map(
      (category, index) =>
        `<item><title>Post ${index}</title><guid>${index}</guid><category>${category}</category><description>Words.</description></item>`,
    );
    const path = await file('spanish.xml', `<rss version="2.0"><channel><title>Un blog</title>${items.join('')}</channel></rss>`);
    const { stdout } = await tryIt([path]);
    const html = await readFile(/Look: +(.*\.html)/.exec(stdout)?.[1] ?? '', 'utf8');
    expect(html).toContain('Inglés');
    expect(html).not.toContain('Sin categoría');
  });

  test('in the language of the feed, in that of most posts where it names none, or in the one that is asked for', async () => {
    const item = (language: string, title: string) =>
      `<item><title>${title}</title><guid>${title}</guid><dc:language>${language}</dc:language><description>Ein Satz.</description></item>`;
    const feed = (items: string, of = '') =>
      `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Ein Blog</title>${of}${items}</channel></rss>`;
    const htmlOf = async (path: string, ...words: string[]) =>
      readFile(/Look: +(.*\.html)/.exec((await tryIt([path, ...words])).stdout)?.[1] ?? '', 'utf8');
    const mixed = await file('mixed.xml', feed(item('de', 'Eins') + item('de', 'Zwei') + item('en', 'Three')));
    const german = await htmlOf(mixed);
    expect(german).toContain('<html lang="de" dir="ltr"');
    expect(german).toContain('Abbestellen');
    expect(german).toMatch(/<h2 [^>]*lang="en"[^>]*>[^>]*Three/);
    expect(german).not.toMatch(/lang="de"[^>]*>[^>]*Eins/);
    expect(await htmlOf(await file('stated.xml', feed(item('de', 'Eins'), '<language>pt-br</language>')))).toContain('<html lang="pt-BR"');
    expect(await htmlOf(await file('unknown.xml', feed(item('de', 'Eins'), '<language>sv</language>')))).toContain('<html lang="en"');
    expect(await htmlOf(mixed, '--language', 'ar')).toContain('<html lang="ar" dir="rtl"');
    expect(await tryIt([mixed, '--language', 'no tag'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/Expected a language tag .*; phrases are written in ar, de, en, es, fr, it, nl or pt/),
    });
  });

  test('from an address, and from a page that leads to one', async () => {
    for (const url of [`${site.origin}/feed`, `${site.origin}/`]) {
      const { exitCode, stdout } = await tryIt([url, '--json']);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        title: 'A school blog',
        format: 'rss',
        entries: 1,
        outcome: 'accepted',
        subject: 'On a site',
      });
    }
  });

  test('from an address with a password, which no program is shown', async () => {
    const { stdout } = await tryIt([`${site.origin.replace('//', '//reader:secret@')}/feed`, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ url: `${site.origin}/feed` });
  });

  test('with --to: through the configured server to that address', async () => {
    const { exitCode, stdout } = await tryIt([`${site.origin}/feed`, '--to', 'me@example.net'], { SMTP_URL: smtp.url });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/accepted by the server for me@example\.net/);
    const message = smtp.accepted().at(-1)!;
    expect(message.envelope).toEqual({ from: 'me@example.net', to: ['me@example.net'] });
    expect(headerOf(message.raw, 'subject')).toBe('On a site');
  });

  test('that the server refuses: said, and 1', async () => {
    smtp.rescript({ onRcpt: () => '550 5.1.1 No such person' });
    const { exitCode, stderr } = await tryIt([`${site.origin}/feed`, '--to', 'me@example.net'], { SMTP_URL: smtp.url });
    smtp.rescript({ onRcpt: () => undefined });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/Not sent: 550 .*No such person/);
  });

  test('with SMTP_URL set but without --to stays in the outbox', async () => {
    const before = smtp.received.length;
    expect(await tryIt([`${site.origin}/feed`], { SMTP_URL: smtp.url })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/local outbox/),
    });
    expect(smtp.received).toHaveLength(before);
  });
});

describe('what is no feed gets one clear line', () => {
  test.each<[string, () => Promise<string[]>, number, RegExp]>([
    [
      'a broken document',
      async () => [await file('broken.xml', '<rss><<<channel>>')],
      2,
      /Expected a feed with posts, but .*broken\.xml" has none/,
    ],
    ['a document cut off before its first post', async () => [await file('cut.xml', '<rss><channel><item>')], 2, /has none/],
    ['another document', async () => [await file('page.html', '<html><body>Hello</body></html>')], 2, /cannot be read as a feed/],
    ['an empty file', async () => [await file('empty.xml', '')], 2, /cannot be read as a feed/],
    ['a feed without posts', async () => [await file('bare.xml', rss([]))], 2, /has none/],
    ['a file that is not there', async () => [join(temp.folder, 'missing.xml')], 2, /cannot be read as a feed.*missing\.xml/],
    ['a page without a feed', async () => [`${site.origin}/none`], 2, /as a page it links to none/],
    ['an address that answers 404', async () => [`${site.origin}/gone`], 1, /404/],
    [
      'an address with a password, without it',
      async () => [`${site.origin.replace('//', '//reader:secret@')}/gone`],
      1,
      /^gazette try: (?!.*secret)[^\n]*"http:\/\/127[^\n]*404/,
    ],
    ['--to without a server to send it', async () => [`${site.origin}/feed`, '--to', 'me@example.net'], 2, /--to needs SMTP_URL/],
  ])('%s', async (_name, words, code, message) => {
    const { exitCode, stdout, stderr } = await tryIt(await words());
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd()).toMatch(/^gazette try: [^\n]*$/);
  });

  test('an address that is none', async () => {
    const { exitCode, stderr } = await tryIt([`${site.origin}/feed`, '--to', 'me'], { SMTP_URL: smtp.url });
    expect(exitCode).toBe(2);
    expect(stderr.trimEnd()).toMatch(/^gazette try: [^\n]*address[^\n]*$/i);
  });
});
