import type { Tx } from '../../db/db.ts';
import type { Enqueue } from '../../kernel/job.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { originOf, queueNotice } from '../../notices/queue-notice.ts';
import type { NoticeRenderer } from '../../render/mails/notice-mail.ts';
import { confirmUrl, confirmationExpiry, type LinkPorts } from '../tokens/signed-links.ts';
import type { Subscription } from '../subscriber.ts';
import type { Subscriber } from '../subscriber-store.ts';

/** What a confirmation mail needs. */
export interface ConfirmationPorts extends LinkPorts {
  readonly enqueue: Enqueue;
  readonly notices: NoticeRenderer;
}

/** Whom to ask, and the consent event that is to be confirmed. */
export interface ConfirmationRequest {
  readonly subscription: Pick<Subscription, 'id' | 'language' | 'timeZone'>;
  readonly subscriber: Pick<Subscriber, 'address' | 'name'>;
  readonly newsletter: Newsletter;
  readonly requestEventId: string;
  readonly now: Date;
  /** The mail goes then, where that is ahead, and its link lives from then. */
  readonly notBefore?: Date;
}

/** What makes a confirmation the only one of its request. */
export function confirmationKey(requestEventId: string): string {
  return `confirmation:${requestEventId}`;
}

/**
 * Queues the mail that asks for one click, in the transaction that recorded the request, and gives the notice's id; nobody gets more than this before
 * they confirm (P3).
 */
export async function askForConfirmation(tx: Tx, ports: ConfirmationPorts, request: ConfirmationRequest): Promise<string> {
  const { subscription, subscriber, newsletter, requestEventId, now, notBefore } = request;
  const goesAt = notBefore ?? now;
  const mail = await ports.notices.render({
    kind: 'confirmation',
    language: subscription.language,
    newsletter,
    confirmUrl: confirmUrl(ports, subscription.id, requestEventId, goesAt),
    expiresAt: confirmationExpiry(goesAt),
    ...(subscription.timeZone === null ? {} : { timeZone: subscription.timeZone }),
  });
  return queueNotice(tx, ports.enqueue, {
    kind: 'confirmation',
    ...originOf(newsletter),
    subscriptionId: subscription.id,
    to: { ...(subscriber.name === null ? {} : { name: subscriber.name }), address: subscriber.address },
    ...mail,
    dedupeKey: confirmationKey(requestEventId),
    ...(notBefore === undefined ? {} : { notBefore }),
  });
}
