import { access, constants } from 'node:fs/promises';
import { resolve } from 'node:path';
import { masked, publicUrlOf, secretVariables, variableNames, type Config } from '../src/app/config.ts';
import { createLogger } from '../src/app/logger.ts';
import { openStore } from '../src/app/open-store.ts';
import { templatesFolder } from '../src/app/templates-folder.ts';
import { serverVersion } from '../src/db/setting-store.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { GazetteError, InvalidInputError } from '../src/kernel/errors.ts';
import type { Saying } from '../src/kernel/saying.ts';
import { announceOutage } from '../src/ledger/accounts/account-outage.ts';
import { listOpenOutages } from '../src/ledger/accounts/account-outage-store.ts';
import { countLivingWorkers } from '../src/ledger/queue/worker-store.ts';
import { probeSmtp } from '../src/mail/smtp/smtp-probe.ts';
import { listNewsletters } from '../src/newsletters/newsletter-store.ts';
import { listSchedules } from '../src/newsletters/schedule-store.ts';
import { listSources } from '../src/sources/source-store.ts';
import type { DigestRenderer } from '../src/render/digest.ts';
import { createDigestRenderer } from '../src/render/digest/render-digest.ts';
import { tokenKeyFingerprint } from '../src/subscribers/check-token-keys.ts';
import type { KeyRing } from '../src/subscribers/token.ts';
import type { CommandContext, Run } from './command.ts';
import { readConfig } from './open.ts';
import { wordError } from './remedies.ts';

interface Finding {
  readonly state: 'ok' | 'warn' | 'fail';
  readonly what: string;
}

/** What `gazette doctor` does. */
export const doctor: Run = async (args, context) => {
  const config = readConfig(context);
  const settings = listSettings(context, config);
  const findings = await examine(config, context.saying);
  if (args.has('json')) context.print(JSON.stringify({ settings: Object.fromEntries(settings), findings }, null, 2));
  else {
    context.print('Settings in force:');
    for (const [name, value] of settings) context.print(`  ${name.padEnd(24)} ${value}`);
    context.print('\nChecks:');
    for (const { state, what } of findings) context.print(`  ${{ ok: 'ok  ', warn: 'warn', fail: 'FAIL' }[state]}  ${what}`);
  }
  return findings.some((finding) => finding.state === 'fail') ? 1 : 0;
};

function listSettings({ env }: CommandContext, config: Config): [name: string, value: string][] {
  return variableNames
    .filter((name) => !name.endsWith('_FILE'))
    .map((name) => {
      const value = (config as Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>)[name];
      const from = env[name] ? '' : env[`${name}_FILE`] ? ' (from a file)' : value === undefined ? '' : ' (default)';
      if (value === undefined) return [name, name === 'PUBLIC_URL' ? `${publicUrlOf(config)} (default)` : '(not set)'];
      const text = typeof value === 'object' ? value.join(',') : String(value);
      return [name, `${secretVariables.has(name) ? masked(name, text) : text}${from}`];
    });
}

async function examine(config: Config, saying: Saying): Promise<Finding[]> {
  const findings: Finding[] = [];
  const check = async (work: () => Promise<Finding | Finding[]>): Promise<void> => {
    try {
      findings.push(...[await work()].flat());
    } catch (error) {
      findings.push({ state: 'fail', what: error instanceof GazetteError ? wordError(error) : String(error) });
    }
  };
  await check(async () => {
    await access(config.DATA_FOLDER, constants.W_OK).catch(() => undefined);
    return { state: 'ok', what: `Node ${process.versions.node}; data folder ${resolve(config.DATA_FOLDER)}` };
  });
  await check(async () => {
    const renderer = await createDigestRenderer({ templatesFolder });
    const usable: string[] = [];
    const faults: Finding[] = [];
    for (const { name } of [...renderer.templates, ...renderer.broken]) {
      const fault = await templateFault(renderer, name);
      if (fault === undefined) usable.push(name);
      // One that no newsletter uses does no harm.
      else faults.push({ state: 'warn', what: `Template "${name}" cannot be used: ${fault}` });
    }
    return [{ state: 'ok', what: `Templates: ${usable.join(', ')}` }, ...faults];
  });
  const senders: string[] = [];
  await check(() => examineStore(config, senders, saying));
  await check(() => saying('asking the mail server', () => examineSmtp(config, senders)));
  if (config.SMTP_URL && !config.PUBLIC_URL)
    findings.push({
      state: 'warn',
      what: `PUBLIC_URL is not set: links in mail lead to ${publicUrlOf(config)}, which only this machine reaches`,
    });
  return findings;
}

