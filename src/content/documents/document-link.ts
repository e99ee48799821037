/*
 * Which addresses are documents (PDF and the like), and what a person would call one of them.
 */
import { withoutOpenDirections } from '../../kernel/direction.ts';
import { withoutTrailing } from '../../kernel/trim.ts';
import { isJoinedByMarks } from '../title.ts';
import { decodePath, urlOf } from '../web-address.ts';

const mediaTypes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    pdf: 'application/pdf',
    epub: 'application/epub+zip',
    mobi: 'application/x-mobipocket-ebook',
    doc: 'application/msword',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    odt: 'application/vnd.oasis.opendocument.text',
    rtf: 'application/rtf',
    xls: 'application/vnd.ms-excel',
    xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ods: 'application/vnd.oasis.opendocument.spreadsheet',
    ppt: 'application/vnd.ms-powerpoint',
    pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    ppsx: 'application/vnd.openxmlformats-officedocument.presentationml.slideshow',
    odp: 'application/vnd.oasis.opendocument.presentation',
  }),
);
const documentTypes = new Set(mediaTypes.values());

/** The media type of a document, by its stated type, its path or a file name in its query; undefined when it is no document. */
export function mediaTypeOfUrl(address: string, statedType?: string): string | undefined {
  const stated = statedType?.split(';')[0]?.trim().toLowerCase();
  if (stated === 'application/x-pdf') return 'application/pdf';
  if (stated !== undefined && documentTypes.has(stated)) return stated;
  const url = urlOf(address);
  if (!url) return undefined;
  const byPath = mediaTypes.get(extensionOf(decodePath(url.pathname)));
  if (byPath !== undefined) return byPath;
  // A page that shows something (html) is no document, whatever its query says.
  if (/\.html?$/i.test(url.pathname) || /\/(share|sharer|intent|login|search)\b/i.test(url.pathname)) return undefined;
  if (url.search === '') return undefined;
  for (const [name, value] of url.searchParams) {
    if (/^(file|filename|f|name|document|doc|path|download|attachment|pdf)$/i.test(name) && mediaTypes.has(extensionOf(value))) {
      return mediaTypes.get(extensionOf(value));
    }
  }
  return undefined;
}

function extensionOf(path: string): string {
  return /\.([a-z0-9]{2,5})\/?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
}

/** Upper-case name of a kind of document, for the rare one without any title: `PDF`, `DOCX`. */
export function kindOfDocument(mediaType: string): string {
  const extension = [...mediaTypes].find(([, type]) => type === mediaType)?.[0];
  return (extension ?? mediaType.split('/').at(-1) ?? 'file').toUpperCase();
}

// What announces a document, in the languages of our readers.
const announcingWords = new Set(
  (
    'click tap here download downloads downloadable save file files doc docs pdf pdfs docx epub pptx xlsx link links attachment attachments attached enclosed printable ' +
    'aquí aqui descargar descarga descargas descargue archivo archivos enlace pulse clic ' +
    'ici télécharger telecharger téléchargement téléchargez fichier fichiers lien cliquez cliquer ' +
    'hier herunterladen datei dateien klicken baixar baixe arquivo ficheiro clique qui scarica scaricare clicca descarrega descarregar arxiu fitxer'
  ).split(' '),
);
// What stands between such words and names nothing by itself either.
const fillingWords = new Set(
  (
    'a an the this that these you it we via now please press to read view see open get complete entire full whole text version copy document documents word ppt ' +
    'more continue print fullscreen screen window tab browser viewer new is in as of and or by for from on can be available format formats button below above find paper report article publication publications resource resources our ' +
    'su el la los las un una este esta documento documentos leer lea ver abrir completo completa texto informe en formato haga más para de del y ' +
    'le les une ce cette lire lisez voir ouvrir complet texte rapport au pour plus et du des ' +
    'der die das den laden dokument dokumente lesen ansehen öffnen bericht mehr sie zum als und os um uma leia mais em il lo gli leggi apri per llegir'
  ).split(' '),
);

