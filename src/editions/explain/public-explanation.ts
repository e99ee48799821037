import type { CarryingDelivery, ExplainFacts } from './explain.ts';

/** Why a person gets a post or not, as programs see it: what `--json` prints. Positions are text. */
export interface PublicExplanation extends Omit<ExplainFacts, 'post' | 'subscription' | 'corrections'> {
  /** The paragraph for people; the rest is what it was written from. */
  readonly text: string;
  readonly post: Omit<ExplainFacts['post'], 'position'> & { readonly position: string | null };
  readonly subscription: Omit<ExplainFacts['subscription'], 'cursor' | 'since' | 'owed'> & {
    readonly cursor: string | null;
    readonly since: string | null;
    readonly owed: readonly string[];
  };
  readonly corrections: readonly {
    readonly position: string;
    readonly releasedAt: Date;
    readonly deliveries: readonly CarryingDelivery[];
  }[];
}

/** The same of facts, with the paragraph that they make. */
export function publicExplanation(text: string, facts: ExplainFacts): PublicExplanation {
  const { post, notInNewsletter, newsletter, schedule, subscription, draft, waitsForMinimum, deliveries, corrections } = facts;
  return {
    text,
    post: {
      title: post.title,
      state: post.state,
      reason: post.reason,
      position: textOf(post.position),
      releasedAt: post.releasedAt,
      topics: post.topics,
    },
    notInNewsletter,
    newsletter,
    schedule,
    subscription: {
      state: subscription.state,
      topics: subscription.topics,
      isPaused: subscription.isPaused,
      suppression: subscription.suppression,
      cursor: textOf(subscription.cursor),
      since: textOf(subscription.since),
      owed: subscription.owed.map(String),
    },
    draft,
    waitsForMinimum,
    deliveries,
    corrections: corrections.map(({ position, releasedAt, deliveries: carrying }) => ({
      position: String(position),
      releasedAt,
      deliveries: carrying,
    })),
  };
}

function textOf(position: bigint | null): string | null {
  return position === null ? null : String(position);
}
