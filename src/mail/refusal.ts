/*
 * What a refusal is about. Pure rules over one reply and the command that it answers.
 * Invariant: what a server says before it has heard of a reader (up to MAIL FROM) or in spite of one (the DATA command) is never about a reader or a
 * message; so a server that refuses us loses nobody's mail and suppresses nobody.
 */
import type { AccountTrouble, RefusalSubject, SmtpReply } from './message.ts';
import { closedMailboxWords, forNowWords, knownReplies, type KnownReply, nobodyWords } from './known-replies.ts';

/** The step of a session that a reply answers. `data`: the DATA command; `message`: the data, after its final dot. */
export type SmtpCommand = 'connect' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'message';

/** A subject, and of the account also what. */
export type Refusal =
  { readonly subject: 'account'; readonly trouble: AccountTrouble } | { readonly subject: Exclude<RefusalSubject, 'account'> };

/** Judges a reply that is no acceptance: by the command first, then by known texts, the enhanced status, words of little weight, the code. */
export function judgeRefusal(command: SmtpCommand, given: SmtpReply): Refusal {
  const reply = withStatus(given);
  if (command !== 'rcpt' && command !== 'message') return judgeUs(command, reply);
  return asPolicy(withoutDoubt(judgeText(command, reply) ?? judgeByStatus(command, reply), reply), reply);
}

/** Without a known text: the status, unless the words of a server that knows but one status speak of something else; then words of little weight, the code. */
function judgeByStatus(command: SmtpCommand, reply: SmtpReply): Refusal {
  const byStatus = judgeStatus(reply);
  if (byStatus !== undefined && (byStatus.subject !== 'address' || nobodyWords.test(reply.text))) return byStatus;
  if (closedMailboxWords.test(reply.text)) return byStatus ?? judgeCode(reply);
  return judgeText(command, reply, { isFallback: true }) ?? byStatus ?? judgeCode(reply);
}

/** Nobody is suppressed by a reply that says in its status or in words that it holds for now. */
function withoutDoubt(refusal: Refusal, { code, enhanced, text }: SmtpReply): Refusal {
  const isForNow = code >= 500 && (enhanced?.startsWith('4') === true || forNowWords.test(text));
  return refusal.subject === 'address' && isForNow ? { subject: 'unclear' } : refusal;
}

/** qmail and IronPort write the status into the text: "(#5.1.1)". */
function withStatus(reply: SmtpReply): SmtpReply {
  const [mark, enhanced] = reply.enhanced === undefined ? (/#([245]\.\d{1,3}\.\d{1,3})\b/.exec(reply.text) ?? []) : [];
  return mark === undefined || enhanced === undefined ? reply : { ...reply, enhanced, text: reply.text.replace(mark, '').trim() };
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
  const { code } = reply;
  const trouble = findKnownReply(command, reply)?.trouble ?? troubleOfCodes(command, reply);
  // RFC 4954 6: a login that fails for now is the server's trouble and not the password's.
  if (command === 'auth')
    return code >= 500 ? (trouble ?? 'login') : trouble === undefined || trouble === 'login' ? 'unreachable' : trouble;
  if (trouble !== undefined) return trouble;
  if (command === 'connect' || command === 'ehlo' || command === 'starttls') return 'unreachable';
  /*
   * MAIL FROM says who sends, and DATA nothing new: for good, both refuse the sender as far as anybody can tell (others may still be let through,
   * and somebody has to mend it). For now, MAIL FROM may still mean the sender; DATA can only mean a server in trouble.
   */
  return command === 'data' && code < 500 ? 'unreachable' : 'sender';
}

function troubleOfCodes(command: SmtpCommand, { code, enhanced }: SmtpReply): AccountTrouble | undefined {
  const detail = detailOf(enhanced) ?? '';
  if (detail === '4.5') return code >= 500 ? 'quota' : 'rate';
  if (code >= 500) return undefined;
  if (code === 421 && detail.startsWith('7.')) return 'rate';
  // Who is turned away at the door, the server being there, came too often or with too many.
  if (detail === '3.2' || (command === 'connect' && code === 421)) return 'connections';
  // The system, the network, full disks: nobody's fault who sends.
  return code === 421 || code === 452 || /^[34]\./.test(detail) ? 'unreachable' : undefined;
}

function judgeText(command: SmtpCommand, reply: SmtpReply, options?: { isFallback: boolean }): Refusal | undefined {
  const known = findKnownReply(command, reply, options);
  if (!known) return undefined;
  const { subject, trouble } = known;
  return subject === 'account' ? { subject, trouble: trouble ?? 'sender' } : { subject };
}

function findKnownReply(command: SmtpCommand, reply: SmtpReply, { isFallback = false } = {}): KnownReply | undefined {
  const detail = detailOf(reply.enhanced);
  const text = reply.text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/ ?\( ?<?\[address\]>? ?\)/g, '');
  return knownReplies.find(
    ({ pattern, codes, details, isRcptOnly, ...known }) =>
      (known.isFallback ?? false) === isFallback &&
      (codes === undefined || codes.includes(reply.code)) &&
      (details === undefined || (detail !== undefined && details.includes(detail))) &&
      (!isRcptOnly || (command === 'rcpt' && !isOfSender(detail))) &&
      pattern.test(text),
  );
}

/** What the host puts off it may also put off for good: then it is a rule of its. */
function asPolicy(refusal: Refusal, { code }: SmtpReply): Refusal {
  return refusal.subject === 'host' && code >= 500 ? { subject: 'policy' } : refusal;
}

/** Subject and detail of an enhanced status (RFC 3463); its class says for how long, and that the code decides. Undefined where it says nothing. */
function detailOf(enhanced: string | undefined): string | undefined {
  const detail = enhanced?.slice(2);
  return detail === '0.0' ? undefined : detail;
}

/** The sender's address is malformed, has no mail host, is not the account's to send as, or may not send. */
function isOfSender(detail: string | undefined): boolean {
  return detail !== undefined && /^(?:1\.[78]|7\.60|2\.25\d)$/.test(detail);
}

const addressDetails: ReadonlySet<string> = new Set(['1.1', '1.2', '1.3', '1.6', '1.10', '2.1', '7.13', '7.17']);

function judgeStatus({ code, enhanced, text }: SmtpReply): Refusal | undefined {
  const detail = detailOf(enhanced);
  if (detail === undefined || enhanced === undefined) return undefined;
  if (detail === '2.1' && /\brate\b/i.test(text)) return { subject: 'mailbox' };
  if (addressDetails.has(detail)) return { subject: 'address' };
  if (isOfSender(detail)) return { subject: 'account', trouble: 'sender' };
  // 4.4.5 is a server's congestion; for good it is what providers say to an account that sent its fill.
  if (detail === '4.5' && code >= 500) return { subject: 'account', trouble: 'quota' };
  if (detail === '3.2' && code === 432) return { subject: 'account', trouble: 'connections' };
  if (detail === '2.2') return { subject: 'mailbox' };
  if (detail === '3.4' || detail === '2.3' || detail.startsWith('6.')) return { subject: 'message' };
  if (detail === '7.18') return { subject: 'unclear' };
  if (detail.startsWith('7.')) return { subject: enhanced.startsWith('4') ? 'host' : 'policy' };
  return undefined;
}

function judgeCode({ code, enhanced }: SmtpReply): Refusal {
  if (code === 421) return { subject: 'host' };
  if (code === 552 && detailOf(enhanced) === undefined) return { subject: 'message' };
  if (code === 556) return { subject: 'address' };
  return { subject: 'unclear' };
}
