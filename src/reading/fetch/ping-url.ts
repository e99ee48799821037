import { Client } from 'undici';
import { createConnector } from './open-connection.ts';
import { credentialsOf, isRedirect, sourceErrorFrom } from './fetch-url.ts';
import { headerValue } from './http-caching.ts';
import { SourceError } from '../source-error.ts';

/** How a URL is pinged. */
export interface PingOptions {
  readonly userAgent: string;
  /** From the first request to the last status, redirects included. Default: 10,000. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;
const maxRedirects = 5;

/**
 * GETs a URL that an operator named, wherever it lies, and reads nothing but the status. Redirects are followed within the scheme: a secret address is not to
 * go out in clear. No message of an error holds more of the URL than its host. @throws SourceError where no 2xx came in time
 */
export async function pingUrl(text: string, { userAgent, timeoutMs = defaultTimeoutMs }: PingOptions): Promise<void> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const start = new URL(text);
  let url = start;
  for (let hops = 0; hops <= maxRedirects; hops += 1) {
    const headers = { 'user-agent': userAgent, ...(url.origin === start.origin && credentialsOf(text)) };
    const next = await requestStatus(url, headers, deadline, timeoutMs);
    if (next === undefined) return;
    if (next.protocol !== url.protocol)
      throw new SourceError('bad_url', `Expected ${url.host} to answer, got a redirect to another scheme (${next.protocol})`);
    url = next;
  }
  throw new SourceError('too_many_redirects', `Expected at most ${maxRedirects} redirects from ${start.host}, got more`);
}

/** One request; gives where a redirect leads, undefined after a 2xx. */
async function requestStatus(
  url: URL,
  headers: Record<string, string>,
  deadline: AbortSignal,
  timeoutMs: number,
): Promise<URL | undefined> {
  const client = new Client(url.origin, {
    connect: createConnector(url.origin, { allowPrivateAddresses: true, allowedOrigins: new Set() }, timeoutMs),
    headersTimeout: timeoutMs,
  });
  try {
    const response = await client.request({ path: `${url.pathname}${url.search}`, method: 'GET', headers, signal: deadline, reset: true });
    // Ends with the client below; what comes of it is of no interest.
    response.body.on('error', () => {});
    return redirectOf(response.statusCode, headerValue(response.headers, 'location'), url);
  } catch (error) {
    throw sourceErrorFrom(error, url, deadline.aborted);
  } finally {
    await client.destroy().catch(() => {});
  }
}

function redirectOf(status: number, location: string | undefined, url: URL): URL | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (isRedirect(status) && location !== undefined && URL.canParse(location, url.href)) return new URL(location, url);
  throw new SourceError('http_status', `Expected a 2xx from ${url.host}, got status ${status}`);
}
