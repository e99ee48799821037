import type { Database, Queryable, Tx } from '../../db/db.ts';
import { holdUnfrozen } from '../../ledger/exclusion/hold-unfrozen.ts';
import { lockPosts } from '../../ledger/exclusion/posts-lock-store.ts';
import { insertOffers } from '../../ledger/recorded-offer-store.ts';
import { listPassedPosts } from '../../ledger/releases/admission-store.ts';
import { listNewsletterRules, loadMembershipFacts } from '../../ledger/releases/membership-store.ts';
import { rulesAdmit, type NewsletterRule } from '../../ledger/releases/membership.ts';
import { getNewsletter } from '../newsletter-store.ts';
import { deleteRule, insertRule } from './rule-store.ts';
import { publicRule, type PublicAdmitted, type PublicRule } from './public-rule.ts';
import { parseRule } from './rule.ts';

/** A rule as staff type it, and the slug of its newsletter. */
export interface TypedRule {
  readonly newsletter: string;
  readonly effect: string;
  readonly field: string;
  readonly pattern: string;
}

/** What becomes of the posts that a rule kept out and that are let in now. */
export interface RuleOptions {
  readonly now: Date;
  /** False: readers whose cursor has passed them do not get them; what they have not come to comes all the same. */
  readonly offers: boolean;
  /** Only says what it would bring. */
  readonly isDryRun?: boolean;
}

/** A rule, and what asking for it came to. `waits`: an edition is being frozen, and nothing was changed; try again when it is sending. */
export type RuleChange =
  | {
      readonly kind: 'changed' | 'unchanged';
      readonly newsletterId: string;
      readonly rule: PublicRule;
      /** Released posts that the newsletter takes only now and that readers may have been passed by, oldest first. */
      readonly admitted: readonly PublicAdmitted[];
    }
  | { readonly kind: 'waits'; readonly forEditionId: string };

/** The rules of a newsletter in the order in which they are asked. @throws NotFoundError */
export async function listRules(db: Queryable, newsletter: string): Promise<PublicRule[]> {
  return (await listNewsletterRules(db, (await getNewsletter(db, newsletter)).id)).map(publicRule);
}

/** Adds a rule to a newsletter; one that it has already changes nothing. One more that includes may let posts in. @throws NotFoundError, InvalidInputError */
export async function addRule(database: Database, typed: TypedRule, options: RuleOptions): Promise<RuleChange> {
  return changeRule(database, typed, options, { write: insertRule, after: (rules, rule) => [...rules, rule] });
}

/** Takes a rule from a newsletter; one that it has not changes nothing. @throws NotFoundError, InvalidInputError */
export async function removeRule(database: Database, typed: TypedRule, options: RuleOptions): Promise<RuleChange> {
  return changeRule(database, typed, options, {
    write: deleteRule,
    after: (rules, rule) => rules.filter((each) => !isSame(each, rule)),
  });
}

interface Change {
  readonly write: typeof insertRule;
  readonly after: (rules: readonly NewsletterRule[], rule: NewsletterRule) => NewsletterRule[];
}

/**
 * Under the exclusion of offers, so that no freeze asks one reader by the old rules and the next by the new ones; and under the lock of posts, so that a post
 * that changes at this moment is let in by either.
 */
async function changeRule(database: Database, typed: TypedRule, options: RuleOptions, change: Change): Promise<RuleChange> {
  const { id } = await getNewsletter(database, typed.newsletter);
  const rule = parseRule(typed.effect, typed.field, typed.pattern);
  return database.transaction(async (tx): Promise<RuleChange> => {
    const forEditionId = (await holdUnfrozen(tx, [id], true)).get(id);
    if (typeof forEditionId === 'string') return { kind: 'waits', forEditionId };
    await lockPosts(tx);
    const before = await listNewsletterRules(tx, id);
    const isThere = before.some((each) => isSame(each, rule));
    const after = change.after(before, rule);
    if (isThere === after.some((each) => isSame(each, rule)))
      return { kind: 'unchanged', newsletterId: id, rule: publicRule(rule), admitted: [] };
    const admitted = await listNewlyAdmitted(tx, id, before, after);
    if (!options.isDryRun) {
      await change.write(tx, id, rule);
      const offers = options.offers ? admitted.map(({ postId }) => ({ postId, kind: 'admitted' as const, newsletterId: id })) : [];
      await insertOffers(tx, offers, options.now);
    }
    return { kind: 'changed', newsletterId: id, rule: publicRule(rule), admitted };
  });
}

async function listNewlyAdmitted(
  tx: Tx,
  newsletterId: string,
  before: readonly NewsletterRule[],
  after: readonly NewsletterRule[],
): Promise<PublicAdmitted[]> {
  const passed = await listPassedPosts(tx, newsletterId);
  const facts = await loadMembershipFacts(
    tx,
    passed.map(({ postId }) => postId),
  );
  return passed.filter(({ postId }) => {
    const seen = facts.get(postId);
    return seen !== undefined && !rulesAdmit(before, seen).admitted && rulesAdmit(after, seen).admitted;
  });
}

function isSame(a: NewsletterRule, b: NewsletterRule): boolean {
  return a.effect === b.effect && a.field === b.field && a.pattern === b.pattern;
}
