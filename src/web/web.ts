/*
 * The web server: public pages, feeds, the archive, the pages behind mailed links, health; in local mode the outbox and the sample site.
 * Invariants: no GET, HEAD or OPTIONS changes anything (P4); links are built from PUBLIC_URL only, never from a request;
 * no page needs JavaScript; no log line holds an address, a token or a URL as requested.
 * Order: limits/ · web, route, form, failure-frame, failures, page-parts, page-headers, caller · readers/ · the rest.
 */
import type { Database, Tx } from '../db/db.ts';
import type { LinkedDecision, LinkOutcome } from '../editions/decide/decide-by-link.ts';
import type { FeedPublisher } from '../feeds/publish-feed.ts';
import type { Enqueue } from '../kernel/job.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { PageRenderer } from '../render/pages/pages.ts';
import type { ChangedAddress, WaitingAddress } from '../subscribers/own-data/change-address.ts';
import type { KeyRing } from '../subscribers/tokens/token.ts';
import type { Limiter } from './limits/limiter-store.ts';

/** Decisions about editions by mailed links. The link's signature and expiry were checked before either is called. */
export interface DecisionPort {
  /** What the link asks for; undefined when it was used or does not exist. Changes nothing. */
  find(staffLinkId: string, action: 'approve' | 'skip'): Promise<LinkedDecision | undefined>;
  /** The html of a digest that is to be decided about; undefined like the decision, or when it is of another edition. Changes nothing. */
  findDigest(staffLinkId: string, action: 'approve' | 'skip', renditionId: string): Promise<string | undefined>;
  /** Decides about what was `shown`, once; undefined when the link was used or does not exist. */
  decide(staffLinkId: string, action: 'approve' | 'skip', shown: string | undefined): Promise<LinkOutcome | undefined>;
}

/** An answer of the sample site. */
export interface SampleAnswer {
  readonly status: 200 | 304;
  readonly contentType: string;
  readonly body: Buffer | string;
  readonly etag: string;
  readonly lastModified: string;
}

/** The site that the sample newsletter reads, mounted below /sample. */
export interface SampleSitePort {
  handle(path: string, headers: Readonly<Record<string, string | readonly string[] | undefined>>): SampleAnswer | undefined;
}

/** What only a local installation serves, because it shows mail to whoever can reach the port. */
export interface LocalPages {
  /** The Maildir of the local outbox. */
  readonly outboxFolder: string;
  /** Whether mail that is not the sample's goes through a server of the operator's. */
  readonly hasMailServer?: boolean;
}

/** What the server needs. */
export interface WebPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Without a trailing slash; every link is built from it. */
  readonly publicUrl: string;
  readonly tokenKeys: KeyRing;
  readonly pages: PageRenderer;
  readonly feeds: FeedPublisher;
  readonly limiter: Limiter;
  /** Addresses and networks of proxies whose X-Forwarded-For is believed; nobody's where there are none. */
  readonly trustedProxies?: readonly string[];
  readonly decisions?: DecisionPort;
  /** How far back who joins gets what was released, in days. Default: 35. */
  readonly joinReachDays?: number;
  /** Queues the welcome of somebody who confirms, in the same transaction, with the edition after which they begin. */
  readonly welcome?: (tx: Tx, subscriptionId: string, editionId: string | undefined) => Promise<void>;
  /** What sign-ups by form need; without it the pages for it stay closed. */
  readonly signUps?: {
    readonly enqueue: Enqueue;
    readonly addressKeySecret: Buffer;
    /** Whether the log of consent keeps from where a form was sent. */
    readonly keepsIp: boolean;
  };
  /** Changes of address by the link that went to the new one; without it there are none. */
  readonly addresses?: {
    find(token: string): Promise<WaitingAddress | undefined>;
    change(token: string): Promise<ChangedAddress | undefined>;
  };
  /** The site that the sample newsletter reads; undefined where there is no sample. */
  readonly sampleSite?: SampleSitePort;
  /** The pages for this machine alone; undefined where the server can be reached from others. */
  readonly local?: LocalPages;
}

/** A running server. */
export interface WebServer {
  /** Where it listens, for people and tests on this machine; links use PUBLIC_URL. */
  readonly url: string;
  /** The pattern of every path that it answers; the test of P4 requests each. */
  readonly paths: readonly string[];
  close(): Promise<void>;
}
