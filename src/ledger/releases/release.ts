/*
 * Releases: what became sendable, in the order in which it did. A post has one release of kind `post` for life; staff may add
 * releases of kind `correction`. Dates of posts play no part in selection: a late or back-dated post is released later.
 */
import type { Position } from '../position.ts';

/** The flood guard, of offers and of a source that staff gave no other: more than this at once look like a mistake and wait for staff. */
export const defaultGuardLimit = 20;

/** What a release carries: the post, or a short line saying that it was corrected. */
export type ReleaseKind = 'post' | 'correction';

/** What selection has to know about a release, as one newsletter sees it. */
export interface ReleaseFact {
  readonly position: Position;
  readonly postId: string;
  readonly kind: ReleaseKind;
  /** The post's revision at the moment of reading: what a draft pins. */
  readonly revision: number;
  /** The post's revision when this was released: who has an older one is told by a correction. */
  readonly releasedRevision: number;
  readonly releasedAt: Date;
  /** Topic ids of the post. */
  readonly topics: readonly string[];
  /** Its post was withdrawn, or staff took the correction back. */
  readonly isRetracted: boolean;
  /** The newsletter takes the post: one of its sources states it and its rules admit it. */
  readonly isAdmitted: boolean;
}

/** One release inside a digest, with the revision that is shown. */
export interface CarriedRelease {
  readonly position: Position;
  readonly postId: string;
  readonly kind: ReleaseKind;
  readonly revision: number;
}

/** True when topics chosen (null: all, also future ones and posts without any) and topics of a post meet. */
export function topicsOverlap(chosen: readonly string[] | null, topics: readonly string[]): boolean {
  return chosen === null || topics.some((topic) => chosen.includes(topic));
}

/** True when a subscription with these topics is to get the release at all. A correction is for who has the post, whatever they follow now. */
export function isSendable(release: ReleaseFact, topics: readonly string[] | null): boolean {
  if (release.isRetracted) return false;
  return release.kind === 'correction' || (release.isAdmitted && topicsOverlap(topics, release.topics));
}

/** Releases in order, to be looked up one by one and by range. */
export class ReleaseIndex {
  readonly #byPosition = new Map<Position, ReleaseFact>();
  #ordered: ReleaseFact[] = [];
  #postPositions = new Map<string, Position>();
  readonly #corrections = new Map<string, ReleaseFact[]>();

  constructor(releases: Iterable<ReleaseFact> = []) {
    this.add(releases);
  }

  /** Adds releases; one already known keeps its first facts, so that all cohorts of a freeze are decided alike. */
  add(releases: Iterable<ReleaseFact>): void {
    let changed = false;
    for (const release of releases) {
      if (this.#byPosition.has(release.position)) continue;
      this.#byPosition.set(release.position, release);
      if (release.kind === 'post') this.#postPositions.set(release.postId, release.position);
      else this.#corrections.set(release.postId, [...this.correctionsOf(release.postId), release]);
      changed = true;
    }
    if (changed) this.#ordered = [...this.#byPosition.values()].sort((a, b) => (a.position < b.position ? -1 : 1));
  }

  find(position: Position): ReleaseFact | undefined {
    return this.#byPosition.get(position);
  }

  has(position: Position): boolean {
    return this.#byPosition.has(position);
  }

  /** The position of the post's own release, where it is known here. */
  findPostPosition(postId: string): Position | undefined {
    return this.#postPositions.get(postId);
  }

  /** The corrections of a post that are known here. */
  correctionsOf(postId: string): readonly ReleaseFact[] {
    return this.#corrections.get(postId) ?? [];
  }

  /** Releases in `(above, upto]`, ascending. */
  between(above: Position, upto: Position): ReleaseFact[] {
    return this.#ordered.filter((release) => release.position > above && release.position <= upto);
  }
}
