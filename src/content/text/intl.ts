/*
 * Formatters of Intl, each made once: one costs as much time and memory as formatting a thousand values with it.
 * The keys are languages and zones that are in use, so there are only ever a few.
 */
const formatters = new Map<string, unknown>();

/** Day and time in a language. */
export function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return once(`date ${locale} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options));
}

/** The locale of dates: English without a region writes the day first, as most of the world does. */
export function dateLocale(language: string): string {
  return language === 'en' ? 'en-GB' : language;
}

/** Numbers and amounts in a language. */
export function numberFormat(locale: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  return once(`number ${locale} ${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options));
}

/** Which plural form a count takes in a language. */
export function pluralRules(locale: string): Intl.PluralRules {
  return once(`plural ${locale}`, () => new Intl.PluralRules(locale));
}

/** "A, B and C" in a language. */
export function listFormat(locale: string): Intl.ListFormat {
  return once(`list ${locale}`, () => new Intl.ListFormat(locale, { type: 'conjunction' }));
}

/** Cuts a text into sentences; a tag that is none is served by English. */
export function sentenceSegmenter(locale: string): Intl.Segmenter {
  return once(`sentence ${locale}`, () => {
    try {
      return new Intl.Segmenter(locale, { granularity: 'sentence' });
    } catch {
      return new Intl.Segmenter('en', { granularity: 'sentence' });
    }
  });
}

function once<T>(key: string, make: () => T): T {
  const known = formatters.get(key) as T | undefined;
  if (known !== undefined) return known;
  const made = make();
  formatters.set(key, made);
  return made;
}
