import { cutToLength } from '../kernel/cut-text.ts';
import type { SendOutcome, SmtpReply } from './message.ts';

// Stored with the delivery and shown to staff: long enough for every real reply, short enough for a row. Cut here, where the address is out of it already.
const maxTextLength = 500;

/** The reply as one line for the ledger: "550 5.1.1 No such user". */
export function replyLine(reply: SmtpReply): string {
  const text = cutToLength(reply.text, maxTextLength);
  return [String(reply.code), reply.enhanced, text].filter((part) => part !== undefined && part !== '').join(' ');
}

/** What the server said to an attempt, or what happened where it said nothing. */
export function replyText(outcome: SendOutcome): string {
  const reply = 'reply' in outcome ? outcome.reply : undefined;
  if (reply) return replyLine(reply);
  return 'reason' in outcome ? outcome.reason : outcome.kind;
}

/** Most servers' ids have fewer than 70 characters; a row of the ledger has room for so many more without leaving its page. */
const longestAcceptedLine = 128;
/** No longer than what is kept of others: stays as it is. */
const shortLine = 48;
/** Where servers say that an id follows: Postfix and many others, Exim, Exchange. */
const namedIds = [/\bqueued as:?\s+<?([^\s<>()[\],;]+)/i, /\bid=<?([^\s<>()[\],;]+)/i, /\b(InternalId=\d+)/];

/**
 * What is kept of the reply that took a message: code, status and the id under which the server has it, which is what its operator asks for and what some
 * name in a later bounce. Whole replies made the rows of the ledger outgrow their pages.
 */
export function acceptedLine(reply: SmtpReply): string {
  const whole = replyLine(reply);
  if (whole.length <= shortLine) return whole;
  const ids = queueIdsIn(reply.text);
  return ids === '' ? cut(whole, shortLine) : cut(replyLine({ ...reply, text: ids }), longestAcceptedLine);
}

/** Where no id is named, what looks like one: long, with a digit, and no address. */
function queueIdsIn(text: string): string {
  for (const named of namedIds) {
    const id = named.exec(text)?.[1];
    if (id !== undefined) return id;
  }
  return text
    .split(/[\s<>()[\],;]+/)
    .filter((word) => word.length >= 8 && /\d/.test(word) && !word.includes('@'))
    .join(' ');
}

/** Whole characters, no half ones. */
function cut(line: string, length: number): string {
  return [...line].slice(0, length).join('').trimEnd();
}
