import type { AttemptOutcome } from '../ledger/queue/attempt.ts';
import type { SendOutcome } from '../mail/message.ts';
import { acceptedLine, replyLine, replyText } from '../mail/reply-text.ts';

/** What the mailer says, in the ledger's words; undefined where the message never left or the account was refused: then there was no attempt. */
export function attemptOutcomeOf(outcome: SendOutcome): AttemptOutcome | undefined {
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'accepted', reply: acceptedLine(outcome.reply) };
    case 'deferred':
      return { kind: 'deferred', subject: outcome.subject, reply: replyText(outcome) };
    case 'rejected':
      // What a host says for good is a rule of its.
      return { kind: 'rejected', subject: outcome.subject === 'host' ? 'policy' : outcome.subject, reply: replyLine(outcome.reply) };
    case 'in_doubt':
      return { kind: 'in_doubt', reply: outcome.reason };
    case 'account':
    case 'not_started':
      return undefined;
  }
}
