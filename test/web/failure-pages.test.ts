/*
 * Pages about something that failed belong to nobody: they speak the reader's language, and from a dead link they lead on, without a word of the link.
 */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createKeyRing, makeToken } from '../../src/subscribers/tokens/token.ts';
import { limits } from '../../src/web/limits/attempt-limits.ts';
import { createLimiter } from '../../src/web/limits/limiter-store.ts';
import { seedNewsletter, seedSubscription } from './seed.ts';
import { startSite, type TestSite } from './site.ts';

const secret = Buffer.from('a secret of at least 32 characters, for tests');
let site: TestSite;
beforeEach(async () => {
  site = await startSite({ signUps: { enqueue: async () => {}, addressKeySecret: secret, keepsIp: false } });
});
afterEach(() => site.close());

const dead = `/confirm/c-1-1-${'A'.repeat(22)}`;

/** Asks with this header; fetch sends one of its own where none is said. */
async function ask(path: string, acceptLanguage?: string): Promise<Response> {
  return site.request(path, { headers: { 'accept-language': acceptLanguage ?? '' } });
}

/** Asks as programs do that send no such header at all. */
async function askSilently(path: string): Promise<string> {
  const answer = once(get(site.server.url + path), 'response') as Promise<[IncomingMessage]>;
  return text((await answer)[0]);
}

const languageOf = async (answer: Response): Promise<string> => /<html lang="([^"]*)"/.exec(await answer.text())![1]!;

async function found(slug: string, language = 'en'): Promise<void> {
  await seedNewsletter(site.db.database, slug);
  await site.db.database.query(`update newsletter set language = $2 where slug = $1`, [slug, language]);
}

const asked: readonly [string, string][] = [
  ['', 'en'],
  ['*', 'en'],
  ['de', 'de'],
  ['de-AT', 'de'],
  ['DE-at', 'de'],
  ['de-AT, de;q=0.9, en;q=0.8', 'de'],
  ['en;q=0.3, fr;q=0.9', 'fr'],
  ['fr;q=0, *;q=0.5', 'en'],
  ['sv, da;q=0.9, nl;q=0.2', 'nl'],
  ['sv, *;q=0.1', 'en'],
  ['sv', 'en'],
  ['es-419', 'es'],
  ['pt-BR, en;q=0.1', 'pt'],
  ['it;q=zero', 'en'],
  ['ar-EG', 'ar'],
  ['en;q=0.1, it; q=0.2', 'it'],
  [`it${', x'.repeat(5_000)}`, 'en'],
  ['__proto__, ../../de, constructor;q=1', 'en'],
];

describe('The language of a page about what failed', () => {
  test('is the one that the reader prefers of those that ship, else English', async () => {
    await found('weekly', 'de');
    await found('monthly', 'fr');
    const answered = await Promise.all(asked.map(async ([header]) => [header, await languageOf(await ask(dead, header))]));
    expect(answered).toEqual(asked);
    expect(await languageOf(await site.request('/nowhere', { headers: { 'accept-language': 'fr-CH, de;q=0.5' } }))).toBe('fr');
  });

  test('without a wish is that of the only newsletter, whose page it is then', async () => {
    await found('weekly', 'de');
    const pages = await Promise.all(['', '*', 'sv', 'fr'].map(async (header) => (await ask(dead, header)).text()));
    expect(pages.map((page) => /<html lang="([^"]*)"/.exec(page)![1])).toEqual(['de', 'de', 'de', 'fr']);
    expect(await askSilently(dead)).toBe(pages[0]);
    for (const page of pages) expect(page).toContain('<a href="https://news.example.org/archive/weekly">The weekly</a>');
    await site.db.database.query(`update newsletter set language = 'de-CH'`);
    expect(await Promise.all(['*', 'de', 'de-AT', 'it'].map(async (header) => languageOf(await ask(dead, header))))).toEqual([
      'de-CH',
      'de',
      'de',
      'it',
    ]);
    // Nothing ships in Swedish: English serves.
    await site.db.database.query(`update newsletter set language = 'sv'`);
    expect(await Promise.all(['*', 'sv', 'sv, nl;q=0.5'].map(async (header) => languageOf(await ask(dead, header))))).toEqual([
      'en',
      'en',
      'nl',
    ]);
  });

  test('is the newsletter’s own below its path, whoever asks', async () => {
    await found('weekly', 'de');
    await found('monthly', 'fr');
    const paths = [
      '/archive/weekly/999',
      '/archive/weekly/999/posts',
      '/archive/none',
      '/archive/none/1',
      '/nowhere',
      '/subscribe/none',
      '/link/none',
    ];
    const answers = await Promise.all(paths.map(async (path) => ask(path, 'it')));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 404));
    expect(await Promise.all(answers.map(languageOf))).toEqual(['de', 'de', 'it', 'it', 'it', 'it', 'it']);
  });

  test('needs no database: that nothing is here, and that something went wrong, is said without', async () => {
    await found('weekly', 'de');
    const lost = { ...site.ports.database, query: async () => Promise.reject(new Error('The database is away')) };
    Object.assign(site.ports, { database: lost });
    const [missing, failed] = [await ask('/nowhere', 'fr'), await ask('/archive/weekly', 'fr')];
    expect([missing.status, failed.status]).toEqual([404, 500]);
    expect([await languageOf(missing), await languageOf(failed)]).toEqual(['fr', 'fr']);
    for (const answer of [missing, failed])
      expect([answer.headers.get('vary'), answer.headers.get('cache-control')]).toEqual(['Accept-Language', 'no-store']);
  });
});

