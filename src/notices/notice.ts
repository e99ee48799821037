import type { Mailbox } from '../mail/message.ts';

/** A mail outside the ledger: confirmation, welcome, staff mail, test send, try. */
export interface NewNotice {
  readonly kind: 'confirmation' | 'welcome' | 'staff' | 'test' | 'try';
  readonly newsletterId?: string;
  readonly subscriptionId?: string;
  /** `outbox`: the local outbox, whatever SMTP_URL says. */
  readonly outlet: 'smtp' | 'outbox';
  readonly from: Mailbox;
  readonly replyTo?: Mailbox;
  readonly to: Mailbox;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** A second notice with the same key is not made. */
  readonly dedupeKey?: string;
}
