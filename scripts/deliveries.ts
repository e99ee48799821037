import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import type { Store } from '../src/app/open-store.ts';
import type { Database } from '../src/db/db.ts';
import { listPublicHeldDomains } from '../src/ledger/accounts/list-outages.ts';
import { wordHeldDomain } from './account-words.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import {
  listDeliveriesOfAll,
  listPublicDeliveries,
  listPublicPassedOver,
  pagesOfDeliveries,
  type DeliveryQuery,
  type EditionChoice,
} from '../src/deliveries/report/list-deliveries.ts';
import type { PublicDeliveries, PublicDelivery, PublicDeliveryList } from '../src/deliveries/report/public-delivery.ts';
import { defaultAccount } from '../src/mail/mailers.ts';
import { deliveryStates } from '../src/ledger/queue/delivery.ts';
import { columns, pairs, workAsUsage, type Arguments, type CommandContext, type Run } from './command.ts';
import { parseMoment } from './dates.ts';
import { nothingWords } from './nothing.ts';
import { withStore } from './open.ts';
import { cutToLimit, sayRest } from './rest-of-list.ts';
import { listBounds, listLimits } from './table/list-limits.ts';
import { handOver } from './write-file.ts';

/** What `gazette deliveries` does. */
export const deliveries: Run = (args, context) => {
  checkOptions(args);
  return withStore(context, async (store) => {
    const { database, clock } = store;
    if (args.has('nothing')) return listNothing(database, clock(), args, context);
    const query = readQuery(args, store);
    if (args.has('csv')) return workAsUsage(writeTable(database, query, args, context));
    return workAsUsage(args.has('all') ? listOfAll(database, query, args, context) : listOfEdition(database, query, args, context));
  });
};

/** What chooses among the deliveries of an edition, beside their state. */
const filters = ['reason', 'reply', 'domain', 'address', 'since', 'until'] as const;

/** What does not go together, told before anything is opened. @throws UsageError */
function checkOptions(args: Arguments): void {
  const asked = [
    ...(['state', ...filters] as const).filter((name) => isGiven(args, name)),
    ...['all', 'csv'].filter((name) => args.has(name)),
  ];
  if (args.has('nothing') && asked.length > 0) throw new UsageError(`Expected --nothing or --${asked[0]}, got both`);
  if (args.has('csv') && args.has('json')) throw new UsageError('Expected --csv or --json, got both');
  if (args.text('out') !== undefined && !args.has('csv'))
    throw new UsageError('Expected --csv with --out: it is the table that goes into a file');
  if (args.positionals[0] !== undefined && args.has('all')) throw new UsageError('Expected the id of an edition or --all, got both');
}

function isGiven(args: Arguments, name: 'state' | (typeof filters)[number]): boolean {
  return name === 'state' || name === 'reason' || name === 'domain' ? args.list(name).length > 0 : args.text(name) !== undefined;
}

const listed = (args: Arguments, name: string): readonly string[] | undefined => {
  const values = args.list(name).flatMap((text) => text.split(',').map((each) => each.trim()));
  return values.length === 0 ? undefined : values;
};

function readQuery(args: Arguments, { secrets, config }: Store): DeliveryQuery & { readonly afterId: string | undefined } {
  const [named, after, account] = [args.text('address'), args.text('after'), args.text('account')];
  const names = config.mailAccounts.map(({ name }) => name);
  if (account !== undefined && account !== defaultAccount && !names.includes(account))
    throw new UsageError(
      `Expected --account with the name of an account (${[...new Set([defaultAccount, ...names])].join(', ')}), got "${account}"`,
    );
  return {
    ...readEdition(args),
    states: listed(args, 'state')?.map(parseState),
    reasons: listed(args, 'reason'),
    reply: args.text('reply'),
    domains: listed(args, 'domain'),
    since: momentOf(args, 'since', 'begin'),
    until: momentOf(args, 'until', 'end'),
    person: named === undefined ? undefined : { named, addressKeySecret: secrets.addressKey },
    afterId: after === undefined ? undefined : parseId(after),
  };
}

function readEdition(args: Arguments): EditionChoice {
  const [id] = args.positionals;
  return { editionId: id === undefined ? undefined : parseId(id), newsletter: args.text('newsletter'), account: args.text('account') };
}

function momentOf(args: Arguments, name: 'since' | 'until', dayTo: 'begin' | 'end'): Date | undefined {
  const text = args.text(name);
  return text === undefined ? undefined : parseMoment(text, name, { dayTo });
}

