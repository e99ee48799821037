/*
 * What a post says, as text and markup, whoever asks: the tree of its html, what may stand in it, its documents and pictures, its title and summary.
 * No table, no template, no network. Invariant: what leaves as the html of a post holds only what `allowed-markup` lists, every address in it is
 * absolute, and no word is lost on the way but by a choice that stands in a list.
 * Order: content · text/ · html/ · formulas/ · web-address · pictures/ · images · documents/ · shortcodes/ · clutter/ · embeds/ · tidy/ · the rest.
 */
import type { EntryEvent } from '../reading/entry.ts';

/** A picture that stands above or in a post. */
export interface PostImage {
  readonly url: string;
  readonly alt: string;
  /** Natural size in pixels, where it is known. */
  readonly width?: number;
  readonly height?: number;
  /** True when the picture is in the post's html too: whoever shows both leaves one out. */
  readonly isInText: boolean;
}

/** A document (or recording) of a post, as it is stored and shown. */
export interface Attachment {
  readonly url: string;
  readonly title: string;
  readonly mediaType: string;
  readonly lengthBytes?: number;
  /** How many top-level blocks of the post's html stand before its place; undefined: after the text. */
  readonly afterBlock?: number;
}

/** When and where what a post tells of takes place. */
export interface PostEvent extends EntryEvent {
  /** Its source states it as the date of publication too, which nobody knows then. */
  readonly isPublication?: true;
}

/** What one revision of a post says: everything that is shown of it. */
export interface RevisionContent {
  /** Plain text; may be empty: what is shown then is decided where a digest is rendered. */
  readonly title: string;
  readonly url: string | null;
  /** Sanitised html, one top-level element after the other. */
  readonly html: string;
  /** Plain text, whole sentences; empty for a post without text. */
  readonly summary: string;
  readonly authors: readonly string[];
  readonly image: PostImage | null;
  readonly attachments: readonly Attachment[];
  readonly event: PostEvent | null;
  /** BCP 47, null where the source states none. */
  readonly language: string | null;
}
