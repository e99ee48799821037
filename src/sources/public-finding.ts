import type { Attachment, PostImage, RevisionContent } from '../content/content.ts';
import type { FeedCandidate } from '../reading/discover-feeds.ts';
import type { Entry, SourceDocument } from '../reading/entry.ts';
import type { Exchange } from '../reading/source-reader.ts';
import { shownUrl } from '../reading/source-url.ts';
import type { PublicToldApart } from './public-told-apart.ts';

/** An entry as a post of it would be. */
export interface PublicFoundPost {
  /** The entry's id at its source. */
  readonly entryId: string;
  readonly title: string;
  readonly url: string | null;
  readonly publishedAt: Date | null;
  readonly updatedAt: Date | null;
  /** As it would be stored: tidied, and safe to show. */
  readonly html: string;
  readonly summary: string;
  readonly authors: readonly string[];
  /** Slugs, tags as `tag:slug`, as the rules of a newsletter name them. */
  readonly categories: readonly string[];
  readonly image: PostImage | null;
  readonly attachments: readonly Attachment[];
  readonly language: string | null;
  /** Its source asks for a password: it would be held. */
  readonly isProtected: boolean;
}

/** What is stated of how many entries. */
export interface PublicCounts {
  readonly posts: number;
  readonly fullText: number;
  readonly summary: number;
  readonly untitled: number;
  readonly undated: number;
  readonly protected: number;
  readonly documents: number;
  readonly pictures: number;
}

/** A document that can be read, for whoever wonders whether a source is worth adding. Addresses are without user and password. */
export interface PublicFoundDocument {
  readonly kind: 'readable';
  /** What finally answered; for a file its path. */
  readonly url: string;
  /** Where it says that it has moved for good; null where it does not. */
  readonly permanentUrl: string | null;
  readonly format: SourceDocument['format'];
  readonly title: string;
  readonly siteUrl: string | null;
  readonly language: string | null;
  /** Null for a file. */
  readonly status: number | null;
  readonly bodyBytes: number;
  /** What it gives to ask by whether anything is new; without one each read costs the whole document. */
  readonly validators: readonly ('ETag' | 'Last-Modified')[];
  readonly counts: PublicCounts;
  readonly toldApart: PublicToldApart;
  /** The most common first. */
  readonly categories: readonly { readonly name: string; readonly count: number }[];
  /** Entries or parts that could not be read, each one sentence. */
  readonly skipped: readonly string[];
  /** In the order of the document. */
  readonly posts: readonly PublicFoundPost[];
}

/** What is at an address, or in a file, as programs see it: what `--json` prints. */
export type PublicFinding =
  | PublicFoundDocument
  /** A page that leads to feeds, the best first. */
  | { readonly kind: 'page'; readonly feeds: readonly FeedCandidate[] }
  /** `unreadable`: an answer came, and it is nothing that can be read. `unavailable`: no usable answer at present. */
  | { readonly kind: 'unreadable' | 'unavailable'; readonly code: string; readonly reason: string };

/** The shape of a document, from its entries and what each would say as a post, in the same order. */
export function publicFoundDocument(
  document: SourceDocument,
  { status, finalUrl, permanentUrl, bodyBytes, etag, lastModified }: Exchange,
  contents: readonly RevisionContent[],
  apart: PublicToldApart,
): PublicFoundDocument {
  const { entries } = document;
  const posts = entries.map((entry, index) => publicFoundPost(entry, contents[index]!));
  return {
    kind: 'readable',
    url: shownUrl(finalUrl),
    permanentUrl: permanentUrl === undefined ? null : shownUrl(permanentUrl),
    format: document.format,
    title: document.title,
    siteUrl: document.siteUrl ?? null,
    language: document.language ?? null,
    status: status > 0 ? status : null,
    bodyBytes,
    validators: [...(etag ? (['ETag'] as const) : []), ...(lastModified ? (['Last-Modified'] as const) : [])],
    counts: countFound(entries, posts),
    toldApart: apart,
    categories: countCategories(entries),
    skipped: document.skipped,
    posts,
  };
}

function publicFoundPost(entry: Entry, content: RevisionContent): PublicFoundPost {
  return {
    entryId: entry.id,
    title: content.title,
    url: content.url,
    publishedAt: entry.publishedAt ?? null,
    updatedAt: entry.updatedAt ?? null,
    html: content.html,
    summary: content.summary,
    authors: content.authors,
    categories: entry.categories.map(({ kind, slug }) => (kind === 'tag' ? `tag:${slug}` : slug)),
    image: content.image,
    attachments: content.attachments,
    language: content.language,
    isProtected: entry.isProtected,
  };
}

function countFound(entries: readonly Entry[], posts: readonly PublicFoundPost[]): PublicCounts {
  const count = (is: (entry: Entry) => boolean): number => entries.filter(is).length;
  return {
    posts: entries.length,
    fullText: count((entry) => entry.html !== ''),
    summary: count((entry) => entry.summary !== undefined),
    untitled: count((entry) => entry.title === ''),
    undated: count((entry) => !entry.publishedAt && !entry.updatedAt),
    protected: count((entry) => entry.isProtected),
    documents: posts.reduce((sum, { attachments }) => sum + attachments.length, 0),
    pictures: posts.filter(({ image }) => image !== null).length,
  };
}

function countCategories(entries: readonly Entry[]): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { categories } of entries) for (const { name } of categories) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
}
