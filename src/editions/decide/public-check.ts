import type { CheckOutcome, Decided, Held } from '../check-draft.ts';

/** What the gates say of a draft now, for people and programs. `decided`: it is no draft any more. */
export type PublicCheck =
  | {
      readonly kind: 'passed';
      /** Of the digest that most get. */
      readonly subject: string;
      readonly recipients: number;
      readonly repairs: readonly string[];
    }
  | Held
  | Decided;

/** The same of what checking came to. */
export function publicCheck(checked: CheckOutcome): PublicCheck {
  if (checked.kind !== 'passed') return checked;
  const { subject, plan, repairs } = checked.draft;
  return { kind: 'passed', subject, recipients: plan.recipientCount, repairs };
}
