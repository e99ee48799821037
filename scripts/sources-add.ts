import { readFileSync } from 'node:fs';
import { createAppReader } from '../src/app/open-reader.ts';
import type { Config } from '../src/app/config.ts';
import { findSource, type FoundSource } from '../src/sources/find-source.ts';
import type { Store } from '../src/app/open-store.ts';
import { InvalidInputError } from '../src/kernel/errors.ts';
import { getNewsletter } from '../src/newsletters/newsletter-store.ts';
import { addSource } from '../src/sources/add-source.ts';
import { findSourceByUrl } from '../src/sources/source-store.ts';
import { parseTimeZone } from '../src/newsletters/schedule.ts';
import { checkFirstRead, checkSourceUrl } from '../src/sources/source.ts';
import type { FeedCandidate } from '../src/reading/discover-feeds.ts';
import { parseMapping } from '../src/reading/formats/json-mapping.ts';
import type { SourceRequest } from '../src/reading/source-reader.ts';
import { shownUrl } from '../src/reading/source-url.ts';
import { checkSource } from '../src/sources/check-source.ts';
import { asUsage, type Arguments, type CommandContext, type Run } from './command.ts';
import { readConfig, withStore } from './open.ts';
import { version } from './version.ts';

/** What `gazette sources add` does. */
export const sourcesAdd: Run = (args, context) =>
  withStore(context, async (store) => {
    await checkOptions(args, store);
    const found = await look(args, context, store.config);
    if (found.kind === 'several') {
      describeCandidates(found.candidates).forEach(context.print);
      return 1;
    }
    if (found.kind === 'nothing') {
      context.warn(`Not added: ${found.reason}. "--unchecked" adds it all the same.`);
      return 1;
    }
    if (found.kind === 'unclear') context.warn(`It could not be read now: ${found.reason}. Gazette keeps trying.`);
    await add(args, context, store, found);
    return 0;
  });

/** The feeds that a page names, each as the command that adds it. */
function describeCandidates(candidates: readonly FeedCandidate[]): string[] {
  const commandFor = ({ url, kind }: FeedCandidate): string => `gazette sources add ${url}${kind === 'wordpress' ? ' --wordpress' : ''}`;
  return [
    'This is a page. It leads to these feeds; add the one you want:',
    ...candidates.map((each) => `  ${commandFor(each)}   ${each.title}`.trimEnd()),
  ];
}

/** What is wrong whatever the address turns out to be is said before anybody waits for it. */
async function checkOptions(args: Arguments, { database }: Store): Promise<void> {
  const zone = args.text('zone');
  asUsage(() => checkFirstRead(args.text('first') ?? 'known'));
  if (zone !== undefined) asUsage(() => parseTimeZone(zone));
  for (const slug of args.list('newsletter')) await getNewsletter(database, slug);
}

/** Looks at the address before it is stored, unless staff say that they know it. */
async function look(args: Arguments, { saying }: CommandContext, config: Config): Promise<FoundSource> {
  const request = requestOf(args, checkSourceUrl(args.positionals[0]!));
  if (args.has('unchecked')) return { kind: 'source', url: request.url, sourceKind: request.kind, entryCount: 0 };
  const reader = createAppReader(config, { version: version() });
  try {
    return await saying(`reading ${shownUrl(request.url)}`, () => findSource(reader, request));
  } finally {
    await reader.close();
  }
}

/** What the options say about how to read an address or a file. */
function requestOf(args: Arguments, url: string): SourceRequest {
  const mapping = args.text('mapping');
  if (mapping !== undefined) return { url, kind: 'json', mapping: parseMapping(readMapping(mapping)) };
  return { url, kind: args.has('wordpress') ? 'wordpress' : 'feed' };
}

async function add(args: Arguments, context: CommandContext, { database, clock }: Store, found: FoundSource): Promise<void> {
  const request = requestOf(args, args.positionals[0]!);
  const feed = found.kind === 'discovered' ? found.feed : undefined;
  const [first, zone, guard] = [args.text('first'), args.text('zone'), args.integer('guard')];
  const known = await findSourceByUrl(database, checkSourceUrl(feed?.url ?? request.url));
  const source = await database.transaction((tx) =>
    addSource(tx, {
      url: feed?.url ?? request.url,
      newsletters: args.list('newsletter'),
      kind: feed?.kind ?? request.kind,
      ...(request.mapping === undefined ? {} : { mapping: request.mapping }),
      ...(first === undefined ? {} : { firstRead: first }),
      ...(zone === undefined ? {} : { timeZone: zone }),
      ...(guard === undefined ? {} : { guardLimit: guard }),
      now: clock(),
    }),
  );
  if (feed) context.print(`This is a page; it leads to one feed: ${feed.title || feed.url}`);
  const joins = known !== undefined && known.state !== 'removed';
  context.print(
    joins
      ? `Source ${source.id} exists already; now also in ${args.list('newsletter').join(', ')}.`
      : `Added source ${source.id}: ${shownUrl(source.url)}`,
  );
  if (args.list('newsletter').length === 0) context.warn('It belongs to no newsletter yet: add it again with --newsletter.');
  context.print(`Next: gazette collect ${source.id}`);
}

function readMapping(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new InvalidInputError(`Expected --mapping as a readable JSON file, got "${path}": ${(cause as Error).message}`, { cause });
  }
}

/** What `gazette sources check` does. */
export const sourcesCheck: Run = check;

async function check(args: Arguments, context: CommandContext): Promise<number> {
  const config = readConfig(context);
  const reader = createAppReader(config, { version: version(), allowFiles: true });
  try {
    const request = requestOf(args, args.positionals[0]!);
    const found = await context.saying(`reading ${shownUrl(request.url)}`, () => checkSource(reader, request));
    const lines = found.candidates.length > 0 ? describeCandidates(found.candidates) : found.lines;
    if (args.has('json'))
      context.print(JSON.stringify(found.document ?? { error: lines.join(' '), candidates: found.candidates }, null, 2));
    else lines.forEach(context.print);
    return found.document || found.candidates.length > 0 ? 0 : 1;
  } finally {
    await reader.close();
  }
}
