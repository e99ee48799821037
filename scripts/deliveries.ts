import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import type { Database } from '../src/db/db.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { listPublicDeliveries, listPublicPassedOver } from '../src/deliveries/report/list-deliveries.ts';
import type { PublicDelivery } from '../src/deliveries/report/public-delivery.ts';
import { deliveryStates } from '../src/ledger/queue/delivery.ts';
import { columns, pairs, type Arguments, type CommandContext, type Run } from './command.ts';
import { nothingWords } from './nothing.ts';
import { withStore } from './open.ts';
import { cutToLimit, sayRest } from './rest-of-list.ts';
import { listBounds, listLimits } from './table/list-limits.ts';

/** What `gazette deliveries` does. */
export const deliveries: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    if (args.has('nothing')) return listNothing(database, clock(), args, context);
    const state = deliveryStates.find((each) => each === args.text('state'));
    if (args.text('state') !== undefined && !state)
      throw new UsageError(`Expected --state ${deliveryStates.join(', ')}, got "${args.text('state')}"`);
    const [editionId, after] = [args.positionals[0], args.text('after')];
    const limit = args.integer('limit', listBounds) ?? listLimits.deliveries;
    const listed = await listPublicDeliveries(database, {
      editionId: editionId === undefined ? undefined : parseId(editionId),
      newsletter: args.text('newsletter'),
      state,
      limit: limit + 1,
      afterId: after === undefined ? undefined : parseId(after),
    });
    const { edition, counts, deliveries: read } = listed;
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const { rows: lines, rest } = cutToLimit(read, {
      limit,
      goesOn: 'after',
      idOf: ({ id }) => id,
      isFurther: after !== undefined,
      total: state === undefined ? total : counts[state],
    });
    if (args.has('json')) {
      context.print(JSON.stringify({ edition, counts, deliveries: lines }, null, 2));
      sayRest(context, rest, { asJson: true });
      return 0;
    }
    context.print(
      `Edition ${edition.id} is ${edition.state}${edition.reason === null ? '' : ` (${edition.reason})`}; ${countOf(total, 'delivery', 'deliveries')}.`,
    );
    const counted = Object.entries(counts).filter(([, count]) => count > 0);
    pairs(counted.map(([name, count]) => [name.replace('_', ' '), String(count)] as const)).forEach(context.print);
    if (lines.length > 0) {
      context.print('');
      for (const line of columns([['ID', 'ADDRESS', 'STATE', 'ATTEMPTS', 'WHEN', 'WHY'], ...lines.map(cells)])) context.print(line);
    }
    sayRest(context, rest, { asJson: false });
    return 0;
  });

async function listNothing(database: Database, now: Date, args: Arguments, context: CommandContext): Promise<number> {
  if (args.text('state') !== undefined) throw new UsageError('Expected --nothing or --state, got both');
  const [editionId, after] = [args.positionals[0], args.text('after')];
  const limit = args.integer('limit', listBounds) ?? listLimits.deliveries;
  const { edition, readers: read } = await listPublicPassedOver(database, {
    editionId: editionId === undefined ? undefined : parseId(editionId),
    newsletter: args.text('newsletter'),
    limit: limit + 1,
    afterId: after === undefined ? undefined : parseId(after),
    now,
  });
  const isFurther = after !== undefined;
  const cut = { limit, goesOn: 'after', idOf: ({ subscriptionId }: { subscriptionId: string }) => subscriptionId, isFurther } as const;
  const { rows: readers, rest } = cutToLimit(read, cut);
  if (args.has('json')) {
    context.print(JSON.stringify({ edition, readers }, null, 2));
    sayRest(context, rest, { asJson: true });
    return 0;
  }
  context.print(`Edition ${edition.id} is ${edition.state}; ${describeCount(readers.length, { isWhole: rest === undefined, isFurther })}.`);
  const rows = readers.map(({ subscriptionId, address, why }) => [subscriptionId, address ?? '(erased)', nothingWords[why]]);
  if (rows.length > 0) for (const line of columns([['SUBSCRIPTION', 'ADDRESS', 'WHY'], ...rows])) context.print(line);
  sayRest(context, rest, { asJson: false });
  return 0;
}

function describeCount(count: number, { isWhole, isFurther }: { isWhole: boolean; isFurther: boolean }): string {
  if (count === 0) return isFurther ? 'no further active reader is without a digest' : 'every active reader of its schedule has a digest';
  const which = isFurther ? (isWhole ? 'the last ' : 'the next ') : isWhole ? '' : 'the first ';
  return `${which}${countOf(count, 'active reader')} without a digest`;
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
    when ? utcMoment(when) : '',
    [line.reason, line.reply].filter(Boolean).join(': '),
  ];
}
