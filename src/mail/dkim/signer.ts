import { createHash, sign as signBytes, type KeyObject } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import { ConfigError, InvalidInputError } from '../../kernel/errors.ts';
import { parseKnownAddress } from '../address.ts';
import { asciiDomainOf, isDnsName, isWithin } from '../domain-name.ts';
import type { DkimKey } from './dkim-key.ts';
import { readHeaderBlock, relaxedField, type HeaderField } from './header-block.ts';
import { coveredFields, rewrittenNames } from './signed-names.ts';

/** A message that can be signed: the very octets that go over the wire. */
export interface Signable {
  /** The complete header block: fields with CRLF, folded as they are, without the empty line after it. */
  readonly headers: Buffer;
  /** In order. As on the wire: ends with CRLF, and is already equal to its relaxed canonical form (RFC 6376 3.4.4), for it is hashed as it is. */
  readonly body: readonly Buffer[];
  /** The address of the From field; its domain may be in its own script. */
  readonly from: string;
}

/** Signs messages. Another kind of signature (RFC 8463) is one more field in what it returns. */
export interface Signer {
  /**
   * One or more complete DKIM-Signature fields, each ended by CRLF, to stand before all other headers.
   * @throws ConfigError when the key is for another domain than the message's From: such a message must not go, for it would go unsigned.
   * @throws InvalidInputError when the headers are no header block with one From.
   */
  sign(message: Signable): Promise<Buffer>;
}

/** Options of a signer. */
export interface SignerOptions {
  readonly key: DkimKey;
  /** Names the key in DNS: `<selector>._domainkey.<domain>`. */
  readonly selector: string;
  /** The domain that signs for itself and whatever lies beneath it. Default: each message is signed by the domain of its From. */
  readonly domain?: string;
  /** Fields that the account's relay rewrites, which are therefore not signed. Default none. */
  readonly exceptHeaders?: readonly string[];
  readonly clock: Clock;
}

/**
 * A signer of rsa-sha256, relaxed/relaxed. The signature itself is made on a thread of libuv.
 * @throws InvalidInputError when the selector or the domain cannot stand in DNS, or From is to be left out.
 */
export function createSigner({ key, selector, domain, exceptHeaders = [], clock }: SignerOptions): Signer {
  if (!isDnsName(selector)) throw new InvalidInputError(`Expected a selector of letters, digits, hyphens and dots, got "${selector}"`);
  const own = domain === undefined ? undefined : ownDomain(domain);
  const coverageOf = createCoverage(rewrittenNames(exceptHeaders));
  return {
    async sign({ headers, body, from }) {
      const signing = signingDomain(from, own);
      const fields = readHeaderBlock(headers);
      const { list, places } = coverageOf(fields);
      const bodyHash = hashOf(body);
      const seconds = Math.floor(clock().getTime() / 1000);
      const tags = ` v=1; a=rsa-sha256; c=relaxed/relaxed; d=${signing};\r\n s=${selector}; t=${seconds};\r\n h=${list};\r\n bh=${bodyHash};\r\n b=`;
      let signed = '';
      for (const place of places) signed += `${fields[place]!.canonical}\r\n`;
      // The field itself is signed too, last, with nothing in b= and without its line end (RFC 6376 3.7).
      signed += relaxedField('DKIM-Signature', tags);
      const signature = await signatureOf(Buffer.from(signed, 'latin1'), key.privateKey);
      return Buffer.from(`DKIM-Signature:${tags}${foldedSignature(signature)}\r\n`, 'latin1');
    },
  };
}

function hashOf(pieces: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('base64');
}

/** Which fields of a block are signed, and their names as h= has them, folded. */
interface Coverage {
  readonly list: string;
  readonly places: readonly number[];
}

/** More kinds of messages than there are; what comes then is reckoned anew. */
const maxCoverages = 64;

/** Coverages by the names of the fields, kept: messages of one kind have the same names in the same order. */
function createCoverage(rewritten: ReadonlySet<string>): (fields: readonly HeaderField[]) => Coverage {
  const known = new Map<string, Coverage>();
  return (fields) => {
    let names = '';
    for (const { name } of fields) names += `${name}:`;
    let coverage = known.get(names);
    if (coverage === undefined) {
      const covered = coveredFields(
        fields.map(({ name }) => name),
        rewritten,
      );
      coverage = { list: folded(covered.names), places: covered.places };
      if (known.size >= maxCoverages) known.clear();
      known.set(names, coverage);
    }
    return coverage;
  };
}

/** The domain of a signature (d=) for an address in From. */
function signingDomain(from: string, own: string | undefined): string {
  const { domain } = parseKnownAddress(from);
  if (own === undefined || isWithin(domain, own)) return own ?? domain;
  throw new ConfigError(`Expected a sender of ${own} or beneath it, for which the key signs, got one of ${domain}`, {
    details: { domain },
  });
}

function ownDomain(domain: string): string {
  const ascii = asciiDomainOf(domain);
  if (ascii === undefined) throw new InvalidInputError(`Expected a domain to sign for, such as example.org, got "${domain}"`);
  return ascii;
}

/** RSA on a thread of libuv: 0.7 ms for 2,048 bits, during which the main thread does other things. */
async function signatureOf(data: Buffer, key: KeyObject): Promise<string> {
  return new Promise((resolve, reject) => {
    signBytes('RSA-SHA256', data, key, (error, signature) => (error ? reject(error) : resolve(signature.toString('base64'))));
  });
}

// RFC 5322 2.1.1: lines of at most 78 characters; two are left for a semicolon and what a program may add.
const maxLineLength = 76;

/** Names joined by colons; lines end behind one. */
function folded(names: readonly string[]): string {
  let line = names[0]!;
  // As long as what stands before it: " h=".
  let text = '';
  for (const name of names.slice(1)) {
    if (line.length + name.length + 5 > maxLineLength) {
      text += `${line}:\r\n  `;
      line = name;
    } else line += `:${name}`;
  }
  return text + line;
}

/** Base64 in lines; the first stands behind " b=", the others behind blanks. */
function foldedSignature(base64: string): string {
  let text = '';
  for (let start = 0; start < base64.length; start += 72) text += `${start === 0 ? '' : '\r\n  '}${base64.slice(start, start + 72)}`;
  return text;
}
