/*
 * Sending that is held, for all newsletters and all workers: by staff, or because this database is not the one that was written to last. The ledger of a
 * restored backup does not know what was sent since, and would send it again (P1). Invariant: the statements that claim a delivery or a notice look for
 * an open hold themselves, so that it holds from its commit on, whatever a worker knows.
 */
import type { IdentityChange } from '../../db/database-identity.ts';
import { withFullStop } from '../../kernel/full-stop.ts';
import { utcMoment } from '../../kernel/text/utc-moment.ts';

/** What held sending. The check constraint of the table says the same. */
export const holdCauses = ['restored', 'staff'] as const;

/** What held sending. */
export type HoldCause = (typeof holdCauses)[number];

/** Why sending is to be held. */
export interface NewHold {
  readonly cause: HoldCause;
  readonly reason: string;
}

/** A hold as the table has it. */
export interface SendingHold extends NewHold {
  readonly id: string;
  readonly beganAt: Date;
}

/** How staff read that the database is another one than before. */
export const identityChanges: Readonly<Record<IdentityChange, string>> = {
  server: 'the data is on another server than before',
  database: 'the data is in another database than before',
  timeline: 'the server went back to an earlier state, or a replica took over',
  tables: 'the tables were made anew',
};

/** A hold in a line of output. */
export function announceHold({ cause, reason, beganAt }: Pick<SendingHold, 'cause' | 'reason' | 'beganAt'>): string {
  const since = `Sending is held since ${utcMoment(beganAt)}`;
  if (cause === 'staff') return withFullStop(`${since}: ${reason}`);
  return `${since}: this looks like a restored backup (${reason}), and what was sent after the backup would be sent again.`;
}
