/*
 * The parts of a message, encoded once and filled for each of its readers: what is the same for all is ready bytes, and a message is their concatenation with
 * a few encoded values.
 */
import { createHash } from 'node:crypto';
import { fillPiece, piecesOf, type PlaceholderValues } from '../../content/text/placeholder.ts';
import { withoutTrailing } from '../../kernel/trim.ts';
import { quotedPrintable } from './quoted-printable.ts';

/** What a message says, with the marks of placeholders in it. */
export interface MessageParts {
  readonly text: string;
  /** Undefined where there is text only. */
  readonly html?: string | undefined;
}

/** Bytes for everybody, or what is filled, with whether a line of the text ends with it. */
type EncodedPiece = Buffer | { readonly personal: string; readonly endsLine: boolean };

/** The encoded parts of a message. */
export interface PreparedBody {
  readonly text: readonly EncodedPiece[];
  readonly html: readonly EncodedPiece[] | undefined;
  readonly boundary: string;
  /** What it takes in memory. */
  readonly byteLength: number;
}

/** A body for one reader: its fields, each with CRLF, and its bytes. */
export interface FilledBody {
  readonly fields: string;
  readonly bytes: Buffer;
}

/** Encodes text and html (RFC 2045 quoted-printable, UTF-8). */
export function prepareBody({ text, html }: MessageParts): PreparedBody {
  const parts = {
    text: encodePart(withoutTrailing(withLineFeeds(text), /\n/), 'text'),
    html: html === undefined ? undefined : encodePart(withLineFeeds(html), 'html'),
  };
  const pieces = [...parts.text, ...(parts.html ?? [])];
  const byteLength = pieces.reduce((sum, piece) => sum + (Buffer.isBuffer(piece) ? piece.length : 2 * piece.personal.length), 0);
  // No line of quoted-printable holds "=_". What differs from message to message is for those who attach one to another.
  const boundary = `=_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  return { ...parts, boundary, byteLength };
}

/** Fills it for one reader: as alternatives, text first (RFC 2046 5.1.4), or as text alone. */
export function fillBody({ text, html, boundary }: PreparedBody, values: PlaceholderValues, format: 'html' | 'text'): FilledBody {
  const filledText = fillPart(text, values, 'text');
  if (format === 'text' || html === undefined)
    return { fields: `MIME-Version: 1.0\r\n${partFields('plain')}`, bytes: withoutEmptyEnd(Buffer.concat([...filledText, lineEnd])) };
  return {
    fields: `MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="${boundary}"\r\n`,
    bytes: Buffer.concat([
      Buffer.from(`--${boundary}\r\n${partFields('plain')}\r\n`),
      ...filledText,
      Buffer.from(`\r\n--${boundary}\r\n${partFields('html')}\r\n`),
      ...fillPart(html, values, 'html'),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}

const lineEnd = Buffer.from('\r\n');
const emptyEnd = Buffer.from('\r\n\r\n');

/** A signature passes over empty lines at the end of a body (RFC 6376 3.4.4), and what is signed is what is sent. */
function withoutEmptyEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end >= 4 && bytes.subarray(end - 4, end).equals(emptyEnd)) end -= 2;
  return end === 2 ? Buffer.from('=20\r\n') : bytes.subarray(0, end);
}

function partFields(subtype: 'plain' | 'html'): string {
  return `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n`;
}

function withLineFeeds(text: string): string {
  return text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
}

function encodePart(part: string, kind: 'html' | 'text'): EncodedPiece[] {
  const pieces = piecesOf(part, kind);
  return pieces.map((piece, index) => {
    const next = pieces[index + 1];
    const endsLine = next === undefined || (typeof next === 'string' && next.startsWith('\n'));
    return typeof piece === 'string' ? Buffer.from(quotedPrintable(piece, endsLine), 'latin1') : { personal: piece.personal, endsLine };
  });
}

function fillPart(pieces: readonly EncodedPiece[], values: PlaceholderValues, kind: 'html' | 'text'): Buffer[] {
  return pieces.map((piece) =>
    Buffer.isBuffer(piece) ? piece : Buffer.from(quotedPrintable(fillPiece(piece.personal, values, kind), piece.endsLine), 'latin1'),
  );
}
