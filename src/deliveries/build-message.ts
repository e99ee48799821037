import { cleanLine } from '../kernel/text/clean-text.ts';
import type { ClaimedDelivery } from '../ledger/queue/claim-store.ts';
import type { Rendition } from '../ledger/drafts/rendition.ts';
import { parseKnownAddress } from '../mail/address.ts';
import { deliveryHeaders } from '../mail/headers.ts';
import { deliveryMessageId } from '../mail/message-id.ts';
import type { Mailbox, OutgoingMessage } from '../mail/message.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { fillPlaceholders, type PlaceholderValues } from '../render/templates/placeholder.ts';

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
  readonly unsubscribeMailbox?: { readonly address: string; readonly subject: string };
}

/** Makes the links of one message. */
export type DeliveryLinks = (reader: LinkReader) => ReaderLinks;

/** What all messages of an edition have in common. */
export interface MessageFrame {
  readonly newsletter: Pick<Newsletter, 'slug' | 'name' | 'senderName' | 'senderAddress' | 'replyTo'>;
  readonly links: DeliveryLinks;
  readonly messageIdSecret: Buffer;
  /** As when the edition was approved, also when the newsletter's address has changed since. */
  readonly messageIdDomain: string;
}

/** Fills a stored rendition for one reader and dresses it as a list message. The Message-ID is the same for every attempt. */
export function buildDeliveryMessage(delivery: ClaimedDelivery, rendition: Rendition, frame: MessageFrame, date: Date): OutgoingMessage {
  const { newsletter } = frame;
  const { domain } = parseKnownAddress(newsletter.senderAddress);
  const links = frame.links({
    subscriptionId: delivery.subscriptionId,
    tokenVersion: delivery.tokenVersion,
    newsletterSlug: newsletter.slug,
    editionId: delivery.editionId,
  });
  const values = placeholderValues(delivery, links);
  return {
    from: { name: newsletter.senderName, address: newsletter.senderAddress },
    to: mailboxOf(delivery),
    ...(newsletter.replyTo === null ? {} : { replyTo: { address: newsletter.replyTo } }),
    subject: fillPlaceholders(rendition.subject, values, 'text'),
    date,
    messageId: deliveryMessageId(delivery.id, delivery.editionId, frame.messageIdSecret, frame.messageIdDomain),
    headers: deliveryHeaders({
      newsletterSlug: newsletter.slug,
      newsletterName: newsletter.name,
      listDomain: domain,
      editionId: delivery.editionId,
      unsubscribeUrl: links.unsubscribe,
      ...(links.unsubscribeMailbox ? { unsubscribeMailbox: links.unsubscribeMailbox } : {}),
    }),
    ...(delivery.format === 'text' ? {} : { html: fillPlaceholders(rendition.html, values, 'html') }),
    text: fillPlaceholders(rendition.text, values, 'text'),
    // The plain address that the account may use: relays refuse foreign senders.
    envelopeFrom: newsletter.senderAddress,
  };
}

function placeholderValues(delivery: ClaimedDelivery, links: ReaderLinks): PlaceholderValues {
  return {
    'reader.name': delivery.name ?? '',
    'reader.address': delivery.address,
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
