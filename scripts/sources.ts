import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import { noteDone } from './staff.ts';
import type { Database } from '../src/db/db.ts';
import type { Clock } from '../src/kernel/clock.ts';
import { pauseSource, removeSource, resumeSource } from '../src/sources/change-source-state.ts';
import { listPublicSources, showSource } from '../src/sources/list-sources.ts';
import type { PublicSource } from '../src/sources/public-source.ts';
import { columns, pairs, type Run } from './command.ts';
import { withStore } from './open.ts';

/** What `gazette sources list` does. */
export const sourcesList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const sources = await listPublicSources(database);
    if (args.has('json')) context.print(JSON.stringify(sources, null, 2));
    else if (sources.length === 0) context.print('No source yet. Add one with "gazette sources add".');
    else {
      const rows = sources.map((each) => [
        each.id,
        each.state,
        String(each.postCount),
        each.newsletters.join(', '),
        describeLast(each),
        each.url,
      ]);
      for (const line of columns([['ID', 'STATE', 'POSTS', 'NEWSLETTERS', 'LAST READ', 'URL'], ...rows])) context.print(line);
    }
    return 0;
  });

function describeLast(source: PublicSource): string {
  if (source.lastPolledAt === null) return 'never';
  const why = source.failureCount > 0 && source.lastReason !== null ? `: ${source.lastReason}` : '';
  return `${utcMoment(source.lastPolledAt)} ${source.lastOutcome ?? ''}${why}`.trim();
}

/** What `gazette sources show` does. */
export const sourcesShow: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const source = await showSource(database, args.positionals[0]!);
    if (args.has('json')) context.print(JSON.stringify(source, null, 2));
    else {
      const { repeats, ...facts } = source;
      const rows = Object.entries(facts).map(([name, value]) => [name, describeValue(value)] as const);
      pairs(rows, '').forEach(context.print);
      [...describeHabits(source), ...describeRepeats(repeats, source.trimsRepeats)].forEach((line) => context.print(line));
    }
    return 0;
  });

function describeValue(value: unknown): string {
  if (value === null) return '';
  if (value instanceof Date) return utcMoment(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What was learned of a source that staff should know, in lines for people. */
export function describeHabits({ idHabit, datesMove }: Pick<PublicSource, 'idHabit' | 'datesMove'>): string[] {
  return [
    ...(idHabit === 'renewed' ? ['Its ids are made anew at each fetch: its posts are recognised by what they say.'] : []),
    ...(datesMove ? ['Its dates move with each fetch: they count as none.'] : []),
  ];
}

/** What the posts of a source repeat, in lines for people. */
function describeRepeats(repeats: PublicSource['repeats'], isTrimmed: boolean): string[] {
  if (repeats.length === 0) return [];
  const inFull = isTrimmed ? 'and not shown in full posts' : 'shown in full posts';
  return [
    `Repeated by at least half of its last ten posts; no part of a lead or a summary, ${inFull}:`,
    ...repeats.map(({ text, postCount, isTrimmable }) => {
      const stays = isTrimmed && !isTrimmable ? ' (shown: its links or pictures differ)' : '';
      return `  ${String(postCount).padStart(2)} posts  ${text}${stays}`;
    }),
  ];
}

type Change = (ports: { database: Database; clock: Clock }, idOrUrl: string) => Promise<PublicSource>;

function change(changeState: Change, done: string): Run {
  return (args, context) =>
    withStore(context, async (store) => {
      const { id, url } = await changeState(store, args.positionals[0]!);
      await noteDone(context, store.database, { source: [id] });
      context.print(`${done} ${url}`);
      return 0;
    });
}

/** What `gazette sources pause` does. */
export const sourcesPause = change(pauseSource, 'Paused:');

/** What `gazette sources resume` does. */
export const sourcesResume = change(resumeSource, 'Resumed:');

/** What `gazette sources remove` does. */
export const sourcesRemove = change(removeSource, 'Removed:');
