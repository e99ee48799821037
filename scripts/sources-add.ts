import { noteDone } from './staff.ts';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../src/app/config.ts';
import { createAppReader } from '../src/app/open-reader.ts';
import { openStore } from '../src/app/open-store.ts';
import { silentLog } from '../src/kernel/log.ts';
import { showSource } from '../src/sources/list-sources.ts';
import { describeHabits } from './sources.ts';
import { InvalidInputError } from '../src/kernel/errors.ts';
import { parseTimeZone } from '../src/newsletters/schedule.ts';
import { parseMapping } from '../src/reading/formats/json-mapping.ts';
import { isWebUrl, shownUrl } from '../src/reading/source-url.ts';
import { addByAddress, type AddedByAddress, type AddressInput } from '../src/sources/add-by-address.ts';
import { examineAddress } from '../src/sources/examine-address.ts';
import { checkFirstRead } from '../src/sources/source.ts';
import { describeFeeds, describeFinding } from './addresses.ts';
import { asUsage, type Arguments, type CommandContext, type Run } from './command.ts';
import { readConfig, withStore } from './open.ts';
import { version } from './version.ts';

/** What `gazette sources add` does. */
export const sourcesAdd: Run = (args, context) =>
  withStore(context, async ({ config, database, clock }) => {
    const input = readInput(args);
    const reader = createAppReader(config, { version: version() });
    try {
      const adding = `reading ${shownUrl(input.url)}`;
      const outcome = await context.saying(adding, () => addByAddress({ database, clock, reader }, input));
      if ('source' in outcome) await noteDone(context, database, { source: [outcome.source.id] });
      return report(outcome, input.newsletters, context);
    } finally {
      await reader.close();
    }
  });

function readInput(args: Arguments): AddressInput {
  const [first, zone, guard] = [args.text('first'), args.text('zone'), args.integer('guard')];
  if (first !== undefined) asUsage(() => checkFirstRead(first));
  if (zone !== undefined) asUsage(() => parseTimeZone(zone));
  return {
    url: args.positionals[0]!,
    newsletters: args.list('newsletter'),
    ...readKind(args),
    ...(first === undefined ? {} : { firstRead: first }),
    ...(zone === undefined ? {} : { timeZone: zone }),
    ...(guard === undefined ? {} : { guardLimit: guard }),
    isUnchecked: args.has('unchecked'),
  };
}

/** What the options say about how to read an address or a file. */
function readKind(args: Arguments): Pick<AddressInput, 'mapping'> & { readonly kind: 'feed' | 'json' | 'wordpress' } {
  const mapping = args.text('mapping');
  if (mapping !== undefined) return { kind: 'json', mapping: parseMapping(readMapping(mapping)) };
  return { kind: args.has('wordpress') ? 'wordpress' : 'feed' };
}

function readMapping(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new InvalidInputError(`Expected --mapping as a readable JSON file, got "${path}": ${(cause as Error).message}`, { cause });
  }
}

function report(outcome: AddedByAddress, newsletters: readonly string[], { print, warn }: CommandContext): number {
  if (outcome.kind === 'several') {
    describeFeeds(outcome.feeds).forEach(print);
    return 1;
  }
  if (outcome.kind === 'nothing') {
    warn(`Not added: ${outcome.reason}. "--unchecked" adds it all the same.`);
    return 1;
  }
  const { kind, source, feed, trouble } = outcome;
  if (trouble !== undefined) warn(`It could not be read now: ${trouble}. Gazette keeps trying.`);
  if (feed) print(`This is a page; it leads to one feed: ${feed.title || feed.url}`);
  print(
    kind === 'joined'
      ? `Source ${source.id} exists already; now also in ${newsletters.join(', ')}.`
      : `Added source ${source.id}: ${source.url}`,
  );
  if (source.newsletters.length === 0) warn('It belongs to no newsletter yet: add it again with --newsletter.');
  print(`Next: gazette collect ${source.id}`);
  return 0;
}

/** What `gazette sources check` does. */
export const sourcesCheck: Run = async (args, context) => {
  const config = readConfig(context);
  const reader = createAppReader(config, { version: version(), allowFiles: true });
  try {
    const request = { url: args.positionals[0]!, ...readKind(args) };
    const finding = await context.saying(`reading ${shownUrl(request.url)}`, () => examineAddress(reader, request));
    if (args.has('json')) context.print(JSON.stringify(finding, null, 2));
    else [...describeFinding(finding), ...(await describeKnown(config, context, request.url))].forEach((line) => context.print(line));
    return finding.kind === 'readable' || finding.kind === 'page' ? 0 : 1;
  } finally {
    await reader.close();
  }
};

/** What was learned of the address where it is a source already; nothing where there is no database, or none that answers. */
async function describeKnown(config: Config, context: CommandContext, url: string): Promise<string[]> {
  if (!isWebUrl(url) || (!config.DATABASE_URL && !existsSync(join(config.DATA_FOLDER, 'postgres')))) return [];
  try {
    const store = await openStore(config, silentLog, { saying: context.saying });
    try {
      const source = await showSource(store.database, url);
      return [`This is source ${source.id}.`, ...describeHabits(source)];
    } finally {
      await store.close();
    }
  } catch {
    return [];
  }
}