describe('A dead link', () => {
  test('is one page in each language, whatever was wrong with it, and takes nothing from it', async () => {
    const newsletter = await seedNewsletter(site.db.database, 'weekly');
    const id = await seedSubscription(site.db.database, newsletter, 'ann@example.net', 'pending');
    const keys = site.ports.tokenKeys;
    const token = (purpose: 'confirm' | 'unsubscribe' | 'fresh' | 'approve', version = '1', expiresAt?: Date): string =>
      makeToken(keys, { purpose, subjectId: id, version, ...(expiresAt ? { expiresAt } : {}) });
    const foreign = makeToken(createKeyRing(['another key of at least 32 characters']), {
      purpose: 'confirm',
      subjectId: id,
      version: '1',
    });
    const paths = [
      '/confirm/forged<b>',
      `/confirm/${foreign}`,
      `/confirm/${token('confirm', '1', new Date('2026-01-01'))}`,
      `/confirm/${token('confirm', '99')}`,
      `/unsubscribe/${token('unsubscribe', '77')}`,
      `/preferences/${token('unsubscribe')}`,
      `/mine/${token('fresh', '77')}`,
      `/address/${token('confirm')}`,
      `/left/${token('confirm')}`,
      `/decide/${token('approve')}`,
    ];
    for (const language of ['en', 'de', 'ar']) {
      const answers = new Set<string>();
      for (const path of paths) {
        const answer = await ask(path, language);
        const body = await answer.text();
        expect([path, body.includes(path.split('/')[2]!)]).toEqual([path, false]);
        const headers = [...answer.headers].filter(([name]) => name !== 'date');
        expect([headers.find(([name]) => name === 'vary'), headers.find(([name]) => name === 'cache-control')]).toEqual([
          ['vary', 'Accept-Language'],
          ['cache-control', 'no-store'],
        ]);
        // Of a decision the policy allows a frame, whatever the link is.
        answers.add(JSON.stringify([answer.status, headers.filter(([name]) => name !== 'content-security-policy'), body]));
      }
      expect([language, answers.size]).toEqual([language, 1]);
      expect([...answers][0]).toContain(`<html lang=\\"${language}\\" dir=\\"${language === 'ar' ? 'rtl' : 'ltr'}\\">`);
    }
  });

  test('leads to where the reader of the only newsletter has their own link mailed', async () => {
    await found('weekly', 'de');
    const page = await (await ask(dead)).text();
    expect(page).toContain('<a class="button quiet" href="https://news.example.org/link/weekly">Schon dabei? Meinen Link zusenden</a>');
    expect((await site.request('/link/weekly')).status).toBe(200);
  });

  test('leads to those of all open newsletters, each in its language, and to the home page beyond a dozen', async () => {
    await found('weekly', 'de');
    await found('monthly');
    await found('gone');
    await site.db.database.query(`update newsletter set closed_at = now() where slug = 'gone'`);
    const page = await (await ask(dead, 'en')).text();
    expect(page).toContain('<h2>Already subscribed? Mail me my link</h2>');
    expect(page.match(/<li>[^]*?<\/li>/g)).toEqual([
      '<li><a href="https://news.example.org/link/weekly" lang="de" dir="auto">The weekly</a></li>',
      '<li><a href="https://news.example.org/link/monthly" dir="auto">The monthly</a></li>',
    ]);
    expect(page).not.toContain('To the home page');
    for (let n = 0; n < 11; n += 1) await found(`extra${n}`);
    const full = await (await ask(dead, 'en')).text();
    expect(full.match(/<li>/g)).toHaveLength(12);
    expect(full).toContain('<a class="button quiet" href="https://news.example.org/">To the home page</a>');
    // Whose newsletter has ended may still want to see, copy or delete what is kept of them.
    await site.db.database.query(`update newsletter set closed_at = now()`);
    expect(await (await ask(dead, 'en')).text()).toContain('https://news.example.org/link/');
  });

  test('writes the names of newsletters as text', async () => {
    await seedNewsletter(site.db.database, 'weekly', '<script>alert(1)</script>');
    await found('monthly');
    expect(await (await ask(dead, 'en')).text()).not.toContain('<script>');
  });

  test('leads nowhere where nobody can ask for a link, and says the same of all', async () => {
    await site.close();
    site = await startSite();
    await found('weekly', 'de');
    const page = await (await ask(dead)).text();
    expect(page).not.toContain('/link/');
    expect(page).toContain('<html lang="de"');
  });

  test('guessed at is refused with 429, in the reader’s language', async () => {
    await found('weekly');
    const few = { ...limits, guess: { points: 2, seconds: 600 } };
    Object.assign(site.ports, { limiter: createLimiter({ database: site.db.database, secret, limits: few }) });
    const answers = [await ask(dead, 'fr'), await ask(dead, 'fr'), await ask(dead, 'fr')];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 429]);
    const last = answers[2]!;
    expect([last.headers.get('vary'), last.headers.get('cache-control'), Number(last.headers.get('retry-after')) > 0]).toEqual([
      'Accept-Language',
      'no-store',
      true,
    ]);
    const page = await last.text();
    expect(page).toContain('<html lang="fr"');
    expect(page).toContain('Veuillez patienter un moment');
  });
});
