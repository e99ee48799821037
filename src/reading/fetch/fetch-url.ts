import { Client } from 'undici';
import type { Clock } from '../../kernel/clock.ts';
import { tlsFaultOf } from '../../kernel/tls-fault.ts';
import type { Exchange } from '../source-reader.ts';
import { createConnector, type AddressPolicy } from './open-connection.ts';
import type { HostLimit } from './host-limit.ts';
import { freshnessSeconds, headerValue, retryAfterSeconds, withoutValidators, type ResponseHeaders } from './http-caching.ts';
import type { SourceLimits } from '../limits.ts';
import { readBody, type ReadBody } from './read-body.ts';
import { codeOf, SourceError } from '../source-error.ts';
import { shownUrl } from '../source-url.ts';

/** What one polite request asks for. */
export interface FetchRequest {
  readonly url: string;
  readonly accept: string;
  /** Default: GET. */
  readonly method?: 'HEAD';
  readonly etag?: string;
  readonly lastModified?: string;
  /** The connection is closed behind the headers: no body is read, whatever the status. */
  readonly headersOnly?: boolean;
  /** Ends everything, waiting for a free slot included. */
  readonly signal?: AbortSignal;
}

/** The answer that the last redirect led to, whatever its status. The body is empty where nobody would read it. */
export interface FetchedResponse {
  readonly exchange: Exchange;
  readonly headers: ResponseHeaders;
  readonly contentType: string | undefined;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The body broke off: it is the beginning of one, and the exchange has no validators. */
  readonly isTruncated: boolean;
  /** What the requests took, waiting for free slots excluded. */
  readonly elapsedMs: number;
}

/** What all requests of a reader share. */
export interface FetchContext {
  readonly userAgent: string;
  readonly limits: SourceLimits;
  readonly policy: AddressPolicy;
  readonly hosts: HostLimit;
  readonly clock: Clock;
}

/** GETs a URL (or asks for its headers), redirects followed. @throws SourceError with the reason where no answer could be had. */
export async function fetchUrl(request: FetchRequest, context: FetchContext): Promise<FetchedResponse> {
  let url = parseHttpUrl(request.url);
  let isPermanent = true;
  let remainingMs = context.limits.totalTimeoutMs;
  const visited = new Set<string>();
  let setsCookie = false;
  for (;;) {
    if (visited.has(url.href)) throw loopError(url, setsCookie);
    visited.add(url.href);
    const leave = await enter(url, request, context);
    const startedAt = performance.now();
    let answer: Answer;
    try {
      answer = await sendRequest(url, request, context, remainingMs);
    } finally {
      leave();
    }
    remainingMs -= performance.now() - startedAt;
    const next = redirectTarget(answer, url);
    if (next === undefined) {
      const response = responseOf(answer, url, visited.size > 1 && isPermanent, context);
      return { ...response, elapsedMs: context.limits.totalTimeoutMs - remainingMs };
    }
    if (visited.size > context.limits.maxRedirects)
      throw new SourceError('too_many_redirects', `Expected at most ${context.limits.maxRedirects} redirects, got more`);
    isPermanent &&= answer.status === 301 || answer.status === 308;
    setsCookie ||= answer.headers['set-cookie'] !== undefined;
    url = next;
  }
}

async function enter(url: URL, { signal }: FetchRequest, { hosts }: FetchContext): Promise<() => void> {
  try {
    return await hosts.enter(url.hostname, signal);
  } catch (error) {
    throw sourceErrorFrom(error, url, true);
  }
}

function loopError(url: URL, setsCookie: boolean): SourceError {
  const why = setsCookie ? '; the site sets a cookie and goes on only with those who bring it back, which a reader of feeds does not' : '';
  return new SourceError('redirect_loop', `Expected an answer, got redirects that lead back to ${shownUrl(url.href)}${why}`);
}

/** An http(s) URL. @throws SourceError `bad_url`. */
function parseHttpUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href))
    throw new SourceError('bad_url', `Expected an http(s) URL, got ${JSON.stringify(text.slice(0, 200))}`);
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new SourceError('bad_url', `Expected an http(s) URL, got the scheme ${JSON.stringify(url.protocol)}`);
  url.hash = '';
  return url;
}

interface Answer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: ReadBody;
}

const noBody: ReadBody = { bytes: new Uint8Array(0), isTruncated: false };

