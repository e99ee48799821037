import type { DeliveryState } from '../../ledger/queue/delivery.ts';
import type { PostState } from '../../posts/post.ts';
import type { CarryingDelivery, ExplainFacts } from './explain.ts';

/** A delivery to the person whose digest holds the post. */
export interface PublicCarrying {
  readonly editionId: string;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly at: Date | null;
  readonly dueAt: Date;
  /** Its edition sends nothing until staff resume it. */
  readonly isPaused: boolean;
  /** Nothing of its edition is sent again. */
  readonly isCancelled: boolean;
}

/** A topic by its id and name. */
type NamedTopic = { readonly id: string; readonly name: string };

/** Why a person gets a post or not, as programs see it: what `--json` prints. Positions are text. */
export interface PublicExplanation {
  /** The paragraph for people; the rest is what it was written from. */
  readonly text: string;
  readonly post: {
    readonly title: string;
    readonly state: PostState;
    readonly reason: string | null;
    readonly position: string | null;
    readonly releasedAt: Date | null;
    readonly topics: readonly NamedTopic[];
  };
  /** Why the newsletter does not take the post; null when it does. */
  readonly notInNewsletter: string | null;
  readonly newsletter: string;
  readonly schedule: string;
  readonly subscription: {
    readonly state: 'pending' | 'active' | 'left';
    /** Null: all. */
    readonly topics: readonly NamedTopic[] | null;
    readonly isPaused: boolean;
    readonly suppression: string | null;
    readonly cursor: string | null;
    readonly since: string | null;
    readonly owed: readonly string[];
    /** What set `since`: an edition that had passed it, that the newsletter was made there, or how far back who joins reaches; null where they started afresh. */
    readonly beginning:
      | { readonly kind: 'edition'; readonly editionId: string }
      | { readonly kind: 'newsletter' }
      | { readonly kind: 'reach'; readonly from: Date }
      | null;
  };
  /** The draft of their schedule, and whether it pinned the post; null where there is none. */
  readonly draft: {
    readonly editionId: string;
    readonly state: 'draft' | 'held';
    readonly isPinned: boolean;
    readonly isLeftOut: boolean;
  } | null;
  /** The smallest number of posts that their schedule sends, where what is to come for them is fewer; null where nothing waits for that. */
  readonly waitsForMinimum: number | null;
  /** The post is offered to whom it passed: that is to be applied, or held until staff release it; null where it is not. */
  readonly offer: 'open' | 'held' | null;
  /** Newest first. */
  readonly deliveries: readonly PublicCarrying[];
  /** The edition that held the post and whose deliveries were deleted, where theirs may have been among them; null where there is none. */
  readonly prunedIn: { readonly editionId: string; readonly at: Date } | null;
  /** Oldest first. */
  readonly corrections: readonly {
    readonly position: string;
    readonly releasedAt: Date;
    readonly deliveries: readonly PublicCarrying[];
  }[];
}

/** The same of facts, with the paragraph that they make. */
export function publicExplanation(text: string, facts: ExplainFacts): PublicExplanation {
  const { post, notInNewsletter, newsletter, schedule, subscription, draft, waitsForMinimum, offer, deliveries, prunedIn, corrections } =
    facts;
  return {
    text,
    post: {
      title: post.title,
      state: post.state,
      reason: post.reason,
      position: textOf(post.position),
      releasedAt: post.releasedAt,
      topics: post.topics.map(named),
    },
    notInNewsletter,
    newsletter,
    schedule,
    subscription: {
      state: subscription.state,
      topics: subscription.topics?.map(named) ?? null,
      isPaused: subscription.isPaused,
      suppression: subscription.suppression,
      cursor: textOf(subscription.cursor),
      since: textOf(subscription.since),
      owed: subscription.owed.map(String),
      beginning: subscription.beginning ?? null,
    },
    draft: draft && { editionId: draft.editionId, state: draft.state, isPinned: draft.isPinned, isLeftOut: draft.isLeftOut },
    waitsForMinimum,
    offer,
    deliveries: deliveries.map(publicCarrying),
    prunedIn: prunedIn && { editionId: prunedIn.editionId, at: prunedIn.at },
    corrections: corrections.map(({ position, releasedAt, deliveries: carrying }) => ({
      position: String(position),
      releasedAt,
      deliveries: carrying.map(publicCarrying),
    })),
  };
}

function publicCarrying({ editionId, state, reason, at, dueAt, isPaused, isCancelled }: CarryingDelivery): PublicCarrying {
  return { editionId, state, reason, at, dueAt, isPaused, isCancelled };
}

function named({ id, name }: NamedTopic): NamedTopic {
  return { id, name };
}

function textOf(position: bigint | null): string | null {
  return position === null ? null : String(position);
}
