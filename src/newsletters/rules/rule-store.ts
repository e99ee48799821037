import type { Queryable } from '../../db/db.ts';
import type { NewsletterRule } from '../../ledger/releases/membership.ts';

/** Adds a rule to a newsletter; false when it has it already. */
export async function insertRule(db: Queryable, newsletterId: string, rule: NewsletterRule): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into newsletter_rule (newsletter_id, effect, field, pattern) values ($1, $2, $3, $4) on conflict on constraint newsletter_rule_key do nothing`,
    [newsletterId, rule.effect, rule.field, rule.pattern],
  );
  return rowCount === 1;
}

/** Takes a rule from a newsletter; false when it had none such. */
export async function deleteRule(db: Queryable, newsletterId: string, rule: NewsletterRule): Promise<boolean> {
  const { rowCount } = await db.query(
    `delete from newsletter_rule where newsletter_id = $1 and effect = $2 and field = $3 and pattern = $4`,
    [newsletterId, rule.effect, rule.field, rule.pattern],
  );
  return rowCount === 1;
}
