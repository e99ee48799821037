import { randomBytes, randomUUID } from 'node:crypto';
import type { Tx } from '../db/db.ts';
import type { Enqueue } from '../kernel/job.ts';
import { parseKnownAddress } from '../mail/address.ts';
import { noticeMessageId } from '../mail/message-id.ts';
import { insertNotice } from './notice-store.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import type { NewNotice } from './notice.ts';

/**
 * Stores a notice and its job in the caller's transaction and gives its id; a repeated dedupe key queues nothing new. One whose day is ahead has no job: the
 * tick that looks for due notices finds it then.
 */
export async function queueNotice(tx: Tx, enqueue: Enqueue, notice: NewNotice): Promise<string> {
  // The id is stored in the row and never computed again: a key of its own, used once, makes it unguessable and unique.
  const messageId = noticeMessageId(randomUUID(), randomBytes(32), parseKnownAddress(notice.from.address).domain);
  const { id, isNew } = await insertNotice(tx, notice, messageId);
  if (isNew && notice.notBefore === undefined) await enqueue(tx, { name: 'notice', noticeId: id });
  return id;
}

/** Where a newsletter's notices come from, and which mailer takes them: mail of the sample newsletter never leaves the machine. */
export function originOf(
  newsletter: Pick<Newsletter, 'id' | 'isSample' | 'senderName' | 'senderAddress' | 'replyTo'>,
): Pick<NewNotice, 'newsletterId' | 'outlet' | 'from' | 'replyTo'> {
  return {
    newsletterId: newsletter.id,
    outlet: newsletter.isSample ? 'outbox' : 'smtp',
    from: { name: newsletter.senderName, address: newsletter.senderAddress },
    ...(newsletter.replyTo === null ? {} : { replyTo: { address: newsletter.replyTo } }),
  };
}
