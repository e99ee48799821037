import { countOf } from '../src/kernel/count-of.ts';
import type { PublicHistory, PublicHistorySubscription, PublicPerson, PublicStranger } from '../src/subscribers/listing/public-history.ts';
import { showHistory } from '../src/subscribers/listing/show-history.ts';
import { columns, type Run } from './command.ts';
import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import { dayOf, momentIn } from './dates.ts';
import { eventCells } from './history-words.ts';
import { withStore } from './open.ts';
import { listLimits } from './table/list-limits.ts';

// More than anybody has got in a lifetime of daily digests, and still a moment's work.
const mostOfAll = 50_000;

/** What `gazette subscribers show` does. */
export const subscribersShow: Run = (args, context) =>
  withStore(context, async ({ database, secrets }) => {
    const limits = args.has('all') ? { events: mostOfAll, posts: mostOfAll } : { events: listLimits.events, posts: listLimits.received };
    const history = await showHistory(database, { person: args.positionals[0]!, addressKeySecret: secrets.addressKey, limits });
    if (args.has('json')) context.print(JSON.stringify(history, null, 2));
    else for (const line of describe(history)) context.print(line);
    return 0;
  });

function describe(history: PublicHistory | PublicStranger): string[] {
  return history.person === null
    ? ['Nobody here has this address.', describeSuppression(history.suppression)]
    : [...describePerson(history.person), ...describeRest(history)];
}

function describeSuppression({ reason, at, source }: PublicStranger['suppression']): string {
  return `Never mailed: ${reason}, since ${utcMoment(at)} (${source}).`;
}

function describePerson({ address, name, since, erasedAt, suppression, subscriberId }: PublicPerson): string[] {
  const who = erasedAt === null ? `${address}${name === null ? '' : ` (${name})`}` : `Somebody who was erased on ${utcMoment(erasedAt)}`;
  return [
    `${who}, here since ${utcMoment(since)}, person ${subscriberId}.`,
    ...(suppression === null ? [] : [describeSuppression(suppression)]),
  ];
}

function describeRest(history: PublicHistory): string[] {
  const { subscriptions, events, earlierCount, posts } = history;
  const names = new Map(subscriptions.map(({ id, newsletter }) => [id, newsletter]));
  const received = posts.latest.map(({ at, postId, isCorrection, title, editionId, subscriptionId }) => [
    utcMoment(at),
    names.get(subscriptionId) ?? '',
    editionId,
    postId,
    isCorrection ? `Correction: ${title}` : title,
  ]);
  return [
    ...subscriptions.flatMap(describeSubscription),
    ...(events.length === 0
      ? []
      : ['', ...columns([['WHEN', 'NEWSLETTER', 'WHAT', 'MORE'], ...events.map((event) => eventCells(event, history))])]),
    ...(earlierCount > 0 ? [`… and ${countOf(earlierCount, 'earlier event')}; --all lists them too.`] : []),
    '',
    `${countOf(posts.count, 'post')} received${subscriptions.some(({ deleted }) => deleted) ? ', as far as deliveries are kept' : ''}.`,
    ...(received.length === 0 ? [] : columns([['WHEN', 'NEWSLETTER', 'EDITION', 'POST', 'TITLE'], ...received])),
    ...(posts.count > received.length ? [`… and ${posts.count - received.length} before; --all lists them too.`] : []),
  ];
}

function describeDeleted({ deliveryCount, acceptedCount, lastAt }: NonNullable<PublicHistorySubscription['deleted']>): string {
  return `Of ${countOf(deliveryCount, 'delivery', 'deliveries')} up to ${utcMoment(lastAt)} only the number is kept (${acceptedCount} accepted).`;
}

function describeSubscription(subscription: PublicHistorySubscription): string[] {
  const { id, newsletter, schedule, topics, language, format, localHour, timeZone } = subscription;
  const hour = localHour === null ? "the schedule's own time" : `${localHour}:00 ${timeZone}`;
  const follows = topics === null ? 'all topics' : `topics ${topics.join(', ')}`;
  return [
    '',
    `${newsletter}: ${describeState(subscription)}, subscription ${id}.`,
    `  Gets the ${schedule} edition at ${hour}, ${follows}, in ${language}, as ${format}.`,
    `  ${describeProgress(subscription)}`,
    ...(subscription.deleted ? [`  ${describeDeleted(subscription.deleted)}`] : []),
  ];
}

function describeState({
  state,
  createdAt,
  activatedAt,
  leftAt,
  pausedUntil,
  isPausedIndefinitely,
  dayZone,
}: PublicHistorySubscription): string {
  const since = state === 'left' ? leftAt : state === 'active' ? activatedAt : createdAt;
  const pause = isPausedIndefinitely
    ? ', paused until they come back'
    : pausedUntil === null
      ? ''
      : `, paused until ${momentIn(pausedUntil, dayZone)}`;
  return `${state}${since === null ? '' : ` since ${dayOf(since)}`}${state === 'active' ? pause : ''}`;
}

function describeProgress({ state, progress: { cursor, upToReleaseOf, owedCount, newerCount } }: PublicHistorySubscription): string {
  if (cursor === null) return 'Nothing is accounted for yet: they were never active.';
  const upTo = upToReleaseOf === null ? 'the beginning' : `the release of ${utcMoment(upToReleaseOf)} (position ${cursor})`;
  const open = `${countOf(newerCount, 'newer post')}${owedCount > 0 ? `, and ${owedCount} before that still to be sent` : ''}`;
  return `Accounted for up to ${upTo}${state === 'active' ? `; ${open}` : ''}.`;
}
