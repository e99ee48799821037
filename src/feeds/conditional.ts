/** The encodings that a document is kept in, the smallest first. */
const encodings = ['br', 'gzip', 'identity'] as const;

/** How a response's bytes are encoded. */
export type Encoding = (typeof encodings)[number];

/** The headers of a request that decide between 200 and 304, and between encodings. */
export interface ConditionalHeaders {
  readonly acceptEncoding?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
}

/** The smallest encoding that the client takes (RFC 9110 12.5.3); identity where it says nothing. */
export function chooseEncoding(acceptEncoding: string | undefined): Encoding {
  if (acceptEncoding === undefined) return 'identity';
  const weights = new Map<string, number>();
  for (const part of acceptEncoding.toLowerCase().split(',').slice(0, 20)) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(name === 'x-gzip' ? 'gzip' : name, weight === undefined ? 1 : Number(weight.slice(2)) || 0);
  }
  const weightOf = (encoding: Encoding) => weights.get(encoding) ?? (encoding === 'identity' ? 0.001 : (weights.get('*') ?? 0));
  // Sorting is stable: among equals the smallest stays first.
  return [...encodings].sort((a, b) => weightOf(b) - weightOf(a))[0]!;
}

/** The strong ETag of one encoding: bytes that differ must have tags that differ. */
export function etagFor(hash: string, encoding: Encoding): string {
  return encoding === 'identity' ? `"${hash}"` : `"${hash}-${encoding}"`;
}

/**
 * True when the client holds these bytes already. If-None-Match wins over If-Modified-Since (RFC 9110 13.1.3). A date counts only when it is
 * exactly the one that we gave: a post that is taken back may move the date of the newest change backwards.
 */
export function isNotModified(headers: ConditionalHeaders, current: { readonly etag: string; readonly lastModified: string }): boolean {
  if (headers.ifNoneMatch !== undefined) {
    const tags = headers.ifNoneMatch.trim();
    return tags === '*' || tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === current.etag);
  }
  return headers.ifModifiedSince?.trim() === current.lastModified;
}
