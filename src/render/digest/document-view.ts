import { formatByteSize, phrase } from '../templates/language.ts';
import type { Language } from '../templates/language.ts';
import type { PreparedDocument } from './prepared-post.ts';

/** A document as templates see it. */
export interface DocumentView {
  readonly url: string;
  readonly title: string;
  /** "PDF", "Word", "MP3": what one gets. */
  readonly kind: string;
  /** "1.2 MB", or null where it is unknown. */
  readonly size: string | null;
  /** "PDF, 1.2 MB". */
  readonly facts: string;
  /** `Read “Working paper 12”`. */
  readonly action: string;
  /** `Read “Working paper 12” (PDF, 1.2 MB)`. */
  readonly label: string;
}

const kinds: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/pdf/i, 'PDF'],
  [/epub/i, 'EPUB'],
  [/wordprocessing|msword|\.docx?$/i, 'Word'],
  [/opendocument\.text|\.odt$/i, 'ODT'],
  [/spreadsheet|ms-excel|\.xlsx?$/i, 'Excel'],
  [/presentation|powerpoint|\.pptx?$/i, 'PowerPoint'],
  [/csv/i, 'CSV'],
  [/audio\/mpeg|\.mp3$/i, 'MP3'],
  [/zip/i, 'ZIP'],
];

/** What a document's button says: it names the document, and its size where that is known. */
export function documentView(document: PreparedDocument, language: Language): DocumentView {
  const kind = kindOf(document);
  const size = document.lengthBytes !== undefined && document.lengthBytes > 0 ? formatByteSize(document.lengthBytes, language) : null;
  const facts = [kind, size].filter((fact) => fact !== null).join(', ');
  const action = phrase(language, `document.${verbOf(document)}`, { title: document.title });
  return { url: document.url, title: document.title, kind, size, facts, action, label: `${action} (${facts})` };
}

function verbOf(document: PreparedDocument): 'read' | 'listen' | 'watch' {
  if (/^audio\//i.test(document.mediaType)) return 'listen';
  return /^video\//i.test(document.mediaType) ? 'watch' : 'read';
}

function kindOf(document: PreparedDocument): string {
  const path = /^[^?#]*/.exec(document.url)?.[0] ?? '';
  const known = kinds.find(([pattern]) => pattern.test(document.mediaType)) ?? kinds.find(([pattern]) => pattern.test(path));
  if (known) return known[1];
  const extension = /\.([a-z0-9]{2,4})$/i.exec(path)?.[1];
  const subtype = /^(?:x-)?([a-z0-9.+-]*)/i.exec(document.mediaType.split('/')[1] ?? '')?.[1];
  return (extension ?? subtype ?? 'file').toUpperCase();
}
