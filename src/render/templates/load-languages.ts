import { join } from 'node:path';
import { z } from 'zod';
import { InvalidInputError } from '../../kernel/errors.ts';
import { languageTags } from './language-tags.ts';
import { languageFaults } from './language.ts';
import type { Language } from './language.ts';
import { readTemplateFile } from './read-template.ts';
import { lineOf, parseJsonFile } from './template-error.ts';

const phrasesShape = z.record(
  z.string(),
  z.union([
    z.string(),
    z.record(z.enum(['zero', 'one', 'two', 'few', 'many', 'other']), z.string()).or(z.object({ other: z.string() }).loose()),
  ]),
);

/** Reads templates/languages/*.json. @throws InvalidInputError naming file and line when one is broken or incomplete. */
export async function loadLanguages(templatesFolder: string): Promise<ReadonlyMap<string, Language>> {
  const folder = join(templatesFolder, 'languages');
  const languages = new Map<string, Language>();
  const sources = new Map<string, string>();
  for (const tag of languageTags(templatesFolder)) {
    const file = join(folder, `${tag}.json`);
    const source = await readTemplateFile(file);
    const phrases = parseJsonFile(file, source, phrasesShape) as Language['phrases'];
    languages.set(tag.toLowerCase(), { tag, phrases });
    sources.set(tag.toLowerCase(), source);
  }
  const english = languages.get('en');
  if (!english) throw new InvalidInputError(`Expected a language file ${join(folder, 'en.json')}, found none`);
  for (const [tag, language] of languages) {
    const [fault] = languageFaults(language, english);
    if (fault === undefined) continue;
    const key = /got "([^"]+)"|to "([^"]+)"/.exec(fault);
    throw new InvalidInputError(
      `${join(folder, `${language.tag}.json`)}:${lineOf(sources.get(tag) ?? '', `"${key?.[1] ?? key?.[2] ?? ''}"`)}: ${fault}`,
    );
  }
  return languages;
}
