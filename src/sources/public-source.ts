import { shownUrl } from '../reading/source-url.ts';
import { doDatesMove, idHabitOf, type IdHabit } from '../posts/identity/id-habit.ts';
import type { ListedSource, SourceKind, SourceState, WhenGone } from './source.ts';

/**
 * A source as commands, pages and the API show it: what it was told, what was learned of it, how its last reads went. What the next read sends and
 * counts with stays inside.
 */
export interface PublicSource {
  readonly id: string;
  /** Without user and password, like every address here: what is shown ends up in tickets and scripts. */
  readonly url: string;
  readonly kind: SourceKind;
  readonly mapping: unknown;
  readonly title: string | null;
  readonly siteUrl: string | null;
  readonly language: string | null;
  readonly timeZone: string | null;
  readonly state: SourceState;
  readonly firstRead: string;
  readonly firstReadAt: Date | null;
  readonly guardLimit: number;
  readonly nextPollAt: Date;
  readonly lastPolledAt: Date | null;
  readonly lastReadAt: Date | null;
  readonly lastOutcome: string | null;
  readonly lastReason: string | null;
  readonly failureCount: number;
  /** What its ids are worth: `unproved`, `stable`, or `renewed` at each fetch, so that its posts are recognised by what they say. */
  readonly idHabit: IdHabit;
  /** When words that were known last came under a new id. */
  readonly idsRenewedAt: Date | null;
  /** Its dates move with each fetch, and count as none. */
  readonly datesMove: boolean;
  /** What becomes of a post that vanishes from it before it was mailed. */
  readonly whenGone: WhenGone;
  /** What at least half of its last ten posts repeat word for word: the beginning of each paragraph, and how many posts have it. */
  readonly repeats: readonly PublicRepeat[];
  /** Full posts are shown without what is repeated, too; leads and summaries always are. */
  readonly trimsRepeats: boolean;
  /** Where it says that it has moved for good, until it is followed. */
  readonly permanentUrl: string | null;
  readonly createdAt: Date;
  /** Slugs of the newsletters that take its posts. */
  readonly newsletters: readonly string[];
  readonly postCount: number;
}

/** A paragraph that posts of a source repeat. */
export interface PublicRepeat {
  readonly text: string;
  readonly postCount: number;
  /** False where its links or pictures differ from post to post: such a paragraph stays in full posts. */
  readonly isTrimmable: boolean;
}

/** The public shape of a row; a column that is added stays inside until it is named here. */
export function publicSource(source: ListedSource): PublicSource {
  return {
    id: source.id,
    url: shownUrl(source.url),
    kind: source.kind,
    mapping: source.mapping,
    title: source.title,
    siteUrl: source.siteUrl,
    language: source.language,
    timeZone: source.timeZone,
    state: source.state,
    firstRead: source.firstRead,
    firstReadAt: source.firstReadAt,
    guardLimit: source.guardLimit,
    nextPollAt: source.nextPollAt,
    lastPolledAt: source.lastPolledAt,
    lastReadAt: source.lastReadAt,
    lastOutcome: source.lastOutcome,
    lastReason: source.lastReason,
    failureCount: source.failureCount,
    idHabit: idHabitOf(source),
    idsRenewedAt: source.idsRenewedAt,
    datesMove: doDatesMove(source),
    whenGone: source.whenGone,
    repeats: source.repeats.map(({ text, postCount, links }) => ({ text, postCount, isTrimmable: links !== null })),
    trimsRepeats: source.trimsRepeats,
    permanentUrl: source.permanentUrl === null ? null : shownUrl(source.permanentUrl),
    createdAt: source.createdAt,
    newsletters: source.newsletters,
    postCount: source.postCount,
  };
}
