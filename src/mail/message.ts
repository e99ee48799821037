/*
 * Messages and the Mailer port. `mail` is a gateway: it knows SMTP and MIME and no table.
 * Outcomes are a union because the ledger acts on each; a Mailer never throws for what a server or a network may do.
 * Order: the rest · mime/ · dns/ · dkim/ · oauth/ · smtp/ · accounts/.
 */
import type { DomainLimits, SendingRates } from './sending-limits.ts';

/** A display name and an address as in RFC 5322 3.4. */
export interface Mailbox {
  readonly name?: string;
  readonly address: string;
}

/** One message to one recipient, as it goes over the wire but for its signature. */
export interface OutgoingMessage {
  /** Paths of RFC 5321, domains in A-labels. */
  readonly envelope: { readonly from: string; readonly to: string };
  /** The address of From, for which a signature speaks. */
  readonly from: string;
  /** The recipient's address: a reply may hold it, and what is stored of one does not. */
  readonly to: string;
  /** All fields with CRLF, without the empty line. */
  readonly headers: Buffer;
  /** In order. Ends with CRLF, in the relaxed form of DKIM (RFC 6376 3.4.4), and no line begins with a dot. */
  readonly body: readonly Buffer[];
}

/** A server's answer: "250", "2.1.5", "OK". */
export interface SmtpReply {
  readonly code: number;
  readonly enhanced?: string;
  readonly text: string;
}

/**
 * Whom or what a refusal is about. `account`: us, so that every other message would fare the same. `host`: the reader's server wants less of us for now.
 * `policy`: the server's rules. `message`: this message, whoever it is for. `mailbox`: the reader's box, which exists. `address`: nobody is there.
 */
export const refusalSubjects = ['account', 'host', 'policy', 'message', 'mailbox', 'address', 'unclear'] as const;

/** One of `refusalSubjects`. */
export type RefusalSubject = (typeof refusalSubjects)[number];

/**
 * What of the account was refused. `unreachable`: there was no server to talk to. `connections`: too many of them. `login`: ours, or the lack of one.
 * `sender`: the address that we send as. `rate`: too much for now. `quota`: too much for the day or for what the account has.
 */
export type AccountTrouble = 'unreachable' | 'connections' | 'login' | 'sender' | 'rate' | 'quota';

/** How one attempt ended. `in_doubt`: the connection was lost after the data, so the server may have taken the message. */
export type SendOutcome =
  | { readonly kind: 'accepted'; readonly reply: SmtpReply }
  /** The account was refused, not the message or its reader: nothing is charged. */
  | {
      readonly kind: 'account';
      readonly trouble: AccountTrouble;
      readonly reason: string;
      readonly reply?: SmtpReply;
      /** Said once the reader was named: it may be their own server that names us, and others may fare better. */
      readonly isAfterReader: boolean;
    }
  | {
      readonly kind: 'deferred';
      readonly subject: Exclude<RefusalSubject, 'account'>;
      readonly reason: string;
      readonly reply?: SmtpReply;
    }
  | {
      readonly kind: 'rejected';
      readonly subject: Exclude<RefusalSubject, 'account'>;
      readonly reply: SmtpReply;
      /** The server was not asked: by what it announced it would have said so. */
      readonly isForeseen?: true;
    }
  | { readonly kind: 'in_doubt'; readonly reason: string }
  /** No byte of its data went out (`mayStart` or `mayGoOn` said no, or no connection was free in time): nobody can have it. */
  | { readonly kind: 'not_started'; readonly reason: string };

/** What a refused account looks like to whoever sends. */
export type AccountRefused = Extract<SendOutcome, { kind: 'account' }>;

/** What is the reader's server's alone although it names the account: for now, since it is not understood, and charged to this message. */
export function deferredByReader({ reason, reply }: AccountRefused): SendOutcome {
  return { kind: 'deferred', subject: 'host', reason, ...(reply ? { reply } : {}) };
}

/** Whether a server has answered a message, as against a connection that was lost and what we foresaw ourselves. */
export function hasServerSpoken(outcome: SendOutcome): boolean {
  return 'reply' in outcome && !('isForeseen' in outcome);
}

/** How a message is sent. */
export interface SendOptions {
  /** Asked right before the first byte of MAIL FROM; false gives `not_started`. */
  readonly mayStart?: () => boolean;
  /**
   * Asked once more before the data where MAIL FROM went out behind the data of another message, whose answer may have taken long; false costs the connection
   * and gives `not_started`.
   */
  readonly mayGoOn?: () => boolean;
  /** Gets the next free connection, before all that wait and are not urgent. */
  readonly isUrgent?: boolean;
}

/** Sends messages over a small pool of connections. */
export interface Mailer {
  /** Names the account for good, without a secret or a login name in clear: what stands still is kept by this name. */
  readonly account: string;
  send(message: OutgoingMessage, options?: SendOptions): Promise<SendOutcome>;
  /** How many connections it opens at most. */
  readonly maxConnections: number;
  /** How many connections are open, or being opened; undefined where nobody counts. */
  readonly connectionCount?: () => number;
  /** What its account may be given by all workers together; empty: whatever comes. It does not count: whoever sends does. */
  readonly rates: SendingRates;
  /** What each receiving domain may be given; undefined where the account's server hides them. It does not count either. */
  readonly direct?: DomainLimits;
  /** Destroys every socket at once; sends under way end in doubt or not started. */
  abort(): void;
  close(): Promise<void>;
}
