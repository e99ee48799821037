import MailComposer from 'nodemailer/lib/mail-composer';
import { header } from './headers.ts';
import { envelopeAddress } from './address.ts';
import type { Mailbox, OutgoingMessage } from './message.ts';

/**
 * The message as it goes over the wire: headers, then text and html as alternatives, CRLF line ends.
 * Content is never read from files or URLs, whatever it looks like.
 * @throws InvalidInputError when a header value holds a line break.
 */
export async function buildMime(message: OutgoingMessage): Promise<Buffer> {
  const [, messageId] = header('Message-ID', message.messageId);
  const [, subject] = header('Subject', message.subject.replaceAll(/\s+/g, ' '));
  const composer = new MailComposer({
    from: addressOf(message.from),
    // An object, never a string: a comma in a string would be a second recipient.
    to: addressOf(message.to),
    ...(message.replyTo ? { replyTo: addressOf(message.replyTo) } : {}),
    subject,
    messageId,
    date: message.date,
    headers: message.headers.map(([name, value]) => {
      const [key, checked] = header(name, value);
      // Plain ASCII goes as it is: quotes and angle brackets of a structured header must not be encoded as a text's would be.
      return /^[ -~]*$/.test(checked) ? { key, value: { prepared: true, foldLines: true, value: checked } } : { key, value: checked };
    }),
    text: message.text,
    ...(message.html === undefined ? {} : { html: message.html }),
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

function addressOf(mailbox: Mailbox): { name: string; address: string } {
  const [, name] = header('Name', (mailbox.name ?? '').replaceAll(/\s+/g, ' ').trim());
  return { name, address: envelopeAddress(mailbox.address) };
}