/** Words of a text, lower case, without sizes such as "1.2 MB" and without marks. */
function wordsOf(value: string): string[] {
  const withoutSizes = value.replaceAll(
    /(?<!\d)\d+(?:[.,]\d+)?\s*(?:[kmg]i?[bo]|bytes|pages?|pp?\.?|páginas?|seiten)(?![\p{L}\d])/giu,
    ' ',
  );
  return withoutSizes.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}’']*/gu) ?? [];
}

function isGenericWord(word: string): boolean {
  return announcingWords.has(word) || fillingWords.has(word) || /^\d$/.test(word);
}

/** Whether a text names nothing ("PDF", "Download the report here", "Read more"): no title. Empty texts name nothing. */
export function isGenericText(value: string): boolean {
  return wordsOf(value).every((word) => isGenericWord(word));
}

/** Whether a text only announces a document, so that nothing is lost without it once a button stands there. */
export function isAnnouncingText(value: string): boolean {
  const words = wordsOf(value);
  return words.every((word) => isGenericWord(word)) && words.some((word) => announcingWords.has(word));
}

/** A text as a title: without sizes and kinds in brackets, arrows and quotes around it; undefined where it is none. */
export function titleFromText(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const bare = withoutOpenDirections(value)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?[([{]([^()[\]{}]*)[)\]}]/g, (whole: string, inside: string) => (saysOnlyKind(inside) ? ' ' : whole))
    .replace(/^[\s→►▶»>•·:–—|-]+/u, '');
  const trimmed = withoutTrailing(bare, /[\s→►▶»>•·:–—|↓⬇-]/u)
    .replace(/^(?:download|descargar|télécharger|herunterladen|baixar|scarica)\s*(?:(?:the|el|la|le)\s+)?(?:pdf\s*)?[:–—-]\s*/i, '')
    .replace(/^["“«„](.*)["”»]$/u, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (trimmed === '' || trimmed.length > 240 || isGenericText(trimmed) || isBareAddress(trimmed)) return undefined;
  if (isFileName(trimmed)) return readableFileName(trimmed);
  return trimmed;
}

/** Whether what stands in a bracket names a kind of file or a size. */
function saysOnlyKind(inside: string): boolean {
  return /\b(?:pdf|docx?|epub|pptx?|xlsx?)\b/i.test(inside) || /^\s*\d+(?:[.,]\d+)?\s*[kmg]i?[bo]\s*$/i.test(inside);
}

/** Whether a text is an address and no words. */
export function isBareAddress(value: string): boolean {
  return /^(https?:\/\/|www\.)\S+$/i.test(value.trim());
}

/** Whether a text is the name of a file and no title. */
export function isFileName(value: string): boolean {
  const plain = value.trim();
  return mediaTypes.has(extensionOf(plain)) || isJoinedByMarks(plain) || (!/\s/.test(plain) && plain.slice(1, -1).includes('_'));
}

const versionWords =
  /^(v\d+|v|ver|version\d*|rev\d*|r\d+|final\d*|draft\d*|copy|copia|web|print|lowres|hires|lores|compressed|small|ocr|scan(ned)?\d*|signed|min|scaled|e?\d+x\d+|\d+mb)$/i;
const minReadableLetters = 3;

/** A file's name as words a person reads: `2025-03_working-paper_v2.pdf` is "Working paper"; undefined when nothing readable remains. */
export function readableFileName(address: string): string | undefined {
  const path = URL.canParse(address) ? new URL(address).pathname : address;
  const name =
    decodePath(path)
      .split('/')
      .findLast((part) => part !== '') ?? '';
  const words = name
    .replace(/\.[a-z0-9]{2,5}$/i, '')
    .replaceAll(/\(\d+\)/g, ' ')
    .replaceAll(/(\p{Ll})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[\s_+.,;~–—-]+/u)
    .filter((word) => word !== '' && !versionWords.test(word) && !isHash(word));
  while (words[0] !== undefined && /^\d+$/.test(words[0])) words.shift();
  const lastYear = words.findLastIndex((word) => /^(19|20)\d\d$/.test(word));
  // Numbers at the end are dates and counters; of a date the year stays.
  while (words.length > 0 && /^\d+$/.test(words.at(-1)!) && words.length - 1 !== lastYear) words.pop();
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
