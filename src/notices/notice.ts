/*
 * Notices are mails outside the ledger: confirmation, welcome, staff mail, test send. A notice is a row; its job is only a hint.
 * Invariant: every attempt of a notice carries the Message-ID that was stored with it, so a repeat after a crash or a lost
 * connection can be told from a second mail; and whether it may still go is checked by the statement that claims it.
 */
import { gapOfTable } from '../kernel/backoff.ts';
import type { Mailbox, SendOutcome } from '../mail/message.ts';
import { replyText } from '../mail/reply-text.ts';

/** An account may go on before it is due, as soon as anything went through it: whoever waits for a confirmation does not wait for that day's end. */
export const longestAccountWaitMs = 60_000;

/** Where it may go. `smtp`: through an account; `outbox`: to the local outbox, whatever is configured. */
export type Outlet = 'smtp' | 'outbox';

/** A mail outside the ledger, before it is stored. */
export interface NewNotice {
  readonly kind: 'confirmation' | 'welcome' | 'staff' | 'test' | 'link';
  readonly newsletterId?: string;
  readonly subscriptionId?: string;
  readonly outlet: Outlet;
  readonly from: Mailbox;
  readonly replyTo?: Mailbox;
  readonly to: Mailbox;
  /** Keyed hash of `to`, where that is a subscriber's and need not be the address that they have. Default: theirs. */
  readonly recipientKey?: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** It carries a digest to a reader of the newsletter, and so is mail of its list: needs both ids. Default: it is not. */
  readonly isListMessage?: boolean;
  /** A second notice with the same key is not made. */
  readonly dedupeKey?: string;
  /** Its day, where that is ahead: until then it waits, and its age counts from then. Default: now. */
  readonly notBefore?: Date;
}

/** A notice that this process has taken for sending. `attempt` counts from 1 and tells this claim from a later one. */
export interface ClaimedNotice extends Omit<NewNotice, 'isListMessage'> {
  readonly id: string;
  /** That of its newsletter, as it is now: a server takes a sender only from who may use it. Null where that chose none, or there is none. */
  readonly account: string | null;
  /** Of the list that it is mail of: its newsletter's, and whose link leaves it, as they are now. */
  readonly list?: { readonly slug: string; readonly name: string; readonly subscriptionId: string; readonly tokenVersion: number };
  readonly messageId: string;
  readonly createdAt: Date;
  readonly ageMs: number;
  readonly attempt: number;
}

/** Where an attempt leaves a notice. */
export type NoticeVerdict =
  | { readonly state: 'sent'; readonly reply: string }
  /** `isDeadAddress`: the server says that nobody is there. */
  | { readonly state: 'failed'; readonly reply: string; readonly isDeadAddress?: true }
  /** `isCharged` false: the account was refused, which counts as no attempt. */
  | { readonly state: 'queued'; readonly reply: string; readonly gapMs: number; readonly isCharged: boolean };

const minute = 60_000;
const hour = 60 * minute;

// Quick at first, because somebody is waiting for a confirmation; greylisting servers want a few minutes; then ever calmer.
const gapsMs = [minute, 5 * minute, 15 * minute, hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour];

/** How long a notice is tried. After three days a confirmation is no answer to anybody any more. */
const patienceMs = 72 * hour;

/** Judges an attempt: 2xx ends it, 5xx ends it, everything else is tried again until its patience would run out. A refused account is no attempt. */
export function judgeAttempt(outcome: SendOutcome, attempt: number, ageMs: number): NoticeVerdict {
  const reply = replyText(outcome);
  if (outcome.kind === 'accepted') return { state: 'sent', reply };
  if (outcome.kind === 'rejected') return { state: 'failed', reply, ...(outcome.subject === 'address' ? { isDeadAddress: true } : {}) };
  const gapMs = gapOfTable(gapsMs, attempt);
  if (outcome.kind === 'account') return { state: 'queued', reply, gapMs: minute, isCharged: false };
  return ageMs + gapMs > patienceMs ? { state: 'failed', reply } : { state: 'queued', reply, gapMs, isCharged: true };
}
