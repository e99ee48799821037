import { InvalidInputError } from '../../kernel/errors.ts';
import { domainOf, envelopeAddress, parseKnownAddress } from '../address.ts';

/** One header line: a name and a value without line breaks. */
export type Header = readonly [name: string, value: string];

/** What the headers of a list are made of: the same in all messages of an edition. */
export interface ListHeaderInput {
  readonly newsletterSlug: string;
  readonly newsletterName: string;
  /** The domain under which lists are named, such as that of the sender. */
  readonly listDomain: string;
  /** What the message is, for the receivers' reports: an edition's id or a kind of notice. */
  readonly campaign: string;
  readonly kind: 'digest' | 'welcome';
  /** The page of what was sent so far: an absolute URL. */
  readonly archiveUrl: string;
  /** Who answers for the list. */
  readonly ownerAddress: string;
  /** Takes complaints as reports (RFC 9477); left out where nothing reads them. */
  readonly complaintAddress?: string | undefined;
}

/** What the list messages of an installation have in common. */
export interface ListSetup {
  /** What was sent so far of a newsletter, by its slug. */
  readonly archiveUrl: (newsletterSlug: string) => string;
  /** Takes complaints as reports; left out where nothing reads them. */
  readonly complaintAddress?: string | undefined;
}

/** What the headers of a list say of its newsletter. */
export interface ListNewsletter {
  readonly slug: string;
  readonly name: string;
  readonly senderAddress: string;
  readonly replyTo: string | null;
}

/** How somebody leaves by their mail program. */
export interface UnsubscribeInput {
  /** Absolute https URL (http on a machine of one's own); a POST to it unsubscribes at once (RFC 8058). */
  readonly unsubscribeUrl: string;
  /** Address that takes unsubscribe mail; none where nothing reads it. */
  readonly unsubscribeMailbox?: { readonly address: string; readonly subject: string } | undefined;
}

/**
 * The headers that make a mail a well-behaved list message: List-Id (RFC 2919), List-Archive and List-Owner (RFC 2369), Feedback-ID for the large
 * receivers' reports, CFBL-Address (RFC 9477), Precedence against auto-replies.
 * @throws InvalidInputError when a value cannot stand in a header.
 */
export function listHeaders(input: ListHeaderInput): readonly Header[] {
  const { newsletterSlug, listDomain, campaign, kind, complaintAddress } = input;
  return [
    header('List-Id', `${listPhrase(input.newsletterName)}<${newsletterSlug}.${listDomain}>`),
    header('List-Archive', `<${headerUrl(input.archiveUrl, 'the archive')}>`),
    header('List-Owner', `<${mailtoUrl(input.ownerAddress)}>`),
    header('Feedback-ID', `${campaign}:${newsletterSlug}:${kind}:gazette`),
    ...(complaintAddress === undefined ? [] : [header('CFBL-Address', `${complaintAddress}; report=arf`)]),
    header('Precedence', 'bulk'),
  ];
}

/** The headers of a newsletter's list, for one edition or kind of notice. @throws InvalidInputError when a value cannot stand in a header */
export function newsletterHeaders(
  { archiveUrl, complaintAddress }: ListSetup,
  { slug, name, senderAddress, replyTo }: ListNewsletter,
  about: Pick<ListHeaderInput, 'campaign' | 'kind'>,
): readonly Header[] {
  return listHeaders({
    ...about,
    newsletterSlug: slug,
    newsletterName: name,
    listDomain: parseKnownAddress(senderAddress).domain,
    archiveUrl: archiveUrl(slug),
    ownerAddress: replyTo ?? senderAddress,
    complaintAddress,
  });
}

/** List-Unsubscribe (RFC 2369), https first, with one click (RFC 8058). @throws InvalidInputError when a value cannot stand in a header */
export function unsubscribeHeaders({ unsubscribeUrl, unsubscribeMailbox }: UnsubscribeInput): readonly Header[] {
  const targets = [`<${headerUrl(unsubscribeUrl, 'the unsubscribe link')}>`];
  if (unsubscribeMailbox)
    targets.push(`<${mailtoUrl(unsubscribeMailbox.address)}?subject=${encodeURIComponent(unsubscribeMailbox.subject)}>`);
  return [header('List-Unsubscribe', targets.join(', ')), header('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click')];
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
  return /^[ !#-[\]-~]{1,60}$/.test(plain) && !plain.includes('=?') ? `"${plain}" ` : '';
}

function headerUrl(url: string, what: string): string {
  if (!/^https?:\/\/[!-;=?-~]+$/.test(url)) throw new InvalidInputError(`Expected ${what} as an absolute http(s) URL`);
  return url;
}

function mailtoUrl(mailbox: string): string {
  const address = envelopeAddress(mailbox);
  const at = address.lastIndexOf('@');
  const domain = domainOf(address);
  if (at < 1 || !/^[A-Za-z0-9.-]+$/.test(domain))
    throw new InvalidInputError('Expected a mailbox of a list as an address with an ASCII domain');
  return `mailto:${encodeURIComponent(address.slice(0, at))}@${domain}`;
}
