import { setImmediate } from 'node:timers/promises';
import { rankOf } from './import-outcome.ts';
import { isRefused, labelKey, type ImportFrame, type ImportPerson, type RefusedRow } from './import-person.ts';
import type { ImportContents } from './import-request.ts';
import type { ImportFile, ImportRow } from './import-row.ts';
import type { PeopleOfFile } from './people-of-file.ts';

/** Some people of a file. */
export interface Portion {
  readonly people: readonly ImportPerson[];
  /** Nobody of a later portion stands at or above it. */
  readonly uptoLine: number;
}

/** Reads a row; undefined for one that is of another newsletter. */
export type ReadRow = (row: ImportRow) => ImportPerson | RefusedRow | undefined;

// More different labels than that are no labels but texts.
const mostLabels = 1_000;

/** Reads a whole file once: notes who is in it, tells what is refused, and counts. */
export async function scanFile(
  file: ImportFile,
  to: {
    readonly people: PeopleOfFile;
    readonly read: ReadRow;
    readonly frame: ImportFrame;
    readonly onRefused: (row: RefusedRow) => void;
  },
): Promise<ImportContents> {
  let [rows, doubled, refused, hinted] = [0, 0, 0, 0];
  const labels = new Map<string, { label: string; count: number }>();
  const others: Record<string, number> = {};
  for await (const row of file.rows()) {
    rows += 1;
    const read = 'fault' in row ? { line: row.line, reason: row.fault, cells: row.cells } : to.read(row);
    if (read === undefined) {
      const slug = (row as ImportRow).own!.newsletter!;
      others[slug] = (others[slug] ?? 0) + 1;
    } else if (isRefused(read)) {
      refused += 1;
      to.onRefused(read);
    } else {
      if (!to.people.note(read.addressKey, rankOf(read.status))) doubled += 1;
      if (read.hint !== undefined) {
        hinted += 1;
        to.onRefused({ line: row.line, reason: 'Taken as it is; is the address right?', hint: read.hint, cells: row.cells });
      }
      noteLabels(labels, row as ImportRow, to.frame.topicsByLabel);
    }
  }
  const unknownLabels = [...labels.values()].toSorted((a, b) => b.count - a.count);
  return { rows, doubled, refused, hinted, otherNewsletters: others, unknownLabels };
}

function noteLabels(
  labels: Map<string, { label: string; count: number }>,
  { labels: own, own: ours }: ImportRow,
  known: ReadonlyMap<string, string>,
): void {
  for (const label of [...own, ...(ours?.topics ?? [])]) {
    const key = labelKey(label);
    const noted = labels.get(key);
    if (noted) noted.count += 1;
    else if (!known.has(key) && labels.size < mostLabels) labels.set(key, { label, count: 1 });
  }
}

// So many take about a millisecond.
const rowsInARow = 50;

/** Reads a file and gives its people in portions, each person once. Answers of Postgres are not kept waiting for the reading of a portion. */
export async function* portionsOf(
  file: ImportFile,
  from: { readonly people: PeopleOfFile; readonly read: ReadRow; readonly afterLine: number; readonly size: number },
): AsyncGenerator<Portion, void> {
  // From the first row, whatever was done already: who stood there counts no second time.
  from.people.restart();
  let portion: ImportPerson[] = [];
  let rows = 0;
  for await (const row of file.rows()) {
    if (++rows % rowsInARow === 0) await setImmediate();
    const read = 'fault' in row ? undefined : from.read(row);
    if (read === undefined || isRefused(read) || !from.people.take(read.addressKey, rankOf(read.status))) continue;
    if (read.line <= from.afterLine) continue;
    portion.push(read);
    if (portion.length < from.size) continue;
    yield { people: portion, uptoLine: read.line };
    portion = [];
  }
  if (portion.length > 0) yield { people: portion, uptoLine: portion.at(-1)!.line };
}

/** Gives what a generator gives, and lets it make the next one while whoever takes it works with this one: a file is read while Postgres writes. */
export async function* takeAhead<Value>(generator: AsyncGenerator<Value, void>): AsyncGenerator<Value, void> {
  try {
    let next = generator.next();
    for (;;) {
      const { value, done } = await next;
      if (done === true) return;
      next = generator.next();
      // It is looked at in the next turn, if there is one.
      next.catch(() => {});
      yield value;
    }
  } finally {
    await generator.return();
  }
}
