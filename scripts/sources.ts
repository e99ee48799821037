import { chooseSource, listSources, setSourceState } from '../src/sources/source-store.ts';
import type { Source } from '../src/sources/source.ts';
import { shownUrl } from '../src/reading/source-url.ts';
import { columns, type Run } from './command.ts';
import { withStore } from './open.ts';

/** What `gazette sources list` does. */
export const sourcesList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const sources = await listSources(database);
    if (args.has('json')) context.print(JSON.stringify(sources.map(masked), null, 2));
    else if (sources.length === 0) context.print('No source yet. Add one with "gazette sources add".');
    else {
      const rows = sources.map((each) => [
        each.id,
        each.state,
        String(each.postCount),
        each.newsletters.join(', '),
        describeLast(each),
        shownUrl(each.url),
      ]);
      for (const line of columns([['ID', 'STATE', 'POSTS', 'NEWSLETTERS', 'LAST READ', 'URL'], ...rows])) context.print(line);
    }
    return 0;
  });

/** What is printed ends up in tickets and scripts: a password stays out of it. */
function masked<Row extends Source>(source: Row): Row {
  return { ...source, url: shownUrl(source.url), permanentUrl: source.permanentUrl === null ? null : shownUrl(source.permanentUrl) };
}

function describeLast(source: Source): string {
  if (source.lastPolledAt === null) return 'never';
  return `${source.lastPolledAt.toISOString().slice(0, 16).replace('T', ' ')} ${source.lastOutcome ?? ''}`.trim();
}

/** What `gazette sources show` does. */
export const sourcesShow: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const source = masked(await chooseSource(database, args.positionals[0]!));
    if (args.has('json')) context.print(JSON.stringify(source, null, 2));
    else
      for (const [name, value] of Object.entries(source))
        context.print(
          `${name.padEnd(20)} ${value instanceof Date ? value.toISOString() : value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
        );
    return 0;
  });

function changeState(state: 'paused' | 'active' | 'removed', done: string): Run {
  return (args, context) =>
    withStore(context, async ({ database, clock }) => {
      const source = await chooseSource(database, args.positionals[0]!);
      await setSourceState(database, source.id, state, clock());
      context.print(`${done} ${shownUrl(source.url)}`);
      return 0;
    });
}

/** What `gazette sources pause` does. */
export const sourcesPause = changeState('paused', 'Paused:');

/** What `gazette sources resume` does. */
export const sourcesResume = changeState('active', 'Resumed:');

/** What `gazette sources remove` does. */
export const sourcesRemove = changeState('removed', 'Removed:');
