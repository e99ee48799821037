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

/** What stands for itself: printable characters but the sign that octets begin with, and single blanks between them. */
const plainRun = /[!-<>-~]+(?: [!-<>-~]+)*/y;

function encodeLine(line: string): string {
  const cut: Cut = { lines: '', column: 0 };
  for (let at = 0; at < line.length;) {
    plainRun.lastIndex = at;
    const run = plainRun.exec(line)?.[0];
    if (run === undefined) putToken(cut, tokenAt(line, at));
    else putRun(cut, run);
    at += run?.length ?? (line.codePointAt(at)! > 0xff_ff ? 2 : 1);
  }
  return cut.lines;
}

/** What is encoded of a line, cut into lines that are not too long. */
interface Cut {
  lines: string;
  /** How far the last of them reaches. */
  column: number;
}

function putRun(cut: Cut, run: string): void {
  for (let at = 0; at < run.length;) {
    const room = longestLine - 1 - cut.column;
    if (room <= 0 || cut.column === 0) {
      putToken(cut, run[at]!);
      at += 1;
      continue;
    }
    const fitting = run.slice(at, at + room);
    cut.lines += fitting;
    cut.column += fitting.length;
    at += fitting.length;
  }
}

function putToken(cut: Cut, token: string): void {
  if (cut.column + token.length >= longestLine) {
    cut.lines += softBreak;
    cut.column = 0;
  }
  const written = cut.column === 0 ? atStart(token) : token;
  cut.lines += written;
  cut.column += written.length;
}

/** A character that begins no run: its octets, but for a blank, which stands for itself between two that are none. */
function tokenAt(line: string, at: number): string {
  const character = String.fromCodePoint(line.codePointAt(at)!);
  return character === ' ' && line[at - 1] !== ' ' && at + 1 < line.length ? character : octetsOf(character);
}

function octetsOf(character: string): string {
  return Buffer.from(character, 'utf8').toString('hex').toUpperCase().replaceAll(/../g, '=$&');
}

/** A dot would be doubled on its way, and some mailboxes write ">From " for "From ". A blank may follow an encoded one that ended the line before. */
function atStart(token: string): string {
  return token === '.' || token === 'F' || token === ' ' ? octetsOf(token) : token;
}
