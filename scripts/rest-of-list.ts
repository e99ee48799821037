/*
 * Lists that show no more than so many rows. Each reads one row more than it shows: so it knows whether there are others, says so beneath, and how to see
 * them. Of a list that ends in silence everybody believes that it is whole.
 */
import type { CommandContext } from './command.ts';
import { listBounds } from './table/list-limits.ts';

/** How a list is cut and gone on with. */
export interface ListCut<Row> {
  /** How many are shown; one more was read. */
  readonly limit: number;
  /** The option that goes on: `after` an id, or `before` it where the newest come first. */
  readonly goesOn: 'after' | 'before';
  readonly idOf: (row: Row) => string;
  /** Whether the list goes on from an id itself. */
  readonly isFurther: boolean;
  /** How many there are in all, where that is known. */
  readonly total?: number;
}

/** The rows to show, and what is said of the others; undefined where there are none. */
export function cutToLimit<Row>(
  read: readonly Row[],
  cut: ListCut<Row>,
): { readonly rows: readonly Row[]; readonly rest: string | undefined } {
  if (read.length <= cut.limit) return { rows: read, rest: undefined };
  const rows = read.slice(0, cut.limit);
  const next = `--${cut.goesOn} ${cut.idOf(rows.at(-1)!)}`;
  const more = Math.min(cut.total ?? cut.limit * 5, listBounds.atMost);
  return { rows, rest: `${describeShown(cut)}; ${more > cut.limit ? `${next} or --limit ${more}` : next} shows more.` };
}

function describeShown({ limit, goesOn, isFurther, total }: Omit<ListCut<never>, 'idOf'>): string {
  if (total !== undefined) return `${limit} of ${total} ${limit === 1 ? 'is' : 'are'} shown`;
  const which = isFurther ? 'next' : goesOn === 'before' ? 'newest' : 'first';
  return `The ${which} ${limit === 1 ? 'one is' : `${limit} are`} shown`;
}

/** Says beneath a list that there are others: among its lines, but beside JSON, which is for programs. */
export function sayRest(
  { print, warn }: Pick<CommandContext, 'print' | 'warn'>,
  rest: string | undefined,
  { asJson }: { asJson: boolean },
): void {
  if (rest !== undefined) (asJson ? warn : print)(rest);
}
