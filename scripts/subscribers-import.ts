import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import cliProgress from 'cli-progress';
import { createAppReader } from '../src/app/open-reader.ts';
import type { Store } from '../src/app/open-store.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { applyImport } from '../src/subscribers/importing/apply-import.ts';
import { findHadByFeed, findHadByLinks, parseLinkList, type HadPosts } from '../src/subscribers/importing/find-had-posts.ts';
import type { ImportAs } from '../src/subscribers/importing/import-outcome.ts';
import {
  countChanges,
  parsePair,
  type ImportColumns,
  type ImportCounts,
  type ImportPlan,
} from '../src/subscribers/importing/import-request.ts';
import { importFields, type ImportFile } from '../src/subscribers/importing/import-row.ts';
import { prepareImports } from '../src/subscribers/importing/prepare-each-newsletter.ts';
import type { PreparedImport } from '../src/subscribers/importing/prepare-import.ts';
import { publicImport } from '../src/subscribers/importing/public-import.ts';
import { openImportFile } from '../src/subscribers/importing/reading/open-import-file.ts';
import { workAsUsage, type Arguments, type CommandContext, type Run } from './command.ts';
import { describeFile, describeKept, describeOutcome } from './import-words.ts';
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
      .saying(`reading ${path}`, () => prepareImports({ ...ports, ...keepsIp(store) }, request))
      .finally(() => (errors = refused.close()));
    const apply: Prepared['apply'] = async (each, onProgress) => {
      const done = await applyImport({ ...ports, onProgress }, each);
      await noteDone(context, store.database, isOfAll(each.plan) ? {} : { newsletter: [each.plan.newsletter.id] });
      return done;
    };
    return conclude(args, context, { prepared, errors, path, apply });
  });
};

/** Suppressions are of no newsletter. */
const isOfAll = ({ file }: ImportPlan): boolean => file.form === 'gazette-suppressions';

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
): Promise<Parameters<typeof prepareImports>[1]> {
  const path = args.positionals[0]!;
  const topics = args.list('topic');
  const columns = columnsOf(pairs(args.list('column'), '--column email="Adresse"'));
  const [encoding, separator] = [args.text('encoding'), args.text('separator')];
  return {
    newsletter: args.text('newsletter'),
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
  /** For each newsletter one. */
  readonly prepared: readonly [PreparedImport, ...PreparedImport[]];
  /** The file of refused rows, where there are some. */
  readonly errors: string | undefined;
  readonly path: string;
  readonly apply: (prepared: PreparedImport, onProgress: (people: number) => void) => Promise<ImportCounts>;
}

const isIdle = ({ counts, doneUptoLine }: ImportPlan): boolean => countChanges(counts) === 0 && doneUptoLine === undefined;

async function conclude(args: Arguments, context: CommandContext, { prepared, errors, path, apply }: Prepared): Promise<number> {
  const plans = prepared.map(({ plan }) => plan);
  const say = (line: string): void => (args.has('json') ? undefined : context.print(line));
  const of = ({ newsletter }: ImportPlan): string => (plans.length > 1 ? `${newsletter.name}: ` : '');
  describeFile(prepared[0].plan, path).forEach(say);
  for (const plan of plans) say(`${of(plan)}${describeOutcome(plan, plan.counts, 'would', errors)}`);
  [...new Set(plans.flatMap(describeKept))].forEach(say);
  const done = new Map<ImportPlan, ImportCounts>();
  const tell = (): void => {
    const told = plans.map((plan) => publicImport(plan, errors, done.get(plan)));
    if (args.has('json')) context.print(JSON.stringify(told.length === 1 ? told[0] : told, null, 2));
  };
  const lacking = plans.find(({ lacksConsent }) => lacksConsent);
  if (lacking) {
    tell();
    context.warn(`${of(lacking)}${whyRefused(lacking)}`);
    return 1;
  }
  const waiting = prepared.filter(({ plan }) => !isIdle(plan));
  if (waiting.length === 0 || args.has('dry-run')) {
    say(waiting.length === 0 ? 'Nothing to change: nothing was written.' : 'Nothing was written: this was a dry run.');
    tell();
    return 0;
  }
  if (!(await mayGoOn(args, context, waiting))) {
    context.warn('Nothing was written: expected your agreement, or --yes.');
    return 1;
  }
  for (const each of waiting) {
    const counts = await withBar(context, each.plan, async (onProgress) => apply(each, onProgress));
    done.set(each.plan, counts);
    say(`Imported: ${of(each.plan)}${describeOutcome(each.plan, counts, 'did', errors)}`);
  }
  tell();
  return 0;
}

function whyRefused({ counts }: ImportPlan): string {
  const people = counts.no_consent === 1 ? '1 person would become active' : `${counts.no_consent} people would become active`;
  return (
    `Not imported: ${people}, and nothing says that they agreed. Say when and how with --consent, such as ` +
    `--consent "sign-up form of our site, 2019 to 2026"; where they did not agree, --ask asks each of them.`
  );
}

async function mayGoOn(args: Arguments, context: CommandContext, waiting: readonly PreparedImport[]): Promise<boolean> {
  const asked = waiting.reduce((sum, { plan }) => sum + plan.counts.asked, 0);
  if (asked > 0)
    context.warn(
      `${asked === 1 ? '1 person is' : `${asked} people are`} going to be asked by mail. To ask people who never agreed to hear from you is itself unlawful in many countries.`,
    );
  const where = waiting.map(({ plan }) => (isOfAll(plan) ? 'the suppressions, which hold for all newsletters' : plan.newsletter.name));
  return args.has('yes') || context.confirm(`Import into ${where.join(', ')}?`);
}

/** On a terminal a bar shows how far it is. */
async function withBar(
  context: CommandContext,
  { contents }: ImportPlan,
  work: (onProgress: (people: number) => void) => Promise<ImportCounts>,
): Promise<ImportCounts> {
  if (!context.isTerminal) return work(() => {});
  const bar = new cliProgress.SingleBar({ format: '{bar} {value} of {total} people', clearOnComplete: true });
  bar.start(contents.people, 0);
  try {
    return await work((people) => bar.update(people));
  } finally {
    bar.stop();
  }
}
