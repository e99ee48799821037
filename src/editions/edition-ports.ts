/*
 * Editions: composed when a slot comes due or by hand, checked, decided, frozen with their renditions, shown. What goes to whom is the ledger's;
 * here it becomes a digest that people decide on. Invariant (P5): what was shown for a decision is what is frozen.
 * Order: digests/ · edition-ports, public-edition, draft-lock-store, skip-closed, check-draft · trial/ · by-hand/ · decide/ · explain/ ·
 * the rest.
 */
import type { Database } from '../db/db.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Enqueue } from '../kernel/job.ts';
import type { Log } from '../kernel/log.ts';
import type { AccountOutage } from '../ledger/accounts/account-outage.ts';
import type { Fault } from '../ledger/drafts/edition.ts';
import type { FindDeadImages } from './digests/dead-images.ts';
import type { DigestRenderer } from '../render/digest.ts';

/** What the use cases of editions need. */
export interface EditionPorts {
  readonly database: Database;
  readonly renderer: DigestRenderer;
  readonly publicUrl: string;
  readonly enqueue: Enqueue;
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined leaves every picture in. */
  readonly findDeadImages?: FindDeadImages | undefined;
  /** How late a slot may still go out by itself. */
  readonly catchUpHours: number;
  /** Tells staff that an edition waits for them, with what the digest looks like; does nothing where no staff address is known. */
  readonly notifyStaff: (editionId: string, why: StaffMatter) => Promise<void>;
  /** Tells staff that an account was refused, once per outage. */
  readonly tellOutage: (outage: AccountOutage) => Promise<void>;
  /** Tells staff that sending is held because this looks like a restored backup, once. */
  readonly tellHold: () => Promise<void>;
  /** Tells staff of posts that vanished from their source before they were mailed. */
  readonly tellGone: () => Promise<void>;
}

/** Why staff are told about an edition. */
export type StaffMatter =
  | { readonly kind: 'approval'; readonly decideBy: Date | null; readonly atDeadline: 'send' | 'skip' | null }
  /** `faults`: what has to be mended before it may go; undefined where a person only has to say whether it should still go. */
  | { readonly kind: 'held'; readonly reason: string; readonly faults?: readonly Fault[] }
  /** It was approved, and cannot go on by itself. Told once for each pause. */
  | { readonly kind: 'paused'; readonly reason: string }
  /** It has ended, and more of it was refused than should be. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It is going out, and what a retraction left of some digests cannot be rendered: these wait. */
  | { readonly kind: 'stuck'; readonly reason: string };
