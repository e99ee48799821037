import type { Attachment, PostImage } from '../content/content.ts';
import type { PostContent, PostState, PostTopic } from './post.ts';
import type { RecognitionRule } from './identity/stored-post.ts';
import type { EntryEvent } from '../reading/entry.ts';
import { shownUrl } from '../reading/source-url.ts';
import type { PostRow, PostSourceRow, RevisionRow } from './staff-store.ts';

/** Whether a newsletter takes a post, and the rule that decided. */
export interface PublicAdmission {
  readonly newsletter: string;
  readonly admitted: boolean;
  /** In words: the rule that let it in or kept it out; absent where no rule had to speak. */
  readonly because?: string;
}

/** A post as programs see it: what `--json` prints. */
export interface PublicPost {
  readonly id: string;
  readonly state: PostState;
  readonly reason: string | null;
  readonly revision: number;
  readonly title: string;
  readonly url: string | null;
  readonly publishedAt: Date | null;
  readonly storedAt: Date;
  /** Its place in the release order, null for a post that was never released. */
  readonly position: string | null;
  /** Slugs. */
  readonly topics: readonly string[];
  /** Slugs, tags as `tag:slug`. */
  readonly categories: readonly string[];
  readonly attachmentCount: number;
  /** What each newsletter of its sources makes of it. */
  readonly newsletters: readonly PublicAdmission[];
}

/** The text of a post in one of its revisions. */
export interface PublicContent {
  readonly postId: string;
  readonly revision: number;
  /** Its id in our feeds. */
  readonly tagId: string;
  readonly state: PostState;
  readonly publishedAt: Date | null;
  readonly updatedAt: Date;
  readonly title: string;
  readonly url: string | null;
  readonly html: string;
  readonly summary: string;
  readonly authors: readonly string[];
  readonly image: PostImage | null;
  readonly attachments: readonly Attachment[];
  /** When and where what it tells of takes place, as its source states it. */
  readonly event: EntryEvent | null;
  readonly language: string | null;
  readonly topics: readonly PostTopic[];
}

/** A revision in the list of a post's. */
export interface PublicRevision {
  readonly revision: number;
  readonly title: string;
  readonly updatedAt: Date;
  readonly storedAt: Date;
}

/** A source that states a post. */
export interface PublicPostSource {
  readonly sourceId: string;
  /** Without user and password, like every address of a source that is shown. */
  readonly url: string;
  readonly entryId: string;
  readonly isLead: boolean;
  readonly seenAt: Date;
  /** Which rule made the entry a post of its own, or a statement of this one; null for what was stored before the rules were kept. */
  readonly recognisedBy: RecognitionRule | null;
  /** Since when the source does not list it any more; null while it does. */
  readonly goneAt: Date | null;
}

/** Everything that programs see of one post. */
export interface PublicPostDetails extends PublicPost {
  readonly content: PublicContent;
  /** Newest first. */
  readonly revisions: readonly PublicRevision[];
  /** The leading one first. */
  readonly sources: readonly PublicPostSource[];
}

/** The same of a row. */
export function publicPost(row: PostRow, newsletters: readonly PublicAdmission[]): PublicPost {
  return {
    id: row.id,
    state: row.state,
    reason: row.reason,
    revision: row.revision,
    title: row.title,
    url: row.url,
    publishedAt: row.publishedAt,
    storedAt: row.storedAt,
    position: row.position,
    topics: row.topics,
    categories: row.categories,
    attachmentCount: row.attachmentCount,
    newsletters,
  };
}

/** The same of a stored revision. */
export function publicContent(content: PostContent): PublicContent {
  return {
    postId: content.postId,
    revision: content.revision,
    tagId: content.tagId,
    state: content.state,
    publishedAt: content.publishedAt,
    updatedAt: content.updatedAt,
    title: content.title,
    url: content.url,
    html: content.html,
    summary: content.summary,
    authors: content.authors,
    image: content.image,
    attachments: content.attachments,
    event: content.event && publicEvent(content.event),
    language: content.language,
    topics: content.topics,
  };
}

function publicEvent({ start, end, place }: EntryEvent): EntryEvent {
  return { start, ...(end !== undefined && { end }), ...(place !== undefined && { place }) };
}

/** The same of a row. */
export function publicRevision({ revision, title, updatedAt, storedAt }: RevisionRow): PublicRevision {
  return { revision, title, updatedAt, storedAt };
}

/** The same of a row. */
export function publicPostSource({ sourceId, url, entryId, isLead, seenAt, recognisedBy, goneAt }: PostSourceRow): PublicPostSource {
  return { sourceId, url: shownUrl(url), entryId, isLead, seenAt, recognisedBy, goneAt };
}
