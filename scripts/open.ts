import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig, type Config } from '../src/app/config.ts';
import { commandLogLevel, createLogger } from '../src/app/logger.ts';
import { openStore, type Store } from '../src/app/open-store.ts';
import { findStaleServers } from '../src/app/installation/serving.ts';
import { inTime } from '../src/kernel/in-time.ts';
import type { Log } from '../src/kernel/log.ts';
import { announceOutage } from '../src/ledger/accounts/account-outage.ts';
import { readSending } from '../src/ledger/hold/read-sending.ts';
import { listPublicOutages } from '../src/ledger/accounts/list-outages.ts';
import type { CommandContext } from './command.ts';
import { wordHold, wordStaleServer } from './findings.ts';

/** The settings in force; what they say of folders and files is relative to the installation. @throws ConfigError listing every problem. */
export function readConfig({ env, installation }: Pick<CommandContext, 'env' | 'installation'>): Config {
  const config = loadConfig(env, (path) => readFileSync(resolve(installation.folder, path), 'utf8'));
  return { ...config, DATA_FOLDER: resolve(installation.folder, config.DATA_FOLDER) };
}

/** Opens the store for the time of one command and closes it whatever happens, Ctrl-C included. */
export async function withStore(context: CommandContext, work: (store: Store) => Promise<number>): Promise<number> {
  const config = readConfig(context);
  const log = createCommandLog(context, config);
  const store = await openStore(config, log, { saying: context.saying });
  for (const server of findStaleServers(context.installation, config.DATA_FOLDER)) context.warn(wordStaleServer(server));
  let isInterrupted = false;
  const stopped = context.stopSignal().then(() => {
    isInterrupted = true;
    return 130;
  });
  await warnOfOutages(context, store);
  const working = work(store);
  try {
    return await Promise.race([working, stopped]);
  } finally {
    // What runs has to let go of the database before it closes; a worker of our own records its replies.
    await within(10_000, working);
    // An embedded server has to be shut down in order; one that is lost may never answer.
    if (isInterrupted && config.DATABASE_URL) await within(2_000, store.close());
    else await store.close();
  }
}

/** The log of a command that runs and ends. */
export function createCommandLog({ env }: Pick<CommandContext, 'env'>, config: Config): Log {
  return createLogger(commandLogLevel(env['LOG_LEVEL'] ? config.LOG_LEVEL : undefined));
}

/** Where the mail cannot leave, or nobody may send any, no mail says so: every command does. A database that does not answer is the command's to report. */
export async function warnOfOutages(context: Pick<CommandContext, 'warn'>, store: Pick<Store, 'database'>): Promise<void> {
  const open = await listPublicOutages(store.database).catch(() => []);
  for (const outage of open) context.warn(announceOutage(outage));
  const { hold } = await readSending(store.database).catch(() => ({ hold: null }));
  if (hold) context.warn(wordHold(hold));
}

/** Waits for work whose failure is known or does not matter any more, and not for ever. */
async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  await inTime(limitMs, work, () => undefined).catch(() => {});
}
