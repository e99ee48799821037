import type { CollectReport } from './collect-source.ts';

/** What a poll came to, in a few words for staff. */
export function describeReport(report: CollectReport): string {
  if (report.outcome === 'failed' || report.outcome === 'busy' || report.outcome === 'gone')
    return `not read: ${report.reason ?? report.outcome}`;
  if (report.outcome === 'unchanged') return 'unchanged';
  if (report.outcome === 'not_due') return report.reason === undefined ? 'not due' : `not read: ${report.reason}`;
  const parts = [
    [report.releasedCount, 'released'],
    [report.knownCount, 'marked as known'],
    [report.heldCount, 'held for your decision'],
    [report.joinedCount, 'already known from another source'],
    [report.revisedCount, 'revised'],
    [report.awaitedCount, 'with another link or picture, taken over if the next reading says the same'],
    [report.goneCount, 'gone from the source before it was mailed'],
    [report.retractedCount, 'retracted'],
  ] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return words.length === 0 ? 'nothing new' : words.join(', ');
}
