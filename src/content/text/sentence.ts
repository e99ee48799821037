import { withoutTrailing } from '../../kernel/trim.ts';
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

// What is said with a full stop and goes on: titles, references, "for example". Ordinary words of another language are not among them ("vol", "part"), nor
// what a sentence may well end with ("p.m.", "etc."). One with a capital here is meant so; another may have one at the beginning of a sentence.
const goingOn = new Set(
  (
    'Dr Dra Mr Mrs Ms Mme Mlle Prof Sr Sra St No Nr Vol Fig fig figs p pp pág págs pag núm apdo Abb Bd vs cf e.g i.e ej vgl bzw ggf evtl inkl exkl einschl insb sog ' +
    'u.a z.B d.h v.a ca approx aprox incl'
  ).split(' '),
);

// As much of the end of a text as tells: the longest abbreviation, and what stands before it.
const abbreviationLength = 12;

/** Whether a word with a full stop behind it goes on: "Dr", "pág", "e.g". */
function isGoingOn(word: string): boolean {
  return goingOn.has(word) || goingOn.has(word.charAt(0).toLowerCase() + word.slice(1));
}

/** The word before the full stop with which a text ends; undefined where it ends otherwise. */
function wordBeforeStop(text: string): string | undefined {
  return /(?:^|[\s(“"«])([^\s(“"«]*)\.\s*$/u.exec(text)?.[1];
}

/** Whether a sentence ends with a text, white space and closing quotes aside: with a mark, and behind no abbreviation that goes on, nor "par ex." or "die 2.". */
export function endsSentence(text: string): boolean {
  const bare = withoutTrailing(text, /[\s"'”’»)\]]/u).slice(-abbreviationLength);
  if (!/[\p{Sentence_Terminal}:：…]$/u.test(bare)) return false;
  return !isGoingOn(wordBeforeStop(bare) ?? '') && !/(?:\bpar ex|\b(?:der|die|das|den|dem|des) \d{1,2})\.$/i.test(bare);
}

/** A sentence is taken to go on behind initials and "etc." too: in doubt it is longer. */
function isAbbreviation(word: string): boolean {
  return isGoingOn(word) || /^(?:\p{Lu}|etc|al)$/u.test(word);
}

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
