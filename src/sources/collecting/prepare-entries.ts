import type { PreparedContent } from '../../content/content-from-entry.ts';
import type { Entry } from '../../reading/entry.ts';
import type { SourceReader } from '../../reading/source-reader.ts';
import type { PrepareTask } from './source-task.ts';

/**
 * What entries of one document would say as posts, in their order, found out in a thread of the reader.
 * @throws SourceError `timeout` or `too_large` for entries that take more than a document may, which says nothing about other documents;
 * BusyError when the machine had no time for it.
 */
export async function prepareEntries(reader: Pick<SourceReader, 'runInThread'>, entries: readonly Entry[]): Promise<PreparedContent[]> {
  if (entries.length === 0) return [];
  const task: PrepareTask = { kind: 'prepare', entries };
  return reader.runInThread<PreparedContent[]>(task);
}
