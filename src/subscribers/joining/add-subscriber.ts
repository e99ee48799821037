import { byStaff, parseConsentWords } from '../consent/consent.ts';
import { holdTopics, listOfferedTopics } from '../../topics/topic-store.ts';
import { topicIdsOf } from '../../topics/topic.ts';
import type { Database, Tx } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ConflictError, InvalidInputError } from '../../kernel/errors.ts';
import { activateSubscription } from '../../ledger/change-subscription.ts';
import { lockSuppression } from '../../ledger/subscriptions/suppression-store.ts';
import { mayAskAgain, type Suppression } from '../../ledger/subscriptions/suppression.ts';
import { addressKey, parseAddress } from '../../mail/address.ts';
import { holdOpen } from '../../newsletters/closing/hold-open.ts';
import { getNewsletter } from '../../newsletters/newsletter-store.ts';
import { chooseSchedule } from '../../newsletters/choose-schedule.ts';
import { holdSchedule } from '../../newsletters/schedule-store.ts';
import { parseTimeZone } from '../../newsletters/schedule.ts';
import { parseLanguage, requireOpen, type Newsletter } from '../../newsletters/newsletter.ts';
import { requestConsent, type ConfirmationPorts } from './ask-for-confirmation.ts';
import { insertConsentEvent } from '../consent/consent-store.ts';
import { decideAdd, parseLocalHour, parsePersonName, type AddDecision, type Choices, type MailFormat } from '../subscriber.ts';
import { findKeptAddress } from '../kept-address-store.ts';
import { upsertSubscriber, type Subscriber } from '../subscriber-store.ts';
import { insertSubscription, lockSubscription } from '../choices/choice-store.ts';
import type { Subscription } from '../subscriber.ts';

/** What adding somebody needs. */
export interface AddSubscriberPorts extends ConfirmationPorts {
  readonly database: Database;
  readonly addressKeySecret: Buffer;
  readonly clock: Clock;
  /** How far back who joins gets what was released, in days. Default: 35. */
  readonly joinReachDays?: number;
}

/** Whom to add, as typed. */
export interface NewSubscriber {
  /** Slug. */
  readonly newsletter: string;
  readonly address: string;
  readonly name?: string;
  /** Slugs or names; undefined follows all. */
  readonly topics?: readonly string[];
  /** Needed where the newsletter has several. */
  readonly schedule?: string;
  /** Default: the newsletter's. */
  readonly language?: string;
  readonly format?: MailFormat;
  readonly localHour?: number;
  readonly timeZone?: string;
  /** They consented elsewhere, and `source` says how: they are active at once, unless we know the address already. */
  readonly confirmed?: { readonly source: string };
  /** Where the request came from, for the consent log. Default: "command line". */
  readonly source?: string;
  /** Who of the staff asks for it, for the consent log. */
  readonly by?: string;
}

/**
 * What became of an add. `asked`: a confirmation is on its way. The others say why nothing was changed: an add never raises the state of
 * somebody who is pending, left or is suppressed (P3). For staff: a page shows everybody the same.
 */
export type AddResult =
  | { readonly kind: 'activated' | 'already_active' | 'stays_pending' | 'stays_left'; readonly subscriptionId: string }
  /** `bouncedAt`: the address is suppressed since then; this is the one confirmation that it gets, and only their click lifts the suppression. */
  | { readonly kind: 'asked'; readonly subscriptionId: string; readonly bouncedAt?: Date }
  | { readonly kind: 'suppressed'; readonly suppression: Suppression }
  /** They left and were forgotten; only they can come back, by a confirmation. */
  | { readonly kind: 'was_erased' }
  /** Whoever had this address has another one now; it can be theirs again, or somebody else's, by a confirmation alone. */
  | { readonly kind: 'has_moved' };

/**
 * Adds a person to a newsletter: pending with a confirmation mail, or active with the consent that `confirmed` states.
 * @throws InvalidInputError for an address, topic, hour, zone or language that cannot be; NotFoundError for a newsletter or schedule
 */
