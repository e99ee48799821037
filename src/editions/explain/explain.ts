import { utcMoment } from '../../kernel/text/utc-moment.ts';
import type { Remedy } from '../../kernel/errors.ts';
import type { DeliveryState } from '../../ledger/queue/delivery.ts';
import type { Position } from '../../ledger/position.ts';
import { type Beginning, beforeText } from './beginning.ts';

/** A delivery to the person whose digest holds the post. */
export interface CarryingDelivery {
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

/** A correction of the post that staff released. */
export interface CorrectionFacts {
  readonly position: Position;
  readonly releasedAt: Date;
  /** Newest first. */
  readonly deliveries: readonly CarryingDelivery[];
}

/** Everything that decides whether a person gets a post. */
export interface ExplainFacts {
  readonly post: {
    readonly title: string;
    readonly state: 'known' | 'held' | 'released' | 'retracted';
    readonly reason: string | null;
    readonly position: Position | null;
    readonly releasedAt: Date | null;
    readonly topics: readonly { readonly id: string; readonly name: string }[];
  };
  /** Why the newsletter does not take the post; null when it does. */
  readonly notInNewsletter: string | null;
  readonly newsletter: string;
  readonly schedule: string;
  readonly subscription: {
    readonly state: 'pending' | 'active' | 'left';
    readonly topics: readonly { readonly id: string; readonly name: string }[] | null;
    readonly isPaused: boolean;
    readonly suppression: string | null;
    readonly cursor: Position | null;
    readonly since: Position | null;
    readonly owed: readonly Position[];
    /** What set `since`, where that is known. */
    readonly beginning: Beginning | undefined;
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
  readonly deliveries: readonly CarryingDelivery[];
  /** The edition that held the post and whose deliveries were deleted, where theirs may have been among them; null where there is none. */
  readonly prunedIn: { readonly editionId: string; readonly at: Date } | null;
  /** Oldest first. */
  readonly corrections: readonly CorrectionFacts[];
}

/** Why a person got a post, when, or why not, in one paragraph. */
export function explain(facts: ExplainFacts): string {
  return [about(facts), because(facts), ...facts.corrections.map((correction) => correctionText(facts, correction))].join(' ').trimEnd();
}

/** What staff can do for a person who may not have got the post; undefined where there is nothing to do. */
export function remedyOf(facts: ExplainFacts): Remedy | undefined {
  const { deliveries } = facts;
  if (deliveries.some(({ state }) => state === 'accepted' || state === 'queued' || state === 'sending')) return undefined;
  const ended = endedDelivery(facts);
  return ended?.state === 'in_doubt' && whyNotSentAgain(facts, ended) === undefined
    ? { kind: 'resend_in_doubt', editionId: ended.editionId }
    : undefined;
}

/** The last delivery that came to an answer, or to none for good, without being accepted. */
function endedDelivery({ deliveries }: ExplainFacts): CarryingDelivery | undefined {
  return deliveries.find(({ state }) => state === 'rejected' || state === 'in_doubt');
}

function about({ post, newsletter }: ExplainFacts): string {
  const released = post.releasedAt === null ? '' : `, released ${utcMoment(post.releasedAt)} at position ${post.position}`;
  return `"${post.title}"${released}${post.topics.length > 0 ? `, under ${post.topics.map((topic) => topic.name).join(', ')}` : ''}, in "${newsletter}":`;
}

function because(facts: ExplainFacts): string {
  const reached = facts.deliveries.find((delivery) => delivery.state === 'accepted');
  if (reached)
    return `${following(facts)}they got it in edition ${reached.editionId}, which their mail server accepted ${reached.at ? utcMoment(reached.at) : ''}.`.replace(
      ' .',
      '.',
    );
  const open = facts.deliveries.find((delivery) => delivery.state === 'queued' || delivery.state === 'sending');
  if (open?.isPaused) return `${following(facts)}it is in edition ${open.editionId}, which is paused.`;
  if (open)
    return `${following(facts)}it is on its way to them in edition ${open.editionId}${open.state === 'queued' ? `, due ${utcMoment(open.dueAt)}` : ''}${open.reason ? ` (${open.reason})` : ''}.`;
  const ended = endedDelivery(facts);
  if (ended?.state === 'in_doubt') return doubtText(facts, ended);
  if (ended) return refusedText(ended, isOwed(facts));
  return withoutDelivery(facts);
}

function doubtText(facts: ExplainFacts, delivery: CarryingDelivery): string {
  const when = delivery.at ? ` ${utcMoment(delivery.at)}` : '';
  const why = whyNotSentAgain(facts, delivery);
  const how = why === undefined ? '; staff can have it sent again.' : `, and cannot be, because ${why}.`;
  return `they may have it: the connection was lost after edition ${delivery.editionId} was handed over${when}, so it is not sent again by itself${how}`;
}

/** Why not even staff can send it again now; undefined where they can. */
function whyNotSentAgain({ subscription }: ExplainFacts, delivery: CarryingDelivery): string | undefined {
  if (delivery.isCancelled) return 'the edition was cancelled';
  if (subscription.state === 'pending') return 'they have not confirmed their subscription';
  if (subscription.state === 'left') return 'they have left the newsletter';
  if (subscription.suppression !== null) return `their address is suppressed (${subscription.suppression})`;
  return subscription.isPaused ? 'their subscription is paused' : undefined;
}

function refusedText(delivery: CarryingDelivery, isOwedAgain: boolean): string {
  const when = delivery.at ? ` ${utcMoment(delivery.at)}` : '';
  return `their mail server refused edition ${delivery.editionId}${when}${delivery.reason ? ` (${delivery.reason})` : ''}${isOwedAgain ? '; it is owed and comes with the next edition.' : '.'}`;
}

function withoutDelivery(facts: ExplainFacts): string {
  const { post, subscription, prunedIn } = facts;
  if (prunedIn !== null && !isToCome(facts, post.position))
    return `it went out with edition ${prunedIn.editionId}, whose deliveries were deleted ${utcMoment(prunedIn.at)}: whether they got it is not known any more, and it is not sent again.`;
  if (post.state === 'known') return 'nobody was mailed it, because it was there already when its source was first read.';
  if (post.state === 'held') return `nobody was mailed it, because it is held: ${post.reason ?? 'no reason given'}.`;
  if (post.state === 'retracted') return `it was retracted${post.reason ? ` (${post.reason})` : ''} before it reached them.`;
  if (facts.notInNewsletter !== null) return `the newsletter does not take it: ${facts.notInNewsletter}.`;
  if (subscription.state === 'pending') return 'they have not confirmed their subscription, so nothing is mailed to them.';
  if (subscription.state === 'left') return 'they have left the newsletter, so nothing is mailed to them.';
  if (subscription.suppression !== null) return `their address is suppressed (${subscription.suppression}), so nothing is mailed to them.`;
  if (!matches(facts))
    return `they follow ${namesOf(subscription.topics ?? [])}, and the post is under none of these${subscription.isPaused ? '; their subscription is paused, too' : ''}.`;
  if (subscription.since !== null && post.position !== null && post.position <= subscription.since)
    return beforeText(subscription.beginning);
  if (isToCome(facts, post.position)) return toComeText(facts);
  return facts.offer === null ? lostText(facts.deliveries[0]) : offeredText[facts.offer];
}

const offeredText: Readonly<Record<NonNullable<ExplainFacts['offer']>, string>> = {
  open: 'an edition passed it, but it is offered now to those who have not had it: within a minute, or once no edition is being frozen.',
  held: 'an edition passed it; that it is offered now to those who have not had it is held until staff release it.',
};

function toComeText({ draft, schedule, subscription, waitsForMinimum }: ExplainFacts): string {
  const next = `it comes with the next edition of their schedule "${schedule}"`;
  if (subscription.isPaused) return `${next}, when their pause ends.`;
  if (draft?.isLeftOut) return `staff left it out of edition ${draft.editionId}; it comes with the one after.`;
  if (waitsForMinimum !== null)
    return `it waits until there are ${waitsForMinimum} posts for them, which is the least that their schedule "${schedule}" sends.`;
  if (draft && !draft.isPinned)
    return `edition ${draft.editionId}, which ${draft.state === 'held' ? 'is held' : 'waits for approval'}, was composed before it was theirs; it comes with the one after.`;
  if (draft)
    return `it is in edition ${draft.editionId}, which ${draft.state === 'held' ? 'is held' : 'waits for approval'}; should that be skipped, ${next}.`;
  return `${next}.`;
}

/** Nothing where the correction is not for them: they never got the post. */
function correctionText(facts: ExplainFacts, { position, releasedAt, deliveries }: CorrectionFacts): string {
  const correction = `Its correction of ${utcMoment(releasedAt)}`;
  const reached = deliveries.find((delivery) => delivery.state === 'accepted');
  if (reached) return `${correction} was in edition ${reached.editionId}, which their mail server accepted.`;
  const open = deliveries.find((delivery) => delivery.state === 'queued' || delivery.state === 'sending');
  if (open) return `${correction} is on its way to them in edition ${open.editionId}.`;
  if (isToCome(facts, facts.post.position) && matches(facts))
    return `${correction} needs no line of its own: they get the post as it is now.`;
  return isOwedCorrection(facts, position) ? `${correction} comes as a short line beside the posts of their next edition.` : '';
}

/** It comes to who has the post, whatever they follow now. */
function isOwedCorrection({ subscription }: ExplainFacts, position: Position): boolean {
  return subscription.state === 'active' && subscription.owed.includes(position);
}

function isToCome({ subscription }: ExplainFacts, position: Position | null): boolean {
  if (position === null || subscription.state !== 'active' || subscription.cursor === null) return false;
  return position > subscription.cursor || subscription.owed.includes(position);
}

/** Passed by the cursor without a delivery that reached them: the last delivery that held it says why. */
function lostText(last: CarryingDelivery | undefined): string {
  if (!last)
    return 'an edition passed it while they did not follow it, or the newsletter did not take it; it will not be sent on its own later.';
  return `edition ${last.editionId} held it for them and ended ${last.state}${last.reason ? ` (${last.reason})` : ''}, after which it is not sent again.`;
}

function matches({ post, subscription }: ExplainFacts): boolean {
  return subscription.topics === null || post.topics.some((topic) => subscription.topics?.some((chosen) => chosen.id === topic.id));
}

/** Why it is theirs; nothing where it was chosen differently when it was sent. */
function following(facts: ExplainFacts): string {
  if (!matches(facts)) return '';
  const { topics } = facts.subscription;
  if (topics === null) return 'as they follow all topics, ';
  const shared = topics.filter((chosen) => facts.post.topics.some((topic) => topic.id === chosen.id));
  return `as they follow ${namesOf(shared)}, `;
}

function isOwed({ post, subscription }: ExplainFacts): boolean {
  return post.position !== null && subscription.owed.includes(post.position);
}

function namesOf(topics: readonly { readonly name: string }[]): string {
  return topics.map((topic) => topic.name).join(', ') || 'no topic';
}
