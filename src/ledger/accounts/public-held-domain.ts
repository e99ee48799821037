import type { DomainTrouble } from './receiving-standing.ts';

/** A receiving domain that stands still, as programs see it. */
export interface PublicHeldDomain {
  /** Server and login. */
  readonly account: string;
  /** The first domain of its operator, or the domain itself. */
  readonly domain: string;
  readonly trouble: DomainTrouble;
  readonly reply: string;
  readonly beganAt: Date;
  /** When one message is tried; others follow once that was answered. */
  readonly heldUntil: Date;
  readonly tryCount: number;
}
