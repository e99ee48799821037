import { threadProgram } from '../../kernel/threads/thread-pool.ts';
import type { Entry } from '../../reading/entry.ts';
import type { ParseTask } from '../../reading/parsing/parse-task.ts';

/** What entries would say as posts: tidied, sanitised, their papers found. */
export interface PrepareTask {
  readonly kind: 'prepare';
  readonly entries: readonly Entry[];
}

/** Everything that a thread of sources can be asked to do: what foreign input could make endless. */
export type SourceTask = ParseTask | PrepareTask;

/** The program of the threads, for the reader that owns them; who asks loads nothing of what they do. */
export function sourceThread(): URL {
  return threadProgram('./source-thread.js', import.meta.url);
}
