import { fetchUrl, type FetchContext, type FetchedResponse, type FetchRequest } from './fetch-url.ts';
import { SourceError } from '../source-error.ts';

/** What all requests of one source may cost together: each may be within its own limits, and a thousand of them would be without any. */
export interface RequestBudget {
  /** Sends a request within what is left. @throws SourceError as fetchUrl; `too_large` or `timeout` where nothing, or too little, is left. */
  fetch(request: FetchRequest): Promise<FetchedResponse>;
  /** True from the first request that ended because too little was left. */
  isSpent(): boolean;
}

/** Begins a budget. */
export function createRequestBudget(context: FetchContext): RequestBudget {
  const { limits } = context;
  let [remainingMs, remainingBytes] = [limits.sourceTimeoutMs, limits.maxSourceBytes];
  let isSpent = false;
  return {
    isSpent: () => isSpent,
    async fetch(request) {
      const totalTimeoutMs = Math.min(limits.totalTimeoutMs, remainingMs);
      const maxBodyBytes = Math.min(limits.maxBodyBytes, remainingBytes);
      try {
        if (totalTimeoutMs <= 0)
          throw new SourceError('timeout', `Expected a source that is read within ${limits.sourceTimeoutMs} ms, got one that takes longer`);
        const response = await fetchUrl(request, { ...context, limits: { ...limits, totalTimeoutMs, maxBodyBytes } });
        remainingMs -= response.elapsedMs;
        remainingBytes -= response.exchange.bodyBytes;
        return response;
      } catch (error) {
        const code = error instanceof SourceError ? error.code : undefined;
        isSpent ||=
          (code === 'timeout' && totalTimeoutMs < limits.totalTimeoutMs) || (code === 'too_large' && maxBodyBytes < limits.maxBodyBytes);
        throw error;
      }
    },
  };
}
