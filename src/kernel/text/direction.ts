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

const rightToLeft =
  /[\p{sc=Hebrew}\p{sc=Arabic}\p{sc=Syriac}\p{sc=Thaana}\p{sc=Nko}\p{sc=Adlam}\p{sc=Hanifi_Rohingya}\p{sc=Mandaic}\p{sc=Samaritan}]/u;
const allRightToLeft = new RegExp(rightToLeft.source, 'gu');

// The beginning of a text tells which way it is written.
const judgedLength = 2_000;

/** Whether a text holds letters that are written from right to left. */
export function holdsRightToLeft(text: string): boolean {
  return rightToLeft.test(text);
}

/** How much of the letters of a text is written from right to left, from 0 to 1; undefined for one without letters. */
export function rightToLeftShare(text: string): number | undefined {
  const beginning = text.slice(0, judgedLength);
  if (!rightToLeft.test(beginning)) return /\p{L}/u.test(beginning) ? 0 : undefined;
  const letters = beginning.match(/\p{L}/gu)?.length ?? 0;
  return letters === 0 ? undefined : Math.min(1, beginning.match(allRightToLeft)!.length / letters);
}

/**
 * Whether a text is written from right to left, names and terms in other letters within it or not: nearly half of its letters say so, or a quarter in a
 * language that is. Without a letter it is read as its language.
 */
export function isRightToLeft(text: string, language?: string): boolean {
  const isExpected = language !== undefined && isRightToLeftLanguage(language);
  const share = rightToLeftShare(text);
  return share === undefined ? isExpected : share > 0.4 || (isExpected && share >= 0.25);
}

/** Whether the first letter of a text is one that is written from right to left: programs take a line by it where nothing else is said. */
export function beginsRightToLeft(text: string): boolean {
  const first = /\p{L}/u.exec(text)?.[0];
  return first !== undefined && rightToLeft.test(first);
}

const rightToLeftScripts: ReadonlySet<string | undefined> = new Set(['Arab', 'Hebr', 'Syrc', 'Thaa', 'Nkoo', 'Adlm', 'Rohg']);

/** What a tag was found to be, for the last few: templates ask for each text, of one language after the other. */
const knownTags = new Map<string, boolean>();
const maxKnownTags = 100;

/** Whether a language, by its BCP 47 tag, is written from right to left; false for a tag that is none. */
export function isRightToLeftLanguage(tag: string): boolean {
  const known = knownTags.get(tag);
  if (known !== undefined) return known;
  if (knownTags.size >= maxKnownTags) knownTags.clear();
  const isTurned = isWrittenRightToLeft(tag);
  knownTags.set(tag, isTurned);
  return isTurned;
}

function isWrittenRightToLeft(tag: string): boolean {
  try {
    return rightToLeftScripts.has(new Intl.Locale(tag).maximize().script);
  } catch {
    return false;
  }
}

/** A text that stands in a line of the other direction, set apart from it: marks and numbers of the line stay on their side. */
export function isolatedIn(text: string, isLineRightToLeft: boolean): string {
  // What is set apart already turns nothing.
  const rest = /[\u2066-\u2068]/.test(text) ? text.replaceAll(/[\u2066-\u2068][^\u2066-\u2069]{0,2000}\u2069/g, '') : text;
  const isOther = isLineRightToLeft ? /\p{L}/u.test(rest) && rightToLeftShare(rest) !== 1 : holdsRightToLeft(rest);
  return isOther ? `\u2068${text}\u2069` : text;
}

const joined =
  /[\p{sc=Arabic}\p{sc=Syriac}\p{sc=Nko}\p{sc=Mongolian}\p{sc=Mandaic}\p{sc=Phags_Pa}\p{sc=Adlam}\p{sc=Hanifi_Rohingya}\p{sc=Devanagari}\p{sc=Bengali}\p{sc=Gurmukhi}]/u;

/** Whether the letters of a text hang together: space between them would tear the words apart. */
export function isJoined(text: string): boolean {
  return joined.test(text);
}
