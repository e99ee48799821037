import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { listPublicDeliveries } from '../src/deliveries/report/list-deliveries.ts';
import type { PublicDelivery } from '../src/deliveries/report/public-delivery.ts';
import { deliveryStates } from '../src/ledger/queue/delivery.ts';
import { columns, type Run } from './command.ts';
import { withStore } from './open.ts';
import { listLimits } from './table/list-limits.ts';

/** What `gazette deliveries` does. */
export const deliveries: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const state = deliveryStates.find((each) => each === args.text('state'));
    if (args.text('state') !== undefined && !state)
      throw new UsageError(`Expected --state ${deliveryStates.join(', ')}, got "${args.text('state')}"`);
    const [editionId, after] = [args.positionals[0], args.text('after')];
    const listed = await listPublicDeliveries(database, {
      editionId: editionId === undefined ? undefined : parseId(editionId),
      newsletter: args.text('newsletter'),
      state,
      limit: args.integer('limit', { atLeast: 1 }) ?? listLimits.deliveries,
      afterId: after === undefined ? undefined : parseId(after),
    });
    if (args.has('json')) {
      context.print(JSON.stringify(listed, null, 2));
      return 0;
    }
    const { edition, counts, deliveries: lines } = listed;
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

function cells(line: PublicDelivery): string[] {
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
