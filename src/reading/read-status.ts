import { fetchUrl, type FetchContext } from './fetch/fetch-url.ts';
import { createHostLimit } from './fetch/host-limit.ts';
import { createSparingLookup } from './fetch/open-connection.ts';
import { headerValue } from './fetch/http-caching.ts';
import type { LengthReading, StatusReading } from './source-reader.ts';
import { SourceError } from './source-error.ts';

/** What asking for a status may cost. */
export interface StatusLimits {
  readonly maxPerHost: number;
  /** Requests at a time to all hosts together; requests of sources have their own places. */
  readonly maxConnections: number;
  /** Names that are resolved at a time. */
  readonly maxLookups: number;
  readonly connectTimeoutMs: number;
  /** From the connection to the end of the header block. */
  readonly headersTimeoutMs: number;
  /** From the question to the answer: redirects and waiting for a place included. */
  readonly patienceMs: number;
}

/** A picture that readers are to see answers within seconds. */
export const defaultStatusLimits: StatusLimits = {
  maxPerHost: 2,
  maxConnections: 12,
  maxLookups: 2,
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 5_000,
  patienceMs: 15_000,
};

/** Asks addresses for their status, in a pool of its own: however many of them hang, no source waits for a place because of them. */
export function createStatusReader(context: FetchContext, limits: StatusLimits): (url: string) => Promise<StatusReading> {
  const own = ownPool(context, limits);
  return (url) =>
    answered(async () => {
      const signal = AbortSignal.timeout(limits.patienceMs);
      // GET, not HEAD: servers that answer 404 or 405 to the latter have the picture all the same.
      const { exchange } = await fetchUrl({ url, accept: 'image/*, */*;q=0.5', headersOnly: true, signal }, own);
      return { kind: 'answered', status: exchange.status };
    });
}

/** A size is worth little: few at a time, one at a host, and no second question. */
export const defaultLengthLimits: StatusLimits = { ...defaultStatusLimits, maxPerHost: 1, maxConnections: 4, patienceMs: 20_000 };

/** Asks documents for their length by HEAD, in a pool of its own. A page says nothing of the document that it may lead to. */
export function createLengthReader(context: FetchContext, limits: StatusLimits): (url: string) => Promise<LengthReading> {
  const own = ownPool(context, limits);
  return (url) =>
    answered(async (): Promise<LengthReading> => {
      const signal = AbortSignal.timeout(limits.patienceMs);
      const { exchange, headers, contentType } = await fetchUrl({ url, method: 'HEAD', accept: '*/*', headersOnly: true, signal }, own);
      // A terabyte is no paper but a mistake.
      const digits = /^\d{1,12}$/.exec(headerValue(headers, 'content-length') ?? '')?.[0];
      const isDocument =
        exchange.status === 200 &&
        !/^(?:text\/html|application\/xhtml)/i.test(contentType ?? '') &&
        /^(?:identity)?$/i.test(headerValue(headers, 'content-encoding') ?? '');
      return isDocument && digits !== undefined && Number(digits) > 0
        ? { kind: 'answered', lengthBytes: Number(digits) }
        : { kind: 'answered' };
    });
}

function ownPool(context: FetchContext, limits: StatusLimits): FetchContext {
  const { maxPerHost, maxConnections, maxLookups, connectTimeoutMs, headersTimeoutMs, patienceMs } = limits;
  return {
    ...context,
    limits: { ...context.limits, connectTimeoutMs, headersTimeoutMs, totalTimeoutMs: patienceMs },
    policy: { ...context.policy, lookup: createSparingLookup(maxLookups, connectTimeoutMs) },
    hosts: createHostLimit(maxPerHost, maxConnections),
  };
}

async function answered<Reading>(ask: () => Promise<Reading>): Promise<Reading | Extract<StatusReading, { kind: 'failed' }>> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { kind: 'failed', code: error.code, reason: error.message };
  }
}
