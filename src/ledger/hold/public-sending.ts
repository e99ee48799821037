import type { HoldCause, SendingHold } from './sending-hold.ts';

/** Why nothing is sent, as programs see it: what `--json` prints. */
export interface PublicHold {
  readonly id: string;
  readonly cause: HoldCause;
  readonly reason: string;
  readonly beganAt: Date;
}

/** Whether sending goes on. */
export interface PublicSending {
  readonly hold: PublicHold | null;
}

/** The same of a row. */
export function publicHold({ id, cause, reason, beganAt }: SendingHold): PublicHold {
  return { id, cause, reason, beganAt };
}
