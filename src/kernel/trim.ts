/*
 * Trimming of text from outside. `/x+$/` looks for its end from every character of a run, so that a hundred thousand slashes in a link take seconds;
 * what trims an end goes through here, where each character is looked at once. A run at the beginning (`/^x+/`) needs no help.
 */

/** A text without the characters at its end that `one` matches. `one` is a pattern of one character, such as `/[\s,;]/u`. */
export function withoutTrailing(text: string, one: RegExp): string {
  let end = text.length;
  while (end > 0) {
    const start = end - (isPairAt(text, end - 2) ? 2 : 1);
    if (!one.test(text.slice(start, end))) break;
    end = start;
  }
  return text.slice(0, end);
}

/** A text without the characters at both ends that `one` matches. */
export function withoutSurrounding(text: string, one: RegExp): string {
  let start = 0;
  while (start < text.length) {
    const end = start + (isPairAt(text, start) ? 2 : 1);
    if (!one.test(text.slice(start, end))) break;
    start = end;
  }
  return withoutTrailing(text.slice(start), one);
}

/** Whether two units at an offset are one character. */
function isPairAt(text: string, at: number): boolean {
  return at >= 0 && text.charCodeAt(at) >> 10 === 0x36 && text.charCodeAt(at + 1) >> 10 === 0x37;
}
