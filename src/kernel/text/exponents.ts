/*
 * What stands raised or lowered, written on one line: as Unicode has it (10⁶, H₂O), else with a sign (e^(kt), x_(ij)); marks of notes in brackets ("2026[1]"),
 * endings of ordinals and abbreviations as they are ("1st", "Mlle"). No number of a note or an exponent becomes a digit of the number before it.
 */

const raised: Readonly<Record<string, string>> = pairs('0123456789+-−=()ni', '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ');
const lowered: Readonly<Record<string, string>> = pairs('0123456789+-−=()', '₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎');

function pairs(from: string, to: string): Record<string, string> {
  const targets = Array.from(to);
  return Object.fromEntries(Array.from(from).map((character, at) => [character, targets[at]!]));
}

/** So much text before a raised or lowered one tells what it is. */
export const maxBaseLength = 40;

// Longer ones are no signs but words that are set small.
const maxScriptLength = 24;

/** An exponent behind its base: "⁶", "^x", "^(kt)". */
export function exponentSign(value: string): string {
  return signOf(value, raised, '^');
}

/** An index behind its base: "₂", "_i", "_(ij)". */
export function indexSign(value: string): string {
  return signOf(value, lowered, '_');
}

function signOf(value: string, signs: Readonly<Record<string, string>>, mark: string): string {
  const characters = Array.from(value);
  if (characters.length === 0) return '';
  if (characters.every((character) => Object.hasOwn(signs, character))) return characters.map((character) => signs[character]).join('');
  if (/^(?:[′″‴°]+|°[CF]|[⁰¹²³⁴-⁹]+)$/.test(value)) return value;
  return characters.length === 1 || /^\(.*\)$/.test(value) ? `${mark}${value}` : `${mark}(${value})`;
}

/** Whether a raised text came to the mark of a note. */
export function isNote(written: string): boolean {
  return /^\s?\[[^\]]*\]\s?$/u.test(written);
}

/** What is raised, or lowered, with what stands before and behind it in its line. */
export interface Script {
  readonly value: string;
  /** What stands directly before it, at most `maxBaseLength` characters of it; empty at the beginning of a line. */
  readonly before: string;
  readonly behind: string;
  /** It leads somewhere, as marks of notes do. */
  readonly isLink: boolean;
}

/** What a lowered text comes to. */
export function writtenSub({ value, before }: Script): string {
  const base = baseOf(before);
  if (value.trim() === '') return value;
  // The lower half of a fraction: "1/2" is read as it is.
  if (base === '' || /[/⁄]$/.test(before) || value.length > maxScriptLength || value !== value.trim() || /\s/.test(value)) return value;
  return indexSign(value);
}

/** What a raised text comes to. */
export function writtenSup(script: Script): string {
  const { value, before, behind, isLink } = script;
  const trimmed = value.trim();
  if (trimmed === '' || trimmed.length > maxScriptLength || /^[[(].*[\])]$/.test(trimmed)) return value;
  if (/(?<!\d)10\s$/.test(before)) return writtenSup({ ...script, before: before.trimEnd() });
  const mark = knownMark(trimmed, before, behind);
  if (mark !== undefined) return mark;
  // The upper half of a fraction, behind a whole number or not.
  if (/^\d+$/.test(trimmed) && /^[/⁄]/.test(behind)) return /\d$/.test(before) ? ` ${trimmed}` : trimmed;
  if (isNoteMark(trimmed, before, behind, isLink)) return `[${trimmed}]${before === '' && /^[\p{L}\p{N}]/u.test(behind) ? ' ' : ''}`;
  if (/\s/u.test(trimmed) && /\p{L}{2}/u.test(trimmed)) return value;
  if (isEnding(trimmed, before)) return value;
  return isMark(trimmed) ? value : exponentSign(trimmed);
}

/** Raised letters that have a character of their own. */
function knownMark(value: string, before: string, behind: string): string | undefined {
  if (/^tm$/i.test(value)) return '™';
  if (/^sm$/i.test(value) && /\p{L}$/u.test(before)) return '℠';
  if (/^[o0º°]$/.test(value) && /\d$/.test(before) && /^\s?[CF](?!\p{L})/u.test(behind)) return '°';
  if (/^[oº]$/.test(value) && /(?:\d|(?<!\p{L})[nN])$/u.test(before)) return 'º';
  if (/^[aª]$/.test(value) && /\d$/.test(before)) return 'ª';
  return undefined;
}

function isMark(value: string): boolean {
  return /^[*†‡§¶®©™℠]+$/.test(value);
}

// What measures are taken in and raised to a power.
const units = new Set('m km dm cm mm nm μm µm ft in yd mi s h kg g l L sec min px'.split(' '));
const noteNumbers = /^\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,7}$/;

