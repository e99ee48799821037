import { sentenceSegmenter } from './intl.ts';
import { segmentsOf } from './segments.ts';

// What ends a sentence or a paragraph, in Greek a semicolon too. Finding sentences in thousands of cells and items takes longer than all the rest of a post.
const oneSentence = /^[^\p{Sentence_Terminal};\u037e\n\r\u0085\u2028\u2029]+\p{Sentence_Terminal}*$/u;

/** The whole sentences of a text with their trailing white space; joined they give the text back. */
export function sentencesOf(text: string, language: string): readonly string[] {
  if (oneSentence.test(text)) return [text];
  return joinAbbreviations(segmentsOf(sentenceSegmenter(language), text));
}

/** As many whole sentences from the start as fit into `maxLength`; the empty string when not even one does. */
export function wholeSentences(text: string, maxLength: number, language: string): string {
  let taken = '';
  for (const sentence of sentencesOf(text, language)) {
    const said = sentence.trimEnd().length;
    if (said > 0 && taken.length + said > maxLength) break;
    taken += sentence;
  }
  return taken.trimEnd();
}

const abbreviation =
  /(?:^|[\s(“"«])(?:\p{Lu}|Dr|Dra|Mr|Mrs|Ms|Mme|Mlle|Prof|Sr|Sra|St|No|Nr|vs|etc|e\.g|i\.e|p\.\s?ej|p|pp|Vol|Fig|cf|al)\.\s*$/u;

// The longest of them, and what stands before it.
const abbreviationLength = 12;

/** The segmenter ends sentences after "Dr.", after single initials and within addresses ("/form?id=5"): such pieces belong to what follows. */
function joinAbbreviations(parts: readonly string[]): string[] {
  const sentences: string[] = [];
  let open: string[] = [];
  let end = '';
  for (const part of parts) {
    if (open.length > 0 && !/[?!.]$/.test(end) && !abbreviation.test(end)) {
      sentences.push(open.join(''));
      open = [];
      end = '';
    }
    open.push(part);
    end = endOf(end, part);
  }
  return open.length > 0 ? [...sentences, open.join('')] : sentences;
}

/** As much of a sentence's end as tells whether it is one; a letter stands for what was left out. */
function endOf(end: string, part: string): string {
  const text = end + part;
  const bare = text.trimEnd();
  return bare.length <= abbreviationLength ? text : `x${text.slice(bare.length - abbreviationLength)}`;
}
