/*
 * What a source states, normalised and not stored. `reading` knows protocols and formats and no table:
 * it turns bytes into entries; `sources` and `posts` decide what they mean. Total: one bad entry never costs the others.
 * Order: entry, limits, source-error, source-reader, source-url, picture-key · fetch/ · decode/ · json/ · xml/ · formats/ · parsing/ · read-feed-source ·
 * wordpress/ · the rest.
 */

/** A document beside an entry: an enclosure of a feed, a media file of WordPress. */
export interface EntryEnclosure {
  readonly url: string;
  /** Lower-case media type, without parameters; undefined where the source says none. */
  readonly mediaType?: string;
  /** Length in bytes; undefined where unknown or not a positive number. */
  readonly lengthBytes?: number;
  readonly title?: string;
}

/** A picture of an entry. Width and height in pixels where the source says them. */
export interface EntryImage {
  readonly url: string;
  readonly width?: number;
  readonly height?: number;
  readonly alt?: string;
}

/** A category as the source says it; `slug` is its key, the same from RSS and REST. */
export interface EntryCategory {
  readonly name: string;
  readonly slug: string;
  readonly scheme?: string;
  readonly kind: 'category' | 'tag';
}

/**
 * When and where what an entry tells of takes place. A moment is a day (`2026-12-12`), a time whose zone is not stated (`2026-12-12T10:00`), or an instant
 * (`2026-12-12T09:00:00Z`).
 */
export interface EntryEvent {
  readonly start: string;
  readonly end?: string;
  readonly place?: string;
}

/** One item as the source states it. Texts are decoded; html is as stated (not sanitised), URLs in it still relative to `baseUrl`. */
export interface Entry {
  /** guid, id, rdf:about, else the link, else a fingerprint of the content. Never empty. */
  readonly id: string;
  /** False when the source states no id and the link or a fingerprint stands in for it, so that identity falls back to URL and content. */
  readonly hasOwnId: boolean;
  /** Absolute permalink, undefined where the source states none; relative only where neither the document's address is known (`DocumentFacts`) nor its site's. */
  readonly url?: string;
  /** Plain text, markup and double escapes resolved; empty where the source states none. */
  readonly title: string;
  /** Full text as html, empty where there is none. */
  readonly html: string;
  /** The source's own summary as html or text, undefined where there is none apart from `html`. */
  readonly summary?: string;
  readonly authors: readonly string[];
  readonly categories: readonly EntryCategory[];
  readonly publishedAt?: Date;
  readonly updatedAt?: Date;
  /** True when a stated date was implausible (before 1990, or over a day ahead) and left out or doubtful. */
  readonly hasImplausibleDate: boolean;
  readonly image?: EntryImage;
  /** Other pictures that stand beside the text, in their order; no variants of `image`. */
  readonly furtherImages?: readonly EntryImage[];
  readonly enclosures: readonly EntryEnclosure[];
  /** What fields of their own say of an event. */
  readonly event?: EntryEvent;
  /** The date of publication as a moment, where it lies ahead and is that of an event. */
  readonly datedAhead?: string;
  /** The page that a post of a link blog is about, where it is another than `url`. */
  readonly externalUrl?: string;
  readonly language?: string;
  /** Against which relative URLs in `html` and `summary` resolve. */
  readonly baseUrl?: string;
  /** WordPress: protected or private, never sendable. REST says so, a feed shows the form that asks for the password. */
  readonly isProtected: boolean;
}

/** False for an item with nothing to read in it, such as an id and a date: what is left of a document that was cut off, or a draft that slipped out. */
export function saysSomething({ title, html, summary, url, enclosures }: Entry): boolean {
  return [title, html, summary, url].some((text) => text !== undefined && text !== '') || enclosures.length > 0;
}

/** An Atom tombstone (RFC 6721): the source withdrew this entry. */
export interface Tombstone {
  readonly id: string;
  readonly deletedAt?: Date;
}

/** What was found in a document. */
export interface SourceDocument {
  readonly format: 'rss' | 'atom' | 'rdf' | 'jsonfeed' | 'wordpress' | 'json';
  readonly title: string;
  readonly siteUrl?: string;
  readonly selfUrl?: string;
  readonly language?: string;
  readonly entries: readonly Entry[];
  readonly tombstones: readonly Tombstone[];
  /** Entries or parts that could not be read, each one sentence for staff. */
  readonly skipped: readonly string[];
  /** Poll hints of the document: ttl, sy:updatePeriod, skipHours, skipDays. */
  readonly pollHints: { readonly ttlMinutes?: number; readonly skipHoursUtc: readonly number[]; readonly skipDaysUtc: readonly number[] };
}
