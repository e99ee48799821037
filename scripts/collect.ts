import { noteDone } from './staff.ts';
import { collectPorts } from '../src/app/collect-ports.ts';
import { createAppReader } from '../src/app/open-reader.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { chooseSources, collectChosen } from '../src/sources/collect-chosen.ts';
import { describeReport } from '../src/sources/collecting/report-words.ts';
import type { PublicPoll } from '../src/sources/public-poll.ts';
import type { Run } from './command.ts';
import { withStore } from './open.ts';
import { version } from './version.ts';

/** What `gazette collect` does. */
export const collect: Run = (args, context) =>
  withStore(context, async (store) => {
    const reader = createAppReader(store.config, { version: version() });
    try {
      const chosen = await chooseSources(store, { named: args.positionals, isForced: args.has('force') });
      const ports = await collectPorts(store, reader);
      const isJson = args.has('json');
      const tellReport = (report: PublicPoll, url: string): void => {
        if (isJson) return;
        context.print(`${url}: ${describeReport(report)}`);
        for (const note of report.skipped) context.print(`  note: ${note}`);
      };
      const reading = `reading ${countOf(chosen.sources.length, 'source')}`;
      const reports = await context.saying(reading, () => collectChosen(ports, chosen, tellReport));
      const read = reports.filter(({ outcome }) => outcome !== 'not_due').map(({ sourceId }) => sourceId);
      await noteDone(context, store.database, { source: read });
      if (isJson) context.print(JSON.stringify(reports, null, 2));
      else if (reports.length === 0) context.print('No source is due. "gazette collect --force" reads all of them now.');
      return reports.some(wasNotRead) ? 1 : 0;
    } finally {
      await reader.close();
    }
  });

/** What was to be read was not: also where another process has it. */
function wasNotRead({ outcome, reason }: PublicPoll): boolean {
  return outcome === 'failed' || outcome === 'gone' || (outcome === 'not_due' && reason !== undefined);
}
