import { moment } from './dates.ts';
import type { Database } from '../src/db/db.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { listPublicDeliveries, listPublicPassedOver } from '../src/deliveries/report/list-deliveries.ts';
import type { PublicDelivery } from '../src/deliveries/report/public-delivery.ts';
import { deliveryStates } from '../src/ledger/queue/delivery.ts';
import { columns, pairs, type Arguments, type CommandContext, type Run } from './command.ts';
import { nothingWords } from './nothing.ts';
import { withStore } from './open.ts';
import { listLimits } from './table/list-limits.ts';

/** What `gazette deliveries` does. */
export const deliveries: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    if (args.has('nothing')) return listNothing(database, clock(), args, context);
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
    const counted = Object.entries(counts).filter(([, count]) => count > 0);
    pairs(counted.map(([name, count]) => [name.replace('_', ' '), String(count)] as const)).forEach(context.print);
    if (lines.length > 0) {
      context.print('');
      for (const line of columns([['ID', 'ADDRESS', 'STATE', 'ATTEMPTS', 'WHEN', 'WHY'], ...lines.map(cells)])) context.print(line);
    }
    return 0;
  });

async function listNothing(database: Database, now: Date, args: Arguments, { print }: CommandContext): Promise<number> {
  if (args.text('state') !== undefined) throw new UsageError('Expected --nothing or --state, got both');
  const [editionId, after] = [args.positionals[0], args.text('after')];
  const limit = args.integer('limit', { atLeast: 1 }) ?? listLimits.deliveries;
  const listed = await listPublicPassedOver(database, {
    editionId: editionId === undefined ? undefined : parseId(editionId),
    newsletter: args.text('newsletter'),
    limit,
    afterId: after === undefined ? undefined : parseId(after),
    now,
  });
  if (args.has('json')) {
    print(JSON.stringify(listed, null, 2));
    return 0;
  }
  const { edition, readers } = listed;
  print(`Edition ${edition.id} is ${edition.state}; ${describeCount(readers.length, limit)}.`);
  const rows = readers.map(({ subscriptionId, address, why }) => [subscriptionId, address ?? '(erased)', nothingWords[why]]);
  if (rows.length > 0) for (const line of columns([['SUBSCRIPTION', 'ADDRESS', 'WHY'], ...rows])) print(line);
  return 0;
}

function describeCount(count: number, limit: number): string {
  if (count === 0) return 'every active reader of its schedule has a digest';
  return `${count === limit ? 'the first ' : ''}${countOf(count, 'active reader')} without a digest`;
}

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
    when ? moment(when) : '',
    [line.reason, line.reply].filter(Boolean).join(': '),
  ];
}
