import { templatesFolder } from '../../src/kernel/package-root.ts';
import { languageTags } from '../../src/render/templates/language-tags.ts';

const listed = new Intl.ListFormat('en', { type: 'disjunction' });

/** The languages that phrases are written in, as templates/languages has them: "ar, de or en". */
export function shippedLanguages(): string {
  return listed.format(languageTags(templatesFolder)).replace(', or ', ' or ');
}

/** What a language decides, and which there are: the help of every option that takes one. */
export const languageHelp = `Language of dates and fixed phrases: ${shippedLanguages()}, or one with a region, such as es-MX.`;
