import { performance } from 'node:perf_hooks';
import type { SendTally } from '../../deliveries/send-tally.ts';
import type { Mailer } from '../../mail/message.ts';
import type { Store } from '../open-store.ts';
import { parseListenAddress } from '../variables/listen-address.ts';
import { keepFigures } from './keep-figures.ts';
import { startMetricsServer } from './metrics-server.ts';
import { readFigures } from './read-figures.ts';

/** The metrics of this process, at an address of their own. */
export interface RunningMetrics {
  readonly url: string;
  /** Counts what a worker of this process does. */
  readonly tally: SendTally;
  /** These send for this process. */
  follow(mailers: readonly Mailer[]): void;
  close(): Promise<void>;
}

/** Starts them where METRICS_LISTEN says so. @throws ConflictError, ConfigError where that address cannot be had */
export async function startMetrics(store: Store, { version }: { readonly version: string }): Promise<RunningMetrics | undefined> {
  const { config, database, log } = store;
  const address = config.METRICS_LISTEN === undefined ? undefined : parseListenAddress(config.METRICS_LISTEN);
  if (!address) return undefined;
  // Most installations have none.
  const { createMetrics } = await import('./prometheus.ts');
  const metrics = createMetrics(version);
  const figures = keepFigures(
    () => readFigures(database).catch((error: unknown) => Promise.reject(noted(log, error))),
    () => performance.now(),
  );
  const server = await startMetricsServer(
    address,
    { write: async () => metrics.write(await figures()), contentType: metrics.contentType },
    log,
  );
  return { url: server.url, tally: metrics.tally, follow: metrics.follow, close: server.close };
}

function noted(log: Store['log'], error: unknown): unknown {
  log.warn('metrics.database_failed', { error });
  return error;
}
