/* The thread of a source: reads its document and looks into its entries, one task at a time, killed from outside when one takes too long or too much. */
import { contentFromEntry, type PreparedContent } from '../../content/content-from-entry.ts';
import { answerTasks } from '../../kernel/threads/thread-program.ts';
import { findEntryKeys, type EntryKeys } from '../../posts/identity/identity.ts';
import { doParseTask, type ParseResults } from '../../reading/parsing/parse-task.ts';
import type { ThreadAnswer } from '../../reading/parsing/parser-pool.ts';
import { SourceError } from '../../reading/source-error.ts';
import type { SourceTask } from './source-task.ts';

answerTasks(answer);

type Result = PreparedContent[] | EntryKeys[] | ParseResults[keyof ParseResults];

/** Everything that a source can do wrong becomes an answer. */
function answer(task: SourceTask): ThreadAnswer<Result> {
  try {
    return { result: doSourceTask(task) };
  } catch (error) {
    if (error instanceof SourceError) return { code: error.code, message: error.message };
    const what = error instanceof Error ? error.message : String(error);
    return { code: 'parse', message: `Expected a document that can be read, got one that broke the parser: ${what}` };
  }
}

function doSourceTask(task: SourceTask): Result {
  switch (task.kind) {
    case 'prepare':
      return task.entries.map((entry) => contentFromEntry(entry));
    case 'identify':
      return findEntryKeys(task.entries, task.site);
    default:
      return doParseTask(task);
  }
}
