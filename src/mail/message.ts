/*
 * Messages and the Mailer port. `mail` is a gateway: it knows SMTP and MIME and no table.
 * Outcomes are a union because the ledger acts on each; a Mailer never throws for what a server or a network may do.
 */

/** A display name and an address as in RFC 5322 3.4. */
export interface Mailbox {
  readonly name?: string;
  readonly address: string;
}

/** One message to one recipient. */
export interface OutgoingMessage {
  readonly from: Mailbox;
  readonly to: Mailbox;
  readonly replyTo?: Mailbox;
  readonly subject: string;
  readonly date: Date;
  /** With angle brackets; the same for every attempt of a delivery. */
  readonly messageId: string;
  /** Further headers in order, such as List-Unsubscribe; values without line breaks. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined for readers who chose text only. */
  readonly html?: string;
  readonly text: string;
  /** Envelope sender (RFC 5321 MAIL FROM). */
  readonly envelopeFrom: string;
}

/** A server's answer: "250", "2.1.5", "OK". */
export interface SmtpReply {
  readonly code: number;
  readonly enhanced?: string;
  readonly text: string;
}

/**
 * How one attempt ended. `in_doubt`: the connection was lost after the data, so the server may have taken the message.
 * `noConnection`: nothing about this message; the server could not be reached or refused our login, so others would fare no better.
 */
export type SendOutcome =
  | { readonly kind: 'accepted'; readonly reply: SmtpReply }
  | { readonly kind: 'deferred'; readonly reply?: SmtpReply; readonly reason: string; readonly noConnection?: true }
  | { readonly kind: 'rejected'; readonly reply: SmtpReply; readonly isPolicy: boolean }
  | { readonly kind: 'in_doubt'; readonly reason: string }
  /** The first byte never went out (`mayStart` said no, or no connection was free in time). */
  | { readonly kind: 'not_started'; readonly reason: string };

/** Sends messages over a small pool of connections. */
export interface Mailer {
  /** `mayStart` is asked right before the first byte of MAIL FROM; false gives `not_started`. */
  send(message: OutgoingMessage, options?: { mayStart?: () => boolean }): Promise<SendOutcome>;
  /** How many connections it opens at most. */
  readonly maxConnections: number;
  /** Destroys every socket at once; sends under way end in doubt or not started. */
  abort(): void;
  close(): Promise<void>;
}
