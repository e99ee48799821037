// White space of any kind, controls, and what takes no room or is drawn as nothing: joiners and marks between letters, the Hangul filler, the empty
// Braille pattern.
const seen = /[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u;

/** Whether a reader would see nothing of a text. */
export function isUnseen(text: string): boolean {
  return !seen.test(text);
}
