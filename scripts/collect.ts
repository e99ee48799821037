import { collectPorts } from '../src/app/collect-ports.ts';
import { createAppReader } from '../src/app/open-reader.ts';
import { describeReport } from '../src/app/demo/run-demo.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { collectSources } from '../src/sources/collect-sources.ts';
import type { CollectReport } from '../src/sources/collect-source.ts';
import { chooseSource, listDueSources, listSources } from '../src/sources/source-store.ts';
import { shownUrl } from '../src/reading/source-url.ts';
import type { Run } from './command.ts';
import { withStore } from './open.ts';
import { version } from './version.ts';

/** What `gazette collect` does. */
export const collect: Run = (args, context) =>
  withStore(context, async (store) => {
    const reader = createAppReader(store.config, { version: version() });
    try {
      const named = args.positionals.length > 0;
      const force = named || args.has('force');
      const all = await listSources(store.database);
      const urls = new Map(all.map((source) => [source.id, shownUrl(source.url)]));
      const ids = named
        ? [...new Set(await Promise.all(args.positionals.map(async (text) => (await chooseSource(store.database, text)).id)))]
        : force
          ? all.filter((source) => source.state === 'active').map((source) => source.id)
          : await listDueSources(store.database, store.clock());
      const ports = await collectPorts(store, reader);
      const reports: CollectReport[] = [];
      const isJson = args.has('json');
      const tellReport = (report: CollectReport): void => {
        reports.push(report);
        if (isJson) return;
        context.print(`${urls.get(report.sourceId) ?? report.sourceId}: ${describeReport(report)}`);
        for (const note of report.skipped) context.print(`  note: ${note}`);
      };
      await context.saying(`reading ${countOf(ids.length, 'source')}`, () => collectSources(ports, ids, { force }, tellReport));
      if (isJson) context.print(JSON.stringify(reports, null, 2));
      else if (reports.length === 0) context.print('No source is due. "gazette collect --force" reads all of them now.');
      return reports.some((report) => report.outcome === 'failed' || report.outcome === 'gone') ? 1 : 0;
    } finally {
      await reader.close();
    }
  });
