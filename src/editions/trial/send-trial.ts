import { parseAddress } from '../../mail/address.ts';
import type { Mailer, SendOutcome } from '../../mail/message.ts';
import { buildMail } from '../../mail/mime/build-mail.ts';
import { fillPlaceholders, type PlaceholderValues } from '../../content/text/placeholder.ts';
import type { TriedFeed } from './try-feed.ts';

/** Whom a trial goes to where nobody is named: it is a file, or stays in the outbox. */
const exampleReader = 'you@gazette.example';
const exampleSender = 'try@gazette.example';

/** The parts of a message, with the values of one reader in place. */
export interface TrialParts {
  readonly html: string;
  readonly text: string;
}

/** A tried digest as one reader would see it; its links lead to `homeUrl`, since there is nothing to leave. */
export function partsOfTrial({ digest }: TriedFeed, homeUrl: string, reader = exampleReader): TrialParts {
  const values: PlaceholderValues = {
    'reader.name': '',
    'reader.address': reader,
    'links.unsubscribe': homeUrl,
    'links.preferences': homeUrl,
    'links.browser': homeUrl,
  };
  return { html: fillPlaceholders(digest.html, values, 'html'), text: fillPlaceholders(digest.text, values, 'text') };
}

/** What sending a trial needs. */
export interface TrialPorts {
  readonly mailer: Mailer;
  readonly homeUrl: string;
  readonly now: Date;
  /** Unique to this message. */
  readonly id: string;
}

/** Who gets a trial, and who sends it: the reader too where no sender is named, an example where neither is. */
export interface TrialMailboxes {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
}

/** Checks the mailboxes of a trial before anything is read for it. @throws InvalidInputError for what is no address */
export function checkMailboxes({ to, from }: TrialMailboxes): void {
  for (const address of [to, from]) if (address !== undefined) parseAddress(address);
}

/** Hands a tried digest over as one message. @throws InvalidInputError for what is no address */
export async function sendTrial(ports: TrialPorts, trial: TriedFeed, { to, from = to }: TrialMailboxes): Promise<SendOutcome> {
  const sender = parseAddress(from ?? exampleSender);
  const reader = parseAddress(to ?? exampleReader).typed;
  const message = buildMail({
    from: { name: trial.newsletterName, address: sender.typed },
    to: { address: reader },
    subject: trial.digest.subject,
    date: ports.now,
    messageId: `<try.${ports.id}@${sender.domain}>`,
    headers: [],
    ...partsOfTrial(trial, ports.homeUrl, reader),
    envelopeFrom: sender.typed,
  });
  return ports.mailer.send(message);
}
