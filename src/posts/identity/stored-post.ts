/*
 * What collecting knows of the posts that are stored: what they say at present, which entries of which sources state them, whether anybody was mailed.
 */
import type { PostEvent } from '../../content/content.ts';
import type { ComparedText } from '../../content/said.ts';
import type { PostState } from '../post.ts';

/** Which rule made an entry a post of its own, or a statement of a post that was known: the same list as `post_source_recognised_by_check`. */
export const recognitionRules = ['new', 'replaced', 'twin', 'words', 'guid', 'link', 'title_and_minute', 'text'] as const;

/**
 * `new`: nothing known is like it · `replaced`: its source put another title and another text under an id that it used before · `twin`: the same document
 * states the same title, text and minute twice · `words`: its source said the same words before, under another id or link · `guid`, `link`,
 * `title_and_minute`, `text`: this led to a post that says what it says.
 */
export type RecognitionRule = (typeof recognitionRules)[number];

/** An entry under which a post was stated. */
export interface StoredStatement {
  readonly sourceId: string;
  readonly entryId: string;
  readonly isLead: boolean;
  /** Of the words; null where they were never kept. */
  readonly saidHash: string | null;
  /** The date that the source last stated; null where it states none, or before dates were kept. */
  readonly statedAt: Date | null;
}

/** A stored post as collecting has to know it. */
export interface StoredPost extends ComparedText {
  readonly id: string;
  readonly state: PostState;
  readonly reason: string | null;
  readonly revision: number;
  readonly contentHash: string;
  /** Of the words of its revision; null where they were never kept. */
  readonly saidHash: string | null;
  readonly htmlLength: number;
  readonly title: string;
  /** The beginning of its text, as much as is compared. */
  readonly html: string;
  readonly url: string | null;
  readonly event: PostEvent | null;
  /** The addresses of its documents. */
  readonly documents: readonly string[];
  readonly publishedAt: Date | null;
  /** An edition that was approved carries it. */
  readonly isMailed: boolean;
  /** Its entries, one for each source and id under which it was stated. */
  readonly statements: readonly StoredStatement[];
}

/** What a source last said of a post under one entry id. */
export interface Statement {
  readonly entryId: string;
  readonly postId: string;
  /** Of all that was stated; see `statedHashOf`. */
  readonly statedHash: string;
  /** Of the words; null where they were never kept. */
  readonly saidHash: string | null;
  readonly statedAt: Date | null;
  /** What changed beside the words and is taken over when it is stated a second time. */
  readonly awaitedHash: string | null;
  /** The document before did not list it any more. */
  readonly isGone: boolean;
}

/** What a source stated under a title, and lists no more. */
export interface FormerStatement extends Statement {
  /** It stated several posts under this title. */
  readonly isTitleOfSeveral: boolean;
}
