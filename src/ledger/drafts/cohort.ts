/*
 * Cohorts: subscriptions with the same topics, cursor, owed, language, queued renditions and posts that have arrived get the same digest, so that what they get is
 * decided and rendered once. The columns are compared as the text that Postgres prints, and parsed once per cohort.
 */
import { parsePosition, parsePositions } from '../position.ts';
import type { CohortState, QueuedContent } from './selection.ts';

/** What a row says about its cohort: columns as text, so that a million rows are compared without being parsed. */
export interface CohortColumns {
  /** A bigint[] as text, null for all topics. */
  readonly topics: string | null;
  readonly cursor: string;
  /** A bigint[] as text. */
  readonly owed: string;
  readonly language: string;
  /** Ids of the renditions of queued, never doubted deliveries, ascending. */
  readonly queuedRenditionIds: readonly string[];
  /** A bigint[] as text: corrections, owed or queued, whose post has arrived. */
  readonly arrived: string;
}

/** Equal for subscriptions of one cohort. */
export function cohortKey(row: CohortColumns): string {
  const queued = row.queuedRenditionIds.length === 0 ? '' : row.queuedRenditionIds.join(',');
  return `${row.language} ${row.cursor} ${row.topics ?? 'all'} ${row.owed} ${queued} ${row.arrived}`;
}

/** Parses what selection needs. `contents` are the queued renditions by id. */
export function cohortState(row: CohortColumns, contents: ReadonlyMap<string, QueuedContent>): CohortState {
  return {
    topics: row.topics === null ? null : parsePositions(row.topics).map(String),
    cursor: parsePosition(row.cursor),
    owed: parsePositions(row.owed),
    arrived: parsePositions(row.arrived),
    queued: row.queuedRenditionIds.map((id) => {
      const content = contents.get(id);
      if (content === undefined) throw new Error(`Expected rendition ${id} to be loaded, found none`);
      return content;
    }),
  };
}
