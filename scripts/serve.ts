import { resolve } from 'node:path';
import { createLogger } from '../src/app/logger.ts';
import { openEditing } from '../src/app/open-editing.ts';
import { openMailers, outboxFolder } from '../src/app/open-mailers.ts';
import { createAppReader } from '../src/app/open-reader.ts';
import { makeDataFolder, openStore, type Store } from '../src/app/open-store.ts';
import type { Installation } from '../src/app/installation/installation.ts';
import { noteServing } from '../src/app/installation/serving.ts';
import { publicUrlOf, type Config } from '../src/app/config.ts';
import { prepareDemo, sendDemo, type Demo } from '../src/app/demo/run-demo.ts';
import { readOwnSetup, type OwnSetup } from '../src/app/own-setup.ts';
import { type RunningMetrics, startMetrics } from '../src/app/metrics/start-metrics.ts';
import { isLocalUrl, startWeb } from '../src/app/start-web.ts';
import { startWorker, type WorkerParts } from '../src/app/start-worker.ts';
import { acquireServerLock } from '../src/db/server/server-lock.ts';
import { findFreePort } from '../src/db/server/free-port.ts';
import { editionUrl, feedUrl, outboxUrl } from '../src/kernel/site-urls.ts';
import { listPublicNewsletters } from '../src/newsletters/list-newsletters.ts';
import { countOf } from '../src/kernel/count-of.ts';
import type { PublicNewsletter } from '../src/newsletters/public-newsletter.ts';
import { Closer } from './closer.ts';
import type { CommandContext, Run } from './command.ts';
import { wordInstallation } from './findings.ts';
import { readConfig, warnOfOutages } from './open.ts';
import { wordOwnSetup } from './start-words.ts';
import { version } from './version.ts';

/** What `gazette serve` does. */
export const serve: Run = (args, context) =>
  untilStopped(context, (closer, stop) =>
    start({ context, closer, stop }, { hasSample: !args.has('no-sample'), hasWorker: !args.has('no-worker') }),
  );

/** What `gazette worker` does. */
export const worker: Run = (_args, context) =>
  untilStopped(context, async (closer, stop) => {
    const store = await openForServing({ context, closer, stop }, readConfig(context));
    const reader = await closer.add(createAppReader(store.config, { version: version() }));
    const editing = await openEditing(store, reader);
    const mailers = await closer.add(await openMailers(store.config, store.log));
    const metrics = await openMetrics(closer, store);
    metrics?.follow(mailers.all);
    await closer.add(await startWorker({ store, editing, mailers, reader, ...tallyOf(metrics) }));
    context.print(`Installation: ${wordInstallation(context.installation)}`);
    if (metrics) context.print(`Metrics: ${metrics.url}`);
    context.print(`A worker is running on ${store.whereData}. Ctrl-C ends it.`);
  });

/** Starts, waits for Ctrl-C (which may come while starting), closes everything in the reverse order. */
async function untilStopped(context: CommandContext, begin: (closer: Closer, stop: AbortSignal) => Promise<void>): Promise<number> {
  const stopped = context.stopSignal();
  const [closer, stop] = [new Closer(), new AbortController()];
  void stopped.then(() => stop.abort());
  try {
    await Promise.race([begin(closer, stop.signal), stopped]);
    await stopped;
    context.print('Stopping …');
    return 0;
  } finally {
    await closer.close();
  }
}

/** A command that is starting what runs until it is stopped. */
interface Starting {
  readonly context: CommandContext;
  readonly closer: Closer;
  /** Nobody wants it any more. */
  readonly stop: AbortSignal;
}

async function openForServing({ context, closer, stop }: Starting, config: Config): Promise<Store> {
  // A person at a terminal reads what is printed; a service manager reads the log.
  const level = context.env['LOG_LEVEL'] || !context.isTerminal ? config.LOG_LEVEL : 'warn';
  const store = await closer.add(
    await openStore(config, createLogger(level), { supervise: true, maxConnections: 20, saying: context.saying, stop }),
  );
  await closer.add(noteServing(context.installation, config.DATA_FOLDER));
  await warnOfOutages(context, store);
  await context.saying('making the queue ready', () => store.queue.prepare());
  return store;
}

async function openMetrics(closer: Closer, store: Store): Promise<RunningMetrics | undefined> {
  const metrics = await startMetrics(store, { version: version() });
  return metrics ? closer.add(metrics) : undefined;
}

function tallyOf(metrics: RunningMetrics | undefined): Pick<WorkerParts, 'tally'> {
  return metrics ? { tally: metrics.tally } : {};
}

