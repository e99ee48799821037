import type { Database } from '../../db/db.ts';
import type { Log } from '../../kernel/log.ts';
import type { OutagePolicy } from '../../ledger/accounts/account-outage.ts';
import { askDomains } from '../../ledger/accounts/ask-domains.ts';
import { domainsAsked, domainsNotAnswered, type DomainsTold, type LaneDomains } from './lane-domains.ts';

/** What it takes to ask for the domains of readers. */
export interface DomainPorts {
  readonly database: Database;
  readonly log: Log;
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly outages: OutagePolicy;
}

/** Whose readers they are. */
export interface WithDomains {
  readonly accountName: string;
  readonly domains: LaneDomains | undefined;
}

/**
 * Says to the other workers what a lane has heard of the domains of its readers, takes what these are given, and learns which stand still, beside the ticks:
 * about once a second, however many messages there are. `onTold` hears what came; undefined where the database did not answer.
 */
export async function askLaneDomains<Lane extends WithDomains>(
  { database, log, monotonic, random, outages }: DomainPorts,
  lane: Lane,
  waiting: ReadonlyMap<string, number>,
  onTold: (told: DomainsTold | undefined) => void,
): Promise<void> {
  const { domains, accountName } = lane;
  if (!domains || domains.isAsking) return;
  const askedAt = monotonic();
  const requests = domainsAsked(domains, waiting, askedAt);
  try {
    const rules = { perMinute: domains.limits.perMinute, gapsMs: outages.domainGapsMs };
    const answers = await askDomains(database, accountName, requests, rules, random);
    for (const { news } of requests) {
      for (const one of news) if (one.kind === 'refused') log.warn('domain.stands_still', { account: accountName, trouble: one.trouble });
      if (news.at(-1)?.kind === 'answered') log.info('domain.goes_on', { account: accountName });
    }
    onTold({ requests, answers, tookMs: monotonic() - askedAt });
  } catch (error) {
    log.warn('domain.asking_failed', { error });
    domainsNotAnswered(domains, monotonic());
    onTold(undefined);
  }
}
