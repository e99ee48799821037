import { noticeBounceAddress } from '../mail/message-id.ts';
import type { OutgoingMessage } from '../mail/message.ts';
import { buildMail } from '../mail/mime/build-mail.ts';
import { type Header, type ListSetup, newsletterHeaders, type UnsubscribeInput, unsubscribeHeaders } from '../mail/mime/list-headers.ts';
import type { ClaimedNotice } from './notice.ts';

/** What all notices of this installation have in common. */
export interface NoticeSetup extends ListSetup {
  /** How a reader leaves the newsletter. */
  readonly leaving: (reader: { readonly subscriptionId: string; readonly tokenVersion: number }) => UnsubscribeInput;
  /** Makes the addresses of bounces. */
  readonly messageIdSecret: Buffer;
  /** Takes bounces, each at an address of its own; undefined: they come to the sender. */
  readonly bounceDomain?: string | undefined;
}

/** The message of a notice, the same for every attempt. @throws InvalidInputError when a value cannot stand in a header */
export function messageFromNotice(notice: ClaimedNotice, setup: NoticeSetup): OutgoingMessage {
  const { messageIdSecret, bounceDomain } = setup;
  return buildMail({
    from: notice.from,
    to: notice.to,
    replyTo: notice.replyTo,
    subject: notice.subject,
    // The day it was written, the same for every attempt.
    date: notice.createdAt,
    messageId: notice.messageId,
    headers: headersOf(notice, setup),
    html: notice.html === '' ? undefined : notice.html,
    text: notice.text,
    // Relays refuse foreign senders, as of deliveries.
    envelopeFrom: bounceDomain === undefined ? notice.from.address : noticeBounceAddress(notice.id, messageIdSecret, bounceDomain),
  });
}

/** A list's mail has those of a list; any other says that no person wrote it, which keeps vacation responders from answering (RFC 3834). */
function headersOf({ kind, list, from, replyTo }: ClaimedNotice, setup: NoticeSetup): readonly Header[] {
  if (!list) return [['Auto-Submitted', 'auto-generated']];
  const newsletter = { slug: list.slug, name: list.name, senderAddress: from.address, replyTo: replyTo?.address ?? null };
  return [...newsletterHeaders(setup, newsletter, { campaign: kind, kind: 'welcome' }), ...unsubscribeHeaders(setup.leaving(list))];
}
