/*
 * Characters that turn the direction of text round (Unicode UAX #9). What opens and does not close reaches into whatever stands behind it: the next title of
 * a list, a file's name read backwards.
 */

const directionControls = /[\u202A-\u202E\u2066-\u2069]/;
const popEmbedding = '\u202C';
const popIsolate = '\u2069';
const embeddings = '\u202A\u202B';
const isolates = '\u2066\u2067\u2068';

/**
 * A text without overrides of direction, and without embeddings and isolates that it does not close; pairs that do stay, as right-to-left names in a
 * sentence need them. Marks (U+200E, U+200F, U+061C) reach nothing beyond their place and stay.
 */
export function withoutOpenDirections(text: string): string {
  if (!directionControls.test(text)) return text;
  const characters = Array.from(text);
  const kept = new Set<number>();
  const open: { readonly at: number; readonly close: string }[] = [];
  for (const [at, character] of characters.entries()) {
    if (embeddings.includes(character)) open.push({ at, close: popEmbedding });
    else if (isolates.includes(character)) open.push({ at, close: popIsolate });
    else if (open.at(-1)?.close === character) kept.add(open.pop()!.at).add(at);
  }
  return characters.filter((character, at) => kept.has(at) || !directionControls.test(character)).join('');
}

const rightToLeftLetter = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Whether any letter of a text is written from right to left. */
export function holdsRightToLeft(text: string): boolean {
  return rightToLeftLetter.test(text);
}

/**
 * Whether a text is written from right to left: its first letter says so, or, in a language that is, a quarter of its letters, since a name or an
 * abbreviation in Latin letters often stands first. Without a letter it is read as its language.
 */
export function isRightToLeft(text: string, language?: string): boolean {
  const first = /\p{L}/u.exec(text)?.[0];
  if (first === undefined) return language !== undefined && isRightToLeftLanguage(language);
  if (rightToLeftLetter.test(first)) return true;
  if (language === undefined || !isRightToLeftLanguage(language) || !rightToLeftLetter.test(text)) return false;
  const letters = text.slice(0, judgedLength).match(/\p{L}/gu) ?? [];
  return letters.filter((letter) => rightToLeftLetter.test(letter)).length >= letters.length / 4;
}

/** So much of a text tells its direction. */
const judgedLength = 2_000;

const rightToLeftScripts: ReadonlySet<string | undefined> = new Set(['Arab', 'Hebr', 'Syrc', 'Thaa', 'Nkoo', 'Adlm', 'Rohg']);

/** Whether a language, by its BCP 47 tag, is written from right to left; false for a tag that is none. */
export function isRightToLeftLanguage(tag: string): boolean {
  try {
    return rightToLeftScripts.has(new Intl.Locale(tag).maximize().script);
  } catch {
    return false;
  }
}
