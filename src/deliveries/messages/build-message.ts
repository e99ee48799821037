import { cleanLine } from '../../kernel/text/clean-text.ts';
import type { PlaceholderValues } from '../../content/text/placeholder.ts';
import type { Rendition } from '../../ledger/drafts/rendition.ts';
import type { ClaimedDelivery } from '../../ledger/queue/claim-store.ts';
import { deliveryBounceAddress, deliveryMessageId } from '../../mail/message-id.ts';
import type { Mailbox, OutgoingMessage } from '../../mail/message.ts';
import { assembleMessage, sharedFields } from '../../mail/mime/build-mail.ts';
import { type Header, type ListSetup, newsletterHeaders, unsubscribeHeaders } from '../../mail/mime/list-headers.ts';
import { fillBody, type PreparedBody, prepareBody } from '../../mail/mime/prepared-body.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';

/** Whom and what the links of one message are for. */
export interface LinkReader {
  readonly subscriptionId: string;
  readonly tokenVersion: number;
  readonly newsletterSlug: string;
  readonly editionId: string;
}

/** The links of one message: absolute URLs, empty where there is no such page. */
export interface ReaderLinks {
  /** Also the target of List-Unsubscribe: a POST to it unsubscribes at once. */
  readonly unsubscribe: string;
  readonly preferences: string;
  readonly browser: string;
  /** Takes unsubscribe mail; left out where nothing reads it. */
  readonly unsubscribeMailbox?: { readonly address: string; readonly subject: string } | undefined;
}

/** Makes the links of one message. */
export type DeliveryLinks = (reader: LinkReader) => ReaderLinks;

/** What all messages of this installation have in common. */
export interface MessageSetup extends ListSetup {
  readonly links: DeliveryLinks;
  /** Makes Message-IDs and the addresses of bounces. A repeat carries the same ones only as long as this stays the same. */
  readonly messageIdSecret: Buffer;
  /** Takes bounces, each at an address of its own; undefined: they come to the sender. */
  readonly bounceDomain?: string | undefined;
}

/** What all messages of an edition have in common. */
export interface MessageFrame extends MessageSetup {
  readonly newsletter: Pick<Newsletter, 'slug' | 'name' | 'senderName' | 'senderAddress' | 'replyTo'>;
  readonly editionId: string;
  /** As when the edition was approved, also when the newsletter's address has changed since. */
  readonly messageIdDomain: string;
  readonly headers: readonly Header[];
}

/** A rendition with what its messages have in common, encoded. */
export interface PreparedMessage {
  readonly frame: MessageFrame;
  readonly fields: string;
  readonly body: PreparedBody;
}

/** What the messages of an edition have in common. @throws InvalidInputError where a setting cannot stand in a header */
export function messageFrameOf(
  setup: MessageSetup,
  { newsletter, editionId, messageIdDomain }: Pick<MessageFrame, 'newsletter' | 'editionId' | 'messageIdDomain'>,
): MessageFrame {
  const headers = newsletterHeaders(setup, newsletter, { campaign: editionId, kind: 'digest' });
  return { ...setup, newsletter, editionId, messageIdDomain, headers };
}

/** Encodes a stored rendition's parts, once for all of its readers. */
export function prepareRendition({ html, text }: Pick<Rendition, 'html' | 'text'>): PreparedBody {
  return prepareBody({ html, text });
}

/** The fields of all messages of an edition with this subject. */
export function sharedFieldsOf({ newsletter, headers }: MessageFrame, subject: string): string {
  const { senderName, senderAddress, replyTo } = newsletter;
  return sharedFields({
    from: { name: senderName, address: senderAddress },
    replyTo: replyTo === null ? undefined : { address: replyTo },
    subject,
    headers,
  });
}

/** The message of one delivery. The Message-ID is the same for every attempt. */
export function buildDeliveryMessage(delivery: ClaimedDelivery, { frame, fields, body }: PreparedMessage, date: Date): OutgoingMessage {
  const { newsletter, messageIdSecret, bounceDomain } = frame;
  const { id, editionId, subscriptionId, tokenVersion } = delivery;
  const links = frame.links({ subscriptionId, tokenVersion, newsletterSlug: newsletter.slug, editionId });
  const { unsubscribe: unsubscribeUrl, unsubscribeMailbox } = links;
  const own = {
    to: mailboxOf(delivery),
    date,
    messageId: deliveryMessageId(id, editionId, messageIdSecret, frame.messageIdDomain),
    headers: unsubscribeHeaders({ unsubscribeUrl, unsubscribeMailbox }),
    // Relays refuse foreign senders: without a domain for bounces it is the plain address that the account may use.
    envelopeFrom:
      bounceDomain === undefined ? newsletter.senderAddress : deliveryBounceAddress(id, editionId, messageIdSecret, bounceDomain),
  };
  const shared = { from: newsletter.senderAddress, fields };
  return assembleMessage(shared, own, fillBody(body, placeholderValues(delivery, links), delivery.format));
}

function placeholderValues({ name, address }: ClaimedDelivery, links: ReaderLinks): PlaceholderValues {
  return {
    'reader.name': cleanLine(name ?? ''),
    'reader.address': address,
    'links.unsubscribe': links.unsubscribe,
    'links.preferences': links.preferences,
    'links.browser': links.browser,
  };
}

/** Names came in by hand, form and file: what must not stand in a header costs the name's control characters, not the mail. */
function mailboxOf({ name, address }: ClaimedDelivery): Mailbox {
  const plain = cleanLine(name ?? '');
  return plain === '' ? { address } : { name: plain, address };
}