/** `senders` are tried too: a login alone proves little. */
async function examineSmtp({ SMTP_URL }: Config, senders: readonly string[]): Promise<Finding[]> {
  if (!SMTP_URL) return [{ state: 'warn', what: 'SMTP_URL is not set: all mail goes to the local outbox' }];
  const server = masked('SMTP_URL', SMTP_URL);
  return (await probeSmtp(SMTP_URL, senders)).map(({ sender, trouble, what }) => {
    if (sender === undefined)
      return trouble === undefined
        ? { state: 'ok', what: `SMTP server ${server} answers and accepts the login` }
        : { state: 'fail', what: `SMTP_URL: expected a server that takes mail, got ${server}: ${what}` };
    return trouble === undefined
      ? { state: 'ok', what: `SMTP server ${server} takes mail from ${sender}` }
      : {
          // Limits pass by themselves.
          state: trouble === 'rate' || trouble === 'quota' ? 'warn' : 'fail',
          what: `SMTP_URL: expected a server that takes mail from ${sender}, got ${server} (${trouble}): ${what}`,
        };
  });
}

/** What is wrong with a template, rendering included; undefined when it can be used. */
async function templateFault(renderer: DigestRenderer, name: string): Promise<string | undefined> {
  try {
    await renderer.check(name);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message;
    throw error;
  }
}

function keysText([signing, ...others]: KeyRing): string {
  const also = others.length === 0 ? '' : `, also good ${others.map(tokenKeyFingerprint).join(', ')}`;
  return `signing ${tokenKeyFingerprint(signing)}${also}`;
}

/** Notes the senders of all newsletters of one's own. */
async function examineStore(config: Config, senders: string[], saying: Saying): Promise<Finding[]> {
  const store = await openStore(config, createLogger('error'), { saying });
  try {
    const { database } = store;
    const workers = await countLivingWorkers(database);
    const newsletters = (await listNewsletters(database)).filter((each) => !each.isSample);
    senders.push(...newsletters.map(({ senderAddress }) => senderAddress));
    const schedules = await listSchedules(database);
    const sources = await listSources(database);
    const failing = sources.filter((source) => source.failureCount > 2);
    const renderer = await createDigestRenderer({ templatesFolder });
    const lost: Finding[] = [];
    for (const { slug, template } of newsletters) {
      const fault = await templateFault(renderer, template);
      if (fault !== undefined) lost.push({ state: 'fail', what: `Newsletter "${slug}" cannot use its template "${template}": ${fault}` });
    }
    return [
      { state: 'ok', what: `Postgres ${await serverVersion(database)}: ${store.whereData}` },
      { state: 'ok', what: 'The address-key secret is the one that this database was first used with' },
      { state: 'ok', what: `The token keys are those of this installation; ${keysText(store.secrets.tokenKeys)}` },
      workers > 0
        ? { state: 'ok', what: `${workers} ${workers === 1 ? 'worker is running' : 'workers are running'}` }
        : { state: 'warn', what: 'No worker is running: start "gazette serve" or "gazette worker"' },
      ...(await listOpenOutages(database)).map((outage) => ({
        state: outage.onlyAt === null ? ('fail' as const) : ('warn' as const),
        what: announceOutage(outage),
      })),
      newsletters.length > 0
        ? { state: 'ok', what: `${countOf(newsletters.length, 'newsletter')} of your own` }
        : { state: 'warn', what: 'No newsletter of your own yet' },
      ...newsletters
        .filter((each) => !schedules.some((schedule) => schedule.newsletterId === each.id))
        .map((each) => ({ state: 'warn' as const, what: `Newsletter "${each.slug}" has no schedule` })),
      ...lost,
      ...failing.map((source) => ({
        state: 'warn' as const,
        what: `Source ${source.id} failed ${countOf(source.failureCount, 'time')} in a row: ${source.lastReason ?? ''}`,
      })),
    ];
  } finally {
    await store.close();
  }
}
