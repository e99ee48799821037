import { InvalidInputError } from '../../kernel/errors.ts';

/*
 * Header fields as DKIM sees them. All texts here hold one character per octet (latin1), so that what is no ASCII passes through unchanged, and nothing here
 * may treat a character above 127 as a blank: String.trim() would take the last octet off a "à" in UTF-8.
 */

/** One field of a header block. */
export interface HeaderField {
  /** As it is written. */
  readonly name: string;
  /** In the relaxed canonical form (RFC 6376 3.4.2), without the line end. */
  readonly canonical: string;
}

// A line end that others may take for one, and we would sign as part of a value.
const strayLineEnd = /\r(?!\n)|(?<!\r)\n/;
const blanks = /[\t ]{2,}|\t/g;

/** The fields of a header block, from the top. @throws InvalidInputError when it is none. */
export function readHeaderBlock(block: Buffer): readonly HeaderField[] {
  const text = block.toString('latin1');
  if (!text.endsWith('\r\n') || strayLineEnd.test(text)) throw new InvalidInputError('Expected header fields that each end with CRLF');
  const fields: HeaderField[] = [];
  for (let start = 0; start < text.length;) {
    const end = endOfField(text, start);
    fields.push(fieldOf(text.slice(start, end)));
    start = end + 2;
  }
  return fields;
}

/** Where the line end stands that a folded field ends with. */
function endOfField(text: string, start: number): number {
  let end = text.indexOf('\r\n', start);
  while (isBlank(text.charCodeAt(end + 2))) end = text.indexOf('\r\n', end + 2);
  return end;
}

function fieldOf(text: string): HeaderField {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(0, colon));
  if (!/^[!-~]+$/.test(name)) throw new InvalidInputError('Expected a header field as a name, a colon and a value');
  return { name, canonical: relaxedField(name, text.slice(colon + 1)) };
}

/** A field in the relaxed canonical form: the name in lower case, lines joined, blanks one, none at the ends (RFC 6376 3.4.2). */
export function relaxedField(name: string, value: string): string {
  const line = value.replaceAll('\r\n', '').replaceAll(blanks, ' ');
  const start = line.startsWith(' ') ? 1 : 0;
  const end = line.length > start && line.endsWith(' ') ? -1 : undefined;
  return `${name.toLowerCase()}:${line.slice(start, end)}`;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
