import { threadProgram } from '../../kernel/threads/thread-pool.ts';
import type { DocumentSite, KeyedEntry } from '../../posts/identity/identity.ts';
import type { Entry } from '../../reading/entry.ts';
import type { ParseTask } from '../../reading/parsing/parse-task.ts';

/** What to find out of entries of one document, one answer for each. */
export type EntriesTask =
  /** What they would say as posts: tidied, sanitised, their papers found. */
  | { readonly kind: 'prepare'; readonly entries: readonly Entry[] }
  /** What they are recognised by. */
  | { readonly kind: 'identify'; readonly entries: readonly KeyedEntry[]; readonly site: DocumentSite };

/** Everything that a thread of sources can be asked to do: what foreign input could make endless. */
export type SourceTask = ParseTask | EntriesTask;

/** The program of the threads, for the reader that owns them; who asks loads nothing of what they do. */
export function sourceThread(): URL {
  return threadProgram('./source-thread.js', import.meta.url);
}
