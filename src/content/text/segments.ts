/*
 * Segments of a long text. V8 gives each segment a copy of the whole text that it is from: a word of 100,000 letters takes ten gigabytes in one go. So a text
 * is segmented a window at a time.
 */

// Longer than what a person writes as one of a kind, and short enough to be copied for each segment.
const windowLengths = { grapheme: 256, word: 256, sentence: 1_000 } as const;

/** The segments of a text, in order; joined they give the text back. */
export function segmentsOf(segmenter: Intl.Segmenter, text: string): string[] {
  const windowLength = windowLengths[segmenter.resolvedOptions().granularity];
  const segments: string[] = [];
  for (let at = 0; at < text.length;) {
    const found = segmentsOfWindow(segmenter, text, at, windowLength);
    for (const segment of found) segments.push(segment);
    at += found.reduce((length, segment) => length + segment.length, 0);
  }
  return segments;
}

/** Segments from an offset on that are whole: what stands last in a window may go on behind it. One that is longer than the window widens it. */
function segmentsOfWindow(segmenter: Intl.Segmenter, text: string, at: number, windowLength: number): string[] {
  for (let length = windowLength; ; length *= 4) {
    // Half a character at its end would be one of its own.
    const isSplit = (text.codePointAt(at + length - 1) ?? 0) > 0xffff;
    const window = text.slice(at, at + length + (isSplit ? 1 : 0));
    const found: string[] = [];
    for (const { segment } of segmenter.segment(window)) {
      found.push(segment);
      // Of a widened window only what it was widened for is taken.
      if (length > windowLength && found.length > 1) break;
    }
    if (at + length >= text.length && (length === windowLength || found.length === 1)) return found;
    if (found.length > 1) return found.slice(0, -1);
  }
}
