import type { Tx } from '../../db/db.ts';
import {
  changeLocalHour,
  changeRendering,
  changeTopics,
  moveToSchedule,
  pauseSubscription,
  resumeSubscription,
  type ResumeChoice,
} from '../../ledger/change-subscription.ts';
import { insertConsentEvent } from '../consent/consent-store.ts';
import { byStaff } from '../consent/consent.ts';
import type { MailFormat } from '../subscriber.ts';

/** Whose choice it is, and from where it came, for the log. */
export interface ChoiceOf {
  readonly subscriptionId: string;
  readonly source: string;
  /** Who of the staff says so, where it is not the reader. */
  readonly by?: string;
}

/** What can be chosen, by its kind in the log of consent, with what the log keeps of it. */
export interface ChoiceDetails {
  readonly topics_chosen: { readonly topicIds: readonly string[] | null };
  readonly schedule_chosen: { readonly scheduleId: string };
  readonly hour_chosen: { readonly localHour: number | null; readonly timeZone: string | null };
  readonly language_chosen: { readonly language: string };
  readonly format_chosen: { readonly format: MailFormat };
  /** An ISO time, or `indefinitely`. */
  readonly paused: { readonly until: string };
  readonly resumed: { readonly choice: ResumeChoice };
}

/** What the ledger does for each. */
const verbs: {
  readonly [Kind in keyof ChoiceDetails]: (tx: Tx, subscriptionId: string, details: ChoiceDetails[Kind], now: Date) => Promise<void>;
} = {
  topics_chosen: (tx, id, { topicIds }) => changeTopics(tx, id, topicIds),
  schedule_chosen: (tx, id, { scheduleId }) => moveToSchedule(tx, id, scheduleId),
  hour_chosen: (tx, id, { localHour, timeZone }) =>
    changeLocalHour(tx, id, localHour === null || timeZone === null ? null : { hour: localHour, timeZone }),
  language_chosen: changeRendering,
  format_chosen: changeRendering,
  paused: (tx, id, { until }, now) => pauseSubscription(tx, id, until === 'indefinitely' ? until : new Date(until), now),
  resumed: (tx, id, { choice }, now) => resumeSubscription(tx, id, choice, now),
};

/** Makes one choice and logs it, in the transaction of whoever holds the lock of the subscription. */
export async function applyChoice<Kind extends keyof ChoiceDetails>(
  tx: Tx,
  who: ChoiceOf,
  { kind, details }: { readonly kind: Kind; readonly details: ChoiceDetails[Kind] },
  now: Date,
): Promise<void> {
  await verbs[kind](tx, who.subscriptionId, details, now);
  await insertConsentEvent(tx, {
    subscriptionId: who.subscriptionId,
    kind,
    at: now,
    source: who.source,
    details: { ...details, ...byStaff(who.by) },
  });
}
