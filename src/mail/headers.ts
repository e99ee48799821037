import { InvalidInputError } from '../kernel/errors.ts';

/** One header line: a name and a value without line breaks. */
export type Header = readonly [name: string, value: string];

/** What the headers of a digest are made of. */
export interface DeliveryHeaderInput {
  readonly newsletterSlug: string;
  readonly newsletterName: string;
  /** The domain under which lists are named, such as that of the sender. */
  readonly listDomain: string;
  readonly editionId: string;
  /** Absolute https URL (http on a machine of one's own); a POST to it unsubscribes at once (RFC 8058). */
  readonly unsubscribeUrl: string;
  /** Address that takes unsubscribe mail; none where nothing reads it. */
  readonly unsubscribeMailbox?: { readonly address: string; readonly subject: string };
}

/**
 * The headers that make a digest a well-behaved list message: List-Id (RFC 2919), List-Unsubscribe (RFC 2369) with one click (RFC 8058),
 * Feedback-ID for the large receivers' reports, Precedence against auto-replies.
 * @throws InvalidInputError when a value cannot stand in a header.
 */
export function deliveryHeaders(input: DeliveryHeaderInput): readonly Header[] {
  const { newsletterSlug, listDomain, editionId } = input;
  const targets = [`<${headerUrl(input.unsubscribeUrl)}>`];
  if (input.unsubscribeMailbox) targets.push(`<${mailtoUrl(input.unsubscribeMailbox)}>`);
  return [
    header('List-Id', `${listPhrase(input.newsletterName)}<${newsletterSlug}.${listDomain}>`),
    header('List-Unsubscribe', targets.join(', ')),
    header('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'),
    header('Feedback-ID', `${editionId}:${newsletterSlug}:digest:gazette`),
    header('Precedence', 'bulk'),
  ];
}

/** A checked header line. @throws InvalidInputError when the name or the value could end the line or hide in it. */
export function header(name: string, value: string): Header {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,76}$/.test(name)) throw new InvalidInputError('Expected a header name of letters, digits and hyphens');
  // oxlint-disable-next-line no-control-regex -- Control characters are what must not pass.
  if (/[\0-\x08\x0A-\x1F\x7F\u0085\u2028\u2029]/.test(value))
    throw new InvalidInputError(`Expected one line as the value of ${name}, got a control character`);
  return [name, value];
}

/** A name as a quoted phrase with a blank; nothing where it is not plain ASCII: the phrase is for people and may be left out. */
function listPhrase(name: string): string {
  const plain = name.replaceAll(/\s+/g, ' ').trim();
  return /^[ !#-[\]-~]{1,60}$/.test(plain) ? `"${plain}" ` : '';
}

function headerUrl(url: string): string {
  if (!/^https?:\/\/[!-;=?-~]+$/.test(url)) throw new InvalidInputError('Expected the unsubscribe link as an absolute http(s) URL');
  return url;
}

function mailtoUrl(mailbox: { readonly address: string; readonly subject: string }): string {
  const at = mailbox.address.lastIndexOf('@');
  const local = encodeURIComponent(mailbox.address.slice(0, at));
  const domain = mailbox.address.slice(at + 1);
  if (at < 1 || !/^[A-Za-z0-9.-]+$/.test(domain))
    throw new InvalidInputError('Expected the unsubscribe mailbox as an address with an ASCII domain');
  return `mailto:${local}@${domain}?subject=${encodeURIComponent(mailbox.subject)}`;
}
