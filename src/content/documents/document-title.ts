/*
 * What a person would call a document: by a text that names it, else by the name of its file.
 */
import { withoutOpenDirections } from '../../kernel/text/direction.ts';
import { withoutTrailing } from '../../kernel/trim.ts';
import { fileNameIn, isBareAddress } from '../web-address.ts';
import { isGenericText } from './announcement.ts';
import { hasDocumentExtension } from './document-type.ts';
import { saysOnlyFacts, withoutFacts } from './words-of-paper.ts';

/** A text as a title: without sizes and kinds in brackets, arrows and quotes around it; undefined where it is none. */
export function titleFromText(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const bare = withoutOpenDirections(value)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?[([{（［【]([^()[\]{}（）［］【】]*)[)\]}）］】]/g, (whole: string, inside: string) =>
      saysOnlyKind(inside) || saysOnlyFacts(inside) ? ' ' : whole,
    )
    .replace(/^[\s→►▶»>•·:–—|-]+/u, '');
  const trimmed = withoutFacts(withoutTrailing(bare, /[\s→►▶»>•·:–—|↓⬇-]/u))
    .replace(/^["“«„](.*)["”»]$/u, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return nameOf(withoutOffer(trimmed));
}

function nameOf(trimmed: string): string | undefined {
  if (trimmed === '' || trimmed.length > 240 || isGenericText(trimmed) || isBareAddress(trimmed)) return undefined;
  if (isFileName(trimmed)) return readableFileName(trimmed);
  return trimmed;
}

// "Download PDF: Guide", "Download the guide", "Descargar la guía", "Leitfaden herunterladen". By itself "download" may begin a title: "Download speeds in rural schools".
const offers = [
  /^(?:download|descargar|télécharger|herunterladen|baixar|scarica)\s*(?:(?:the|el|la|le)\s+)?(?:pdf\s*)?[:–—-]\s*/i,
  /^(?:please )?(?:download|get) (?:the|our|this|your) /i,
  /^(?:descargar|descargue|descarga(?= (?:el|la|los|las|nuestr[oa]s?) )|télécharger|téléchargez|scarica(?:re)?|baixar|baixe|descarregar) (?:(?:el|la|los|las|le|les|il|lo|gli|i|o|os|as?|nuestr[oa]s?|notre|nos) |l['’])?/i,
  / (?:(?:hier |jetzt )?herunterladen|downloaden)$/i,
];

/** The words without the offer around them; as they are where the rest names nothing by itself. */
function withoutOffer(words: string): string {
  for (const offer of offers) {
    const rest = words.replace(offer, '').replace(/^["“«„](.*)["”»]$/u, '$1');
    if (rest !== words && !isGenericText(rest)) return rest.charAt(0).toUpperCase() + rest.slice(1);
  }
  return words;
}

/** Whether what stands in a bracket names a kind of file or a size. */
function saysOnlyKind(inside: string): boolean {
  return /\b(?:pdf|docx?|epub|pptx?|xlsx?)\b/i.test(inside) || /^\s*\d+(?:[.,]\d+)?\s*[kmg]i?[bo]\s*$/i.test(inside);
}

/** Whether a text is the name of a file and no title. */
export function isFileName(value: string): boolean {
  const plain = value.trim();
  return hasDocumentExtension(plain) || isJoinedByMarks(plain) || (!/\s/.test(plain) && plain.slice(1, -1).includes('_'));
}

/** Whether a text is one word with two hyphens or underscores in it, as the names of files are. */
function isJoinedByMarks(text: string): boolean {
  return !/\s/.test(text) && (text.match(/[_-]/g)?.length ?? 0) >= 2;
}

const versionWords =
  /^(v\d+|v|ver|version\d*|rev\d*|r\d+|final\d*|draft\d*|copy|copia|web|print|lowres|hires|lores|compressed|small|ocr|scan(ned)?\d*|signed|min|scaled|e?\d+x\d+|\d+mb)$/i;
// What is numbered by those who write it.
const seriesWords =
  /^(?:papers?|reports?|issue|number|no|nr|n[ºo°]|vol|volume|part|chapter|edition|bulletin|letter|brief|note|lesson|unit|n[úu]m(?:ero)?|volumen|parte|cap[íi]tulo|bolet[íi]n|informe|lecci[óo]n|tema|numéro|partie|chapitre|heft|band|ausgabe|teil|kapitel)$/i;
const minReadableLetters = 3;

/** A file's name as words a person reads: `2025-03_working-paper_v2.pdf` is "Working paper"; undefined when nothing readable remains. */
export function readableFileName(address: string): string | undefined {
  const words = fileNameIn(address)
    .replace(/\.[a-z0-9]{2,5}$/i, '')
    .replaceAll(/\(\d+\)/g, ' ')
    .replaceAll(/(\p{Ll})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[\s_+.,;~–—-]+/u)
    .filter((word) => word !== '' && !versionWords.test(word) && !isHash(word));
  while (words[0] !== undefined && /^\d+$/.test(words[0])) words.shift();
  const lastYear = words.findLastIndex((word) => /^(19|20)\d\d$/.test(word));
  // Numbers at the end are dates and counters; of a date the year stays, and of a series the number.
  while (words.length > 0 && /^\d+$/.test(words.at(-1)!) && words.length - 1 !== lastYear && !seriesWords.test(words.at(-2) ?? ''))
    words.pop();
  const title = words.join(' ').trim();
  const letters = title.match(/\p{L}/gu)?.length ?? 0;
  if (
    letters < minReadableLetters ||
    words.every((word) => /^\d+$/.test(word) || !/\p{L}{3}/u.test(word)) ||
    isGenericText(title.replaceAll(/\d/g, ''))
  ) {
    // A name such as "report" says little, yet more than nothing when the words are whole.
    return letters >= 5 && /^(working|policy|annual|full)?\s*(paper|report|informe|rapport|bericht)s?( (19|20)\d\d)?$/i.test(title)
      ? sentenceCase(title)
      : undefined;
  }
  return sentenceCase(title);
}

function isHash(word: string): boolean {
  return /^[0-9a-f]{8,}$/i.test(word) && /\d/.test(word) && /[a-f]/i.test(word);
}

function sentenceCase(title: string): string {
  const isOneCase = title === title.toLowerCase() || (title === title.toUpperCase() && title.includes(' '));
  const calm = isOneCase ? title.toLowerCase() : title;
  return calm.charAt(0).toUpperCase() + calm.slice(1);
}

// Thousands, as sizes are written again: what a site calls 320 KB is 320 KB in the digest too.
const unitBytes: ReadonlyMap<string, number> = new Map([
  ['k', 1000],
  ['m', 1_000_000],
  ['g', 1_000_000_000],
]);

/** The size that a text states ("PDF, 1.2 MB"), in bytes; undefined when it states none. */
export function lengthFromText(value: string): number | undefined {
  const match = /(?<![\d.,])(\d{1,4}(?:[.,]\d{1,2})?)\s*([kmg])i?[bo](?![\p{L}\d])/iu.exec(value);
  if (!match) return undefined;
  const bytes = Math.round(Number(match[1]!.replace(',', '.')) * unitBytes.get(match[2]!.toLowerCase())!);
  return bytes > 0 ? bytes : undefined;
}
