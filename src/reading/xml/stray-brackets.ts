/** Stands for a `<` that begins no tag. A noncharacter: the decoder leaves none in a document. */
export const strayBracket = '\uFFFE';
/** Characters marked at a time. */
const markedPiece = 65_536;

/**
 * A `<` before what begins no tag is text ("I <3 you"); the tokenizer would read to the next `>`. Marked in place and piece by piece:
 * a replacement of millions takes twenty times the memory of the text.
 */
export function markStrayBrackets(text: string): string {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + markedPiece, text.length);
    while (text[end - 1] === '<' && end < text.length) end++;
    const piece = text.slice(at, end);
    pieces.push(strayBrackets.test(piece) ? withMarks(piece) : piece);
    at = end;
  }
  return pieces.join('');
}

const strayBrackets = /<(?=[^A-Za-z_!?/\u00C0-\uFFFD])/;

function withMarks(piece: string): string {
  const marked = Buffer.from(piece, 'utf16le');
  for (let at = piece.indexOf('<'); at !== -1; at = piece.indexOf('<', at + 1))
    if (strayBrackets.test(piece.slice(at, at + 2))) marked.writeUInt16LE(strayBracket.charCodeAt(0), at * 2);
  return marked.toString('utf16le');
}
