import type { Log } from '../../kernel/log.ts';
import type { Signer } from '../dkim/signer.ts';
import type { Mailer, OutgoingMessage, RefusalSubject, SendOptions, SendOutcome, SmtpReply } from '../message.ts';
import type { TokenSource } from '../oauth/token-source.ts';
import { judgeRefusal } from '../refusal.ts';
import type { SendingRates } from '../sending-limits.ts';
import { accountName, parseSmtpUrl } from './smtp-account.ts';
import { createSmtpPool, type SessionUse, type SmtpLease, type SmtpPool } from './smtp-pool.ts';
import { withoutAddress } from './smtp-reply.ts';
import type { TransactionResult, WireMessage } from './smtp-dialog.ts';
import type { SmtpSessionFailure } from './smtp-session.ts';
import { type SmtpTimeouts, smtpTimeouts } from './smtp-timeouts.ts';

/** Options of an SMTP mailer. */
export interface SmtpMailerOptions {
  /** Connections at most, at least 1. Default 4. */
  readonly maxConnections?: number;
  /** What the account is called. Default: by its server and login. */
  readonly account?: string;
  /** What the account may be given: the mailer says it, and whoever sends keeps to it. Default: whatever comes. */
  readonly rates?: SendingRates;
  /** How long a connection is kept. Default: 20 seconds without a message, 100 messages. */
  readonly use?: SessionUse;
  readonly log: Log;
  /** Signs each message before it waits for a connection; undefined where the account's server does. */
  readonly signer?: Signer | undefined;
  /** What differs from the times of the standard. */
  readonly timeouts?: Partial<SmtpTimeouts>;
  /** Where an account with `auth=oauth2` has its tokens from. */
  readonly tokens?: TokenSource | undefined;
}

