import { InvalidInputError } from '../../kernel/errors.ts';
import { cleanText } from '../../kernel/text/clean-text.ts';
import type { Language } from '../templates/language.ts';
import { createLiquid, parseTemplate, renderTemplate } from '../templates/liquid.ts';

/** What a text that staff write for readers may name: `{{ reader.name }}`, `{{ newsletter.name }}`, `{{ newsletter.sender }}`. */
export interface OwnTextValues {
  /** Null where the reader gave none: `{{ reader.name | default: "dear reader" }}`. */
  readonly readerName: string | null;
  readonly newsletterName: string;
  readonly senderName: string;
}

const maxCharacters = 4_000;

/**
 * Fills a text of the newsletter's own, and gives its paragraphs, as plain text: blank lines part them.
 * @throws InvalidInputError for Liquid that is broken or names what there is not, and for a text of more than 4000 characters
 */
export function renderOwnText(source: string, values: OwnTextValues): string[] {
  if (source.length > maxCharacters)
    throw new InvalidInputError(`Expected a text of at most ${maxCharacters} characters, got ${source.length}`);
  const engine = createLiquid('text');
  // Its words are in one language, and have no phrases.
  for (const name of ['t', 'turned', 'isolate', 'spacing', 'wrap', 'indent', 'underline']) delete engine.filters[name];
  const view = {
    reader: { name: values.readerName ?? '' },
    newsletter: { name: values.newsletterName, sender: values.senderName },
  };
  const text = renderTemplate(engine, parseTemplate(engine, 'the text', source), {} as Language, view);
  return cleanText(text)
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
}

/** Refuses a text that could not be filled. @throws InvalidInputError */
export function checkOwnText(source: string): void {
  renderOwnText(source, { readerName: 'Ann', newsletterName: 'Weekly', senderName: 'The Trust' });
}
