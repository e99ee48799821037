/*
 * Fixed phrases, dates and sizes in the reader's language. Phrases live in templates/languages/<tag>.json; English serves where there is no file.
 * A phrase is text with `{name}` for values; one that counts has a form per plural category ("one", "other", …) and is chosen by `{count}`.
 * `{reader.address}` and the other placeholders may stand in a phrase too: they become marks.
 */
import { InvalidInputError } from '../../kernel/errors.ts';
import { isolatedIn, isRightToLeftLanguage } from '../../kernel/text/direction.ts';
import { dateFormat, dateLocale, listFormat, numberFormat, pluralRules } from '../../content/text/intl.ts';
import { isPlaceholderName, placeholderMark } from '../../content/text/placeholder.ts';

/** A phrase, or its forms by plural category. */
export type Phrase = string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;

/** One language file: the tag that Intl is asked with, and its phrases by key. */
export interface Language {
  readonly tag: string;
  readonly phrases: Readonly<Record<string, Phrase>>;
}

/** Values for a phrase; `count` also chooses the plural form and is written in the language's digits. */
export type PhraseValues = Readonly<Record<string, string | number>>;

/** The language that serves a BCP 47 tag: itself, its shorter forms, else English. */
export function languageFor(languages: ReadonlyMap<string, Language>, tag: string): Language {
  for (let wanted = tag.toLowerCase(); wanted !== ''; wanted = wanted.replace(/-?[^-]*$/, '')) {
    const found = languages.get(wanted);
    if (found) return found;
  }
  const english = languages.get('en');
  if (!english) throw new InvalidInputError('Expected a language file templates/languages/en.json, found none');
  return english;
}

/** The tag that a page or mail states where a language serves what was wanted: `es-MX` stays, but English phrases are English. */
export function servedTag(language: Language, wanted: string): string {
  return `${wanted}-`.toLowerCase().startsWith(`${language.tag}-`.toLowerCase()) ? wanted : language.tag;
}

/** The language of a passage where it is another than that around it; null where one says no more than the other, as `en` and `en-US`. */
export function passageLanguage(tag: string, around: string): string | null {
  const [own, outer] = [`${tag}-`.toLowerCase(), `${around}-`.toLowerCase()];
  return own.startsWith(outer) || outer.startsWith(own) ? null : tag;
}

/** The direction of a language's phrases. */
export function directionOf(language: Language): 'ltr' | 'rtl' {
  return isRightToLeftLanguage(language.tag) ? 'rtl' : 'ltr';
}

/** A phrase with its values. @throws InvalidInputError for an unknown key or a value that the phrase wants and did not get. */
export function phrase(language: Language, key: string, values: PhraseValues = {}): string {
  const entry = Object.hasOwn(language.phrases, key) ? language.phrases[key] : undefined;
  if (entry === undefined) throw new InvalidInputError(`Expected a phrase of templates/languages/${language.tag}.json, got "${key}"`);
  return pluralForm(language, key, entry, values).replaceAll(/\{([a-zA-Z.]+)\}/g, (_all, name: string) => {
    if (isPlaceholderName(name)) return placeholderMark(name);
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new InvalidInputError(`Expected a value for {${name}} of the phrase "${key}", got none`);
    return typeof value === 'number' ? numberFormat(language.tag).format(value) : isolatedIn(value, isRightToLeftLanguage(language.tag));
  });
}

function pluralForm(language: Language, key: string, entry: Phrase, values: PhraseValues): string {
  if (typeof entry === 'string') return entry;
  const count = Number(values['count']);
  const form = entry[pluralRules(language.tag).select(Number.isFinite(count) ? count : 2)] ?? entry.other;
  if (form === undefined)
    throw new InvalidInputError(`Expected the form "other" of the phrase "${key}" in ${language.tag}.json, found none`);
  return form;
}

