import { checkDns } from '../src/app/domains/check-dns.ts';
import { dnsNeeds } from '../src/app/domains/dns-needs.ts';
import type { PublicNeededRecord } from '../src/app/domains/public-dns.ts';
import type { Store } from '../src/app/open-store.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { createDnsLookup, type DnsLookup } from '../src/mail/dns/dns-lookup.ts';
import { recordValue, zoneLine } from '../src/mail/dns/dns-record.ts';
import { recordsFor, type DnsNeeds } from '../src/mail/dns/records-for.ts';
import { listPublicNewsletters } from '../src/newsletters/list-newsletters.ts';
import { columns, pairs, type Run } from './command.ts';
import { withStore } from './open.ts';

async function needsOf({ database, config }: Store): Promise<DnsNeeds> {
  return dnsNeeds(
    config,
    (await listPublicNewsletters(database)).filter(({ isSample }) => !isSample),
  );
}

/** What `gazette dns` does. */
export const dns: Run = (args, context) =>
  withStore(context, async (store) => {
    const records = recordsFor(await needsOf(store)).map((needed): PublicNeededRecord => ({
      ...needed,
      zoneLine: needed.record ? zoneLine(needed.record) : null,
    }));
    if (args.has('json')) {
      context.print(JSON.stringify(records, null, 2));
      return 0;
    }
    if (records.length === 0) context.print('No newsletter of your own yet: nothing is needed.');
    for (const { purpose, domain, record, detail } of records) {
      context.print(`${purpose.toUpperCase()} of ${domain}: ${detail}`);
      if (record)
        pairs([
          ['name', record.name],
          ['type', record.type],
          ['value', recordValue(record)],
          ['zone', zoneLine(record)],
        ]).forEach(context.print);
    }
    return 0;
  });

/** What `gazette dns check` does. */
export const dnsCheck: Run = (args, context) =>
  withStore(context, async (store) => {
    const lookup = lookupOf(args.text('server'));
    const findings = await context.saying('asking DNS', async () => checkDns(await needsOf(store), lookup));
    if (args.has('json')) context.print(JSON.stringify(findings, null, 2));
    else if (findings.length === 0) context.print('No newsletter of your own yet: nothing is needed.');
    else columns(findings.map(({ state, check, domain, detail }) => [state, check, domain, detail])).forEach(context.print);
    return findings.some(({ state }) => state === 'missing' || state === 'wrong') ? 1 : 0;
  });

function lookupOf(server: string | undefined): DnsLookup {
  try {
    return createDnsLookup(server === undefined ? [] : [server]);
  } catch (cause) {
    throw new UsageError(`expected --server as an IP address, with :port or without, got "${server}"`, { cause });
  }
}