async function start(starting: Starting, options: { hasSample: boolean; hasWorker: boolean }): Promise<void> {
  const { context, closer } = starting;
  const config = await choosePort(readConfig(context));
  makeDataFolder(config.DATA_FOLDER);
  await closer.add(
    asClosable(await context.saying('looking for another server of the data folder', () => acquireServerLock(config.DATA_FOLDER))),
  );
  const store = await openForServing(starting, config);
  const publicUrl = publicUrlOf(config);
  const reader = await closer.add(createAppReader(config, { version: version(), publicUrl }));
  const editing = await openEditing(store, reader, publicUrl);
  const metrics = await openMetrics(closer, store);
  const web = await closer.add(await startWeb(store, editing));
  const sent = options.hasWorker ? await startWithDemo(starting, { store, editing, reader }, { ...options, metrics }) : undefined;
  const newsletters = await listPublicNewsletters(store.database);
  const setup = await readOwnSetup(store);
  const started = {
    installation: context.installation,
    store,
    publicUrl,
    webUrl: web.url,
    outboxFolder: outboxFolder(config),
    hasWorker: options.hasWorker,
    newsletters,
    ...(metrics ? { metricsUrl: metrics.url } : {}),
    ...(setup ? { setup } : {}),
    ...(sent ? { demo: sent } : {}),
  };
  describeStart(started).forEach(context.print);
}

/** The worker, and the sample newsletter sent by it. */
async function startWithDemo(
  { context, closer }: Starting,
  parts: Pick<WorkerParts, 'store' | 'editing' | 'reader'>,
  { hasSample, metrics }: { readonly hasSample: boolean; readonly metrics: RunningMetrics | undefined },
): Promise<Demo | undefined> {
  const mailers = await closer.add(await openMailers(parts.store.config, parts.store.log));
  metrics?.follow(mailers.all);
  const demo = hasSample
    ? await context.saying('setting up the sample newsletter and reading its source', () => prepareDemo(parts))
    : undefined;
  await closer.add(await startWorker({ ...parts, mailers, ...tallyOf(metrics) }));
  return demo ? await context.saying('sending the sample newsletter', () => sendDemo(parts, demo)) : undefined;
}

/** Links are built before the server listens: where any port will do, one is chosen first. */
async function choosePort(config: Config): Promise<Config> {
  return config.PORT === 0 ? { ...config, PORT: await findFreePort() } : config;
}

interface Started {
  readonly installation: Installation;
  readonly store: Store;
  readonly publicUrl: string;
  readonly webUrl: string;
  readonly outboxFolder: string;
  readonly hasWorker: boolean;
  readonly newsletters: readonly PublicNewsletter[];
  readonly metricsUrl?: string;
  /** Undefined where nothing is set but what the demo has. */
  readonly setup?: OwnSetup;
  readonly demo?: Demo;
}

/** The start names so many feeds; the page at PUBLIC_URL names them all. */
const feedsShown = 5;

/** What happened and where to look, in plain words. */
function describeStart(started: Started): string[] {
  const { installation, store, publicUrl, webUrl, newsletters, setup, demo } = started;
  const hasOutbox = newsletters.some((each) => each.isSample) || store.config.SMTP_URL === undefined;
  const lines = ['', `Gazette is running. Web pages: ${publicUrl}${publicUrl === webUrl ? '' : ` (listening on ${webUrl})`}`];
  if (!started.hasWorker) lines.push('No worker runs in it: nothing is collected or sent unless "gazette worker" runs beside it.');
  if (demo) {
    if (demo.collected.length > 0) lines.push('', ...demo.collected.map((line) => `  Collected  ${line}`));
    for (const edition of demo.editions) {
      lines.push(
        `  Sent       "${edition.subject}" (${edition.schedule}) to ${edition.acceptedCount} of ${edition.recipientCount} sample readers`,
      );
    }
    if (demo.editions.length === 0) lines.push('', `  ${describeQuietDemo(demo)}`);
  }
  lines.push('', 'Where to look:');
  if (demo?.editionToShow) lines.push(`  The digest      ${editionUrl(publicUrl, demo.slug, demo.editionToShow)}`);
  if (hasOutbox && isLocalUrl(publicUrl)) lines.push(`  The messages    ${outboxUrl(publicUrl)}`);
  lines.push(...newsletters.slice(0, feedsShown).map(({ slug }) => `  The feed        ${feedUrl(publicUrl, slug)}`));
  if (hasOutbox) lines.push(`  The Maildir     ${resolve(started.outboxFolder)}  (any mail program opens it)`);
  lines.push(
    ...(started.metricsUrl ? [`  The metrics     ${started.metricsUrl}`] : []),
    `  The data        ${store.whereData}`,
    `  Installation    ${wordInstallation(installation)}`,
    ...(setup ? wordOwnSetup(setup) : []),
    '',
    'Ctrl-C ends it. "npx gazette --help" lists what else there is.',
    '',
  );
  return lines;
}

function describeQuietDemo({ isRead, openCount }: Demo): string {
  if (openCount > 0) return `The sample newsletter goes on with ${countOf(openCount, 'delivery', 'deliveries')} of an earlier start.`;
  return isRead ? 'The sample newsletter has nothing new to send.' : 'The sample newsletter is waiting for its source to be read.';
}

function asClosable(lock: { release(): void }): { close(): void } {
  return { close: () => lock.release() };
}
