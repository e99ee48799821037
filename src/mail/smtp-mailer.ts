import type { Log } from '../kernel/log.ts';
import { envelopeAddress } from './address.ts';
import type { Mailer, OutgoingMessage, SendOutcome, SmtpReply } from './message.ts';
import { buildMime } from './mime.ts';
import { parseSmtpUrl } from './smtp-account.ts';
import { createSmtpPool, type SmtpLease, type SmtpPool } from './smtp-pool.ts';
import { meaningOf, withoutAddress } from './smtp-reply.ts';
import type { SmtpSessionFailure, SmtpTimeouts, TransactionResult, WireMessage } from './smtp-session.ts';

/** Options of an SMTP mailer. */
export interface SmtpMailerOptions {
  /** Connections at most, at least 1. Default 4. */
  readonly maxConnections?: number;
  readonly log: Log;
  readonly timeouts?: Partial<SmtpTimeouts>;
}

// RFC 5321 4.5.3.2: up to 5 minutes for a greeting and 10 after the data; a server that does not greet within 30 s is asked again later.
const defaultTimeouts: SmtpTimeouts = { connectMs: 30_000, replyMs: 600_000 };

/** Sends over SMTP through a small pool of connections. @throws InvalidInputError for a URL that is none. */
export function createSmtpMailer(smtpUrl: string, options: SmtpMailerOptions): Mailer {
  const maxConnections = options.maxConnections ?? 4;
  const pool = createSmtpPool(parseSmtpUrl(smtpUrl), maxConnections, { ...defaultTimeouts, ...options.timeouts });
  const underWay = new Set<Promise<unknown>>();
  return {
    maxConnections,
    async send(message, { mayStart = () => true } = {}) {
      const sending = buildMime(message)
        .then((bytes) => sendOver(pool, wireMessage(message, bytes), mayStart, options.log))
        .then((outcome) => withoutRecipient(outcome, message));
      underWay.add(sending);
      try {
        return await sending;
      } finally {
        underWay.delete(sending);
      }
    },
    abort: () => pool.abort(),
    async close() {
      pool.close();
      await Promise.allSettled(underWay);
    },
  };
}

function wireMessage(message: OutgoingMessage, bytes: Buffer): WireMessage {
  return { from: envelopeAddress(message.envelopeFrom), to: envelopeAddress(message.to.address), bytes };
}

async function sendOver(pool: SmtpPool, message: WireMessage, mayStart: () => boolean, log: Log): Promise<SendOutcome> {
  for (let isFresh = false; ; isFresh = true) {
    const lease = await pool.acquire({ isFresh });
    if (!lease) return { kind: 'not_started', reason: 'mailer closed' };
    if (!('session' in lease)) return unreachable(lease, log);
    if (!mayStart()) {
      pool.release(lease, true);
      return { kind: 'not_started', reason: 'too late' };
    }
    if (!lease.session.takesUtf8Addresses && !isAscii(message.from + message.to)) {
      pool.release(lease, true);
      return { kind: 'rejected', reply: utf8Refusal, isPolicy: true };
    }
    const result = await lease.session.transact(message);
    void giveBack(pool, lease, result);
    if (!isStale(lease, result) || isFresh) return outcomeOf(result);
  }
}

/** A session that ended between two messages says nothing about the next: that one is tried once more on a new session. */
function isStale(lease: SmtpLease, result: TransactionResult): boolean {
  return lease.messageCount > 0 && result.stage === 'envelope' && (result.reply === undefined || result.reply.code === 421);
}

async function giveBack(pool: SmtpPool, lease: SmtpLease, result: TransactionResult): Promise<void> {
  if (result.reply && result.reply.code < 300) pool.release(lease, true);
  else pool.release(lease, result.reply !== undefined && lease.session.isOpen && (await lease.session.reset()));
}

function unreachable(failure: SmtpSessionFailure, log: Log): SendOutcome {
  const { reason, reply } = failure;
  const fields = { reason, ...(reply ? { code: reply.code } : {}) };
  if (failure.isAccount) log.error('smtp.login_refused', fields);
  else log.warn('smtp.unreachable', fields);
  return { kind: 'deferred', reason, noConnection: true, ...(reply ? { reply } : {}) };
}

function outcomeOf({ stage, reply, reason }: TransactionResult): SendOutcome {
  if (!reply) return stage === 'ended' ? { kind: 'in_doubt', reason } : { kind: 'deferred', reason };
  const meaning = meaningOf(reply);
  if (meaning === 'accepted') return { kind: 'accepted', reply };
  if (meaning === 'deferred') return { kind: 'deferred', reply, reason };
  return { kind: 'rejected', reply, isPolicy: meaning === 'rejected_policy' };
}

function withoutRecipient(outcome: SendOutcome, { to }: OutgoingMessage): SendOutcome {
  if (!('reply' in outcome) || outcome.reply === undefined) return outcome;
  return { ...outcome, reply: withoutAddress(outcome.reply, [to.address, envelopeAddress(to.address)]) };
}

function isAscii(text: string): boolean {
  return /^[\0-\x7F]*$/.test(text);
}

// RFC 6531 3.5 and RFC 6533: what a server that offers no SMTPUTF8 would have to say.
const utf8Refusal: SmtpReply = { code: 550, enhanced: '5.6.7', text: 'The server does not offer SMTPUTF8' };
