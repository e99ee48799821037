import type { DocumentWork } from './limits.ts';
import type { SourceDocument } from './entry.ts';

/** Where to read and what is known from the last time. Validators are echoed byte for byte. */
export interface SourceRequest {
  readonly url: string;
  readonly kind: 'feed' | 'wordpress' | 'json';
  /** Field mapping of a plain JSON API (kind 'json'), validated by parseMapping. */
  readonly mapping?: unknown;
  readonly etag?: string;
  readonly lastModified?: string;
  /** The hash of the body that was read last: the same one again is unchanged and is not read again. */
  readonly bodyHash?: string;
  /** IANA zone for dates that state none; UTC when undefined. */
  readonly timeZone?: string;
  /** WordPress REST: only what changed since. */
  readonly modifiedAfter?: Date;
}

/** Facts of the exchange that decide the next poll and the source's address. */
export interface Exchange {
  readonly status: number;
  /** The URL that finally answered. */
  readonly finalUrl: string;
  /** Where a chain of only permanent redirects (301, 308) ended, undefined when there was none. */
  readonly permanentUrl?: string;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly maxAgeSeconds?: number;
  readonly retryAfterSeconds?: number;
  /** The REST API of a WordPress site answered, and not the feed that stands in for it. */
  readonly isApi?: true;
  readonly bodyBytes: number;
}

/** The outcome of one polite read. Nothing here throws for what a remote server may do. */
export type SourceReading =
  | {
      readonly kind: 'read';
      readonly document: SourceDocument;
      readonly exchange: Exchange;
      readonly bodyHash: string;
      /** The document broke off: what it lacks may exist, and its hash says nothing about the whole. */
      readonly isTruncated?: boolean;
    }
  /** A 304, or the body of the last time; the status in the exchange tells. */
  | { readonly kind: 'unchanged'; readonly exchange: Exchange }
  | { readonly kind: 'gone'; readonly exchange: Exchange }
  | { readonly kind: 'busy'; readonly exchange: Exchange; readonly reason: string }
  /** `code` is stable: dns, unknown_host, connect, tls, timeout, too_large, too_many_redirects, redirect_loop, private_address, http_status, not_a_feed, parse, decode, bad_url, file. */
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string; readonly exchange?: Exchange };

/** The answer to one polite GET of a page that is no source: a post's page, a home page to look for feeds on. */
export type PageReading =
  | { readonly kind: 'answered'; readonly exchange: Exchange; readonly contentType?: string; readonly body: Uint8Array }
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string };

/** What an address answers, a redirect followed; its body was not read. */
export type StatusReading =
  { readonly kind: 'answered'; readonly status: number } | { readonly kind: 'failed'; readonly code: string; readonly reason: string };

/** What the server of a document says of its length; none where it says none that can be believed. */
export type LengthReading =
  | { readonly kind: 'answered'; readonly lengthBytes?: number }
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string };

/** Reads sources politely; created once per process, owns the host limits and the parser threads. */
export interface SourceReader {
  read(request: SourceRequest): Promise<SourceReading>;
  /** GETs a page with the same manners and limits; its status is in the exchange, its body is empty unless the status is 2xx. */
  readPage(url: string): Promise<PageReading>;
  /** Asks a picture whether it is there: its headers only, in a small pool apart from sources, and not for long. */
  readStatus(url: string): Promise<StatusReading>;
  /** Asks once, by HEAD, how long a document is: in a pool of its own, and not for long. */
  readLength(url: string): Promise<LengthReading>;
  /**
   * Does a task of its owner's program in the threads that read documents, under their limits: those that count in one `work` have the limits of one
   * document together. @throws SourceError `timeout` past the processor time that a
   * document may use, `too_large` beyond the heap, `parse` for a fault; BusyError when the machine had no time for it;
   * ConflictError when the reader was closed.
   */
  runInThread<Result>(task: { readonly kind: string }, work?: DocumentWork): Promise<Result>;
  close(): Promise<void>;
}
