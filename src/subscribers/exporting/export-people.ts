import type { Queryable } from '../../db/db.ts';
import { filterOf, type SubscriptionChoice } from '../listing/list-subscriptions.ts';
import { csvText } from './csv-text.ts';
import {
  cellsOf,
  columnsOfExport,
  exportedSubscription,
  exportedSuppression,
  type ExportedValue,
  type ExportKind,
} from './exported-people.ts';
import {
  countUnknownSuppressions,
  listSubscriptionsToExport,
  listSuppressionsToExport,
  type SubscriptionToExport,
  type SuppressionToExport,
} from './people-export-store.ts';

/** `csv` for spreadsheets, `json` for programs; an import of ours reads both. */
export type ExportFormat = 'csv' | 'json';

/** The text of an export in pieces, one for each page of rows: none is ever whole in memory. */
export type ExportText = AsyncGenerator<string, void>;

// Some 300 KB of text.
const pageSize = 1_000;

/** Exports subscriptions with people's choices and consent in the order in which they came. Erased people are in none. @throws NotFoundError; InvalidInputError */
export async function exportSubscriptions(db: Queryable, choice: SubscriptionChoice, format: ExportFormat): Promise<ExportText> {
  const filter = await filterOf(db, choice);
  const pages = pagesOf((last: SubscriptionToExport | undefined) =>
    listSubscriptionsToExport(db, filter, { limit: pageSize, afterId: last?.id ?? '0' }),
  );
  return textOf('subscriptions', format, pages, exportedSubscription);
}

/** Exports suppressions of every kind; `withUnknown` also those of addresses that nobody here has, by their keys. */
export function exportSuppressions(db: Queryable, { withUnknown }: { readonly withUnknown: boolean }, format: ExportFormat): ExportText {
  const pages = pagesOf((last: SuppressionToExport | undefined) =>
    listSuppressionsToExport(db, { limit: pageSize, afterKey: last?.addressKey ?? '', withUnknown }),
  );
  return textOf('suppressions', format, pages, exportedSuppression);
}

/** How many suppressions an export without them leaves out: of addresses that nobody here has. */
export async function countLeftOut(db: Queryable): Promise<number> {
  return countUnknownSuppressions(db);
}

async function* pagesOf<Row>(list: (last: Row | undefined) => Promise<Row[]>): AsyncGenerator<readonly Row[], void> {
  let last: Row | undefined;
  for (;;) {
    const page = await list(last);
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    last = page.at(-1);
  }
}

async function* textOf<Row>(
  kind: ExportKind,
  format: ExportFormat,
  pages: AsyncGenerator<readonly Row[], void>,
  shown: (row: Row) => Readonly<Record<string, ExportedValue>>,
): ExportText {
  const columns = columnsOfExport(kind);
  if (format === 'csv') {
    yield csvText([columns]);
    for await (const page of pages) yield csvText(page.map((row) => cellsOf(shown(row), columns)));
    return;
  }
  yield `{"${kind}": [`;
  let parting = '\n';
  for await (const page of pages) {
    yield parting + page.map((row) => JSON.stringify(shown(row))).join(',\n');
    parting = ',\n';
  }
  yield '\n]}\n';
}
