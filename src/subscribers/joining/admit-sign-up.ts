import type { Database, Tx } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { lockSuppression } from '../../ledger/subscriptions/suppression-store.ts';
import { mayAskAgain, type Suppression } from '../../ledger/subscriptions/suppression.ts';
import { holdNewsletter } from '../../newsletters/closing/closing-store.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { listSchedules } from '../../newsletters/schedule-store.ts';
import { originOf, queueNotice } from '../../notices/queue-notice.ts';
import { holdTopics, listOfferedTopics } from '../../topics/topic-store.ts';
import { insertSubscription, lockSubscription } from '../choices/choice-store.ts';
import type { Choices } from '../subscriber.ts';
import { holdSubscriber, upsertSubscriber } from '../subscriber-store.ts';
import { requestConsent, type ConfirmationPorts } from './ask-for-confirmation.ts';
import { findExpected } from './decide-held-sign-ups.ts';
import { countSignUps, deleteSignUp, findSignUp, holdSignUp, listRequestTimes, lockCeiling, lockSignUp } from './sign-up-store.ts';
import { ceilingOf, mayBeAsked, type SignUp } from './sign-up.ts';

/** What admitting a sign-up needs. */
export interface AdmitSignUpPorts extends ConfirmationPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Who hears of it when sign-ups are held, where the newsletter names nobody. */
  readonly staffAddress?: string | undefined;
  /** Mails somebody who subscribes already the link to what they chose. */
  readonly mailLink?: (tx: Tx, subscriberId: string, newsletter: Newsletter) => Promise<void>;
}

/**
 * Handles what a form sent: asks for confirmation whoever is new, pending or left, mails their link to who subscribes already, and says nothing to a
 * suppressed address (but once to one that bounced long ago). Above the ceiling it is held, with everything after it, and staff are told. A second call
 * finds it handled.
 */
export async function admitSignUp(ports: AdmitSignUpPorts, signUpId: string): Promise<void> {
  const now = ports.clock();
  await ports.database.transaction(async (tx) => {
    await lockCeiling(tx);
    const received = await findSignUp(tx, signUpId);
    if (!received || received.state === 'held') return;
    // Nobody joins what is being closed; of one that is gone, its sign-ups are too.
    if (!(await holdNewsletter(tx, received.newsletterId))) return;
    const newsletter = await getNewsletterById(tx, received.newsletterId);
    const choices = await choicesOf(tx, received, newsletter);
    const suppression = await lockSuppression(tx, received.addressKey);
    // The person before the sign-up, as an erasure or a change of address locks them, which takes the sign-up away.
    await holdSubscriber(tx, received.addressKey);
    const signUp = await lockSignUp(tx, signUpId);
    if (!signUp || signUp.state === 'held') return;
    if (signUp.state === 'received' && (await isAboveCeiling(tx, ports, newsletter, now))) {
      await holdSignUp(tx, signUp.id);
      return;
    }
    if (newsletter.closedAt === null && choices) await admit(tx, ports, { signUp, newsletter, choices, suppression, now });
    await deleteSignUp(tx, signUp.id);
  });
}

interface Admission {
  readonly signUp: SignUp;
  readonly newsletter: Newsletter;
  readonly choices: Choices;
  readonly suppression: Suppression | undefined;
  readonly now: Date;
}

async function admit(tx: Tx, ports: AdmitSignUpPorts, { signUp, newsletter, choices, suppression, now }: Admission): Promise<void> {
  if (suppression && !mayAskAgain(suppression, now)) return;
  const person = { addressKey: signUp.addressKey, address: signUp.address, name: signUp.name ?? undefined, now };
  const subscriber = await upsertSubscriber(tx, person);
  const place = { subscriberId: subscriber.id, newsletterId: newsletter.id, now };
  const subscription = (await insertSubscription(tx, place, choices)) ?? (await lockSubscription(tx, subscriber.id, newsletter.id))!;
  if (subscription.state === 'active' && !suppression) return ports.mailLink?.(tx, subscriber.id, newsletter);
  if (!mayBeAsked(await listRequestTimes(tx, subscription.id), now)) return;
  await requestConsent(tx, ports, {
    subscription: { ...subscription, language: choices.language },
    subscriber,
    newsletter,
    choices,
    source: signUp.source,
    wording: signUp.wording,
    now,
    ...(signUp.ip === null ? {} : { ip: signUp.ip }),
    ...(suppression ? { suppressedKey: signUp.addressKey } : {}),
  });
}

/** What was chosen, as far as it is still there; undefined for a newsletter that lost its last schedule. */
async function choicesOf(tx: Tx, signUp: SignUp, newsletter: Newsletter): Promise<Choices | undefined> {
  const schedules = await listSchedules(tx, newsletter.id);
  const schedule = schedules.find(({ id }) => id === signUp.scheduleId) ?? schedules[0];
  if (!schedule) return undefined;
  const offered = new Set((await listOfferedTopics(tx)).map(({ id }) => id));
  const topicIds = signUp.topicIds?.filter((id) => offered.has(id)) ?? [];
  await holdTopics(tx, topicIds);
  return {
    scheduleId: schedule.id,
    topicIds: topicIds.length === 0 ? null : topicIds,
    language: newsletter.language,
    format: 'html',
    localHour: null,
    timeZone: null,
  };
}

async function isAboveCeiling(tx: Tx, ports: AdmitSignUpPorts, newsletter: Newsletter, now: Date): Promise<boolean> {
  const figures = await countSignUps(tx, now);
  const ceiling = ceilingOf(figures.medianPerHour, await findExpected(tx), now);
  if (figures.unconfirmedInHour < ceiling) return false;
  if (figures.heldCount === 0) await tellStaff(tx, ports, newsletter, { ...figures, ceiling, now });
  return true;
}

async function tellStaff(
  tx: Tx,
  { enqueue, notices, staffAddress, log }: AdmitSignUpPorts,
  newsletter: Newsletter,
  { unconfirmedInHour, ceiling, now }: { readonly unconfirmedInHour: number; readonly ceiling: number; readonly now: Date },
): Promise<void> {
  log.warn('sign_ups.held', { newsletterId: newsletter.id, unconfirmedCount: unconfirmedInHour, ceiling });
  const address = newsletter.staffAddress ?? staffAddress;
  if (address === undefined) return;
  const mail = await notices.render({
    kind: 'staff',
    language: newsletter.language,
    newsletter,
    subject: { phrase: 'notice.signUps.subject', values: { newsletter: newsletter.name } },
    paragraphs: [
      { phrase: 'notice.signUps.held', values: { count: unconfirmedInHour, ceiling } },
      { phrase: 'notice.signUps.what', values: {} },
    ],
    steps: [{ kind: 'list_sign_ups' }, { kind: 'release_sign_ups' }, { kind: 'drop_sign_ups' }, { kind: 'expect_sign_ups' }],
  });
  await queueNotice(tx, enqueue, {
    kind: 'staff',
    ...originOf(newsletter),
    to: { address },
    ...mail,
    // Once an hour at most, however often they are released and held again.
    dedupeKey: `sign_ups:${now.toISOString().slice(0, 13)}`,
  });
}
