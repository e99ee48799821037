import type { ResumeChoice } from '../../ledger/change-subscription.ts';
import { getNewsletter } from '../../newsletters/newsletter-store.ts';
import type { ChoiceOf } from './apply-choice.ts';
import {
  chooseCadence,
  chooseFormat,
  chooseLanguage,
  chooseLocalHour,
  chooseTopics,
  pause,
  resume,
  type ChoicePorts,
} from './change-choices.ts';
import { getSubscriptionId } from './find-subscription.ts';
import { mapDayZones } from './preference-store.ts';
import { beginningOf, type ReaderDay } from './reader-day.ts';
import type { MailFormat } from '../subscriber.ts';

/** What setting choices needs. */
export interface SetChoicesPorts extends ChoicePorts {
  readonly addressKeySecret: Buffer;
}

/** Whose choices, as staff name them, and from where they came, for the log. */
export interface ChoicesOf {
  /** Slug. */
  readonly newsletter: string;
  /** Their address, or the id of a subscription of theirs. */
  readonly person: string;
  readonly source: string;
  /** Who of the staff says so. */
  readonly by?: string;
}

/** What is to be changed; what is not named stays as it is. */
export interface WantedChoices {
  /** Slugs or names; null follows all. */
  readonly topics?: readonly string[] | null;
  /** By its name. */
  readonly schedule?: string;
  /** Null follows the schedule's own time. */
  readonly hour?: { readonly hour: number; readonly timeZone?: string } | null;
  readonly language?: string;
  readonly format?: MailFormat;
  /** A day begins where the person is. */
  readonly pause?: Date | ReaderDay | 'indefinitely';
  readonly resume?: ResumeChoice;
}

/**
 * Changes what a person chose, one after the other, and tells of each that was changed. Each is a change of its own, with its own line in the consent
 * log: what came before one that is refused stays.
 * @throws NotFoundError when nobody has the address, InvalidInputError for a choice that cannot be
 */
export async function setChoices(
  ports: SetChoicesPorts,
  { newsletter: slug, person, source, by }: ChoicesOf,
  wanted: WantedChoices,
  onChanged: (what: keyof WantedChoices, subscriptionId: string) => void,
): Promise<void> {
  const newsletter = await getNewsletter(ports.database, slug);
  const subscriptionId = await getSubscriptionId(ports.database, newsletter, person, ports.addressKeySecret);
  const who = { subscriptionId, source, ...(by === undefined ? {} : { by }) };
  for (const what of order) {
    if (wanted[what] === undefined) continue;
    await changes[what](ports, who, wanted);
    onChanged(what, subscriptionId);
  }
}

const order = ['topics', 'schedule', 'hour', 'language', 'format', 'pause', 'resume'] as const satisfies readonly (keyof WantedChoices)[];

type Change = (ports: ChoicePorts, who: ChoiceOf, wanted: WantedChoices) => Promise<void>;

/** Each is called where its choice is named. */
const changes: Readonly<Record<keyof WantedChoices, Change>> = {
  topics: (ports, who, { topics = null }) => chooseTopics(ports, who, topics),
  schedule: (ports, who, { schedule }) => chooseCadence(ports, who, schedule!),
  hour: (ports, who, { hour }) => chooseLocalHour(ports, who, hour?.hour, hour?.timeZone),
  language: (ports, who, { language }) => chooseLanguage(ports, who, language!),
  format: (ports, who, { format }) => chooseFormat(ports, who, format!),
  pause: async (ports, who, { pause: until }) => pause(ports, who, await endOfPause(ports, who, until!)),
  resume: (ports, who, { resume: choice }) => resume(ports, who, choice!),
};

async function endOfPause(
  { database }: ChoicePorts,
  { subscriptionId }: ChoiceOf,
  until: NonNullable<WantedChoices['pause']>,
): Promise<Date | 'indefinitely'> {
  if (until === 'indefinitely' || until instanceof Date) return until;
  return beginningOf(until, (await mapDayZones(database, [subscriptionId])).get(subscriptionId)!);
}
