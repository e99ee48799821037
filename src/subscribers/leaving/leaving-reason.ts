import { InvalidInputError } from '../../kernel/errors.ts';
import { cutToLength } from '../../kernel/cut-text.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';

/** Every reason that is offered to people who left. */
export const leavingReasons = ['too_many', 'not_relevant', 'never_asked', 'elsewhere', 'other'] as const;

/** Why somebody left. */
export interface LeavingReason {
  readonly reason: (typeof leavingReasons)[number];
  /** In their own words; null once they are erased. */
  readonly words: string | null;
}

/** So much of somebody's own words is kept. */
const mostReasonCharacters = 500;

/** What a form says. @throws InvalidInputError for a reason that is not offered */
export function parseLeavingReason(reason: string, words: string): LeavingReason {
  const offered = leavingReasons.find((each) => each === reason);
  if (!offered) throw new InvalidInputError('Expected one of the reasons that are offered, got another');
  const line = cutToLength(cleanLine(words), mostReasonCharacters);
  return { reason: offered, words: line === '' ? null : line };
}