/** A day as readers write it; the year is given unless it is the edition's own. */
export function formatDay(date: Date, editionDate: Date, language: Language, timeZone: string): string {
  const yearOf = (day: Date) => dateFormat('en', { year: 'numeric', timeZone }).format(day);
  const year = yearOf(date) === yearOf(editionDate) ? {} : ({ year: 'numeric' } as const);
  return dateFormat(dateLocale(language.tag), { day: 'numeric', month: 'long', ...year, timeZone }).format(date);
}

/** A day in full, with its weekday and year, for the line below the masthead. */
export function formatFullDay(date: Date, language: Language, timeZone: string): string {
  const format = dateFormat(dateLocale(language.tag), {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone,
  });
  const text = format.format(date);
  return text.charAt(0).toLocaleUpperCase(language.tag) + text.slice(1);
}

/** A month with its year, above what it brought. */
export function formatMonth(date: Date, language: Language, timeZone: string): string {
  const text = dateFormat(dateLocale(language.tag), { month: 'long', year: 'numeric', timeZone }).format(date);
  return text.charAt(0).toLocaleUpperCase(language.tag) + text.slice(1);
}

/** A day with its year, for lists of pages. */
export function formatPlainDay(date: Date, language: Language, timeZone: string): string {
  return dateFormat(dateLocale(language.tag), { day: 'numeric', month: 'long', year: 'numeric', timeZone }).format(date);
}

/** Day and time of an instant, for pages and staff mail. */
export function formatInstant(date: Date, language: Language, timeZone: string): string {
  const options = { dateStyle: 'long', timeStyle: 'short', timeZone } as const;
  return dateFormat(dateLocale(language.tag), options).format(date);
}

/** A newsletter and whose it is; its name alone where the two are the same. */
export function nameWithSender(newsletter: { readonly name: string; readonly senderName: string }, language: Language): string {
  const { name, senderName } = newsletter;
  return name === senderName ? name : phrase(language, 'text.newsletterFrom', { newsletter: name, sender: senderName });
}

/** "1.2 MB", "340 KB", "3.5 GB": two or three figures, in the language's own way. */
export function formatByteSize(bytes: number, language: Language): string {
  const [amount, unit] =
    bytes >= 999_500_000
      ? [bytes / 1_000_000_000, 'gigabyte']
      : bytes >= 999_500
        ? [bytes / 1_000_000, 'megabyte']
        : [Math.max(1, bytes / 1000), 'kilobyte'];
  const digits = unit !== 'kilobyte' && amount < 10 ? 1 : 0;
  const text = numberFormat(language.tag, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits }).format(amount);
  return text.replace(/kB$/, 'KB').replaceAll(' ', '\u00A0');
}

/** "Ana Ruiz, Tom Hill and Li Wei". */
export function formatNames(names: readonly string[], language: Language): string {
  return listFormat(dateLocale(language.tag)).format(names);
}

/** What a language file lacks or has too much of, compared with English; empty when it is complete. */
export function languageFaults(language: Language, english: Language): readonly string[] {
  const missing = Object.keys(english.phrases).filter((key) => !Object.hasOwn(language.phrases, key));
  const names = missing.map((key) => `"${key}"`).join(', ');
  const faults = missing.length === 0 ? [] : [`Expected the ${missing.length === 1 ? 'phrase' : 'phrases'} ${names}, found none`];
  for (const [key, entry] of Object.entries(language.phrases)) {
    const original = english.phrases[key];
    if (original === undefined) faults.push(`Expected only phrases that en.json has too, got "${key}"`);
    else faults.push(...unknownValues(key, entry, original));
  }
  return faults;
}

function unknownValues(key: string, entry: Phrase, original: Phrase): string[] {
  const known = new Set(valueNames(original));
  return valueNames(entry)
    .filter((name) => !known.has(name) && !isPlaceholderName(name))
    .map((name) => `Expected only values that en.json gives to "${key}", got {${name}}`);
}

function valueNames(entry: Phrase): string[] {
  const texts = typeof entry === 'string' ? [entry] : Object.values(entry);
  return texts.flatMap((text) => [...text.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? ''));
}
