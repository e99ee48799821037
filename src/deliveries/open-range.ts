import type { Database } from '../db/db.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { findEdition } from '../ledger/drafts/edition-store.ts';
import type { Rendition } from '../ledger/drafts/rendition.ts';
import { findRendition } from '../ledger/drafts/rendition-store.ts';
import { parseKnownAddress } from '../mail/address.ts';
import type { Mailer } from '../mail/message.ts';
import { getNewsletterById } from '../newsletters/newsletter-store.ts';
import type { DeliveryLinks, MessageFrame } from './build-message.ts';

/** What the messages of a job are made of, and who sends them. */
export interface RangeWork {
  readonly mailer: Mailer;
  readonly frame: MessageFrame;
  /** As they are asked for, each once. */
  rendition(renditionId: string): Promise<Rendition>;
}

/** What is needed to make messages. */
export interface OpenRangePorts {
  readonly database: Database;
  /** `outbox` takes the mail of the sample newsletter, whatever `smtp` is; both may be the same. */
  readonly mailers: { readonly smtp: Mailer; readonly outbox: Mailer };
  readonly links: DeliveryLinks;
  /** Makes the Message-IDs. A repeat carries the same one only as long as this stays the same. */
  readonly messageIdSecret: Buffer;
}

/** Reads what the messages of an edition have in common. @throws NotFoundError */
export async function openRange(ports: OpenRangePorts, editionId: string): Promise<{ readonly sender: string; readonly work: RangeWork }> {
  const { database, links, mailers, messageIdSecret } = ports;
  const edition = await findEdition(database, editionId);
  if (!edition) throw new NotFoundError('Expected an edition, found none', { details: { editionId } });
  const newsletter = await getNewsletterById(database, edition.newsletterId);
  const { domain: messageIdDomain } = parseKnownAddress(edition.approvedSender ?? newsletter.senderAddress);
  return {
    sender: newsletter.senderAddress,
    work: {
      mailer: newsletter.isSample ? mailers.outbox : mailers.smtp,
      frame: { newsletter, links, messageIdSecret, messageIdDomain },
      rendition: loadOnce(database),
    },
  };
}

function loadOnce(database: Database): RangeWork['rendition'] {
  const renditions = new Map<string, Promise<Rendition>>();
  const load = async (renditionId: string): Promise<Rendition> => {
    const rendition = await findRendition(database, renditionId);
    if (!rendition) throw new NotFoundError('Expected a rendition, found none', { details: { renditionId } });
    return rendition;
  };
  return async (renditionId) => {
    const known = renditions.get(renditionId);
    if (known) return known;
    const loading = load(renditionId);
    renditions.set(renditionId, loading);
    // A failed load is tried again by the next message.
    loading.catch(() => renditions.delete(renditionId));
    return loading;
  };
}
