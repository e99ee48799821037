import type { DoubtfulCount } from '../../ledger/queue/resend-store.ts';
import type { PublicDeliveries } from '../report/public-delivery.ts';

/** What of an edition ended in doubt, as programs see it. */
export interface PublicDoubt {
  readonly edition: PublicDeliveries['edition'];
  /** Readers who may be mailed now: theirs is sent again when staff say so. */
  readonly mailable: number;
  /** Readers who may not, by why; theirs stays as it is. */
  readonly unmailable: DoubtfulCount['unmailable'];
}
