/*
 * What happened to a person, as a line of a table says it: dates in the one form of commands, what was chosen by its name. Ids and ISO dates are in JSON.
 */
import type { PublicHistory, PublicHistoryEvent } from '../src/subscribers/listing/public-history.ts';
import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import { momentIn } from './dates.ts';

/** The story that an event is part of: what its ids mean. */
type Story = Pick<PublicHistory, 'subscriptions' | 'names'>;

const kindWords = {
  consent: 'consent',
  delivery: 'digest',
  attempt: 'attempt',
  report: 'report',
  notice: 'mail',
  reason: 'reason for leaving',
  sign_up: 'sign-up form',
  request: 'asked for',
} as const satisfies Readonly<Record<PublicHistoryEvent['kind'], string>>;

/** When, in which newsletter, what, and what else is to be said of it. */
export function eventCells(event: PublicHistoryEvent, story: Story): string[] {
  const { at, kind, subscriptionId, details } = event;
  const text = (name: string): string => (typeof details[name] === 'string' ? details[name] : '');
  const what = [text('state') || text('outcome') || (kind === 'reason' ? text('reason') : text('kind'))].join('').replaceAll('_', ' ');
  const kindOfMail = kind === 'notice' ? ` (${text('kind')})` : '';
  const newsletter = subscriptionId === null ? text('newsletter') : (subscriptionOf(event, story)?.newsletter ?? '');
  return [utcMoment(at), newsletter, `${kindWords[kind]}${kindOfMail}: ${what}`, moreOf(event, story)];
}

function subscriptionOf({ subscriptionId }: PublicHistoryEvent, { subscriptions }: Story): Story['subscriptions'][number] | undefined {
  return subscriptions.find(({ id }) => id === subscriptionId);
}

/** What else is said of an event, in the order in which it matters. */
const tellingDetails = ['edition', 'subject', 'to', 'reply', 'source', 'wording', 'ip', 'words', 'address', 'details'] as const;

function moreOf(event: PublicHistoryEvent, story: Story): string {
  const { kind, details } = event;
  const said = tellingDetails.flatMap((name) => {
    const value = details[name];
    if (isNothing(value)) return [];
    if (name === 'details' && typeof value === 'object' && value !== null) return detailWords(value, event, story);
    return [name === 'edition' || name === 'to' ? `${name} ${words(value)}` : words(value)];
  });
  const why = kind === 'delivery' && typeof details['reason'] === 'string' ? [details['reason']] : [];
  return [...said, ...why].join('; ');
}

const isNothing = (value: unknown): boolean => value === null || value === undefined || value === '';

function words(value: unknown): string {
  if (Array.isArray(value)) return value.map(words).join(', ');
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(value) ? utcMoment(new Date(value)) : value;
}

/** What was chosen, and whatever else stands beside an event. */
function detailWords(details: object, event: PublicHistoryEvent, story: Story): string[] {
  return Object.entries(details).flatMap(([name, value]) => {
    const said = choiceWords[name]?.(value, event, story, details);
    if (said !== undefined) return [said];
    return isNothing(value) || name in choiceWords ? [] : [`${name}: ${words(value)}`];
  });
}

type SayChoice = (value: unknown, event: PublicHistoryEvent, story: Story, beside: object) => string | undefined;

/** Choices as the log of consent keeps them; what is said by another of them says nothing. */
const choiceWords: Readonly<Record<string, SayChoice>> = {
  topicIds: (ids, _event, { names }) =>
    Array.isArray(ids) ? `topics ${ids.map((id) => names.topics[String(id)] ?? `${id} (gone)`).join(', ')}` : 'all topics',
  scheduleId: (id, _event, { names }) => `schedule ${names.schedules[String(id)] ?? String(id)}`,
  localHour: (hour, _event, _story, beside) =>
    typeof hour === 'number' ? `at ${hour}:00 ${'timeZone' in beside ? words(beside.timeZone) : ''}` : "at the schedule's own time",
  timeZone: () => undefined,
  language: (tag) => `in ${words(tag)}`,
  format: (format) => `as ${words(format)}`,
  until: (until, event, story) =>
    until === 'indefinitely'
      ? 'until they come back'
      : `until ${momentIn(new Date(String(until)), subscriptionOf(event, story)?.dayZone ?? 'UTC')}`,
  choice: (choice) => words(choice).replaceAll('_', ' '),
  by: (name) => `by ${words(name)}`,
};
