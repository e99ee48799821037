import type { NewsletterRule } from '../../ledger/releases/membership.ts';

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

/** A post that a change of rules lets in, as programs see it. */
export interface PublicAdmitted {
  readonly postId: string;
  readonly title: string;
}
