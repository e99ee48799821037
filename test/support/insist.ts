/** Throws where a rule does not hold. For worlds that look thousands of times a second, where `expect` would take most of the time. */
export function insist(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`Expected the rule to hold, but ${otherwise}`);
}
