import type { SendOutcome, SmtpReply } from './message.ts';

/** The reply as one line for the ledger: "550 5.1.1 No such user". */
export function replyLine(reply: SmtpReply): string {
  return [String(reply.code), reply.enhanced, reply.text].filter((part) => part !== undefined && part !== '').join(' ');
}

/** What the server said to an attempt, or what happened where it said nothing. */
export function replyText(outcome: SendOutcome): string {
  const reply = 'reply' in outcome ? outcome.reply : undefined;
  if (reply) return replyLine(reply);
  return 'reason' in outcome ? outcome.reason : outcome.kind;
}
