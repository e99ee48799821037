/*
 * What a feed of ours says, before it is written in a format. `feeds` publishes known and released posts, never held or retracted ones.
 * Invariant (P8): everything here comes from stored data, never from the clock or the request, so the same data gives the same bytes
 * and an unchanged feed the same ETag; ids were fixed when the post and the newsletter were stored.
 */

/** A document of an entry. */
export interface FeedEnclosure {
  readonly url: string;
  readonly title?: string;
  readonly mediaType: string;
  readonly lengthBytes?: number;
}

/** A topic of an entry. */
export interface FeedCategory {
  readonly term: string;
  readonly label: string;
}

/** One post as a feed states it. */
export interface FeedEntry {
  /** The post's `tag:` URI. */
  readonly id: string;
  /** Plain text, never empty. */
  readonly title: string;
  readonly url?: string;
  readonly authors: readonly string[];
  readonly publishedAt?: Date;
  readonly updatedAt: Date;
  /** Plain text; empty where there is none. */
  readonly summary: string;
  /** Sanitised html with absolute URLs. */
  readonly html: string;
  /** BCP 47; undefined where it is the feed's own. */
  readonly language?: string;
  readonly categories: readonly FeedCategory[];
  readonly enclosures: readonly FeedEnclosure[];
}

/** A feed document. */
export interface FeedDocument {
  readonly id: string;
  readonly title: string;
  readonly subtitle?: string;
  readonly language: string;
  readonly author: string;
  /** Where this document lives. */
  readonly selfUrl: string;
  /** The page for people. */
  readonly alternateUrl: string;
  readonly updatedAt: Date;
  readonly entries: readonly FeedEntry[];
}