/** Whether a raised text is the mark of a note: it leads to it, or is a number behind what has no powers. */
function isNoteMark(value: string, before: string, behind: string, isLink: boolean): boolean {
  if (isLink) return /^(?:[\p{L}\p{N}]{1,4}|\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){1,7})$/u.test(value);
  const base = baseOf(before);
  if (/^[a-d]$/.test(value)) return /\p{L}{3}$/u.test(base) && !isRomanNumeral(base);
  if (!noteNumbers.test(value)) return false;
  if (base === '') return !isMassNumber(value, before, behind);
  if (/[\p{L}₀-₉]$/u.test(base)) return !hasPowers(base) || value === '1' || /\D/.test(value);
  if (/\d$/.test(base)) return isYearOrAmount(base, value);
  return !isSum(base);
}

/** Whether a text ends with a bracket that holds no words, as what is raised to a power does: "(a + b)". */
function isSum(base: string): boolean {
  const inner = base.endsWith(')') ? base.slice(base.lastIndexOf('(') + 1, -1) : '';
  return inner !== '' && !/\p{L}{3}/u.test(inner) && !(/\s/u.test(inner) && /\p{L}{2}/u.test(inner));
}

const elements = new Set(
  (
    'H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd Sn Sb Te I Xe Cs Ba ' +
    'La Ce Nd Sm Eu Gd Dy Er Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po Rn Ra Ac Th Pa U Np Pu Am Cm Bk Cf'
  ).split(' '),
);

/** A mass number stands before its element: "¹⁴C". At the beginning of a line a single digit is rather a note's. */
function isMassNumber(value: string, before: string, behind: string): boolean {
  const symbol = /^\p{Lu}\p{Ll}?(?!\p{L})/u.exec(behind)?.[0] ?? '';
  return /^\d+$/.test(value) && elements.has(symbol) && (value.length > 1 || before !== '');
}

// "E = mc", "½mv", "4πr": one or two letters behind a sign of a sum, or of two scripts, which are no word.
const endsProduct =
  /(?:[=+×·⋅∙≈<>≤≥∝−]\s?\d{0,3}\p{L}{1,2}|[½¼¾⅓⅔]\s?\p{L}{1,2}|(?<![\p{L}\d])\d{0,3}\p{Script=Greek}\p{Script=Latin}{1,2})$/u;

/** Whether a word is a variable or a unit, which have powers, and no word of a sentence. */
function hasPowers(base: string): boolean {
  if (/(?<!\d)(?:1[5-9]|20)\d0s$/.test(base)) return false;
  const word = /(?<![\p{L}₀-₉])[\p{L}₀-₉]+$/u.exec(base)?.[0] ?? '';
  return /^\p{L}[₀-₉]?$/u.test(word) || units.has(word) || endsProduct.test(base);
}

/** Whether digits are no number that is raised to a power: a year, an amount with its groups or its currency, a name. */
function isYearOrAmount(base: string, value: string): boolean {
  const number = /(?<![\d.,\u00a0\u202f])[\d.,\u00a0\u202f]+$/u.exec(base)?.[0] ?? '';
  const before = base.slice(0, base.length - number.length);
  if (/\D/.test(value) || /\p{L}$/u.test(before) || (value === '1' && !/^(?:2|10)$/.test(number))) return true;
  if (/\p{Sc}\s?$/u.test(before)) return value.length === 1;
  return /^(?:1[5-9]|2[01])\d\d$/.test(number) || /^\d{1,3}(?:[.,\u00a0\u202f]\d{3})+$/.test(number);
}

const ordinalEndings = new Set('st nd rd th d e er ers ere ère res re eme ème ième nde de o os a as r ter te'.split(' '));
const wordEndings = new Set('o os e er me mes mme lle lles le gr r rs t te d de th st a as'.split(' '));

/** Whether raised letters only end a word or a number: "1st", "XXe", "Mlle". */
function isEnding(value: string, before: string): boolean {
  if (!/^\p{L}+\.?$/u.test(value)) return false;
  const ending = value.replace('.', '').toLowerCase();
  if (/\d\.?$/.test(before)) return ordinalEndings.has(ending);
  const word = /(?<!\p{L})\p{L}+$/u.exec(before)?.[0] ?? '';
  if (word.length > 1 || (ending === 'th' && /^[nk]$/.test(word))) return true;
  return word === '' || (/\p{Lu}/u.test(word) && wordEndings.has(ending));
}

function isRomanNumeral(base: string): boolean {
  return /(?<!\p{L})[IVXLCDM]+$/iu.test(base);
}

/** What a script stands at: the end of the text before it, unless a space parts the two. */
function baseOf(before: string): string {
  return /\s$/u.test(before) ? '' : before;
}
