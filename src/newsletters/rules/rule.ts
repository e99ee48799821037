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
