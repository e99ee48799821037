import type { DocumentWork } from '../../reading/limits.ts';
import type { Entry } from '../../reading/entry.ts';
import type { SourceReader } from '../../reading/source-reader.ts';
import type { EntriesTask } from './source-task.ts';

// A thread is given so much at a time: what people write takes a fraction of what a document may, and other documents have their turns in between.
const mostEntries = 64;
const mostCharacters = 600_000;

/** One answer for each entry of a document, in their order, found out in a thread of the reader under the limits of the document. @throws as `runInThread` does */
export async function answerInPortions<Answer>(
  { runInThread }: Pick<SourceReader, 'runInThread'>,
  entries: readonly Entry[],
  taskFor: (portion: readonly Entry[]) => EntriesTask,
): Promise<Answer[]> {
  const work: DocumentWork = { usedMs: 0 };
  const answers: Answer[] = [];
  for (const portion of portionsOf(entries)) for (const each of await runInThread<Answer[]>(taskFor(portion), work)) answers.push(each);
  return answers;
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
