import type { PreparedContent } from '../../content/content-from-entry.ts';
import type { Entry } from '../../reading/entry.ts';
import type { SourceReader } from '../../reading/source-reader.ts';
import type { PrepareTask } from './source-task.ts';

// A thread is given so much at a time, under the limits of a document: what people write takes a fraction of them however much it is, and other
// documents have their turns in between.
const mostEntries = 64;
const mostCharacters = 600_000;

/**
 * What entries of one document would say as posts, in their order, found out in a thread of the reader.
 * @throws SourceError `timeout` or `too_large` for entries that take more than a document may, which says nothing about other documents;
 * BusyError when the machine had no time for it; ConflictError when the reader was closed.
 */
export async function prepareEntries(reader: Pick<SourceReader, 'runInThread'>, entries: readonly Entry[]): Promise<PreparedContent[]> {
  const prepared: PreparedContent[] = [];
  for (const portion of portionsOf(entries)) {
    const task: PrepareTask = { kind: 'prepare', entries: portion };
    for (const each of await reader.runInThread<PreparedContent[]>(task)) prepared.push(each);
  }
  return prepared;
}

function portionsOf(entries: readonly Entry[]): Entry[][] {
  const portions: Entry[][] = [];
  let characters = 0;
  for (const entry of entries) {
    const last = portions.at(-1);
    const length = entry.html.length + (entry.summary?.length ?? 0);
    if (!last || last.length >= mostEntries || characters + length > mostCharacters) {
      portions.push([entry]);
      characters = length;
    } else {
      last.push(entry);
      characters += length;
    }
  }
  return portions;
}
