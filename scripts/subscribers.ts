import type { Store } from '../src/app/open-store.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { chooseSchedule } from '../src/newsletters/schedule-store.ts';
import { removeSubscriber } from '../src/subscribers/remove-subscriber.ts';
import {
  countSubscribers,
  listSubscribers,
  type ListedSubscription,
  type SubscriptionFilter,
} from '../src/subscribers/subscriber-list-store.ts';
import { subscriptionStates } from '../src/subscribers/subscriber.ts';
import { chooseNewsletter } from './choose.ts';
import { columns, type Arguments, type Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';

/** What `gazette subscribers list` does. */
export const subscribersList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const filter = await readFilter(args, database);
    const after = args.text('after');
    const rows = await listSubscribers(database, filter, {
      limit: args.integer('limit', { atLeast: 1 }) ?? 100,
      ...(after === undefined ? {} : { afterId: parseId(after) }),
    });
    const counts = await countSubscribers(database, filter);
    if (args.has('json')) {
      context.print(JSON.stringify({ counts, subscriptions: rows }, null, 2));
      return 0;
    }
    for (const line of columns([['ID', 'ADDRESS', 'NAME', 'NEWSLETTER', 'SCHEDULE', 'STATE', 'TOPICS'], ...rows.map(cells)]))
      context.print(line);
    context.print(
      `\n${counts.active} active (${counts.paused} paused), ${counts.pending} pending, ${counts.left} left, ${counts.suppressed} suppressed.`,
    );
    return 0;
  });

async function readFilter(args: Arguments, database: Store['database']): Promise<SubscriptionFilter> {
  const stated = args.text('state');
  const state = subscriptionStates.find((each) => each === stated);
  const isSuppressed = stated === 'suppressed';
  if (stated !== undefined && !state && !isSuppressed)
    throw new UsageError(`Expected --state ${subscriptionStates.join(', ')} or suppressed, got "${stated}"`);
  const slug = args.text('newsletter');
  const newsletter = slug === undefined && args.text('schedule') === undefined ? undefined : await chooseNewsletter(database, slug);
  const schedule =
    newsletter && args.text('schedule') !== undefined ? await chooseSchedule(database, newsletter, args.text('schedule')) : undefined;
  return {
    ...(newsletter ? { newsletterId: newsletter.id } : {}),
    ...(schedule ? { scheduleId: schedule.id } : {}),
    ...(state ? { state } : {}),
    ...(isSuppressed ? { isSuppressed } : {}),
  };
}

function cells(row: ListedSubscription): string[] {
  const state =
    row.suppression === null ? (row.isPaused ? `${row.state}, paused` : row.state) : `${row.state}, suppressed (${row.suppression})`;
  return [
    row.subscriptionId,
    row.address ?? '(erased)',
    row.name ?? '',
    row.newsletter,
    row.schedule,
    state,
    row.topics === null ? 'all' : row.topics.join(', '),
  ];
}

/** What `gazette subscribers remove` does. */
export const subscribersRemove: Run = (args, context) =>
  withStore(context, async (store) => {
    const erase = args.has('erase');
    const newsletter = args.text('newsletter');
    if (erase && !args.has('yes') && !(await context.confirm('Erase name and address of this person for good?'))) {
      context.warn('Nothing was erased: expected your agreement, or --yes.');
      return 1;
    }
    const result = await removeSubscriber(
      { database: store.database, addressKeySecret: store.secrets.addressKey, clock: store.clock },
      { address: args.positionals[0]!, erase, ...(newsletter === undefined ? {} : { newsletter }) },
    );
    context.print(
      result.erased
        ? 'Erased.'
        : result.left === 0
          ? 'They had left already: nothing was changed.'
          : `Removed from ${result.left} ${result.left === 1 ? 'newsletter' : 'newsletters'}.`,
    );
    return 0;
  });
