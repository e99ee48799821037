import { countedReasons, type NothingCounts, type NothingReason } from '../src/ledger/drafts/judgement.ts';

/** Why one active subscription gets nothing of an edition. */
export const nothingWords: Readonly<Record<NothingReason, string>> = {
  suppressed: 'suppressed',
  paused: 'paused',
  minimum: "waits: fewer posts than the schedule's minimum",
  left_out: 'would get only what is left for the next edition',
  later: 'gets theirs with the next edition',
  topics: 'follows no topic of it',
  nothing_new: 'has nothing new in it',
};

/** Where several do the same, other words. */
const forSeveral: Readonly<Partial<Record<NothingReason, string>>> = {
  minimum: "wait: fewer posts than the schedule's minimum",
  later: 'get theirs with the next edition',
  topics: 'follow no topic of it',
  nothing_new: 'have nothing new in it',
};

/** Who gets nothing and why, in one line; none where everybody gets something. */
export function describeNothing(nothing: NothingCounts): string[] {
  const reasons = countedReasons(nothing);
  if (reasons.length === 0) return [];
  const words = reasons.map(({ reason, count }) => `${count} ${(count === 1 ? undefined : forSeveral[reason]) ?? nothingWords[reason]}`);
  return [`Without a digest: ${words.join(', ')}.`];
}
