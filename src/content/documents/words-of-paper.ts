/*
 * What words say of a file beside its name: its kind, its size, how often it was fetched.
 */
import { isAnnouncingText, isGenericText } from './announcement.ts';
import { hasDocumentExtension, mediaTypeOfKind } from './document-type.ts';

// A link with more words is a sentence of the text.
const maxWords = 300;

const figures =
  /(?<![\d.,])\d{1,9}(?:[.,]\d{1,3})?\s?(?:[kmg]i?[bo]|bytes|times|downloads?|views?|hits?|files?|fichiers?|datei(?:en)?|archivos?|pages?|pp?)(?![\p{L}\d])(?:\((?:s|en)\))?/giu;
// Japanese and Chinese set no space around it.
const kindWord =
  /(?<![\p{Script=Latin}\d.])(?:pdf|epub|mobi|docx?|odt|rtf|xlsx?|ods|pptx?|ppsx|odp|word|excel|powerpoint)(?![\p{Script=Latin}\d])/iu;
// Begins where white space does: from within it a search would begin anew at each space.
const separator = /(?<!\s)\s+[–—-]\s+|(?<!\s)\s*[|•·∙]\s*/;

/** Whether words say only what kind of file it is, how large, and how often it was fetched: "1 file(s) 1.42 MB", "PDF". */
export function saysOnlyFacts(words: string): boolean {
  const plain = words.replaceAll(figures, ' ');
  if (plain === words && !kindWord.test(words)) return false;
  return isGenericText(plain.replaceAll(/downloaded|\bsize\b|\bversion\s[\d.]+/giu, ' '));
}

/** Words without those parts that say only facts of a file; the last word of all where it is a file's name that others only announce. */
export function withoutFacts(words: string): string {
  if (words.length > maxWords) return words;
  const parts = words.split(separator);
  const kept = parts.length === 1 ? parts : parts.filter((part) => !saysOnlyFacts(part));
  const named = kept.length === parts.length || kept.length === 0 ? words : kept.join(' – ');
  const plain = /^(.*[^\s,:])[\s,:]+(?:pdf|docx?|xlsx?|pptx?)?,?\s?\d{1,4}(?:[.,]\d{1,2})?\s?[kmg]i?[bo]$/iu.exec(named)?.[1] ?? named;
  const space = plain.lastIndexOf(' ');
  const last = plain.slice(space + 1);
  return space > 0 && hasDocumentExtension(last) && isAnnouncingText(plain.slice(0, space)) ? last : plain;
}

/** The kind of document that the words of a link name: "Minutes (PDF, 210 kB)", "[PDF] Minutes", "minutes.pdf", "Minutes | PDF"; undefined where they name none. */
export function typeFromWords(words: string): string | undefined {
  const line = words.replaceAll(/\s+/g, ' ').trim();
  if (line === '' || line.length > maxWords) return undefined;
  const inBrackets = [
    /^[([{（［【]([^()[\]{}（）［］【】]{1,40})[)\]}）］】]/.exec(line)?.[1],
    /[([{（［【]([^()[\]{}（）［］【】]{1,40})[)\]}）］】][.:。]?$/.exec(line)?.[1],
  ];
  const parts = line.split(separator);
  const saidApart = parts.length > 1 ? parts.filter((part) => saysOnlyFacts(part)) : [];
  for (const said of [...inBrackets, ...saidApart]) {
    const kind = said === undefined ? undefined : kindWord.exec(said)?.[0];
    if (kind !== undefined) return mediaTypeOfKind(kind);
  }
  const fileName = parts.map((part) => part.slice(part.lastIndexOf(' ') + 1)).find((each) => hasDocumentExtension(each));
  if (fileName !== undefined && /^[^/@]{2,}$/.test(fileName)) return mediaTypeOfKind(fileName.slice(fileName.lastIndexOf('.') + 1));
  // "Download the PDF" leads to it, "PDF" may lead to a page that shows it.
  const isOffer = /download|descarg|télécharg|herunterladen|baixar|scarica/i.test(line) && isAnnouncingText(line);
  const offered = isOffer ? kindWord.exec(line)?.[0] : undefined;
  return offered === undefined ? undefined : mediaTypeOfKind(offered);
}

/** The kind that a text names which follows a link: " (PDF, 2 MB)". */
export function typeBehind(words: string): string | undefined {
  const inside = /^[\s\u00a0]*[([（［【]([^()[\]（）［］【】]{1,40})[)\]）］】]/.exec(words)?.[1];
  const kind = inside !== undefined && saysOnlyFacts(inside) ? kindWord.exec(inside)?.[0] : undefined;
  return kind === undefined ? undefined : mediaTypeOfKind(kind);
}

const paperWords =
  /(?<!\p{L})(?:reports?|minutes|agendas?|papers?|statutes?|guides?|guidebook|handbook|manual|brochure|leaflet|flyer|policy|newsletter|form|plan|budget|programme|prospectus|letter|resolution|accounts|worksheets?|informes?|actas?|guías?|boletín|estatutos|presupuesto|rapports?|compte[- ]rendu|procès-verbal|bulletin|berichte?|protokolle?|satzung|leitfaden|handbuch|relatórios?|atas?|verbale|relazione|statuto|verslag|notulen)(?!\p{L})/iu;

/** Whether words name a paper, and not a folder or a film. */
export function namesPaper(words: string): boolean {
  return words.length <= maxWords && paperWords.test(words);
}
