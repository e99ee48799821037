/*
 * Posts: our stored record of what sources state. Which post an entry is stands in identity/recognise.ts: a post
 * is one row and has one place in the release order however many sources state it.
 * Invariants: two released posts are never merged; what is held, retracted or protected at its source is never sendable;
 * html of a post has passed the gate of sanitise.ts; the tag id is fixed when the post is first stored.
 * Order: post · identity/ · the rest · storing/ · by-staff/.
 */
import type { RevisionContent } from '../content/content.ts';

/** Every state of a post: the same list as the check constraint `post_state_check`. */
export const postStates = ['known', 'held', 'released', 'retracted'] as const;

/**
 * `known`: was there when its source was first read, shown in feeds, never mailed · `held`: waits for staff (flood guard, protected) ·
 * `released`: sendable, has a position · `retracted`: withdrawn, by its source or by staff.
 */
export type PostState = (typeof postStates)[number];

/** A topic of a post, as readers see it. */
export interface PostTopic {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly ordinal: number;
  readonly isHidden: boolean;
}

/** A pinned revision of a post. */
export interface PostRef {
  readonly postId: string;
  readonly revision: number;
}

/** A revision of a post with the facts that do not change with its revisions. */
export interface PostContent extends RevisionContent, PostRef {
  /** The entry id in our feeds. */
  readonly tagId: string;
  readonly state: PostState;
  /** As the source says; null where it says nothing plausible. */
  readonly publishedAt: Date | null;
  /** When this revision's content changed: as the source says, else when it was stored; never before an earlier revision's. */
  readonly updatedAt: Date;
  /** All topics of the post, in the order of topics; a newsletter's own order is applied by editions. */
  readonly topics: readonly PostTopic[];
}

/** Why a post is kept back: by the flood guard, by a password at its source, or by staff. */
export type HoldReason =
  | { readonly kind: 'flood' | 'ids_changed' | 'older' }
  | { readonly kind: 'protected'; readonly sourceId: string }
  | { readonly kind: 'staff'; readonly text: string };

const holdReasonTexts = {
  flood: 'more new posts at once than the flood guard allows',
  ids_changed: 'the source gave new ids to unchanged links',
  older: 'older than all that its source showed at first',
} as const;

/** The reason as it is stored beside a held post, for staff to read. */
export function holdReasonText(reason: HoldReason): string {
  if (reason.kind === 'protected') return protectedReason(reason.sourceId);
  return reason.kind === 'staff' ? reason.text : holdReasonTexts[reason.kind];
}

/** The reason of a post that a source keeps behind a password. It names the source: only that one lifts it. */
export function protectedReason(sourceId: string): string {
  return `protected at source ${sourceId}`;
}

/** The reason of a post that a source took back. It names the source: only that one brings it back. */
export function withdrawnReason(sourceId: string): string {
  return `withdrawn by source ${sourceId}`;
}

/** The reason of a post that vanished from its source before it was mailed. It names the source: should it list the post again, it comes back. */
export function goneReason(sourceId: string): string {
  return `gone from source ${sourceId}`;
}

/** The same in SQL, for a source's id in SQL. */
export function goneReasonSql(sourceId: string): string {
  return `('gone from source ' || ${sourceId})`;
}

/** Whether a stored reason says that some source protects the post. */
export function isProtectedReason(reason: string | null): boolean {
  return reason !== null && reason.startsWith('protected at source ');
}
