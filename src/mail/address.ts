import { createHmac } from 'node:crypto';
import { domainToASCII, domainToUnicode } from 'node:url';
import { withoutSurrounding } from '../kernel/trim.ts';
import { InvalidInputError } from '../kernel/errors.ts';
import { isRegistrableLabel } from './domain-label.ts';
import { suggestDomain } from './suggest-domain.ts';

/** One mail address (RFC 5321 4.1.2, RFC 6531). Decision record 0003 says why its normal form can never change. */
export interface Address {
  /** As the person wrote it, without surrounding blanks: mail goes to this form. */
  readonly typed: string;
  /** What the key is made of: lower-cased local part without needless quotes, domain in A-labels. */
  readonly normal: string;
  /** The domain in lower-case A-labels. */
  readonly domain: string;
}

// RFC 5321 4.5.3.1: octets, without the angle brackets around a path.
const maxLocalBytes = 64;
const maxDomainBytes = 253;
const maxAddressBytes = 254;

const atomText = String.raw`[A-Za-z0-9!#$%&'*+/=?^_\x60{|}~\x80-\u{10FFFF}-]+`;
const dotAtom = new RegExp(`^${atomText}(?:\\.${atomText})*$`, 'u');
// Angle brackets are legal in quotes, but no mail program of today sends them on; a person never has them.
const quotedString = /^"(?:[ !#-;=?-[\]-~\x80-\u{10FFFF}]|\\[ -;=?-~])+"$/u;
const hostLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
// Unassigned code points may gain a lower case or a decomposition in a later Unicode, which would change a stored key.
const unstable = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * Reads one address: a dot-atom or quoted local part, and a domain with at least one dot, in ASCII or in its own script.
 * No display name, list, comment, address literal or control character.
 * @throws InvalidInputError that says what is wrong, without the address.
 */
export function parseAddress(text: string): Address {
  const address = parseKnownAddress(text);
  const refusal = isPlain(address.typed) ? undefined : whyNotNew(address);
  if (refusal !== undefined) throw invalid(refusal);
  return address;
}

/**
 * Reads an address by which somebody is looked up who may be here since less was refused: whoever was taken once can be found, and can leave.
 * @throws InvalidInputError
 */
export function parseKnownAddress(text: string): Address {
  const typed = withoutSurrounding(text, /[ \t]/);
  if (isPlain(typed)) return plainAddress(typed);
  if (typed === '') throw invalid('it is empty');
  // Four octets are the most that a character can take: nothing longer needs a closer look.
  if (typed.length > maxAddressBytes) throw invalid(`it is longer than ${maxAddressBytes} octets`);
  if (unstable.test(typed)) throw invalid('it holds a control or invisible character');
  const at = typed.lastIndexOf('@');
  if (at < 1 || at === typed.length - 1) throw invalid('it is not of the form name@domain');
  const local = normalLocalPart(typed.slice(0, at));
  const domain = normalDomain(typed.slice(at + 1));
  const normal = `${local}@${domain}`;
  const sent = `${typed.slice(0, at)}@${domain}`;
  if (Math.max(Buffer.byteLength(normal), Buffer.byteLength(sent)) > maxAddressBytes)
    throw invalid(`it is longer than ${maxAddressBytes} octets`);
  return { typed, normal, domain };
}

/*
 * Nearly all addresses: letters, digits and a few signs of ASCII, and a last label of letters, which no number is. Their normal form is lower case and nothing
 * else. An import reads hundreds of thousands of them, and what follows for all others takes several times as long.
 */
const plain = /^[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]+$/;

function isPlain(typed: string): boolean {
  return typed.length <= maxLocalBytes && plain.test(typed);
}

function plainAddress(typed: string): Address {
  const normal = typed.toLowerCase();
  return { typed, normal, domain: normal.slice(normal.indexOf('@') + 1) };
}

