import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import cliProgress from 'cli-progress';
import { createAppReader } from '../src/app/open-reader.ts';
import type { Store } from '../src/app/open-store.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { chooseNewsletter } from '../src/newsletters/choose-newsletter.ts';
import { applyImport } from '../src/subscribers/importing/apply-import.ts';
import { findHadByFeed, findHadByLinks, parseLinkList, type HadPosts } from '../src/subscribers/importing/find-had-posts.ts';
import type { ImportAs } from '../src/subscribers/importing/import-outcome.ts';
import {
  countChanges,
  parsePair,
  type ImportColumns,
  type ImportCounts,
  type ImportPlan,
  type ImportRequest,
} from '../src/subscribers/importing/import-request.ts';
import { importFields, type ImportFile } from '../src/subscribers/importing/import-row.ts';
import { prepareImport, type PreparedImport } from '../src/subscribers/importing/prepare-import.ts';
import { publicImport } from '../src/subscribers/importing/public-import.ts';
import { openImportFile } from '../src/subscribers/importing/reading/open-import-file.ts';
import { workAsUsage, type Arguments, type CommandContext, type Run } from './command.ts';
import { describeFile, describeOutcome } from './import-words.ts';
import { withStore } from './open.ts';
import { besidePath, openRefusedRows, type RefusedRows } from './refused-rows.ts';
import { noteDone } from './staff.ts';
import { addPorts } from './subscribers-add.ts';
import { version } from './version.ts';

/** What `gazette subscribers import` does. */
export const subscribersImport: Run = (args, context) => {
  checkOptions(args, context);
  return withStore(context, async (store) => {
    const path = args.positionals[0]!;
    let file: ImportFile | undefined;
    const had = args.text('had');
    const refused = openRefusedRows(
      args.text('errors') ?? besidePath(path),
      had === undefined ? [path] : [path, had],
      () => file?.header ?? [],
    );
    const request = await readRequest(args, context, store, { refused, opened: (opened) => (file = opened) });
    const ports = await addPorts(store);
    let errors: string | undefined;
    const prepared = await context
      .saying(`reading ${path}`, () => prepareImport({ ...ports, ...keepsIp(store) }, request))
      .finally(() => (errors = refused.close()));
    const apply = async (onProgress: Parameters<Prepared['apply']>[0]): Promise<ImportCounts> => {
      const done = await applyImport({ ...ports, onProgress }, prepared);
      const newsletter = await chooseNewsletter(store.database, request.newsletter);
      await noteDone(context, store.database, { newsletter: [newsletter.id] });
      return done;
    };
    return conclude(args, context, { prepared, errors, path, apply });
  });
};

/** IPs of the file go into the log of consent where the installation keeps those of its own forms, and only what is one. */
function keepsIp({ config }: Store): { keptIp?: (text: string) => string | undefined } {
  return config.CONSENT_IP ? { keptIp: (text) => (isIP(text.trim()) === 0 ? undefined : text.trim()) } : {};
}

/** What does not go together, told before anything is opened. @throws UsageError */
function checkOptions(args: Arguments, context: CommandContext): void {
  const as = args.text('as');
  if (as !== undefined && as !== 'left' && as !== 'suppressed') throw new UsageError(`Expected --as left or --as suppressed, got "${as}"`);
  const starts = args.text('starts');
  if (starts !== undefined && starts !== 'now') throw new UsageError(`Expected --starts now, or nothing of it, got "${starts}"`);
  if (starts !== undefined && args.text('had') !== undefined)
    throw new UsageError('Expected --starts now, which passes over everything, or --had, which passes over some: got both');
  if (args.has('ask') && args.text('consent') !== undefined)
    throw new UsageError('Expected --consent, where people agreed, or --ask, where they did not: got both');
  if (args.has('ask') && as !== undefined) throw new UsageError('Expected --ask or --as, got both: who left is not asked');
  if (!args.has('dry-run') && !args.has('yes') && !context.isTerminal)
    throw new UsageError('Expected --yes where there is no terminal to ask, or --dry-run');
}

async function readRequest(
  args: Arguments,
  context: CommandContext,
  store: Store,
  to: { readonly refused: RefusedRows; readonly opened: (file: ImportFile) => void },
): Promise<ImportRequest> {
  const path = args.positionals[0]!;
  const newsletter = await chooseNewsletter(store.database, args.text('newsletter'));
  const topics = args.list('topic');
  const columns = columnsOf(pairs(args.list('column'), '--column email="Adresse"'));
  const [encoding, separator] = [args.text('encoding'), args.text('separator')];
  return {
    newsletter: newsletter.slug,
    schedule: args.text('schedule'),
    language: args.text('language'),
    topics: topics.length > 0 ? topics : undefined,
    labels: pairs(args.list('map'), '--map "Editors=editors"'),
    columns,
    as: args.text('as') as ImportAs | undefined,
    consent: args.text('consent'),
    asks: args.has('ask'),
    startsNow: args.text('starts') === 'now',
    had: await readHad(args.text('had'), context, store),
    open: async (remembered) => {
      const opening = openImportFile(path, {
        columns,
        ...(remembered === undefined ? {} : { remembered }),
        ...(encoding === undefined ? {} : { encoding }),
        ...(separator === undefined ? {} : { separator }),
        ...(args.has('no-header') ? { hasHeader: false } : {}),
      });
      const file = await workAsUsage(opening);
      to.opened(file);
      return file;
    },
    onRefused: (row) => to.refused.write(row),
  };
}

