import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { pingUrl } from '../../src/reading/fetch/ping-url.ts';
import { startHttpSite, type HttpSite } from '../support/http-site.ts';

let site: HttpSite;
let answer: (url: string, response: ServerResponse) => void = () => {};

beforeAll(async () => {
  site = await startHttpSite(({ url }, response) => answer(url, response));
});
afterAll(() => site.close());

const ping = (path = '/secret-1234', options: { timeoutMs?: number } = {}) =>
  pingUrl(`${site.origin}${path}`, { userAgent: 'Gazette', ...options });
const seen = (from: number): string[] => site.requests.slice(from).map(({ url }) => url);
const redirect = (response: ServerResponse, location: string): void => void response.writeHead(302, { location }).end();

describe('A ping', () => {
  test('is one GET with query and credentials, whose body nobody reads', async () => {
    answer = (_url, response) => {
      response.writeHead(200);
      // Never ends: what comes after the status is not waited for.
      response.write('OK'.repeat(100_000));
    };
    const from = site.requests.length;
    await pingUrl(`${site.origin.replace('//', '//ann:key@')}/secret-1234?rid=7`, { userAgent: 'Gazette' });
    expect(seen(from)).toEqual(['/secret-1234?rid=7']);
    expect(site.requests.at(-1)!.headers).toMatchObject({ 'user-agent': 'Gazette', authorization: `Basic ${btoa('ann:key')}` });
  });

  test('follows redirects within the scheme, and not for ever', async () => {
    answer = (url, response) => (url === '/to' ? void response.writeHead(204).end() : redirect(response, '/to'));
    await ping('/from');
    expect(seen(site.requests.length - 2)).toEqual(['/from', '/to']);
    answer = (url, response) => redirect(response, `${url}1`);
    await expect(ping('/round')).rejects.toThrow(/at most 5 redirects/);
  });

  test('follows none to another scheme, and says nothing of the secret', async () => {
    for (const location of ['https://127.0.0.1:1/secret-1234', 'file:///etc/passwd', 'ftp://127.0.0.1/x']) {
      answer = (_url, response) => redirect(response, location);
      const error = await ping().catch((each: unknown) => each as Error);
      expect(error).toMatchObject({ code: 'bad_url', message: expect.not.stringContaining('secret-1234') });
    }
  });

  test.each<[string, (response: ServerResponse) => unknown, object]>([
    ['a status that is no 2xx', (response) => response.writeHead(503).end(), { code: 'http_status' }],
    ['a redirect that leads nowhere', (response) => response.writeHead(302).end(), { code: 'http_status' }],
    ['a cut connection', (response) => response.destroy(), { code: 'connect' }],
    ['no answer', () => undefined, { code: 'timeout' }],
  ])('fails after %s, and says nothing of the secret', async (_name, act, expected) => {
    answer = (_url, response) => void act(response);
    const error = await ping('/secret-1234', { timeoutMs: 500 }).catch((each: unknown) => each as Error);
    expect(error).toMatchObject({ ...expected, message: expect.not.stringContaining('secret-1234') });
  });
});