export async function addSubscriber(ports: AddSubscriberPorts, person: NewSubscriber): Promise<AddResult> {
  const address = parseAddress(person.address);
  const name = person.name === undefined ? undefined : parsePersonName(person.name);
  const consentSource = person.confirmed && parseConsentWords(person.confirmed.source);
  const source = consentSource ?? (person.source === undefined ? 'command line' : parseConsentWords(person.source));
  const newsletter = await getNewsletter(ports.database, person.newsletter);
  requireOpen(newsletter);
  const choices = await readChoices(ports.database, newsletter, person);
  const now = ports.clock();
  return ports.database.transaction(async (tx) => {
    await holdOpen(tx, newsletter);
    const key = addressKey(address.normal, ports.addressKeySecret);
    await holdTopics(tx, choices.topicIds);
    if (!(await holdSchedule(tx, choices.scheduleId)))
      throw new ConflictError('Expected a schedule that is there, got one that was removed a moment ago');
    const suppression = await lockSuppression(tx, key);
    // P3: only their own sign-up may be answered, never what somebody else says that they agreed to.
    if (suppression && (consentSource !== undefined || !mayAskAgain(suppression, now))) return { kind: 'suppressed', suppression };
    const kept = consentSource === undefined ? undefined : await findKeptAddress(tx, key);
    if (kept) return { kind: kept.kind === 'erased' ? 'was_erased' : 'has_moved' };
    const subscriber = await upsertSubscriber(tx, { addressKey: key, address: address.typed, name, now });
    if (consentSource !== undefined && (await findKeptAddress(tx, key)))
      throw new ConflictError('Expected somebody who is new or known, got one who was erased or has another address since a moment');
    const place = { subscriberId: subscriber.id, newsletterId: newsletter.id, now };
    const inserted = await insertSubscription(tx, place, choices);
    const subscription = inserted ?? (await lockSubscription(tx, subscriber.id, newsletter.id))!;
    const request = { subscription, subscriber, newsletter, choices, source, details: byStaff(person.by), now };
    if (suppression) {
      await requestConsent(tx, ports, { ...request, suppressedKey: key });
      return { kind: 'asked', subscriptionId: subscription.id, bouncedAt: suppression.at };
    }
    const decision = decideAdd(inserted ? undefined : subscription.state, { isConfirmed: consentSource !== undefined });
    return act(tx, ports, decision, request);
  });
}

interface AddRequest {
  readonly subscription: Subscription;
  readonly subscriber: Subscriber;
  readonly newsletter: Newsletter;
  readonly choices: Choices;
  readonly source: string;
  readonly details: { readonly by?: string };
  readonly now: Date;
}

async function act(tx: Tx, ports: AddSubscriberPorts, decision: AddDecision, request: AddRequest): Promise<AddResult> {
  const { subscription, source, details, now } = request;
  const subscriptionId = subscription.id;
  if (decision === 'activate') {
    await insertConsentEvent(tx, { subscriptionId, kind: 'imported', at: now, source, details });
    await activateSubscription(tx, subscriptionId, now, ports.joinReachDays);
    return { kind: 'activated', subscriptionId };
  }
  if (decision === 'ask') {
    await requestConsent(tx, ports, request);
    return { kind: 'asked', subscriptionId };
  }
  return { kind: decision, subscriptionId };
}

async function readChoices(database: Database, newsletter: Newsletter, person: NewSubscriber): Promise<Choices> {
  const schedule = await chooseSchedule(database, newsletter, person.schedule);
  if (person.topics?.length === 0)
    throw new InvalidInputError('Expected at least one topic, or none named for all of them, got an empty list');
  return {
    scheduleId: schedule.id,
    topicIds: person.topics === undefined ? null : topicIdsOf(person.topics, await listOfferedTopics(database)),
    language: person.language === undefined ? newsletter.language : parseLanguage(person.language),
    format: person.format ?? 'html',
    ...parseLocalHour(person.localHour, person.timeZone === undefined ? undefined : parseTimeZone(person.timeZone)),
  };
}
