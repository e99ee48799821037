/*
 * Which addresses are documents (PDF and the like), and what people call each kind.
 */
import { decodePath, fileNameIn, urlOf } from '../web-address.ts';

interface DocumentKind {
  readonly extension: string;
  readonly mediaType: string;
  /** As a button calls it. */
  readonly name: string;
}

const documentKinds: readonly DocumentKind[] = [
  { extension: 'pdf', mediaType: 'application/pdf', name: 'PDF' },
  { extension: 'epub', mediaType: 'application/epub+zip', name: 'EPUB' },
  { extension: 'mobi', mediaType: 'application/x-mobipocket-ebook', name: 'MOBI' },
  { extension: 'doc', mediaType: 'application/msword', name: 'Word' },
  { extension: 'docx', mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', name: 'Word' },
  { extension: 'odt', mediaType: 'application/vnd.oasis.opendocument.text', name: 'ODT' },
  { extension: 'rtf', mediaType: 'application/rtf', name: 'RTF' },
  { extension: 'xls', mediaType: 'application/vnd.ms-excel', name: 'Excel' },
  { extension: 'xlsx', mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', name: 'Excel' },
  { extension: 'ods', mediaType: 'application/vnd.oasis.opendocument.spreadsheet', name: 'ODS' },
  { extension: 'ppt', mediaType: 'application/vnd.ms-powerpoint', name: 'PowerPoint' },
  { extension: 'pptx', mediaType: 'application/vnd.openxmlformats-officedocument.presentationml.presentation', name: 'PowerPoint' },
  { extension: 'ppsx', mediaType: 'application/vnd.openxmlformats-officedocument.presentationml.slideshow', name: 'PowerPoint' },
  { extension: 'odp', mediaType: 'application/vnd.oasis.opendocument.presentation', name: 'ODP' },
];
const mediaTypes: ReadonlyMap<string, string> = new Map(documentKinds.map(({ extension, mediaType }) => [extension, mediaType]));
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
  const byService = typeOfService(url);
  if (byService !== undefined || url.search === '') return byService;
  for (const [name, value] of url.searchParams) {
    const byValue = typeOfParameter(name, value);
    if (byValue !== undefined) return byValue;
  }
  return undefined;
}

const fileParameters =
  /^(?:file|filename|file_name|filepath|f|name|document|doc|path|download|attachment|pdf|pdf_file|sourceurl|sourcedoc|fichier|archivo|datei)$/i;

function typeOfParameter(name: string, value: string): string | undefined {
  if (fileParameters.test(name) && mediaTypes.has(extensionOf(value))) return mediaTypes.get(extensionOf(value));
  // Joomla's Phoca: a number and a name in which the dot became a hyphen.
  if (name === 'download') return mediaTypes.get(/^\d{1,9}:.*-([a-z]{3,4}x?)$/i.exec(value)?.[1]?.toLowerCase() ?? '');
  return /^(?:type|format|output|mime)$/i.test(name) && /^(?:application\/)?pdf$/i.test(value) ? 'application/pdf' : undefined;
}

// SharePoint and OneDrive name the kind of what they share by one letter.
const letters: ReadonlyMap<string, string> = new Map([
  ['b', 'pdf'],
  ['w', 'docx'],
  ['x', 'xlsx'],
  ['p', 'pptx'],
]);

function typeOfService({ hostname, pathname }: Readonly<URL>): string | undefined {
  const letter = hostname.endsWith('.sharepoint.com')
    ? /^\/:([bwxp]):\//.exec(pathname)
    : hostname === '1drv.ms'
      ? /^\/([bwxp])\//.exec(pathname)
      : null;
  return mediaTypes.get(letters.get(letter?.[1] ?? '') ?? '');
}

const kindNames: ReadonlyMap<string, string> = new Map([
  ['word', 'docx'],
  ['excel', 'xlsx'],
  ['powerpoint', 'pptx'],
]);

/** The media type of a kind as people write it: "PDF", "docx", "Word". */
export function mediaTypeOfKind(kind: string): string | undefined {
  const name = kind.toLowerCase();
  return mediaTypes.get(kindNames.get(name) ?? name);
}

function extensionOf(path: string): string {
  return /\.([a-z0-9]{2,5})\/?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
}

/** Upper-case name of a kind of document, for the rare one without any title: `PDF`, `DOCX`. */
export function kindOfDocument(mediaType: string): string {
  const extension = documentKinds.find((each) => each.mediaType === mediaType)?.extension;
  return (extension ?? mediaType.split('/').at(-1) ?? 'file').toUpperCase();
}

/** Files that are no documents and have a name that neither their type nor their address need tell. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['audio/mpeg', 'MP3'],
  ['application/zip', 'ZIP'],
]);

/** What people call the kind of a file, as the button that leads to it says: "PDF", "Word", "MP3". */
export function fileKindName({ url, mediaType }: { readonly url: string; readonly mediaType: string }): string {
  const type = mediaType.split(';')[0]!.trim().toLowerCase();
  const extension = extensionOf(fileNameIn(url));
  const known = documentKinds.find((each) => each.mediaType === type) ?? documentKinds.find((each) => each.extension === extension);
  if (known) return known.name;
  const other = otherNames.get(type);
  if (other !== undefined) return other;
  const subtype = /\/(?:x-)?([a-z0-9.+-]+)/.exec(type)?.[1];
  return (extension || (subtype ?? 'file')).toUpperCase();
}

/** Whether a name ends like that of a document. */
export function hasDocumentExtension(name: string): boolean {
  return mediaTypes.has(extensionOf(name));
}

/** The length that Drupal states with the type of a link: "application/pdf; length=123456". */
export function lengthFromType(type: string | undefined): number | undefined {
  const digits = /;\s*length=(\d{1,12})\s*$/.exec(type ?? '')?.[1];
  return digits === undefined || Number(digits) === 0 ? undefined : Number(digits);
}
