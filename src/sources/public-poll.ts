import type { CollectReport } from './collecting/collect-source.ts';

/** What reading one source came to, as programs see it: what `--json` prints of a collection. */
export interface PublicPoll {
  readonly sourceId: string;
  /** `not_due`: not due, not active, or read by another process at present. */
  readonly outcome: CollectReport['outcome'];
  readonly newCount: number;
  readonly releasedCount: number;
  readonly heldCount: number;
  readonly knownCount: number;
  readonly revisedCount: number;
  readonly joinedCount: number;
  /** Changes of links, pictures or names that are taken over when the next reading states the same. */
  readonly awaitedCount: number;
  readonly retractedCount: number;
  /** Posts that vanished from the source before they were mailed. */
  readonly goneCount: number;
  /** What of the document could not be read, one sentence each. */
  readonly skipped: readonly string[];
  /** Why it was not read; absent where it was. */
  readonly reason?: string;
}

/** The same of a report; what is added to that stays inside until it is named here. */
export function publicPoll(report: CollectReport): PublicPoll {
  return {
    sourceId: report.sourceId,
    outcome: report.outcome,
    newCount: report.newCount,
    releasedCount: report.releasedCount,
    heldCount: report.heldCount,
    knownCount: report.knownCount,
    revisedCount: report.revisedCount,
    joinedCount: report.joinedCount,
    awaitedCount: report.awaitedCount,
    retractedCount: report.retractedCount,
    goneCount: report.goneCount,
    skipped: report.skipped,
    ...(report.reason === undefined ? {} : { reason: report.reason }),
  };
}
