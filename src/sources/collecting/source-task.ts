import { contentFromEntry, type PreparedContent } from '../../content/content-from-entry.ts';
import { threadProgram } from '../../kernel/threads/thread-pool.ts';
import type { Entry } from '../../reading/entry.ts';
import { doParseTask, type ParseResults, type ParseTask } from '../../reading/parsing/parse-task.ts';
import type { ThreadAnswer } from '../../reading/parsing/parser-pool.ts';
import { SourceError } from '../../reading/source-error.ts';

/** What entries would say as posts: tidied, sanitised, their papers found. */
export interface PrepareTask {
  readonly kind: 'prepare';
  readonly entries: readonly Entry[];
}

/** Everything that a thread of sources can be asked to do: what foreign input could make endless. */
export type SourceTask = ParseTask | PrepareTask;

/** The program of the threads, for the reader that owns them. */
export function sourceThread(): URL {
  return threadProgram('./source-thread.js', import.meta.url);
}

/** Does a task in a thread; everything that a source can do wrong becomes an answer. */
export function doSourceTask(task: SourceTask): ThreadAnswer<PreparedContent[] | ParseResults[keyof ParseResults]> {
  try {
    return { result: task.kind === 'prepare' ? task.entries.map((entry) => contentFromEntry(entry)) : doParseTask(task) };
  } catch (error) {
    if (error instanceof SourceError) return { code: error.code, message: error.message };
    const what = error instanceof Error ? error.message : String(error);
    return { code: 'parse', message: `Expected a document that can be read, got one that broke the parser: ${what}` };
  }
}
