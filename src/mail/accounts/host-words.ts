/*
 * What an answer says of the reader's host, of an account whose server passes on what the hosts of the readers say. Pure.
 * Invariant: what only one reader or message was told (greylisting, a full mailbox) never holds up others.
 */
import { greylistWords } from '../known-replies.ts';
import type { SendOutcome, SmtpReply } from '../message.ts';

/** `limit`: it wants less of us, for now. `unreachable`: nobody came through to it, or it was too busy. `answered`: it spoke of a message, whatever it said. */
export type HostWord = 'limit' | 'unreachable' | 'answered';

/** What an outcome says of the reader's host; undefined where it says nothing: the reader had not been named, or nobody spoke. */
export function hostWordOf(outcome: SendOutcome): HostWord | undefined {
  switch (outcome.kind) {
    case 'accepted':
      return 'answered';
    case 'rejected':
      return outcome.isForeseen ? undefined : 'answered';
    case 'account':
      return outcome.isAfterReader ? wordOfTrouble[outcome.trouble] : undefined;
    case 'deferred':
      return outcome.reply && wordOfDeferral(outcome.subject, outcome.reply);
    case 'in_doubt':
    case 'not_started':
      return undefined;
  }
}

/** A log-in, a sender and a quota are ours wherever that is said. */
const wordOfTrouble = {
  rate: 'limit',
  connections: 'limit',
  unreachable: 'unreachable',
  login: undefined,
  sender: undefined,
  quota: undefined,
} as const;

/** RFC 3463: 4.7.x is a rule of the host's, which for now is a rate or a reputation; 3.x is a mail system, 4.x the way to it. */
function wordOfDeferral(subject: string, { code, enhanced = '', text }: SmtpReply): HostWord {
  if (greylistWords.test(text)) return 'answered';
  if (code === 421 || (subject === 'host' && enhanced.startsWith('4.7.'))) return 'limit';
  return subject === 'host' || /^4\.(?:3\.[02]|4\.\d)$/.test(enhanced) ? 'unreachable' : 'answered';
}
