import { resolve } from 'node:path';
import { findDatabaseIdentity } from '../db/database-identity-store.ts';
import { serverVersion } from '../db/setting-store.ts';
import { GazetteError, InvalidInputError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { silently, type Saying } from '../kernel/saying.ts';
import { listOpenOutages } from '../ledger/accounts/account-outage-store.ts';
import { listPublicHeldDomains } from '../ledger/accounts/list-outages.ts';
import { publicOutage } from '../ledger/accounts/public-outage.ts';
import { readSending } from '../ledger/hold/read-sending.ts';
import { countLivingWorkers } from '../ledger/queue/worker-store.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { listNewsletters } from '../newsletters/newsletter-store.ts';
import { listSchedules } from '../newsletters/schedule-store.ts';
import type { DigestRenderer } from '../render/digest.ts';
import { createDigestRenderer } from '../render/digest/render-digest.ts';
import { listSources } from '../sources/source-store.ts';
import { tokenKeyFingerprint } from '../subscribers/tokens/check-token-keys.ts';
import type { KeyRing } from '../subscribers/tokens/token.ts';
import { examineAccounts, examineServers, type Sending } from './checks/examine-accounts.ts';
import { publicUrlOf, type Config } from './config.ts';
import { ownDkimKey } from './domains/open-signer.ts';
import { uncoveredSenders } from './domains/uncovered-senders.ts';
import type { Finding } from './finding.ts';
import { createLogger } from './logger.ts';
import { openStore, type Store } from './open-store.ts';
import { templatesFolder } from '../kernel/package-root.ts';

/** So often in a row it is no passing fault any more. */
const mostFailures = 2;

/** Looks at everything that a send needs: templates, database, secrets, workers, newsletters, sources, mail server. Changes nothing, sends nothing. */
export async function examine(config: Config, saying: Saying = silently, log: Log = createLogger('error')): Promise<Finding[]> {
  const findings: Finding[] = [];
  const check = async (work: () => Promise<readonly Finding[]>): Promise<void> => {
    try {
      findings.push(...(await work()));
    } catch (error) {
      const [message, remedy] = error instanceof GazetteError ? [error.message, error.remedy] : [String(error), undefined];
      findings.push({ state: 'fail', check: 'failed', message, remedy });
    }
  };
  findings.push({ state: 'ok', check: 'runtime', nodeVersion: process.versions.node, dataFolder: resolve(config.DATA_FOLDER) });
  await check(examineTemplates);
  const sendings: Sending[] = [];
  await check(() => examineStore(config, sendings, { saying, log }));
  await check(async () => examineSigning(config, sendings));
  await check(() => saying('asking the mail server', () => examineServers(config, sendings)));
  if (config.SMTP_URL && !config.PUBLIC_URL) findings.push({ state: 'warn', check: 'local_links', publicUrl: publicUrlOf(config) });
  return findings;
}

async function examineTemplates(): Promise<Finding[]> {
  const renderer = await createDigestRenderer({ templatesFolder });
  const usable: string[] = [];
  const faults: Finding[] = [];
  for (const { name } of [...renderer.templates, ...renderer.broken]) {
    const fault = await templateFault(renderer, name);
    if (fault === undefined) usable.push(name);
    else faults.push({ state: 'warn', check: 'broken_template', template: name, fault });
  }
  return [{ state: 'ok', check: 'templates', usable }, ...faults];
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

/** Notes what goes out of all newsletters of one's own. */
async function examineStore(config: Config, sendings: Sending[], { saying, log }: { saying: Saying; log: Log }): Promise<Finding[]> {
  const store = await openStore(config, log, { saying });
  try {
    const newsletters = (await listNewsletters(store.database)).filter((each) => !each.isSample);
    sendings.push(...newsletters);
    return [
      ...(await examineInstallation(store)),
      ...(await examineNewsletters(store, newsletters)),
      ...(await examineAccounts(
        store.database,
        config,
        newsletters.filter(({ closedAt }) => closedAt === null),
      )),
      ...(await examineSources(store)),
    ];
  } finally {
    await store.close();
  }
}

async function examineInstallation({ database, secrets, whereData }: Store): Promise<Finding[]> {
  const workerCount = await countLivingWorkers(database);
  const outages = await listOpenOutages(database);
  const { hold } = await readSending(database);
  const identity = await findDatabaseIdentity(database);
  const missing = (['systemIdentifier', 'timeline'] as const).filter((name) => identity[name] === null);
  return [
    { state: 'ok', check: 'database', serverVersion: await serverVersion(database), whereData },
    // Opening the store has compared them.
    { state: 'ok', check: 'address_key' },
    { state: 'ok', check: 'token_keys', ...fingerprints(secrets.tokenKeys) },
    { state: workerCount > 0 ? 'ok' : 'warn', check: 'workers', count: workerCount },
    ...(hold === null ? [] : [{ state: 'fail', check: 'held', hold } as const]),
    ...(missing.length === 0 ? [] : [{ state: 'warn', check: 'untold_identity', missing } as const]),
    ...outages.map((outage): Finding => ({
      state: outage.onlyAt === null ? 'fail' : 'warn',
      check: 'outage',
      outage: publicOutage(outage),
    })),
    ...(await listPublicHeldDomains(database)).map((domain): Finding => ({ state: 'warn', check: 'held_domain', domain })),
  ];
}

function fingerprints([signing, ...others]: KeyRing): { signing: string; others: string[] } {
  return { signing: tokenKeyFingerprint(signing), others: others.map(tokenKeyFingerprint) };
}

async function examineNewsletters({ database }: Store, all: readonly Newsletter[]): Promise<Finding[]> {
  const newsletters = all.filter(({ closedAt }) => closedAt === null);
  const closed = all.flatMap(({ slug, closedAt }): Finding[] =>
    closedAt === null ? [] : [{ state: 'ok', check: 'closed_newsletter', newsletter: slug, closedAt }],
  );
  const schedules = await listSchedules(database);
  const renderer = await createDigestRenderer({ templatesFolder });
  const lost: Finding[] = [];
  for (const { slug, template } of newsletters) {
    const fault = await templateFault(renderer, template);
    if (fault !== undefined) lost.push({ state: 'fail', check: 'newsletter_template', newsletter: slug, template, fault });
  }
  const unscheduled = newsletters.filter((each) => !schedules.some((schedule) => schedule.newsletterId === each.id));
  return [
    { state: newsletters.length > 0 ? 'ok' : 'warn', check: 'newsletters', count: newsletters.length },
    ...unscheduled.map(({ slug }): Finding => ({ state: 'warn', check: 'no_schedule', newsletter: slug })),
    ...lost,
    ...closed,
  ];
}

async function examineSources({ database }: Store): Promise<Finding[]> {
  const failing = (await listSources(database)).filter(({ failureCount }) => failureCount > mostFailures);
  return failing.map(({ id, failureCount, lastReason }) => ({
    state: 'warn',
    check: 'failing_source',
    sourceId: id,
    failureCount,
    reason: lastReason,
  }));
}

function examineSigning(config: Config, newsletters: readonly Pick<Newsletter, 'slug' | 'senderAddress'>[]): Finding[] {
  const key = ownDkimKey(config);
  if (key === undefined) return [];
  const { DKIM_DOMAIN: domain, DKIM_SELECTOR: selector } = config;
  const uncovered = uncoveredSenders(config, newsletters).map(({ slug, senderAddress }): Finding => ({
    state: 'fail',
    check: 'uncovered_sender',
    newsletter: slug,
    sender: senderAddress,
    domain: domain ?? '',
  }));
  return [{ state: 'ok', check: 'signing', domain, selector, bits: key.bits }, ...uncovered];
}
