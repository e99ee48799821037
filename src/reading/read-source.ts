import type { Clock } from '../kernel/clock.ts';
import { createHostLimit } from './fetch/host-limit.ts';
import { fetchUrl } from './fetch/fetch-url.ts';
import { defaultSourceLimits, type SourceLimits } from './limits.ts';
import { createParserPool } from './parsing/parser-pool.ts';
import { readFeedSource, type ReaderParts } from './read-feed-source.ts';
import { readFileSource } from './read-file-source.ts';
import { createLengthReader, createStatusReader, defaultLengthLimits, defaultStatusLimits, type StatusLimits } from './read-status.ts';
import { readWordPressSource } from './wordpress/read-wordpress-source.ts';
import type { PageReading, SourceReader, SourceReading, SourceRequest } from './source-reader.ts';
import { SourceError } from './source-error.ts';

/** What a reader may do and how it introduces itself. */
export interface SourceReaderOptions {
  /** Program, version and a URL where its operator can be reached: "Gazette/1.0 (+https://news.example.org)". */
  readonly userAgent: string;
  readonly limits?: Partial<SourceLimits>;
  readonly statusLimits?: Partial<StatusLimits>;
  /** Lets private and reserved addresses through, everywhere. */
  readonly allowPrivateAddresses: boolean;
  /** Origins that may be private all the same, exactly as `new URL(…).origin` writes them: the server's own. */
  readonly allowedOrigins: readonly string[];
  /** Lets paths and file: URLs through, for a person at the keyboard; never for sources that are stored. */
  readonly allowFiles: boolean;
  readonly clock: Clock;
  /** The program of the parser threads. */
  readonly threadProgram: () => URL;
}

/** Creates the reader of a process. Close it to end its parser threads. */
export function createSourceReader(options: SourceReaderOptions): SourceReader {
  const limits = { ...defaultSourceLimits, ...options.limits };
  const parser = createParserPool(limits, options.threadProgram);
  const parts: ReaderParts = {
    parser,
    fetch: {
      userAgent: options.userAgent,
      limits,
      policy: { allowPrivateAddresses: options.allowPrivateAddresses, allowedOrigins: new Set(options.allowedOrigins) },
      hosts: createHostLimit(limits.maxPerHost, limits.maxConnections),
      clock: options.clock,
    },
  };
  return {
    read: (request) => failing(() => (isFile(request.url) ? readLocal(request, options, parts) : readRemote(request, parts))),
    readPage: (url) => readPage(url, parts),
    readStatus: createStatusReader(parts.fetch, { ...defaultStatusLimits, ...options.statusLimits }),
    readLength: createLengthReader(parts.fetch, defaultLengthLimits),
    runInThread: (task, work) => parser.run(task, work),
    close: () => parser.close(),
  };
}

/** Turns what went wrong into a reading; what is no SourceError is a fault of ours and goes up. */
async function failing(read: () => Promise<SourceReading>): Promise<SourceReading> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { kind: 'failed', code: error.code, reason: error.message };
  }
}

function isFile(url: string): boolean {
  return !/^[a-z][a-z0-9+.-]+:/i.test(url) || /^file:/i.test(url);
}

function readLocal(request: SourceRequest, options: SourceReaderOptions, parts: ReaderParts): Promise<SourceReading> {
  if (!options.allowFiles)
    throw new SourceError('bad_url', 'Expected an http(s) URL; files are read only where a person names one on the command line');
  return readFileSource(request, parts);
}

function readRemote(request: SourceRequest, parts: ReaderParts): Promise<SourceReading> {
  return request.kind === 'wordpress' ? readWordPressSource(request, parts) : readFeedSource(request, parts);
}

const pageTypes = 'text/html, application/xhtml+xml, application/atom+xml;q=0.9, application/rss+xml;q=0.9, */*;q=0.5';

async function readPage(url: string, parts: ReaderParts): Promise<PageReading> {
  try {
    const { exchange, contentType, body } = await fetchUrl({ url, accept: pageTypes }, parts.fetch);
    return { kind: 'answered', exchange, body, ...(contentType !== undefined && { contentType }) };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { kind: 'failed', code: error.code, reason: error.message };
  }
}
