import type { EntryEnclosure } from '../../reading/entry.ts';
import type { HtmlElement } from '../html/html-tree.ts';

/** A link in the text that leads to a document, or a viewer that shows one. */
export interface DocumentLink {
  readonly url: string;
  /** The form of the address under which links lead to one file. */
  readonly fileKey: string;
  readonly mediaType: string;
  readonly linkText: string;
  readonly linkTitle: string;
  readonly imageAlt: string;
  /** A viewer or file block: stands for the document itself and never stays in the text. */
  readonly isEmbed: boolean;
  /** As the source states it with the type of the link. */
  readonly lengthBytes?: number | undefined;
}

/** What the attachments of a post are read from. */
export interface AttachmentInput {
  readonly blocks: readonly HtmlElement[];
  readonly documents: ReadonlyMap<HtmlElement, DocumentLink>;
  readonly enclosures: readonly EntryEnclosure[];
  readonly postTitle: string;
  readonly pageUrl?: string | undefined;
}

/** A place in the text where a document is linked or shown. */
export interface DocumentOccurrence {
  readonly anchor: HtmlElement;
  readonly link: DocumentLink;
  readonly blockIndex: number;
  /** The text right before the link, in its line. */
  readonly textBefore: string | undefined;
  /** The text right behind the link. */
  readonly textAfter: string | undefined;
  /** What the first cell of its row says, where it stands in another. */
  readonly rowLabel: string | undefined;
}
