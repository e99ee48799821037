/*
 * What happened in a run, as it was seen from outside: what was asked and when it was answered, which messages the mail server took, and what the
 * ledger was free to choose (positions and cutoffs). The reconciliation knows nothing else.
 */

/** Milliseconds since 1970: when it was asked first, and when it was answered at last. What happened lies in between. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a person did with a subscription. One begins after the one before was answered. */
export type Step = Span &
  (
    | { readonly kind: 'join'; readonly schedule: string; readonly topics: readonly string[] | null }
    | { readonly kind: 'topics'; readonly topics: readonly string[] | null }
    | { readonly kind: 'leave' | 'pause' | 'resume' | 'afresh' }
  );

/** A person and a newsletter. Topics are null where all are followed. */
export interface Subscription {
  readonly address: string;
  readonly newsletter: string;
  readonly steps: readonly Step[];
}

/** A post of a site; `position` is what the ledger gave it, undefined where it never was released. */
export interface Post {
  readonly key: string;
  readonly newsletters: readonly string[];
  /** The topic that its category led to when it was published. */
  readonly topic: string;
  readonly publishedAt: number;
  readonly position: number | undefined;
  /** In order; the last may be open. */
  readonly retractions: readonly { readonly retracted: Span; readonly undone?: Span }[];
}

/** A correction that was released. */
export interface Correction {
  /** What its note says, and no other. */
  readonly key: string;
  readonly post: string;
  /** The text that it tells of, counted from 1. */
  readonly revision: number;
  readonly askedAt: number;
  readonly isTakenBack: boolean;
}

/** A merge of topics: when it was asked, and when its last follower had moved. */
export interface Merge extends Span {
  readonly into: string;
}

/** A message that the mail server took. */
export interface Message {
  readonly to: string;
  readonly newsletter: string;
  readonly kind: 'digest' | 'confirmation' | 'notice';
  readonly messageId: string;
  /** When its DATA began, and when all of it had come. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Which posts it holds, in which text; undefined where only the title stands there. */
  readonly posts: readonly { readonly key: string; readonly revision: number | undefined }[];
  readonly corrections: readonly string[];
}

/** An edition, of which one looked again and again whether those who join begin behind its cutoff. */
export interface Passage {
  readonly newsletter: string;
  readonly schedule: string;
  readonly cutoff: number;
  /** Before then there surely was none. */
  readonly bornAfter: number;
  /** Until then they surely did not. */
  readonly notBefore: number;
  /** From then on they surely do; undefined where it never came to that. */
  readonly surelyFrom: number | undefined;
}

/** All of it. */
export interface History {
  readonly subscriptions: readonly Subscription[];
  readonly posts: readonly Post[];
  readonly corrections: readonly Correction[];
  /** By the topic that went into another. */
  readonly merges: ReadonlyMap<string, Merge>;
  readonly messages: readonly Message[];
  readonly passages: readonly Passage[];
  /** How often a delivery was in doubt, by its id: its message may have arrived, and is repeated as it was. */
  readonly doubts: ReadonlyMap<string, number>;
}