function normalLocalPart(typed: string): string {
  if (Buffer.byteLength(typed) > maxLocalBytes) throw invalid(`the part before the @ is longer than ${maxLocalBytes} octets`);
  const isQuoted = quotedString.test(typed);
  if (!isQuoted && !dotAtom.test(typed)) throw invalid(whatIsWrongBefore(typed));
  // "ann"@… and ann@… are one mailbox (RFC 5321 4.1.2), and so are "a\b"@… and "ab"@….
  const content = isQuoted ? typed.slice(1, -1).replaceAll(/\\(.)/gu, '$1') : typed;
  const lower = content.normalize('NFC').toLowerCase().normalize('NFC');
  return dotAtom.test(lower) ? lower : `"${lower.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function whatIsWrongBefore(local: string): string {
  if (/[,;]/.test(local)) return 'there is more than one';
  if (/[<>]/.test(local)) return 'a display name stands with it; give the address alone';
  if (/[()]/.test(local)) return 'it holds a comment';
  if (/^\.|\.\.|\.$/.test(local)) return 'a dot before the @ stands first, last or beside another';
  return 'the part before the @ holds a character that must not stand there';
}

/*
 * domainToASCII reads hosts as browsers do: it decodes %41, takes "1.2.3" for a number and drops soft hyphens, and what it maps
 * changes with Unicode ("ẞ"). So only what is already in its final form but for upper case passes: then one spelling has one key for ever.
 */
function normalDomain(typed: string): string {
  const refuse = (why: string): InvalidInputError => invalid(why, suggestDomain(typed));
  const lower = typed
    .replaceAll(/[\u3002\uFF0E\uFF61]/g, '.')
    .normalize('NFC')
    .toLowerCase()
    .normalize('NFC');
  if (lower.startsWith('[')) throw invalid('its domain is a bare network address');
  if (/[^a-z0-9.\x80-\u{10FFFF}-]/u.test(lower)) throw refuse('its domain holds a character that must not stand there');
  const isAscii = /^[\0-\x7F]*$/.test(lower);
  const domain = isAscii && !/(?:^|\.)xn--/.test(lower) ? lower : asciiDomain(lower, isAscii);
  const labels = domain.split('.');
  if (labels.length < 2) throw refuse('its domain has no dot');
  if (!labels.every((label) => hostLabel.test(label)) || domain.length > maxDomainBytes) throw refuse('its domain is not a host name');
  if (/^\d+$/.test(labels.at(-1) ?? '')) throw invalid('its domain is a bare network address');
  return domain;
}

/** What is refused of new addresses beyond what has no normal form; undefined where nothing is. It may grow: no key changes by it. */
function whyNotNew({ typed, domain }: Address): string | undefined {
  const at = typed.lastIndexOf('@');
  // What is cut at the first @ somewhere on its way arrives with somebody else.
  if (typed.slice(0, at).includes('@')) return 'the part before the @ holds another @';
  if (otherLetters.test(typed.slice(at))) return 'its domain is not a valid international name in its usual spelling';
  const labels = domain.split('.');
  const shown = domain.includes('xn--') ? domainToUnicode(domain).split('.') : labels;
  // A host whose last label is a number is an address to most programs (WHATWG URL 3.5), in hexadecimal and in other scripts too.
  if (/^(?:\p{Nd}+|0x[0-9a-f]*)$/u.test(shown.at(-1) ?? '')) return 'its domain is a bare network address';
  const areRegistrable = shown.every((label, index) => label === labels[index] || isRegistrableLabel(label));
  return areRegistrable ? undefined : 'its domain holds a letter or digit that no domain has there';
}

// The signs for kelvin, ångström and ohm, and the capital i with a dot: in lower case each is another letter than what stands there.
const otherLetters = /[\u0130\u2126\u212A\u212B]/;

function asciiDomain(lower: string, isAscii: boolean): string {
  const domain = domainToASCII(lower);
  if (domain === '' || (isAscii ? domain !== lower : domainToUnicode(domain) !== unicodeForm(lower))) {
    throw invalid('its domain is not a valid international name in its usual spelling');
  }
  return domain;
}

/** A name may mix A-labels and labels in their own script; both sides are compared in script. */
function unicodeForm(lower: string): string {
  return lower
    .split('.')
    .map((label) => (label.startsWith('xn--') ? domainToUnicode(label) : label))
    .join('.');
}

/** The address as it goes into an envelope: the local part as typed, the domain in A-labels. */
export function envelopeAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  // What is ASCII goes as it is typed, apart from case: host names have none.
  return /^[\0-\x7F]*$/.test(domain) ? address : `${address.slice(0, at)}@${domainToASCII(domain)}`;
}

/** The domain of an address that was read before, in lower case: the host that answers for it. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** The keyed hash under which an address is known for ever: subscribers, suppressions. Hex HMAC-SHA256 of the normal form. */
export function addressKey(normal: string, secret: Buffer): string {
  return createHmac('sha256', secret).update(normal, 'utf8').digest('hex');
}

/** What is stored to notice that the key's secret changed: says nothing about the secret itself. */
export function secretFingerprint(secret: Buffer): string {
  // No address has a line break: the fingerprint can never equal the key of one.
  return createHmac('sha256', secret).update('gazette\naddress key\nfingerprint', 'utf8').digest('hex');
}

function invalid(why: string, meant?: string): InvalidInputError {
  const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`;
  return new InvalidInputError(`Expected one mail address such as ann@example.org, but ${why}${hint}`);
}

/** An address as it may be shown to somebody who got it from whoever it is of: the first letter and the host. */
export function maskedAddress(address: string): string {
  const [first = ''] = address;
  return `${first}…@${domainOf(address)}`;
}
