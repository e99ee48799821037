/*
 * Which addresses are documents (PDF and the like).
 */
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

/** Whether a name ends like that of a document. */
export function hasDocumentExtension(name: string): boolean {
  return mediaTypes.has(extensionOf(name));
}
