import { randomBytes, randomUUID } from 'node:crypto';
import type { Tx } from '../db/db.ts';
import type { Enqueue } from '../kernel/job.ts';
import { parseAddress } from '../mail/address.ts';
import { noticeMessageId } from '../mail/message-id.ts';
import { insertNotice } from './notice-store.ts';
import type { NewNotice } from './notice.ts';

/** Stores a notice and its job in the caller's transaction and gives its id; a repeated dedupe key queues nothing new. */
export async function queueNotice(tx: Tx, enqueue: Enqueue, notice: NewNotice): Promise<string> {
  // The id is stored in the row and never computed again: a key of its own, used once, makes it unguessable and unique.
  const messageId = noticeMessageId(randomUUID(), randomBytes(32), parseAddress(notice.from.address).domain);
  const { id, isNew } = await insertNotice(tx, notice, messageId);
  if (isNew) await enqueue(tx, { name: 'notice', noticeId: id });
  return id;
}
