import type { Queryable } from '../../db/db.ts';
import type { Block } from './account-rate.ts';
import { readReceivingDomains, type ReadStanding, writeReceivingDomains } from './receiving-domain-store.ts';
import { afterRequest, type DomainRequest, type DomainRules, type DomainTrouble, newReceivingStanding } from './receiving-standing.ts';

/** What is known of a domain after it was asked for. */
export interface DomainAnswer {
  readonly group: string;
  /** That it stands still: until when, and since when that is known. */
  readonly hold: {
    readonly trouble: DomainTrouble;
    readonly untilInMs: number;
    readonly refusedAgoMs: number;
    readonly tryCount: number;
  } | null;
  /** Whether it has a rate of its own. */
  readonly isLearned: boolean;
  /** What it was given; undefined where nothing was asked for, or while it stands still. */
  readonly block: Block | undefined;
}

/** How often a race for rows is run again. */
const mostRaces = 50;

/**
 * Says what was heard of domains of an account, takes what they are given, and reads which of its domains stand still: in two short statements and no
 * transaction, however many they are. What others were faster with is decided again by what they wrote.
 */
export async function askDomains(
  db: Queryable,
  account: string,
  requests: readonly DomainRequest[],
  rules: DomainRules,
  random: () => number,
): Promise<DomainAnswer[]> {
  const answers = new Map<string, DomainAnswer>();
  let left = new Map(requests.map((request) => [request.group, request]));
  for (let race = 0; race < mostRaces; race += 1) {
    const { now, read } = await readReceivingDomains(db, account, [...left.keys()]);
    const byGroup = new Map(read.map((row) => [row.group, row]));
    for (const { group, standing } of read)
      if (!answers.has(group) && !left.has(group)) answers.set(group, answerOf(group, standing, undefined, now));
    const changed: ReadStanding[] = [];
    for (const [group, request] of left) {
      const { standing, version } = byGroup.get(group) ?? { standing: newReceivingStanding(), version: null };
      const { after, block } = afterRequest(standing, request, rules, now, random());
      answers.set(group, answerOf(group, after, block, now));
      if (after !== standing) changed.push({ group, version, standing: after });
    }
    if (changed.length === 0) return [...answers.values()];
    const written = new Set(await writeReceivingDomains(db, account, changed));
    left = new Map(changed.filter(({ group }) => !written.has(group)).map(({ group }) => [group, left.get(group)!]));
    if (left.size === 0) return [...answers.values()];
  }
  throw new Error(`Expected to write what domains are given within ${mostRaces} races, did not`);
}

function answerOf(group: string, { hold, rate }: ReadStanding['standing'], block: Block | undefined, now: number): DomainAnswer {
  return {
    group,
    hold: hold && { trouble: hold.trouble, untilInMs: hold.until - now, refusedAgoMs: now - hold.refusedAt, tryCount: hold.tryCount },
    isLearned: rate.learnedPerSecond !== null,
    block,
  };
}
