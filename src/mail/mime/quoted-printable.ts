/*
 * Quoted-printable (RFC 2045 6.7) for parts that are encoded once and filled per reader: pieces follow each other on lines of their own in the encoded form,
 * so that none has to know how long the others are.
 * Invariant: what it writes is in the relaxed form of DKIM already (RFC 6376 3.4.4), no line begins with a dot or with "From ", none is longer than 76.
 */

const longestLine = 76;
/** Where a piece ends amid a line: the next one begins a line of the encoded form, not one of the text. */
const softBreak = '=\r\n';

/** A piece of a text whose lines end in line feeds; `endsLine` where a line of the text ends with it, so that what follows may begin one. */
export function quotedPrintable(text: string, endsLine: boolean): string {
  if (text === '') return '';
  const lines = text.split('\n');
  const encoded = lines.map(encodeLine).join('\r\n');
  // What ends with a line of the text begins a line anyway.
  return endsLine || lines.at(-1) === '' ? encoded : encoded + softBreak;
}

function encodeLine(line: string): string {
  let lines = '';
  let current = '';
  for (const token of tokensOf(line)) {
    if (current.length + token.length >= longestLine) {
      lines += current + softBreak;
      current = '';
    }
    current += current === '' ? atStart(token) : token;
  }
  return lines + current;
}

/** Each character as it stands, or its octets; a blank stands for itself only between what is none. */
function* tokensOf(line: string): Generator<string> {
  let isAfterBlank = false;
  let rest = line.length;
  for (const character of line) {
    rest -= character.length;
    const isBlank: boolean = character === ' ' && !isAfterBlank && rest > 0;
    yield isBlank || /[!-<>-~]/.test(character) ? character : octetsOf(character);
    isAfterBlank = isBlank;
  }
}

function octetsOf(character: string): string {
  return Buffer.from(character, 'utf8').toString('hex').toUpperCase().replaceAll(/../g, '=$&');
}

/** A dot would be doubled on its way, and some mailboxes write ">From " for "From ". A blank may follow an encoded one that ended the line before. */
function atStart(token: string): string {
  return token === '.' || token === 'F' || token === ' ' ? octetsOf(token) : token;
}
