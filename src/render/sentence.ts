import { sentenceSegmenter } from './intl.ts';

/** The whole sentences of a text with their trailing white space; joined they give the text back. */
export function sentencesOf(text: string, language: string): readonly string[] {
  return joinAbbreviations([...sentenceSegmenter(language).segment(text)].map((part) => part.segment));
}

/** As many whole sentences from the start as fit into `maxLength`; the empty string when not even one does. */
export function wholeSentences(text: string, maxLength: number, language: string): string {
  let taken = '';
  for (const sentence of sentencesOf(text, language)) {
    if ((taken + sentence).trimEnd().length > maxLength) break;
    taken += sentence;
  }
  return taken.trimEnd();
}

const abbreviation =
  /(?:^|[\s(“"«])(?:\p{Lu}|Dr|Dra|Mr|Mrs|Ms|Mme|Mlle|Prof|Sr|Sra|St|No|Nr|vs|etc|e\.g|i\.e|p\.\s?ej|p|pp|Vol|Fig|cf|al)\.\s*$/u;

/** The segmenter ends sentences after "Dr.", after single initials and within addresses ("/form?id=5"): such pieces belong to what follows. */
function joinAbbreviations(parts: readonly string[]): string[] {
  const joined: string[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last !== undefined && (/[?!.]$/.test(last) || abbreviation.test(last))) joined[joined.length - 1] = last + part;
    else joined.push(part);
  }
  return joined;
}
