import { envelopeAddress } from '../address.ts';
import type { AccountTrouble, SmtpReply } from '../message.ts';
import type { TokenSource } from '../oauth/token-source.ts';
import { judgeRefusal } from '../refusal.ts';
import { parseSmtpUrl } from './smtp-account.ts';
import { openSmtpSession, type SmtpSession } from './smtp-session.ts';
import { probeTimeouts, type SmtpTimeouts } from './smtp-timeouts.ts';
import { replyLine } from '../reply-text.ts';

/** What one step of a probe found. */
export interface SmtpFinding {
  /** The sender that was tried; undefined: the connection, its protection and the login. */
  readonly sender?: string;
  /** Undefined: all is well. */
  readonly trouble?: AccountTrouble;
  /** What went wrong, with the server's words; '' when nothing did. */
  readonly what: string;
}

/**
 * Connects, starts TLS, logs in, and offers each sender (MAIL FROM) and takes it back: a login that works says little about whom the server lets it
 * write as. Names no recipient and sends nothing.
 */
export async function probeSmtp(
  smtpUrl: string,
  senders: readonly string[],
  { timeouts = probeTimeouts(), tokens }: { readonly timeouts?: SmtpTimeouts; readonly tokens?: TokenSource | undefined } = {},
): Promise<SmtpFinding[]> {
  const account = parseSmtpUrl(smtpUrl);
  const findings: SmtpFinding[] = [];
  let session = await openSmtpSession(account, timeouts, tokens);
  if ('trouble' in session) return [{ trouble: session.trouble, what: said(session.reason, session.reply) }];
  findings.push({ what: '' });
  for (const sender of new Set(senders)) {
    // A server may hang up after a refusal; the next sender is asked about all the same.
    if (!session.isOpen) session = await openSmtpSession(account, timeouts, tokens);
    if ('trouble' in session) {
      findings.push({ sender, trouble: session.trouble, what: said(session.reason, session.reply) });
      break;
    }
    findings.push({ sender, ...(await trySender(session, sender)) });
  }
  if (!('trouble' in session)) session.quit();
  return findings;
}

async function trySender(session: SmtpSession, sender: string): Promise<Omit<SmtpFinding, 'sender'>> {
  const reply = await session.trySender(envelopeAddress(sender));
  if (!reply) return { trouble: 'unreachable', what: 'the connection was lost' };
  if (reply.code < 300) return { what: '' };
  const refusal = judgeRefusal('mail', reply);
  return { trouble: refusal.subject === 'account' ? refusal.trouble : 'sender', what: replyLine(reply) };
}

function said(reason: string, reply: SmtpReply | undefined): string {
  return reply ? `${reason}: ${replyLine(reply)}` : reason;
}
