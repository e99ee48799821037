import type { Tx } from '../../db/db.ts';
import type { Enqueue } from '../../kernel/job.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { originOf, queueNotice } from '../../notices/queue-notice.ts';
import type { NoticeRenderer } from '../../render/mails/notice-mail.ts';
import { confirmUrl, type LinkPorts } from '../tokens/signed-links.ts';
import { allowConfirmation } from '../../ledger/subscriptions/suppression-store.ts';
import { replaceChoices } from '../choices/choice-store.ts';
import { insertConsentEvent } from '../consent/consent-store.ts';
import type { Choices, Subscription } from '../subscriber.ts';
import type { Subscriber } from '../subscriber-store.ts';
import { confirmationDays } from './sign-up.ts';

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
  /** The mail goes then, where that is ahead. */
  readonly notBefore?: Date;
}

/** What makes a confirmation the only one of its request. */
export function confirmationKey(requestEventId: string): string {
  return `confirmation:${requestEventId}`;
}

/**
 * Records that a person was asked, with the choices that they made, and queues the confirmation: of an address that bounced long ago (`suppressedKey`) the
 * only one. Gives the notice's id.
 */
export async function requestConsent(
  tx: Tx,
  ports: ConfirmationPorts,
  request: Omit<ConfirmationRequest, 'requestEventId'> & {
    readonly choices: Choices;
    readonly source: string;
    readonly wording?: string;
    readonly ip?: string;
    /** Who of the staff asks for it. */
    readonly details?: { readonly by?: string };
    readonly suppressedKey?: string;
  },
): Promise<string> {
  const { subscription, source, now, suppressedKey } = request;
  // Nobody gets mail on these choices before the confirmation, so the latest request may replace them.
  await replaceChoices(tx, subscription.id, request.choices);
  const requestEventId = await insertConsentEvent(tx, {
    subscriptionId: subscription.id,
    kind: 'requested',
    at: now,
    source,
    ...(request.wording === undefined ? {} : { wording: request.wording }),
    ...(request.ip === undefined ? {} : { ip: request.ip }),
    ...(request.details === undefined ? {} : { details: request.details }),
  });
  const noticeId = await askForConfirmation(tx, ports, { ...request, requestEventId });
  // The one exception of P3. Also of somebody still active, who gets nothing because of the suppression.
  if (suppressedKey !== undefined) await allowConfirmation(tx, suppressedKey, noticeId, now);
  return noticeId;
}

/**
 * Queues the mail that asks for one click, in the transaction that recorded the request, and gives the notice's id; nobody gets more than this before
 * they confirm (P3).
 */
export async function askForConfirmation(tx: Tx, ports: ConfirmationPorts, request: ConfirmationRequest): Promise<string> {
  const { subscription, subscriber, newsletter, requestEventId, now, notBefore } = request;
  const mail = await ports.notices.render({
    kind: 'confirmation',
    language: subscription.language,
    newsletter,
    confirmUrl: confirmUrl(ports, subscription.id, requestEventId),
    // At the earliest: the days count from when it is mailed.
    expiresAt: new Date((notBefore ?? now).getTime() + confirmationDays * 86_400_000),
    ...(subscription.timeZone === null ? {} : { timeZone: subscription.timeZone }),
  });
  return queueNotice(tx, ports.enqueue, {
    kind: 'confirmation',
    ...originOf(newsletter),
    subscriptionId: subscription.id,
    // Without the name: whoever filled in a form chose it, and it would stand in a header of a mail to somebody else.
    to: { address: subscriber.address },
    ...mail,
    dedupeKey: confirmationKey(requestEventId),
    ...(notBefore === undefined ? {} : { notBefore }),
  });
}
