import { setImmediate } from 'node:timers/promises';
import { rankOf } from './import-outcome.ts';
import { isRefused, labelKey, type ImportFrame, type ImportPerson, type RefusedRow } from './import-person.ts';
import type { ImportContents } from './import-request.ts';
import type { ImportFile, ImportRow, RowFault } from './import-row.ts';
import type { PeopleOfFile } from './people-of-file.ts';

/** Some people of a file. */
export interface Portion {
  readonly people: readonly ImportPerson[];
  /** Nobody of a later portion stands at or above it. */
  readonly uptoLine: number;
}

/** Reads a row; undefined for one that is of another newsletter. */
export type ReadRow = (row: ImportRow | RowFault) => ImportPerson | RefusedRow | undefined;

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
  let [rows, read, refused, hinted, flawed, labelled] = [0, 0, 0, 0, 0, 0];
  const labels = new Map<string, { label: string; count: number }>();
  const others: Record<string, number> = {};
  for await (const row of file.rows()) {
    rows += 1;
    const person = to.read(row);
    if (person === undefined) {
      const slug = newsletterOf(row)!;
      others[slug] = (others[slug] ?? 0) + 1;
    } else if (isRefused(person)) {
      refused += 1;
      if (person.subject) to.people.noteRefused(person.subject.addressKey, person.subject.rank);
      to.onRefused(person);
    } else {
      read += 1;
      to.people.note(person.addressKey, rankOf(person));
      if (person.flaw !== undefined) flawed += 1;
      else if (person.hint !== undefined) hinted += 1;
      const remark = remarkOn(person);
      if (remark !== undefined) to.onRefused({ line: row.line, reason: remark, hint: person.hint, cells: row.cells });
      if (!('fault' in row) && noteLabels(labels, row, to.frame.topicsByLabel)) labelled += 1;
    }
  }
  const unknownLabels = [...labels.values()].toSorted((a, b) => b.count - a.count);
  const [doubled, held] = [read - to.people.count, to.people.countHeld()];
  const people = to.people.count - held;
  return { rows, people, doubled, held, refused, hinted, flawed, otherNewsletters: others, labelled, unknownLabels };
}

/** The newsletter of this installation or of another one that a row of our own export names. */
export function newsletterOf(row: ImportRow | RowFault): string | undefined {
  return ('fault' in row ? row.subject?.own : row.own)?.newsletter;
}

/** What staff may look after, of a row that is taken. */
function remarkOn({ flaw, hint }: ImportPerson): string | undefined {
  if (flaw !== undefined) return `Taken for its state alone, which lowers: ${flaw}`;
  return hint === undefined ? undefined : 'Taken as it is; is the address right?';
}

/** Notes the labels of a row that lead to no topic; false where it has none at all. */
function noteLabels(
  labels: Map<string, { label: string; count: number }>,
  { labels: own, own: ours }: ImportRow,
  known: ReadonlyMap<string, string>,
): boolean {
  const all = [...own, ...(ours?.topics ?? [])];
  for (const label of all) {
    const key = labelKey(label);
    const noted = labels.get(key);
    if (noted) noted.count += 1;
    else if (!known.has(key) && labels.size < mostLabels) labels.set(key, { label, count: 1 });
  }
  return all.length > 0;
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
    const read = from.read(row);
    if (read === undefined || isRefused(read) || !from.people.take(read.addressKey, rankOf(read))) continue;
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
