import { envelopeAddress } from '../address.ts';
import type { Mailbox, OutgoingMessage } from '../message.ts';
import { mailboxField, structuredField, textField } from './header-field.ts';
import { header, type Header } from './list-headers.ts';
import { type FilledBody, fillBody, prepareBody } from './prepared-body.ts';

/** What all messages have in common that say the same: who sends, and what about. */
export interface SharedHead {
  readonly from: Mailbox;
  readonly replyTo?: Mailbox | undefined;
  readonly subject: string;
  /** Further headers in order, such as List-Id; values without line breaks. */
  readonly headers: readonly Header[];
}

/** What is each message's own. */
export interface OwnHead {
  readonly to: Mailbox;
  readonly date: Date;
  /** With angle brackets; the same for every attempt. */
  readonly messageId: string;
  readonly headers: readonly Header[];
  /** Envelope sender (RFC 5321 MAIL FROM). */
  readonly envelopeFrom: string;
}

/** A mail to one reader that nobody else gets. */
export interface NewMail extends SharedHead, Omit<OwnHead, 'headers'> {
  /** Undefined where there is text only. */
  readonly html?: string | undefined;
  readonly text: string;
}

/** The fields that messages share, each with CRLF. @throws InvalidInputError when a value holds a line break */
export function sharedFields({ from, replyTo, subject, headers }: SharedHead): string {
  return [
    mailboxField('From', from),
    ...(replyTo ? [mailboxField('Reply-To', replyTo)] : []),
    textField('Subject', subject),
    ...headers.map(([name, value]) => otherField(name, value)),
  ].join('');
}

/** A message of shared fields, its own, and a body. @throws InvalidInputError when a value holds a line break */
export function assembleMessage(
  shared: { readonly from: string; readonly fields: string },
  own: OwnHead,
  body: FilledBody,
): OutgoingMessage {
  const { to, date, messageId, headers, envelopeFrom } = own;
  const fields = [
    // RFC 5322 3.3: a zone is a number.
    `Date: ${date.toUTCString().replace('GMT', '+0000')}\r\n`,
    shared.fields,
    mailboxField('To', to),
    structuredField('Message-ID', messageId),
    ...headers.map(([name, value]) => otherField(name, value)),
    body.fields,
  ].join('');
  return {
    envelope: { from: envelopeAddress(envelopeFrom), to: envelopeAddress(to.address) },
    from: shared.from,
    to: to.address,
    headers: Buffer.from(fields, 'utf8'),
    body: body.pieces,
  };
}

/** A whole mail for one reader. @throws InvalidInputError when a value holds a line break */
export function buildMail(mail: NewMail): OutgoingMessage {
  const shared = { from: mail.from.address, fields: sharedFields(mail) };
  return assembleMessage(shared, { ...mail, headers: [] }, fillBody(prepareBody(mail), noValues, 'html'));
}

/** What speaks to one reader alone has no placeholders left. */
const noValues = {
  'reader.name': '',
  'reader.address': '',
  'links.unsubscribe': '',
  'links.preferences': '',
  'links.browser': '',
} as const;

/** Quotes and angle brackets of a structured header must not be encoded as a text's would be; what is not ASCII is text. */
function otherField(name: string, value: string): string {
  return /^[ -~]*$/.test(value) ? structuredField(name, value) : textField(...header(name, value));
}
