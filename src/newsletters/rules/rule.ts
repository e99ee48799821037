import { InvalidInputError } from '../../kernel/errors.ts';
import { ruleFields } from '../../ledger/releases/membership.ts';
import type { NewsletterRule } from '../../ledger/releases/membership.ts';

/** A rule as staff type it: `exclude category internal`. @throws InvalidInputError */
export function parseRule(effect: string, field: string, pattern: string): NewsletterRule {
  const known = ruleFields.find((each) => each === field);
  const isEffect = effect === 'include' || effect === 'exclude';
  if (!isEffect || !known || pattern.trim() === '') {
    throw new InvalidInputError(
      `Expected include or exclude, one of ${ruleFields.join(', ')}, and a pattern, got "${effect} ${field} ${pattern}"`,
    );
  }
  return { effect, field: known, pattern: pattern.trim() };
}

/** A rule of a newsletter as programs see it: what `--json` prints. */
export interface PublicRule {
  readonly effect: NewsletterRule['effect'];
  readonly field: NewsletterRule['field'];
  readonly pattern: string;
}

/** The same of a rule as the ledger asks it. */
export function publicRule({ effect, field, pattern }: NewsletterRule): PublicRule {
  return { effect, field, pattern };
}
