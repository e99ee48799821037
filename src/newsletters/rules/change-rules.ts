import type { Queryable } from '../../db/db.ts';
import { listNewsletterRules } from '../../ledger/releases/membership-store.ts';
import { getNewsletter } from '../newsletter-store.ts';
import { deleteRule, insertRule } from './rule-store.ts';
import { publicRule, type PublicRule } from './public-rule.ts';
import { parseRule } from './rule.ts';

/** A rule as staff type it, and the slug of its newsletter. */
export interface TypedRule {
  readonly newsletter: string;
  readonly effect: string;
  readonly field: string;
  readonly pattern: string;
}

/** A rule, and whether asking for it changed anything. */
export interface RuleChange {
  readonly rule: PublicRule;
  readonly isChanged: boolean;
}

/** The rules of a newsletter in the order in which they are asked. @throws NotFoundError */
export async function listRules(db: Queryable, newsletter: string): Promise<PublicRule[]> {
  return (await listNewsletterRules(db, (await getNewsletter(db, newsletter)).id)).map(publicRule);
}

/** Adds a rule to a newsletter; one that it has already changes nothing. @throws NotFoundError, InvalidInputError */
export async function addRule(db: Queryable, typed: TypedRule): Promise<RuleChange> {
  return changeRule(db, typed, insertRule);
}

/** Takes a rule from a newsletter; one that it has not changes nothing. @throws NotFoundError, InvalidInputError */
export async function removeRule(db: Queryable, typed: TypedRule): Promise<RuleChange> {
  return changeRule(db, typed, deleteRule);
}

async function changeRule(db: Queryable, typed: TypedRule, change: typeof insertRule): Promise<RuleChange> {
  const { id } = await getNewsletter(db, typed.newsletter);
  const rule = parseRule(typed.effect, typed.field, typed.pattern);
  return { rule: publicRule(rule), isChanged: await change(db, id, rule) };
}
