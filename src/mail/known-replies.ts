import type { AccountTrouble, RefusalSubject } from './message.ts';

/** A wording of servers that says more than its codes do. */
export interface KnownReply {
  /** Met with the text of a reply, lines joined by a blank. Linear: no quantifier inside another, no two that may take the same characters. */
  readonly pattern: RegExp;
  /** Only with this enhanced status, its class left off: "4.1" for 4.4.1 and 5.4.1. */
  readonly detail?: string;
  readonly subject: RefusalSubject;
  /** What of the account; for the subject `account` alone. */
  readonly trouble?: AccountTrouble;
  /** Where it is documented or was reported. */
  readonly source: string;
}

/** The first that fits counts. */
export const knownReplies: readonly KnownReply[] = [];
