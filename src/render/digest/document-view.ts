import { fileKindName } from '../../content/documents/document-type.ts';
import { formatByteSize, phrase } from '../templates/language.ts';
import type { Language } from '../templates/language.ts';
import { isolated } from './passage.ts';
import type { PreparedDocument } from '../parts/prepared-post.ts';

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
  /** `Read “Working paper 12”`; of one that is called as its post is, `Read the document`. */
  readonly action: string;
  /** `Read “Working paper 12” (PDF, 1.2 MB)`. */
  readonly label: string;
}

/** What a document's button says: it names the document, and its size where that is known. */
export function documentView(document: PreparedDocument, language: Language): DocumentView {
  const kind = fileKindName(document);
  const size = document.lengthBytes !== undefined && document.lengthBytes > 0 ? formatByteSize(document.lengthBytes, language) : null;
  const facts = [isolated(kind, language), size].filter((fact) => fact !== null).join(phrase(language, 'text.comma'));
  const action = phrase(language, `document.${verbOf(document)}${document.isNamedAsPost === true ? 'This' : ''}`, {
    title: document.title,
  });
  return { url: document.url, title: document.title, kind, size, facts, action, label: `${action} (${facts})` };
}

function verbOf(document: PreparedDocument): 'read' | 'listen' | 'watch' {
  if (/^audio\//i.test(document.mediaType)) return 'listen';
  return /^video\//i.test(document.mediaType) ? 'watch' : 'read';
}
