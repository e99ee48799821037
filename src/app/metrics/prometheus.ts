/*
 * Everything that Prometheus is told, and the only file that knows its library. What a worker does is counted here as it happens; what the database knows is
 * read when somebody looks.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SendTally } from '../../deliveries/send-tally.ts';
import { mailboxProviderOf } from '../../mail/accounts/mailbox-provider.ts';
import type { Mailer } from '../../mail/message.ts';
import { type GaugeFamily, ledgerFamilies, type Sample } from './families.ts';
import type { Figures } from './figures.ts';

/** The metrics of one process. */
export interface Metrics {
  /** Counts what a worker of this process does. */
  readonly tally: SendTally;
  /** These send for this process: their connections and limits are told from now on. */
  follow(mailers: readonly Mailer[]): void;
  /** The document; `figures` undefined: the database did not answer. */
  write(figures: Figures | undefined): Promise<string>;
  readonly contentType: string;
}

/** Creates the metrics of a process, all at zero. */
export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const help = 'The version that runs.';
  new Gauge({ name: 'gazette_build_info', help, labelNames: ['version'], registers }).set({ version }, 1);
  const isUp = new Gauge({
    name: 'gazette_database_up',
    help: '1 when the database answered in time; otherwise nothing is told of it.',
    registers,
  });
  const tellLedger = gaugesOf(ledgerFamilies, registry);
  const mailers: Mailer[] = [];
  gaugeOfMailers(registry, mailers, connectionFamily);
  gaugeOfMailers(registry, mailers, limitFamily);
  return {
    tally: createTally(registry),
    follow: (all) => void mailers.splice(0, mailers.length, ...all),
    async write(figures) {
      isUp.set(figures ? 1 : 0);
      tellLedger(figures);
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

function gaugesOf(families: readonly GaugeFamily[], registry: Registry): (figures: Figures | undefined) => void {
  const gauges = families.map((family) => {
    const { name, help, labelNames } = family;
    return { family, gauge: new Gauge<string>({ name, help, labelNames, registers: [registry] }) };
  });
  return (figures) => {
    for (const { family, gauge } of gauges) {
      gauge.reset();
      // Without labels a gauge begins at 0, which is no answer.
      if (!figures) gauge.remove({});
      else for (const { labels, value } of family.samples(figures)) gauge.set(labels, value);
    }
  };
}

interface MailerFamily {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** Two names may have one account. */
  readonly isSummed: boolean;
  samples(mailer: Mailer): readonly Sample[];
}

const connectionFamily: MailerFamily = {
  name: 'gazette_account_connections',
  help: 'Connections that this process has with an account, and how many it opens at most.',
  labelNames: ['account', 'state'],
  isSummed: true,
  samples: ({ account, connectionCount, maxConnections }) => [
    ...(connectionCount ? [{ labels: { account, state: 'open' }, value: connectionCount() }] : []),
    { labels: { account, state: 'most' }, value: maxConnections },
  ],
};

const limitFamily: MailerFamily = {
  name: 'gazette_account_limit',
  help: 'Messages that an account may be given by all workers together, by the window in which; none where there is no limit.',
  labelNames: ['account', 'window'],
  isSummed: false,
  samples: ({ account, rates: { perSecond, perMinute, perHour, perDay } }) =>
    Object.entries({ second: perSecond, minute: perMinute, hour: perHour, day: perDay }).flatMap(([window, value]) =>
      value === undefined ? [] : [{ labels: { account, window }, value }],
    ),
};

function gaugeOfMailers(registry: Registry, mailers: readonly Mailer[], { name, help, labelNames, isSummed, samples }: MailerFamily): void {
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      gauge.reset();
      for (const { labels, value } of mailers.flatMap(samples)) {
        if (isSummed) gauge.inc(labels, value);
        else gauge.set(labels, value);
      }
    },
  });
}

/** From a server beside us, that answers within a millisecond, to one that takes the five minutes of RFC 5321. */
const messageBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const tickBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

function createTally(registry: Registry): SendTally {
  const registers = [registry];
  const messages = new Counter({
    name: 'gazette_messages_total',
    help: 'Messages of editions that this process claimed, by what became of them: accepted, deferred, rejected, in_doubt, account (it was refused, and the message waits), not_started. By the provider of the mailbox.',
    labelNames: ['account', 'outcome', 'provider'],
    registers,
  });
  const seconds = new Histogram({
    name: 'gazette_message_seconds',
    help: 'From the first byte of a message to the answer of its account.',
    labelNames: ['account'],
    buckets: messageBuckets,
    registers,
  });
  const ticks = new Histogram({
    name: 'gazette_tick_seconds',
    help: 'The statements that record messages and claim the next.',
    buckets: tickBuckets,
    registers,
  });
  const lost = new Counter({ name: 'gazette_ticks_lost_total', help: 'Those of them that were not answered.', registers });
  return {
    message({ account, outcome, domain, tookMs }) {
      messages.inc({ account, outcome, provider: mailboxProviderOf(domain) });
      if (tookMs !== undefined) seconds.observe({ account }, tookMs / 1_000);
    },
    tick({ tookMs, isAnswered }) {
      ticks.observe(tookMs / 1_000);
      if (!isAnswered) lost.inc();
    },
  };
}