/** Sends over SMTP through a small pool of connections. @throws InvalidInputError for a URL that is none. */
export function createSmtpMailer(smtpUrl: string, options: SmtpMailerOptions): Mailer {
  const maxConnections = options.maxConnections ?? 4;
  const account = parseSmtpUrl(smtpUrl);
  const pool = createSmtpPool(account, maxConnections, { ...smtpTimeouts(), ...options.timeouts }, options);
  const underWay = new Set<Promise<unknown>>();
  return {
    account: options.account ?? accountName(account),
    maxConnections,
    rates: options.rates ?? {},
    ...(account.direct ? { direct: account.direct } : {}),
    connectionCount: () => pool.openCount(),
    async send(message, sendOptions = {}) {
      const sending = signed(message, options.signer).then((pieces) => sendOver(pool, message, pieces, sendOptions, options.log));
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

/** The message as it goes over the wire. Never unsigned where there is a signer: what cannot be signed is thrown. */
async function signed(message: OutgoingMessage, signer: Signer | undefined): Promise<readonly Buffer[]> {
  const rest = [message.headers, lineEnd, ...message.body];
  return signer ? [await signer.sign(message), ...rest] : rest;
}

async function sendOver(
  pool: SmtpPool,
  message: OutgoingMessage,
  pieces: readonly Buffer[],
  options: SendOptions,
  log: Log,
): Promise<SendOutcome> {
  const { mayStart = () => true, mayGoOn, isUrgent = false } = options;
  const wire: WireMessage = { ...message.envelope, pieces };
  const isAsciiMessage = isAscii(wire.from + wire.to);
  for (let isFresh = false; ; isFresh = true) {
    const lease = await pool.acquire({ isFresh, isUrgent });
    if (!lease) return { kind: 'not_started', reason: 'mailer closed' };
    if (!('session' in lease)) return accountRefused(lease, false, log);
    if (!mayStart()) {
      pool.release(lease, true);
      return { kind: 'not_started', reason: 'too late' };
    }
    if (!lease.session.takesUtf8Addresses && !isAsciiMessage) {
      pool.release(lease, true);
      return foreseen(utf8Refusal);
    }
    const result = await lease.session.transact(wire, mayGoOn);
    void giveBack(pool, lease, result);
    const mayBeStale = isStale(lease, result);
    if (mayBeStale && pool.isAborted(lease)) return { kind: 'not_started', reason: 'mailer closed' };
    if (!mayBeStale || isFresh) return outcomeOf(withoutRecipient(result, message), isAsciiMessage, log);
  }
}

/** A session that ended between two messages says nothing about the next: that one is tried once more on a new session. */
function isStale(lease: SmtpLease, { stage, reply }: TransactionResult): boolean {
  if (lease.messageCount === 0 || stage !== 'envelope') return false;
  return reply === undefined || reply.code === 421 || isSpent(reply);
}

/** Servers count messages per session and say so to the next one, mostly without 421. */
function isSpent({ code, text }: SmtpReply): boolean {
  return code >= 400 && /\b(?:per|in this|in one|on this) (?:smtp )?(?:connection|session)\b/i.test(text);
}

async function giveBack(pool: SmtpPool, lease: SmtpLease, result: TransactionResult): Promise<void> {
  const { reply } = result;
  if (!reply) {
    // A server that lost what stood behind the data of another message would do so again.
    if (result.endsFollowing) pool.stopFollowing();
    pool.release(lease, false);
  }
  // What was answered after its data is over for the server too (RFC 5321 4.1.1.4), and another may have followed it.
  else if (result.command === 'message') pool.release(lease, !isSpent(reply) && lease.session.isOpen);
  else pool.release(lease, !isSpent(reply) && lease.session.isOpen && (result.isForeseen || (await lease.session.reset())));
}

/** What was refused is the account; the words of the server are not written down, since they may hold an address. */
function accountRefused({ trouble, reason, reply }: SmtpSessionFailure, isAfterReader: boolean, log: Log): SendOutcome {
  const fields = { reason, trouble, ...(reply ? { code: reply.code } : {}) };
  if (trouble === 'login') log.error('smtp.login_refused', fields);
  else log.warn(trouble === 'unreachable' ? 'smtp.unreachable' : 'smtp.account_refused', fields);
  return { kind: 'account', trouble, reason, ...(reply ? { reply } : {}), isAfterReader };
}

function outcomeOf(result: TransactionResult, isAsciiMessage: boolean, log: Log): SendOutcome {
  const { stage, reply, reason } = result;
  // Lost before the end of the data: charged, so that a message that kills every connection it meets is not tried for ever.
  if (!reply) return stage === 'ended' ? { kind: 'in_doubt', reason } : { kind: 'deferred', subject: 'host', reason };
  if (result.isForeseen) return foreseen(reply);
  if (result.command === 'message' && reply.code < 300) return { kind: 'accepted', reply };
  const refusal = judgeRefusal(result.command, reply);
  if (refusal.subject !== 'account') return refused(refusal.subject, reply, reason);
  if (result.command === 'mail' && !isAsciiMessage && isAboutUtf8(reply)) return refused('message', reply, reason);
  const isAfterReader = result.command === 'rcpt' || result.command === 'message';
  return accountRefused({ trouble: refusal.trouble, reason, reply }, isAfterReader, log);
}

/** What the server would have to say by what it announced: it is not asked. */
function foreseen(reply: SmtpReply): SendOutcome {
  return { kind: 'rejected', subject: 'message', reply, isForeseen: true };
}

function refused(subject: Exclude<RefusalSubject, 'account'>, reply: SmtpReply, reason: string): SendOutcome {
  return reply.code >= 500 ? { kind: 'rejected', subject, reply } : { kind: 'deferred', subject, reply, reason };
}

/**
 * RFC 6531 3.5: a server that offers SMTPUTF8 may refuse an address with 5.6.7, also at MAIL FROM, and some offer it and do not know the parameter
 * (555, 5.5.4). It was asked for because of this one reader: the account stands still for nobody else.
 */
function isAboutUtf8({ code, enhanced = '' }: SmtpReply): boolean {
  return code === 555 || /^[45]\.(?:6\.7|5\.4)$/.test(enhanced);
}

/** Before it is judged: an address may look like any word that is looked for in a reply. */
function withoutRecipient(result: TransactionResult, { to }: OutgoingMessage): TransactionResult {
  return result.reply ? { ...result, reply: withoutAddress(result.reply, to) } : result;
}

const lineEnd = Buffer.from('\r\n');

function isAscii(text: string): boolean {
  return /^[\0-\x7F]*$/.test(text);
}

// RFC 6531 3.5 and RFC 6533: what a server that offers no SMTPUTF8 would have to say.
const utf8Refusal: SmtpReply = { code: 550, enhanced: '5.6.7', text: 'The server does not offer SMTPUTF8' };