function parseState(text: string): (typeof deliveryStates)[number] {
  const state = deliveryStates.find((each) => each === text);
  if (!state) throw new UsageError(`Expected --state ${deliveryStates.join(', ')}, got "${text}"`);
  return state;
}

async function writeTable(database: Database, query: DeliveryQuery, args: Arguments, context: CommandContext): Promise<number> {
  // A list needs no writer of tables.
  const { deliveryTable } = await import('../src/deliveries/report/delivery-table.ts');
  const pages = pagesOfDeliveries(database, query, { ofAll: args.has('all') });
  const table = deliveryTable(pages, args.integer('limit', { atLeast: 1 }));
  await handOver(table, { path: args.text('out'), isTable: true }, context);
  return 0;
}

type Query = ReturnType<typeof readQuery>;

function cutLines<Line extends PublicDelivery>(
  read: readonly Line[],
  args: Arguments,
  total: number | undefined,
): { readonly rows: readonly Line[]; readonly rest: string | undefined } {
  const [limit, isFurther] = [limitOf(args), args.text('after') !== undefined];
  return cutToLimit(read, { limit, goesOn: 'after', idOf: ({ id }) => id, isFurther, ...(total === undefined ? {} : { total }) });
}

const limitOf = (args: Arguments): number => args.integer('limit', listBounds) ?? listLimits.deliveries;

async function listOfEdition(database: Database, query: Query, args: Arguments, context: CommandContext): Promise<number> {
  const { edition, counts, deliveries: read } = await listPublicDeliveries(database, { ...query, limit: limitOf(args) + 1 });
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const ofStates = query.states?.reduce((sum, state) => sum + counts[state], 0);
  const { rows: lines, rest } = cutLines(
    read,
    args,
    // Of those that were deleted none is listed.
    edition.prunedAt !== null || filters.some((name) => isGiven(args, name)) ? undefined : (ofStates ?? total),
  );
  if (args.has('json')) {
    context.print(JSON.stringify({ edition, counts, deliveries: lines } satisfies PublicDeliveries, null, 2));
    sayRest(context, rest, { asJson: true });
    return 0;
  }
  context.print(
    `Edition ${edition.id} is ${edition.state}${edition.reason === null ? '' : ` (${edition.reason})`}; ${countOf(total, 'delivery', 'deliveries')}.`,
  );
  if (edition.prunedAt !== null)
    context.print(`They were deleted ${utcMoment(edition.prunedAt)}; how many ended how is kept, and who they were is not.`);
  const counted = Object.entries(counts).filter(([, count]) => count > 0);
  pairs(counted.map(([name, count]) => [name.replace('_', ' '), String(count)] as const)).forEach(context.print);
  if (lines.length > 0) {
    context.print('');
    for (const line of columns([['ID', 'ADDRESS', 'STATE', 'ATTEMPTS', 'WHEN', 'WHY'], ...lines.map(cells)])) context.print(line);
  }
  // What waits for a domain says nothing of it by itself: it was never tried.
  if (counts.queued > 0) for (const domain of await listPublicHeldDomains(database)) context.warn(wordHeldDomain(domain));
  sayRest(context, rest, { asJson: false });
  return 0;
}

async function listOfAll(database: Database, query: Query, args: Arguments, context: CommandContext): Promise<number> {
  const { deliveries: read } = await listDeliveriesOfAll(database, { ...query, limit: limitOf(args) + 1 });
  const { rows: lines, rest } = cutLines(read, args, undefined);
  const asJson = args.has('json');
  if (asJson) context.print(JSON.stringify({ deliveries: lines } satisfies PublicDeliveryList, null, 2));
  else if (lines.length === 0) context.print('No delivery of that kind.');
  else {
    const rows = lines.map((line) => [line.editionId, ...cells(line)]);
    for (const line of columns([['EDITION', 'ID', 'ADDRESS', 'STATE', 'ATTEMPTS', 'WHEN', 'WHY'], ...rows])) context.print(line);
  }
  sayRest(context, rest, { asJson });
  return 0;
}

async function listNothing(database: Database, now: Date, args: Arguments, context: CommandContext): Promise<number> {
  const after = args.text('after');
  const limit = limitOf(args);
  const { edition, readers: read } = await listPublicPassedOver(database, {
    ...readEdition(args),
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
