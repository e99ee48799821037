/*
 * What a refusal is about. Pure rules over one reply and the command that it answers.
 * Invariant: what a server says before it has heard of a reader (up to MAIL FROM) or in spite of one (the DATA command) is never about a reader or a
 * message; so a server that refuses us loses nobody's mail and suppresses nobody.
 */
import type { AccountTrouble, RefusalSubject, SmtpReply } from './message.ts';
import { knownReplies, type KnownReply } from './known-replies.ts';

/** The step of a session that a reply answers. `data`: the DATA command; `message`: the data, after its final dot. */
export type SmtpCommand = 'connect' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'message';

/** A subject, and of the account also what. */
export type Refusal =
  { readonly subject: 'account'; readonly trouble: AccountTrouble } | { readonly subject: Exclude<RefusalSubject, 'account'> };

/** Judges a reply that is no acceptance: by the command first, then by known texts, the enhanced status, the code. */
export function judgeRefusal(command: SmtpCommand, reply: SmtpReply): Refusal {
  if (command !== 'rcpt' && command !== 'message') return judgeUs(command, reply);
  const known = findKnownReply(reply);
  return asPolicy(known ? refusalOf(known) : (judgeStatus(reply) ?? judgeCode(reply)), reply);
}

function judgeUs(command: SmtpCommand, reply: SmtpReply): Refusal {
  if (command === 'mail' && isAboutSize(reply)) return { subject: 'message' };
  return { subject: 'account', trouble: troubleOf(command, reply) };
}

function isAboutSize({ code, enhanced }: SmtpReply): boolean {
  const detail = detailOf(enhanced);
  return detail === '3.4' || detail === '2.3' || (code === 552 && detail === undefined);
}

function troubleOf(command: SmtpCommand, reply: SmtpReply): AccountTrouble {
  const known = findKnownReply(reply);
  if (known?.trouble) return known.trouble;
  if (isLoginCode(reply.code)) return 'login';
  const detail = detailOf(reply.enhanced);
  if (detail === '4.5') return 'quota';
  switch (command) {
    case 'connect':
      return reply.code === 421 ? 'connections' : 'unreachable';
    case 'ehlo':
    case 'starttls':
      return 'unreachable';
    case 'auth':
      return reply.code >= 500 ? 'login' : 'unreachable';
    default:
      return 'sender';
  }
}

function findKnownReply(reply: SmtpReply): KnownReply | undefined {
  const detail = detailOf(reply.enhanced);
  return knownReplies.find((known) => (known.detail === undefined || known.detail === detail) && known.pattern.test(reply.text));
}

function refusalOf({ subject, trouble }: KnownReply): Refusal {
  return subject === 'account' ? { subject, trouble: trouble ?? 'sender' } : { subject };
}

/** The host's "not now" said for good is a rule of its. */
function asPolicy(refusal: Refusal, { code }: SmtpReply): Refusal {
  return refusal.subject === 'host' && code >= 500 ? { subject: 'policy' } : refusal;
}

/** Subject and detail of an enhanced status (RFC 3463) without its class, which the code decides; undefined where it says nothing. */
function detailOf(enhanced: string | undefined): string | undefined {
  const detail = enhanced?.slice(2);
  return detail === '0.0' ? undefined : detail;
}

const addressDetails: ReadonlySet<string> = new Set(['1.1', '1.2', '1.3', '1.6', '1.10', '2.1', '7.13', '7.17']);

function judgeStatus({ code, enhanced }: SmtpReply): Refusal | undefined {
  const detail = detailOf(enhanced);
  if (detail === undefined || enhanced === undefined) return undefined;
  if (addressDetails.has(detail)) return { subject: 'address' };
  if (detail === '1.7' || detail === '1.8' || detail === '7.60' || /^2\.25\d$/.test(detail))
    return { subject: 'account', trouble: 'sender' };
  if (detail === '4.5') return { subject: 'account', trouble: 'quota' };
  if (detail === '3.2' && code === 432) return { subject: 'account', trouble: 'connections' };
  if (detail === '2.2') return { subject: 'mailbox' };
  if (detail === '3.4' || detail === '2.3' || detail.startsWith('6.')) return { subject: 'message' };
  if (detail === '7.18') return { subject: 'unclear' };
  if (detail.startsWith('7.')) return { subject: enhanced.startsWith('4') ? 'host' : 'policy' };
  return undefined;
}

function judgeCode({ code, enhanced }: SmtpReply): Refusal {
  if (isLoginCode(code)) return { subject: 'account', trouble: 'login' };
  if (code === 421) return { subject: 'host' };
  if (code === 552 && detailOf(enhanced) === undefined) return { subject: 'message' };
  if (code === 556) return { subject: 'address' };
  return { subject: 'unclear' };
}

/** RFC 4954 and RFC 4954 4: authentication required, too weak, failed, encryption needed for it. */
function isLoginCode(code: number): boolean {
  return code === 530 || code === 534 || code === 535 || code === 538;
}
