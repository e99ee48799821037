import { sentenceSegmenter } from './intl.ts';
import { segmentsOf } from './segments.ts';
import { withoutTrailing } from '../../kernel/trim.ts';

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

// Those with a vowel, in the languages of our readers; what has none is no word (Dr, Nr, bzw, vgl).
const abbreviations = new Set(
  'mme mlle prof dra sra etc e.g i.e ej al vol vols fig figs pág págs pag núm apdo aprox avda approx dept abb aufl inkl evtl usw u.a z.b d.h chap env réf éd'.split(
    ' ',
  ),
);
// Words as well.
const doubtful = new Set('no art arts cap rev gen sen est abs sec sect sta tel ca tab ref ed eds inc co av máx mín num part'.split(' '));
const vowel = /[aeiouy]/i;

/** Whether a word with a full stop behind it is one that was cut short, and no end of a sentence: "Dr", "J", "pág", "e.g". */
function isAbbreviation(word: string): boolean {
  if (/^(?:\p{Lu}|No|p)$/u.test(word) || abbreviations.has(word.toLowerCase())) return true;
  return /^\p{L}\p{Ll}{1,3}$/u.test(word) && /^\p{Script=Latin}/u.test(word) && !vowel.test(word.normalize('NFD'));
}

/** The word before the full stop with which a text ends; undefined where it ends otherwise. */
function wordBeforeStop(text: string): string | undefined {
  return /(?:^|[\s(“"«])([^\s(“"«]*)\.\s*$/u.exec(text)?.[1];
}

/**
 * Whether a sentence ends with a text, white space and closing quotes aside: with a mark that stands for sure behind no abbreviation and no number of
 * an order ("die 2. Auflage").
 */
export function endsSentence(text: string): boolean {
  const bare = withoutTrailing(text, /[\s"'”’»)\]]/u).slice(-abbreviationLength);
  if (!/[\p{Sentence_Terminal}:：…]$/u.test(bare)) return false;
  const word = wordBeforeStop(bare);
  if (word === undefined || word.endsWith('.')) return true;
  return !(isAbbreviation(word) || doubtful.has(word.toLowerCase()) || /^(?:\p{L}|\d{1,2})$/u.test(word) || word.includes('.'));
}

// The longest of them, and what stands before it.
const abbreviationLength = 12;

/** The segmenter ends sentences after "Dr.", after single initials and within addresses ("/form?id=5"): such pieces belong to what follows. */
function joinAbbreviations(parts: readonly string[]): string[] {
  const sentences: string[] = [];
  let open: string[] = [];
  let end = '';
  for (const part of parts) {
    if (open.length > 0 && !/[?!.]$/.test(end) && !isAbbreviation(wordBeforeStop(end) ?? '')) {
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
