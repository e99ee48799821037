import { collectSource } from './collect-source.ts';
import type { CollectOptions, CollectPorts, CollectReport } from './collect-source.ts';

// Reading waits for hosts most of the time; the reader itself keeps to 20 connections in all and 2 for each host.
const sourcesAtATime = 20;

/** Collects these sources, a few at a time. A source that fails with a fault of ours does not keep the others from being read. */
export async function collectSources(
  ports: CollectPorts,
  sourceIds: readonly string[],
  options: CollectOptions = {},
  onReport: (report: CollectReport) => void = () => {},
): Promise<number> {
  const waiting = [...sourceIds];
  const faults: unknown[] = [];
  let readCount = 0;
  const work = async (): Promise<void> => {
    for (let sourceId = waiting.shift(); sourceId !== undefined; sourceId = waiting.shift()) {
      try {
        const report = await collectSource(ports, sourceId, options);
        if (report.outcome !== 'not_due') readCount += 1;
        onReport(report);
      } catch (error) {
        ports.log.error('source.fault', { sourceId, error });
        faults.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(sourcesAtATime, sourceIds.length) }, work));
  if (faults.length > 0) throw faults[0];
  return readCount;
}
