import { parseSmtpUrl } from './smtp-account.ts';
import { openSmtpSession } from './smtp-session.ts';

const timeouts = { connectMs: 10_000, replyMs: 10_000 };

/** Connects, starts TLS and logs in, sends nothing; what went wrong in a few words, undefined when the server lets us in. */
export async function probeSmtp(smtpUrl: string): Promise<string | undefined> {
  const session = await openSmtpSession(parseSmtpUrl(smtpUrl), timeouts);
  if ('reason' in session) return session.reason;
  session.quit();
  return undefined;
}
