/*
 * Which letters and digits may stand in a label of a domain in its own script: those of IDNA 2008 (RFC 5892, 5893), as far as Unicode's properties tell them.
 * Browsers take more (pictures, letters of two scripts in a word that look like those of one), and no registry does.
 */

// Letters in lower case, marks, digits; and the five that need a neighbour (RFC 5892, appendix A).
const permitted = /^[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}\u00B7\u0375\u05F3\u05F4\u30FB-]+$/u;
const outOfPlace = /(?<!l)\u00B7|\u00B7(?!l)|\u0375(?!\p{Script=Greek})|(?<!\p{Script=Hebrew})[\u05F3\u05F4]/u;
const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const latin = /\p{Script=Latin}/u;
const lookAlikes = /[\p{Script=Cyrillic}\p{Script=Greek}]/u;
const ownDigit = /[^\P{Nd}0-9]/u;

/** Whether a label in its own script, already in its final spelling, has only letters and digits that a registry may give out, in a legal order. */
export function isRegistrableLabel(label: string): boolean {
  if (!permitted.test(label) || /^\p{M}/u.test(label) || outOfPlace.test(label)) return false;
  if (label.includes('\u30FB') && !japanese.test(label.replaceAll('\u30FB', ''))) return false;
  if (rightToLeft.test(label) && !isRightToLeftThroughout(label)) return false;
  if (latin.test(label) && (lookAlikes.test(label) || ownDigit.test(label))) return false;
  // Digits of two kinds in one label are one number to no reader.
  return !(ownDigit.test(label) && /[0-9]/.test(label)) && !(/[\u0660-\u0669]/.test(label) && /[\u06F0-\u06F9]/.test(label));
}

/** RFC 5893: begins with a letter, and no letter runs the other way. */
function isRightToLeftThroughout(label: string): boolean {
  const letters = label.match(/\p{L}/gu) ?? [];
  return /^\p{L}/u.test(label) && letters.every((letter) => rightToLeft.test(letter));
}
