import { countOf } from '../src/kernel/count-of.ts';
import { NotFoundError, UsageError } from '../src/kernel/errors.ts';
import { deliveryCounts, listDeliveries, type DeliveryLine } from '../src/ledger/queue/delivery-report-store.ts';
import { deliveryStates } from '../src/ledger/queue/delivery.ts';
import { getEdition, listEditions } from '../src/ledger/drafts/edition-store.ts';
import type { Edition } from '../src/ledger/drafts/edition.ts';
import { getNewsletter } from '../src/newsletters/newsletter-store.ts';
import { columns, type Run } from './command.ts';
import { withStore } from './open.ts';

/** What `gazette deliveries` does. */
export const deliveries: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const edition =
      args.positionals[0] === undefined
        ? await latestEdition(database, args.text('newsletter'))
        : await getEdition(database, parseId(args.positionals[0]));
    const state = deliveryStates.find((each) => each === args.text('state'));
    if (args.text('state') !== undefined && !state)
      throw new UsageError(`Expected --state ${deliveryStates.join(', ')}, got "${args.text('state')}"`);
    const after = args.text('after');
    const lines = await listDeliveries(database, edition.id, {
      limit: args.integer('limit', { atLeast: 1 }) ?? 100,
      ...(state ? { state } : {}),
      ...(after === undefined ? {} : { afterId: parseId(after) }),
    });
    const counts = await deliveryCounts(database, edition.id);
    if (args.has('json')) {
      context.print(
        JSON.stringify({ edition: { id: edition.id, state: edition.state, reason: edition.reason }, counts, deliveries: lines }, null, 2),
      );
      return 0;
    }
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    context.print(
      `Edition ${edition.id} is ${edition.state}${edition.reason === null ? '' : ` (${edition.reason})`}; ${countOf(total, 'delivery', 'deliveries')}.`,
    );
    for (const [name, count] of Object.entries(counts)) if (count > 0) context.print(`  ${name.replace('_', ' ').padEnd(12)} ${count}`);
    if (lines.length > 0) {
      context.print('');
      for (const line of columns([['ID', 'ADDRESS', 'STATE', 'ATTEMPTS', 'WHEN', 'WHY'], ...lines.map(cells)])) context.print(line);
    }
    return 0;
  });

/** The id of a row as staff type it. @throws UsageError */
export function parseId(text: string): string {
  if (!/^\d{1,18}$/.test(text)) throw new UsageError(`Expected an id (a number), got "${text}"`);
  return text;
}

async function latestEdition(database: Parameters<typeof listEditions>[0], slug: string | undefined): Promise<Edition> {
  const newsletter = slug === undefined ? undefined : await getNewsletter(database, slug);
  const editions = await listEditions(database, {
    states: ['sending', 'paused', 'done', 'cancelled'],
    limit: 1,
    ...(newsletter ? { newsletterId: newsletter.id } : {}),
  });
  if (!editions[0]) throw new NotFoundError('Expected an edition that has gone out, found none yet');
  return editions[0];
}

function cells(line: DeliveryLine): string[] {
  const when = line.endedAt ?? (line.state === 'queued' ? line.dueAt : line.firstAttemptAt);
  return [
    line.id,
    line.address ?? '(erased)',
    line.state,
    String(line.attempts),
    when?.toISOString() ?? '',
    [line.reason, line.reply].filter(Boolean).join(': '),
  ];
}
