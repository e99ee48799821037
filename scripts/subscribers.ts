import { noteDone } from './staff.ts';
import type { Database } from '../src/db/db.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { listPublicSubscriptions, type SubscriptionChoice } from '../src/subscribers/listing/list-subscriptions.ts';
import type { PublicSubscription } from '../src/subscribers/listing/public-subscription.ts';
import { removeSubscriber } from '../src/subscribers/leaving/remove-subscriber.ts';
import { subscriptionStates } from '../src/subscribers/subscriber.ts';
import { chooseNewsletter } from '../src/newsletters/choose-newsletter.ts';
import { columns, workAsUsage, type Arguments, type Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';
import { cutToLimit, sayRest } from './rest-of-list.ts';
import { listBounds, listLimits } from './table/list-limits.ts';

/** What `gazette subscribers list` does. */
export const subscribersList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const choice = await readChoice(args, database);
    const after = args.text('after');
    const limit = args.integer('limit', listBounds) ?? listLimits.subscribers;
    const page = { limit: limit + 1, ...(after === undefined ? {} : { afterId: parseId(after) }) };
    const { counts, subscriptions: read } = await workAsUsage(listPublicSubscriptions(database, choice, page));
    const { rows: subscriptions, rest } = cutToLimit(read, {
      limit,
      goesOn: 'after',
      idOf: ({ subscriptionId }) => subscriptionId,
      isFurther: after !== undefined,
      total: counts.active + counts.pending + counts.left,
    });
    if (args.has('json')) {
      context.print(JSON.stringify({ counts, subscriptions }, null, 2));
      sayRest(context, rest, { asJson: true });
      return 0;
    }
    for (const line of columns([['ID', 'ADDRESS', 'NAME', 'NEWSLETTER', 'SCHEDULE', 'STATE', 'TOPICS'], ...subscriptions.map(cells)]))
      context.print(line);
    sayRest(context, rest, { asJson: false });
    context.print(
      `\n${counts.active} active (${counts.paused} paused), ${counts.pending} pending, ${counts.left} left, ${counts.suppressed} suppressed.`,
    );
    return 0;
  });

/** Which subscriptions the options say. @throws UsageError */
export async function readChoice(args: Arguments, database: Database): Promise<SubscriptionChoice> {
  const stated = args.text('state');
  const state = subscriptionStates.find((each) => each === stated);
  const isSuppressed = stated === 'suppressed' || args.has('suppressed');
  if (stated !== undefined && !state && stated !== 'suppressed')
    throw new UsageError(`Expected --state ${subscriptionStates.join(', ')} or suppressed, got "${stated}"`);
  const [slug, schedule, topic] = [args.text('newsletter'), args.text('schedule'), args.text('topic')];
  const newsletter = slug ?? (schedule === undefined ? undefined : (await chooseNewsletter(database, undefined)).slug);
  return {
    ...(newsletter === undefined ? {} : { newsletter }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(topic === undefined ? {} : { topic }),
    ...(state ? { state } : {}),
    ...(isSuppressed ? { isSuppressed } : {}),
  };
}

function cells(row: PublicSubscription): string[] {
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
      { address: args.positionals[0]!, erase, by: context.by, ...(newsletter === undefined ? {} : { newsletter }) },
    );
    const touched = { subscriber: [result.subscriberId], subscription: result.subscriptionIds };
    if (result.erased || result.left > 0) await noteDone(context, store.database, touched);
    context.print(
      result.erased
        ? 'Erased.'
        : result.left === 0
          ? 'They had left already: nothing was changed.'
          : `Removed from ${result.left} ${result.left === 1 ? 'newsletter' : 'newsletters'}.`,
    );
    return 0;
  });