/** One request on a connection of its own, which is closed before the next may be opened: no idle socket is left with anybody. */
async function sendRequest(url: URL, request: FetchRequest, context: FetchContext, timeoutMs: number): Promise<Answer> {
  const { limits } = context;
  const deadline = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  const client = new Client(url.origin, {
    connect: createConnector(url.origin, context.policy, limits.connectTimeoutMs),
    headersTimeout: limits.headersTimeoutMs,
    bodyTimeout: limits.headersTimeoutMs,
    maxHeaderSize: limits.maxHeaderBytes,
  });
  try {
    const response = await client.request({
      path: `${url.pathname}${url.search}`,
      method: request.method ?? 'GET',
      headers: headersOf(url, request, context),
      signal: request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]),
      reset: true,
    });
    const isWanted = request.headersOnly !== true && response.statusCode >= 200 && response.statusCode < 300;
    const encoding = headerValue(response.headers, 'content-encoding') ?? '';
    const body = isWanted ? await readBody(response.body, encoding, limits.maxBodyBytes) : noBody;
    if (body.isTruncated && body.bytes.length === 0)
      throw new SourceError('connect', `Expected a document from ${url.host}, got a connection that broke off before it`);
    return { status: response.statusCode, headers: response.headers, body };
  } catch (error) {
    throw sourceErrorFrom(error, url, deadline.aborted || request.signal?.aborted === true);
  } finally {
    await client.destroy().catch(() => {});
  }
}

function headersOf(url: URL, request: FetchRequest, context: FetchContext): Record<string, string> {
  const isStart = url.origin === new URL(request.url).origin;
  return {
    'user-agent': context.userAgent,
    accept: request.accept,
    // Of what a server would compress it states another length, or none.
    'accept-encoding': request.method === 'HEAD' ? 'identity' : 'gzip, br, deflate',
    ...(request.etag !== undefined && { 'if-none-match': request.etag }),
    ...(request.lastModified !== undefined && { 'if-modified-since': request.lastModified }),
    ...(isStart && credentialsOf(request.url)),
  };
}

/** User and password of a URL, for feeds behind Basic authentication; they go to the origin that they were given for and nowhere else. */
export function credentialsOf(text: string): { authorization?: string } {
  const { username, password } = new URL(text);
  if (username === '' && password === '') return {};
  return { authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}` };
}

/** Whether an answer of this status leads elsewhere. */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function redirectTarget(answer: Answer, from: URL): URL | undefined {
  if (!isRedirect(answer.status)) return undefined;
  const location = answer.headers['location'];
  const target = Array.isArray(location) ? location[0] : location;
  if (target === undefined) throw new SourceError('http_status', `Expected a document, got status ${answer.status} without a Location`);
  return parseHttpUrl(Buffer.from(target, 'latin1').toString('utf8'), from);
}

function responseOf(answer: Answer, url: URL, isPermanent: boolean, context: FetchContext): Omit<FetchedResponse, 'elapsedMs'> {
  const { status, headers } = answer;
  const { bytes, isTruncated } = answer.body;
  const finalUrl = shownUrl(url.href);
  const etag = headerValue(headers, 'etag');
  const lastModified = headerValue(headers, 'last-modified');
  const maxAgeSeconds = freshnessSeconds(headers);
  const retryAfter = retryAfterSeconds(headers, context.clock());
  const exchange: Exchange = {
    status,
    finalUrl,
    ...(isPermanent && { permanentUrl: finalUrl }),
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }),
    bodyBytes: bytes.length,
  };
  return {
    exchange: isTruncated ? withoutValidators(exchange) : exchange,
    headers,
    contentType: headerValue(headers, 'content-type'),
    body: bytes,
    isTruncated,
  };
}

const dnsCodes = new Set(['EAI_AGAIN', 'EAI_FAIL', 'ENODATA']);

/** What went wrong, by the codes of node and undici; anything unknown is a broken connection. */
export function sourceErrorFrom(error: unknown, url: URL, isLate: boolean): SourceError {
  if (error instanceof SourceError) return error;
  if (error instanceof Error && error.cause instanceof SourceError) return error.cause;
  const code = codeOf(error);
  const host = url.host;
  if (isLate || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return new SourceError('timeout', `Expected an answer from ${host} in time, got none or half of one`, { cause: error });
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return new SourceError('connect', `Expected a connection to ${host}, got none in time`, { cause: error });
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return new SourceError('too_large', `Expected a header block of a usual size from ${host}, got a larger one`, { cause: error });
  if (code === 'ENOTFOUND') return new SourceError('unknown_host', `Expected an address for ${host}, got none (${code})`, { cause: error });
  if (dnsCodes.has(code)) return new SourceError('dns', `Expected an address for ${host}, got none (${code})`, { cause: error });
  const tlsFault = tlsFaultOf(code);
  if (tlsFault !== undefined)
    return new SourceError('tls', `Expected a trustworthy TLS connection to ${host}, got none: ${tlsFault} (${code})`, { cause: error });
  return new SourceError('connect', `Expected an answer from ${host}, got a broken connection${code === '' ? '' : ` (${code})`}`, {
    cause: error,
  });
}
