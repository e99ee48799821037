/** What one read of a source may cost. A source that needs more is refused, the others never notice. */
export interface SourceLimits {
  /** Bytes of a body after decompression. */
  readonly maxBodyBytes: number;
  /** Bytes of a response's header block. */
  readonly maxHeaderBytes: number;
  readonly maxRedirects: number;
  readonly maxEntries: number;
  /** From the request to a connection. */
  readonly connectTimeoutMs: number;
  /** From the connection to the end of the header block. */
  readonly headersTimeoutMs: number;
  /** From the first request to the last byte, redirects included, waiting for a free slot excluded. */
  readonly totalTimeoutMs: number;
  /** Bytes of all answers together, where a source takes several (the REST API of WordPress). */
  readonly maxSourceBytes: number;
  /** For all requests of such a source together, waiting for free slots excluded. */
  readonly sourceTimeoutMs: number;
  /** Processor time for one document, from when its parser thread is up; past it the thread is killed. */
  readonly parseTimeoutMs: number;
  /** Time on the wall for the same: past it the machine is too busy, and the document is not to blame. */
  readonly parseCeilingMs: number;
  /** Requests at a time to one host, the manners of a polite reader. */
  readonly maxPerHost: number;
  /** Requests at a time to all hosts together. */
  readonly maxConnections: number;
  readonly parserThreads: number;
  /** Heap of one parser thread. A document of 16 MB takes about 60 MB. */
  readonly parserHeapMb: number;
}

/** The largest real feed that we met has 11 MB; header blocks of WordPress sites with many plug-ins reach 20 kB. */
export const defaultSourceLimits: SourceLimits = {
  maxBodyBytes: 16 * 1024 * 1024,
  maxHeaderBytes: 64 * 1024,
  maxRedirects: 8,
  maxEntries: 10_000,
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 20_000,
  totalTimeoutMs: 60_000,
  maxSourceBytes: 32 * 1024 * 1024,
  sourceTimeoutMs: 100_000,
  parseTimeoutMs: 10_000,
  parseCeilingMs: 180_000,
  maxPerHost: 2,
  maxConnections: 20,
  parserThreads: 2,
  parserHeapMb: 128,
};

/** How long the values of an entry may be, and how many of a kind it may have. Far beyond what people write, and short enough to be read, stored and printed without care. */
export const entryLimits = {
  /** What browsers and mail programs open everywhere; longer ones are data that was written into an address. */
  maxUrlLength: 2_048,
  /** An index row of Postgres holds 2,700 bytes, a character up to four. */
  maxIdLength: 600,
  /** No subject or heading has more; the longest real title that we met has 420. */
  maxTitleLength: 1_000,
  /** What WordPress allows a category or an author. */
  maxNameLength: 200,
  maxAuthors: 20,
  /** Sites that file a post under every word of it reach 60. */
  maxCategories: 100,
  /** Galleries state each picture; beyond this a list is no post's. */
  maxEnclosures: 500,
  /** RFC 5646 4.4.1 asks for 35; private-use subtags make some longer. */
  maxLanguageLength: 100,
  /** RFC 6838 4.2: 127 for each of the two names. */
  maxMediaTypeLength: 255,
} as const;

/** Tasks of one document count here what they use together. */
export interface DocumentWork {
  /** Milliseconds of processor time. */
  usedMs: number;
}
