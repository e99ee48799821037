import type { Database } from '../../db/db.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { findEdition } from '../../ledger/drafts/edition-store.ts';
import { parseKnownAddress } from '../../mail/address.ts';
import { chosenMailer, type MailerSet } from '../../mail/mailers.ts';
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
  readonly mailers: MailerSet;
  readonly setup: MessageSetup;
}

/** A job whose messages can be made; `no_account`: the newsletter's account is not configured here. */
export type OpenedRange =
  | { readonly kind: 'opened'; readonly sender: string; readonly work: RangeWork }
  | { readonly kind: 'no_account'; readonly newsletterId: string };

/** Reads what the messages of an edition have in common. @throws NotFoundError */
export async function openRange(
  { database, setup, mailers }: OpenRangePorts,
  renditions: RenditionCache,
  editionId: string,
): Promise<OpenedRange> {
  const edition = await findEdition(database, editionId);
  if (!edition) throw new NotFoundError('Expected an edition, found none', { details: { editionId } });
  const newsletter = await getNewsletterById(database, edition.newsletterId);
  const mailer = chosenMailer(mailers, newsletter);
  if (!mailer) return { kind: 'no_account', newsletterId: newsletter.id };
  const { domain: messageIdDomain } = parseKnownAddress(edition.approvedSender ?? newsletter.senderAddress);
  const frame = messageFrameOf(setup, { newsletter, editionId, messageIdDomain });
  return { kind: 'opened', sender: newsletter.senderAddress, work: { mailer, message: preparing(frame, renditions) } };
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
