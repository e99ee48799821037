import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { recordingLabel } from '../../src/content/text/kind-words.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { phrase } from '../../src/render/templates/language.ts';
import type { Language, Phrase } from '../../src/render/templates/language.ts';
import { loadLanguages } from '../../src/render/templates/load-languages.ts';

const shipped = ['ar', 'de', 'en', 'es', 'fr', 'it', 'nl', 'pt'];

/** What one types, with its values. */
const command = /gazette(?: [a-z]+){1,2}(?: (?:<[a-z]+>|\{[a-z]+\}|--[a-z]+))*/g;

let languages: ReadonlyMap<string, Language>;
let english: Language;

beforeAll(async () => {
  languages = await loadLanguages(join(packageRoot, 'templates'));
  english = languages.get('en')!;
});

/** The forms of a phrase by plural category; `always` for one that counts nothing. */
function formsOf(entry: Phrase | undefined): [string, string][] {
  if (entry === undefined) return [];
  return typeof entry === 'string' ? [['always', entry]] : Object.entries(entry);
}

function placeholdersOf(text: string): string[] {
  return [...text.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1]!);
}

/** Every form of every phrase, as `key (form)`. */
function eachForm(tag: string, look: (text: string, key: string) => boolean): string[] {
  return Object.entries(languages.get(tag)!.phrases).flatMap(([key, entry]) =>
    formsOf(entry).flatMap(([form, text]) => (look(text, key) ? [`${key} (${form}): ${text}`] : [])),
  );
}

/** What a file lacks beside English, by key. */
function lacks(tag: string): string[] {
  const { phrases } = languages.get(tag)!;
  const categories = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
  return Object.entries(english.phrases).flatMap(([key, original]) => {
    const entry = phrases[key];
    if (entry === undefined) return [`${key}: the phrase`];
    const forms = new Map(formsOf(entry));
    const wanted = typeof original === 'string' ? ['always'] : categories;
    const names = new Set(formsOf(original).flatMap(([, text]) => placeholdersOf(text)));
    return [
      ...wanted.filter((form) => !forms.has(form)).map((form) => `${key}: the form "${form}"`),
      ...[...forms.keys()].filter((form) => !wanted.includes(form as never)).map((form) => `${key}: no form "${form}"`),
      ...[...forms].flatMap(([form, text]) =>
        [...names]
          // One and two may be a word, and of none nothing needs to be counted.
          .filter((name) => !(name === 'count' && ['zero', 'one', 'two'].includes(form)))
          .filter((name) => !placeholdersOf(text).includes(name))
          .map((name) => `${key}: {${name}} in the form "${form}"`),
      ),
    ];
  });
}

test('eight languages ship', () => {
  expect([...languages.keys()]).toEqual(shipped);
});

describe.each(shipped)('the language file %s', (tag) => {
  test('has every phrase of English, in every plural form that Intl asks for, with every value', () => {
    expect(lacks(tag)).toEqual([]);
  });

  test('is no longer than it needs to be: two thirds more than English, or a few words where English has one', () => {
    const lettersOf = (text: string) => text.replaceAll(command, '').replaceAll(/\{[^{}]*\}|[\u2066\u2069]/g, '').length;
    // A greeting has a line of its own, and in some languages a form for women and one for men.
    const long = Object.entries(english.phrases).flatMap(([key, original]) => {
      const most = Math.max(...formsOf(original).map(([, text]) => lettersOf(text)));
      return key === 'letter.greeting'
        ? []
        : formsOf(languages.get(tag)!.phrases[key]).flatMap(([, text]) =>
            lettersOf(text) > Math.max(most * 1.6, most + 18) ? [`${key}: ${text}`] : [],
          );
    });
    expect(long).toEqual([]);
  });

  test('quotes as the language does, everywhere in the same way', () => {
    const [open, close] = phrase(languages.get(tag)!, 'text.quoted', { text: '|' }).split('|') as [string, string];
    expect(eachForm(tag, (text) => /["“”„«»]/.test(text.replaceAll(new RegExp(`${open}\\{\\w+\\}${close}`, 'gu'), '')))).toEqual([]);
    expect(eachForm(tag, (text) => /'/.test(text))).toEqual([]);
  });

  test('leaves commands as they are typed', () => {
    for (const [key, original] of Object.entries(english.phrases)) {
      const commands = (text: string) => text.match(command);
      const own = languages.get(tag)!.phrases[key];
      if (typeof original === 'string' && typeof own === 'string') expect(commands(own)).toEqual(commands(original));
    }
  });
});

test('readers are addressed in one way: the formal one, or none', () => {
  const informal: Readonly<Record<string, RegExp>> = {
    de: /(?<!\p{L})(?:du|dich|dir|dein\p{L}*|ihr|euch|euer|eure\p{L}*)(?!\p{L})/u,
    fr: /(?<!\p{L})(?:tu|te|t’|ton|ta|tes|toi)(?!\p{L})/iu,
    es: /(?<!\p{L})(?:tú|tu|tus|te|ti|vosotros|vuestr\p{L}*)(?!\p{L})/iu,
    it: /(?<!\p{L})(?:tu|te|ti|tuo|tua|tuoi|tue|voi|vostr\p{L}*)(?!\p{L})/iu,
    pt: /(?<!\p{L})(?:tu|te|ti|teu|tua|teus|tuas|você|vocês|vós)(?!\p{L})/iu,
    nl: /(?<!\p{L})(?:je|jij|jou|jouw|jullie)(?!\p{L})/iu,
  };
  for (const [tag, words] of Object.entries(informal))
    expect({ tag, found: eachForm(tag, (text) => words.test(text)) }).toEqual({ tag, found: [] });
});

test('in French a space that does not break stands before high marks and within quotation marks', () => {
  expect(eachForm('fr', (text) => /[^\s\u00A0][:;?!»](?!\/\/)|[ \u202F][:;?!»]|«[^\u00A0]/u.test(text))).toEqual([]);
});

test('in Arabic a command is set apart, and commas and question marks are Arabic', () => {
  const text = (form: string) => form.replaceAll(/\u2066[^\u2066\u2069]*\u2069|\{[^{}]*\}/g, '');
  expect(eachForm('ar', (form) => /gazette|[,?;]/.test(text(form)))).toEqual([]);
});

test('numbers are written with the digits of Intl, and a day comes before its month', () => {
  for (const tag of shipped) {
    const day = new Intl.DateTimeFormat(tag === 'en' ? 'en-GB' : tag, { day: 'numeric', month: 'long' }).formatToParts(
      new Date('2026-12-12T00:00Z'),
    );
    expect(day.find((part) => part.type === 'day' || part.type === 'month')?.type).toBe('day');
    const count = new Intl.NumberFormat(tag).format(12_345);
    expect(phrase(languages.get(tag)!, 'digest.postCount', { count: 12_345 })).toContain(count);
  }
});

test.each(shipped)('the words beside recordings in our feeds are those of digests: %s', (tag) => {
  const { phrases } = languages.get(tag)!;
  const inDigest = (key: string) => (phrases[key] as string).replace('{title}', 'A talk');
  expect(recordingLabel('audio', 'A talk', tag)).toBe(inDigest('document.listen'));
  expect(recordingLabel('video', 'A talk', tag)).toBe(inDigest('document.watch'));
});
