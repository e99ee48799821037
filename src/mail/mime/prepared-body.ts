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

/** Bytes for everybody, or what is filled: as which kind of part, and whether a line of the text ends with it. */
type EncodedPiece = Buffer | { readonly personal: string; readonly kind: 'html' | 'text'; readonly endsLine: boolean };

/** An encoded body. */
export interface PreparedBody {
  /** As text alone. */
  readonly plain: readonly EncodedPiece[];
  /** As alternatives, with the lines between them; undefined where there is text only. */
  readonly alternatives: readonly EncodedPiece[] | undefined;
  readonly boundary: string;
  /** What it takes in memory. */
  readonly byteLength: number;
}

/** A body for one reader: its fields, each with CRLF, and its bytes in order. */
export interface FilledBody {
  readonly fields: string;
  readonly pieces: readonly Buffer[];
}

/** Encodes text and html (RFC 2045 quoted-printable, UTF-8). */
export function prepareBody({ text, html }: MessageParts): PreparedBody {
  const plain = encodePart(withoutTrailing(withLineFeeds(text), /\n/), 'text');
  // No line of quoted-printable holds "=_". What differs from message to message is for those who attach one to another.
  const boundary = `=_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  const alternatives = html === undefined ? undefined : alternativesOf(plain, encodePart(withLineFeeds(html), 'html'), boundary);
  const byteLength = (alternatives ?? plain).reduce(
    (sum, piece) => sum + (Buffer.isBuffer(piece) ? piece.length : 2 * piece.personal.length),
    0,
  );
  return { plain, alternatives, boundary, byteLength };
}

/** Text first (RFC 2046 5.1.4). */
function alternativesOf(text: readonly EncodedPiece[], html: readonly EncodedPiece[], boundary: string): EncodedPiece[] {
  return [
    Buffer.from(`--${boundary}\r\n${partFields('plain')}\r\n`),
    ...text,
    Buffer.from(`\r\n--${boundary}\r\n${partFields('html')}\r\n`),
    ...html,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ];
}

/** Fills it for one reader: as alternatives, or as text alone. */
export function fillBody({ plain, alternatives, boundary }: PreparedBody, values: PlaceholderValues, format: 'html' | 'text'): FilledBody {
  if (format === 'text' || alternatives === undefined) {
    const bytes = withoutEmptyEnd(Buffer.concat([...filled(plain, values), lineEnd]));
    return { fields: `MIME-Version: 1.0\r\n${partFields('plain')}`, pieces: [bytes] };
  }
  return {
    fields: `MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="${boundary}"\r\n`,
    pieces: filled(alternatives, values),
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
    return typeof piece === 'string'
      ? Buffer.from(quotedPrintable(piece, endsLine), 'latin1')
      : { personal: piece.personal, kind, endsLine };
  });
}

function filled(pieces: readonly EncodedPiece[], values: PlaceholderValues): Buffer[] {
  return pieces.map((piece) =>
    Buffer.isBuffer(piece) ? piece : Buffer.from(quotedPrintable(fillPiece(piece.personal, values, piece.kind), piece.endsLine), 'latin1'),
  );
}
