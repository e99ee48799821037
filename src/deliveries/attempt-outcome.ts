import type { AttemptOutcome } from '../ledger/attempt.ts';
import type { SendOutcome } from '../mail/message.ts';
import { replyLine } from '../mail/smtp-reply.ts';

/** What the mailer says, in the ledger's words; undefined when the message never left: then there was no attempt. */
export function attemptOutcomeOf(outcome: SendOutcome): AttemptOutcome | undefined {
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'accepted', reply: replyLine(outcome.reply) };
    case 'account':
    case 'deferred':
      return { kind: 'deferred', reply: outcome.reply ? replyLine(outcome.reply) : outcome.reason };
    case 'rejected':
      return {
        kind: 'rejected',
        reply: replyLine(outcome.reply),
        isPolicy: outcome.subject === 'policy' || outcome.subject === 'message',
        isDeadAddress: outcome.subject === 'address',
      };
    case 'in_doubt':
      return { kind: 'in_doubt', reply: outcome.reason };
    case 'not_started':
      return undefined;
  }
}
