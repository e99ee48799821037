import type { Exchange } from '../source-reader.ts';

/** Headers of a response, names in lower case. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A header's value; several of a name are joined as HTTP has it. */
export function headerValue(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value.join(', ') : value;
  return text === undefined || text.trim() === '' ? undefined : text;
}

/** An exchange whose validators would vouch for more than was read. */
export function withoutValidators({ etag: _etag, lastModified: _lastModified, ...exchange }: Exchange): Exchange {
  return exchange;
}

/** How long the answer stays fresh by its own word: max-age less its age, else Expires less Date. Undefined where it says nothing or nothing good. */
export function freshnessSeconds(headers: ResponseHeaders): number | undefined {
  const control = headerValue(headers, 'cache-control')?.toLowerCase() ?? '';
  if (/\bno-(?:cache|store)\b/.test(control)) return undefined;
  const maxAge = /\bmax-age\s*=\s*"?(\d{1,10})/.exec(control)?.[1];
  if (maxAge !== undefined) return positive(Number(maxAge) - Number(/^\d{1,10}$/.exec(headerValue(headers, 'age') ?? '')?.[0] ?? 0));
  const expires = Date.parse(headerValue(headers, 'expires') ?? '');
  const date = Date.parse(headerValue(headers, 'date') ?? '');
  return Number.isNaN(expires) || Number.isNaN(date) ? undefined : positive(Math.round((expires - date) / 1000));
}

/** Retry-After, seconds or a date; undefined where it is neither. */
export function retryAfterSeconds(headers: ResponseHeaders, now: Date): number | undefined {
  const value = headerValue(headers, 'retry-after')?.trim() ?? '';
  if (/^\d{1,10}$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return value === '' || Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}

function positive(seconds: number): number | undefined {
  return seconds > 0 ? seconds : undefined;
}
