import { holdTopics, listOfferedTopics } from '../../topics/topic-store.ts';
import { topicIdsOf } from '../../topics/topic.ts';
import type { Database, Tx } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import { InvalidInputError } from '../../kernel/errors.ts';
import type { ResumeChoice } from '../../ledger/change-subscription.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import { parseLanguage } from '../../newsletters/newsletter.ts';
import { chooseSchedule } from '../../newsletters/choose-schedule.ts';
import { parseTimeZone } from '../../newsletters/schedule.ts';
import { parseLocalHour, type MailFormat } from '../subscriber.ts';
import { applyChoice, type ChoiceDetails, type ChoiceOf } from './apply-choice.ts';
import { getSubscription, lockSubscriptionById } from './choice-store.ts';

/** What a change of choices needs. */
export interface ChoicePorts {
  readonly database: Database;
  readonly clock: Clock;
}

/** The reader follows these topics (slugs or names) from now on; null follows all. */
export async function chooseTopics(ports: ChoicePorts, who: ChoiceOf, topics: readonly string[] | null): Promise<void> {
  if (topics?.length === 0) throw new InvalidInputError('Expected at least one topic, or all, got an empty list');
  const topicIds = topics && topicIdsOf(topics, await listOfferedTopics(ports.database));
  await change(ports, who, 'topics_chosen', { topicIds }, (tx) => holdTopics(tx, topicIds));
}

/** The reader gets the digests of another schedule of the same newsletter, by its name. */
export async function chooseCadence(ports: ChoicePorts, who: ChoiceOf, scheduleName: string): Promise<void> {
  const subscription = await getSubscription(ports.database, who.subscriptionId);
  const schedule = await chooseSchedule(ports.database, await getNewsletterById(ports.database, subscription.newsletterId), scheduleName);
  await change(ports, who, 'schedule_chosen', { scheduleId: schedule.id });
}

/** The reader wants digests at their own hour; undefined follows the schedule. */
export async function chooseLocalHour(
  ports: ChoicePorts,
  who: ChoiceOf,
  hour: number | undefined,
  timeZone: string | undefined,
): Promise<void> {
  const local = parseLocalHour(hour, timeZone === undefined ? undefined : parseTimeZone(timeZone));
  await change(ports, who, 'hour_chosen', local);
}

/** The reader wants dates and fixed phrases in this language. @throws InvalidInputError when it is no BCP 47 tag */
export async function chooseLanguage(ports: ChoicePorts, who: ChoiceOf, tag: string): Promise<void> {
  const language = parseLanguage(tag);
  await change(ports, who, 'language_chosen', { language });
}

/** The reader wants messages with html, or without. */
export async function chooseFormat(ports: ChoicePorts, who: ChoiceOf, format: MailFormat): Promise<void> {
  await change(ports, who, 'format_chosen', { format });
}

/** The reader wants nothing until then, or until they come back. @throws InvalidInputError when `until` is past */
export async function pause(ports: ChoicePorts, who: ChoiceOf, until: Date | 'indefinitely'): Promise<void> {
  if (until !== 'indefinitely' && !(until > ports.clock()))
    throw new InvalidInputError('Expected a moment ahead as the end of the pause, got one that is past');
  await change(ports, who, 'paused', { until: until === 'indefinitely' ? until : until.toISOString() });
}

/** The reader is back, and wants what came meanwhile, or only what is new from now on. */
export async function resume(ports: ChoicePorts, who: ChoiceOf, choice: ResumeChoice): Promise<void> {
  await change(ports, who, 'resumed', { choice });
}

/** Changes and logs in one transaction, under the lock of the subscription; for somebody who left there is nothing to choose. */
async function change<Kind extends keyof ChoiceDetails>(
  ports: ChoicePorts,
  who: ChoiceOf,
  kind: Kind,
  details: ChoiceDetails[Kind],
  hold: (tx: Tx) => Promise<void> = async () => {},
): Promise<void> {
  await ports.database.transaction(async (tx) => {
    const subscription = await lockSubscriptionById(tx, who.subscriptionId);
    if (!subscription || subscription.state === 'left') {
      throw new InvalidInputError('Expected a subscription that was not left', { details: { subscriptionId: who.subscriptionId } });
    }
    await hold(tx);
    await applyChoice(tx, who, { kind, details }, ports.clock());
  });
}
