/*
 * Which posts a newsletter takes: those of its sources that its rules admit. Any exclude keeps a post out; where includes exist, one must
 * hold. Patterns are compared without regard to case; `*` stands for any run of characters.
 */

/** What a rule looks at. */
export const ruleFields = ['source', 'category', 'tag', 'author', 'title'] as const;

/** A rule of a newsletter. */
export interface NewsletterRule {
  readonly effect: 'include' | 'exclude';
  readonly field: (typeof ruleFields)[number];
  /** A source's id, URL or title; a category's or tag's slug or name; an author's name; a title. */
  readonly pattern: string;
}

/** What rules can see of a post. Each list holds every text that the pattern may match. */
export interface MembershipFacts {
  readonly source: readonly string[];
  readonly category: readonly string[];
  readonly tag: readonly string[];
  readonly author: readonly string[];
  readonly title: readonly string[];
}

/** Whether a newsletter takes a post, and which rule said so; undefined where no rule had to speak, `no include` where none held. */
export interface Admission {
  readonly admitted: boolean;
  readonly because: NewsletterRule | 'no include' | undefined;
}

/** Applies a newsletter's rules to a post. */
export function rulesAdmit(rules: readonly NewsletterRule[], facts: MembershipFacts): Admission {
  const excluding = rules.find((rule) => rule.effect === 'exclude' && ruleHolds(rule, facts));
  if (excluding !== undefined) return { admitted: false, because: excluding };
  const includes = rules.filter((rule) => rule.effect === 'include');
  if (includes.length === 0) return { admitted: true, because: undefined };
  const including = includes.find((rule) => ruleHolds(rule, facts));
  return including === undefined ? { admitted: false, because: 'no include' } : { admitted: true, because: including };
}

function ruleHolds(rule: NewsletterRule, facts: MembershipFacts): boolean {
  return facts[rule.field].some((text) => matchesPattern(rule.pattern, text));
}

/** Literal parts in order, so that no pattern costs more than one walk over the text. */
function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const subject = text.toLowerCase();
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return subject === first;
  if (!subject.startsWith(first) || !subject.endsWith(last) || subject.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = subject.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= subject.length - last.length;
}
