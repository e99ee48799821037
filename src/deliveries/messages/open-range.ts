import type { Database } from '../../db/db.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { findEdition } from '../../ledger/drafts/edition-store.ts';
import { parseKnownAddress } from '../../mail/address.ts';
import type { Mailer } from '../../mail/message.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import { messageFrameOf, type MessageFrame, type MessageSetup, type PreparedMessage, sharedFieldsOf } from './build-message.ts';
import type { RenditionCache } from './load-renditions.ts';

/** What the messages of a job are made of, and who sends them. */
export interface RangeWork {
  readonly mailer: Mailer;
  /** What the messages of a rendition have in common. @throws NotFoundError */
  message(renditionId: string): Promise<PreparedMessage>;
}

/** What is needed to make messages. */
export interface OpenRangePorts {
  readonly database: Database;
  /** `outbox` takes the mail of the sample newsletter, whatever `smtp` is; both may be the same. */
  readonly mailers: { readonly smtp: Mailer; readonly outbox: Mailer };
  readonly setup: MessageSetup;
}

/** Reads what the messages of an edition have in common. @throws NotFoundError */
export async function openRange(
  { database, setup, mailers }: OpenRangePorts,
  renditions: RenditionCache,
  editionId: string,
): Promise<{ readonly sender: string; readonly work: RangeWork }> {
  const edition = await findEdition(database, editionId);
  if (!edition) throw new NotFoundError('Expected an edition, found none', { details: { editionId } });
  const newsletter = await getNewsletterById(database, edition.newsletterId);
  const { domain: messageIdDomain } = parseKnownAddress(edition.approvedSender ?? newsletter.senderAddress);
  const frame = messageFrameOf(setup, { newsletter, editionId, messageIdDomain });
  return {
    sender: newsletter.senderAddress,
    work: { mailer: newsletter.isSample ? mailers.outbox : mailers.smtp, message: preparing(frame, renditions) },
  };
}

/** Fields that all share are made once for each subject. */
function preparing(frame: MessageFrame, renditions: RenditionCache): RangeWork['message'] {
  const fieldsOf = new Map<string, string>();
  return async (renditionId) => {
    const { subject, body } = await renditions.get(renditionId);
    const fields = fieldsOf.get(subject) ?? sharedFieldsOf(frame, subject);
    fieldsOf.set(subject, fields);
    return { frame, fields, body };
  };
}