function columnsOf(said: Readonly<Record<string, string>>): ImportColumns {
  return Object.fromEntries(
    Object.entries(said).map(([name, column]) => {
      const field = importFields.find((each) => each === (name === 'email' ? 'address' : name));
      if (!field) throw new UsageError(`Expected one of ${importFields.join(', ')} before the = of --column, got "${name}"`);
      return [field, column];
    }),
  );
}

function pairs(texts: readonly string[], example: string): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const pair = parsePair(text);
      if (!pair) throw new UsageError(`Expected a pair such as ${example}, got "${text}"`);
      return pair;
    }),
  );
}

// A list of links of every post that anybody ever wrote is smaller; what is larger is read as a feed, which has a limit of its own.
const maxListBytes = 20_000_000;

async function readHad(target: string | undefined, context: CommandContext, store: Store): Promise<ReadonlySet<string> | undefined> {
  if (target === undefined) return undefined;
  const links = linksIn(target);
  const had = links
    ? await findHadByLinks(store.database, links)
    : await context.saying(`reading ${target}`, () => readFeedOfHad(target, store));
  const line = `Had already: ${had.postIds.size} of the posts here, out of ${had.named} that ${target} names.`;
  context.warn(
    had.postIds.size > 0 ? line : `${line} Is it the right list? With none of them people get everything since the last edition.`,
  );
  return had.postIds;
}

function linksIn(path: string): string[] | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() && stat.size <= maxListBytes ? parseLinkList(readFileSync(path, 'utf8')) : undefined;
}

async function readFeedOfHad(target: string, { config, database }: Store): Promise<HadPosts> {
  const reader = createAppReader(config, { allowFiles: true, version: version() });
  try {
    return await findHadByFeed(database, reader, target);
  } finally {
    await reader.close();
  }
}

interface Prepared {
  readonly prepared: PreparedImport;
  /** The file of refused rows, where there are some. */
  readonly errors: string | undefined;
  readonly path: string;
  readonly apply: (onProgress: (people: number) => void) => Promise<ImportCounts>;
}

async function conclude(args: Arguments, context: CommandContext, run: Prepared): Promise<number> {
  const { prepared, errors, path, apply } = run;
  const { plan } = prepared;
  const say = (line: string): void => (args.has('json') ? undefined : context.print(line));
  describeFile(plan, path).forEach(say);
  say(describeOutcome(plan, plan.counts, 'would', errors));
  const tell = (done?: ImportCounts): void => {
    if (args.has('json')) context.print(JSON.stringify(publicImport(plan, errors, done), null, 2));
  };
  if (plan.lacksConsent) {
    tell();
    context.warn(whyRefused(plan));
    return 1;
  }
  if (countChanges(plan.counts) === 0 && plan.doneUptoLine === undefined) {
    say('Nothing to change: nothing was written.');
    tell();
    return 0;
  }
  if (args.has('dry-run')) {
    say('Nothing was written: this was a dry run.');
    tell();
    return 0;
  }
  if (!(await mayGoOn(args, context, plan))) {
    context.warn('Nothing was written: expected your agreement, or --yes.');
    return 1;
  }
  const done = await withBar(context, plan, apply);
  say(`Imported: ${describeOutcome(plan, done, 'did', errors)}`);
  tell(done);
  return 0;
}

function whyRefused({ counts }: ImportPlan): string {
  const people = counts.no_consent === 1 ? '1 person would become active' : `${counts.no_consent} people would become active`;
  return (
    `Not imported: ${people}, and nothing says that they agreed. Say when and how with --consent, such as ` +
    `--consent "sign-up form of our site, 2019 to 2026"; where they did not agree, --ask asks each of them.`
  );
}

async function mayGoOn(args: Arguments, context: CommandContext, { counts, newsletter }: ImportPlan): Promise<boolean> {
  if (counts.asked > 0)
    context.warn(
      `${counts.asked} people are going to be asked by mail. To ask people who never agreed to hear from you is itself unlawful in many countries.`,
    );
  return args.has('yes') || context.confirm(`Import into ${newsletter.name}?`);
}

/** On a terminal a bar shows how far it is. */
async function withBar(context: CommandContext, { contents }: ImportPlan, work: Prepared['apply']): Promise<ImportCounts> {
  if (!context.isTerminal) return work(() => {});
  const bar = new cliProgress.SingleBar({ format: '{bar} {value} of {total} people', clearOnComplete: true });
  const others = Object.values(contents.otherNewsletters).reduce((sum, count) => sum + count, 0);
  bar.start(contents.rows - contents.refused - contents.doubled - contents.held - others, 0);
  try {
    return await work((people) => bar.update(people));
  } finally {
    bar.stop();
  }
}
