import type { DnsAnswer, DnsLookup } from '../../mail/dns/dns-lookup.ts';
import {
  dmarcRecord,
  judgeDkim,
  judgeDmarc,
  judgeSpf,
  organisationalDomain,
  spfRecords,
  spfTerms,
  tagsOf,
  treeWalk,
  type RecordVerdict,
} from '../../mail/dns/judge-records.ts';
import { findKnownRelay } from '../../mail/dns/known-relays.ts';
import { recordsFor, type DnsNeeds, type NeededRecord } from '../../mail/dns/records-for.ts';
import type { PublicDnsFinding } from './public-dns.ts';

/** Looks up what a configuration needs, and whether From aligns with who signs and with the envelope. */
export async function checkDns(needs: DnsNeeds, lookup: DnsLookup): Promise<readonly PublicDnsFinding[]> {
  const findings: PublicDnsFinding[] = [];
  for (const needed of recordsFor(needs)) findings.push(await checkRecord(needed, needs, lookup));
  for (const sender of needs.senders) findings.push(await checkAlignment(sender, needs, lookup));
  return findings;
}

async function checkRecord(needed: NeededRecord, needs: DnsNeeds, lookup: DnsLookup): Promise<PublicDnsFinding> {
  const { purpose, domain, record, detail } = needed;
  const finding = { check: purpose, domain } as const;
  if (purpose === 'dmarc') return { ...finding, ...(await dmarcVerdict(domain, lookup)) };
  if (record === undefined) return { ...finding, state: 'unknown', detail };
  const answer = record.type === 'MX' ? await lookup.mx(record.name) : await lookup.txt(record.name);
  if (answer.kind === 'failed') return { ...finding, ...notAnswered(answer) };
  const values = answer.kind === 'found' ? answer.values : [];
  if (record.type === 'MX') return { ...finding, ...mxVerdict(values, record.exchange) };
  if (purpose === 'dkim') return { ...finding, ...judgeDkim(values, record.value) };
  const include = findKnownRelay(needs.relayHost ?? '')?.include ?? '';
  return { ...finding, ...judgeSpf(values, include, await countSpfLookups(values, lookup)) };
}

function notAnswered({ reason }: Extract<DnsAnswer, { kind: 'failed' }>): { state: 'unknown'; detail: string } {
  return { state: 'unknown', detail: `DNS did not answer (${reason})` };
}

function mxVerdict(hosts: readonly string[], expected: string): RecordVerdict {
  if (hosts.length === 0) return { state: 'missing', detail: 'there is no MX record' };
  return hosts.includes(expected.toLowerCase())
    ? { state: 'ok', detail: `leads to ${expected}` }
    : { state: 'wrong', detail: `does not lead to ${expected}` };
}

/** Lookups that receivers make for an SPF record, with those that it reads in; whoever lets it go on for ever is asked eleven times. */
async function countSpfLookups(texts: readonly string[], lookup: DnsLookup): Promise<number> {
  let count = 0;
  const waiting = [...spfRecords(texts)];
  for (let record = waiting.pop(); record !== undefined; record = waiting.pop()) {
    const { read, lookupCount } = spfTerms(record);
    count += lookupCount;
    if (count > 10) return count;
    for (const domain of read) {
      const answer = await lookup.txt(domain);
      if (answer.kind === 'found') waiting.push(...spfRecords(answer.values).slice(0, 1));
    }
  }
  return count;
}

/** The policies on the way up from a domain, nearest first; at most eight names are asked. */
async function walk(domain: string, lookup: DnsLookup): Promise<{ at: string; record: string }[] | Extract<DnsAnswer, { kind: 'failed' }>> {
  const found: { at: string; record: string }[] = [];
  for (const at of treeWalk(domain)) {
    const answer = await lookup.txt(`_dmarc.${at}`);
    if (answer.kind === 'failed') return answer;
    const record = answer.kind === 'found' ? dmarcRecord(answer.values) : undefined;
    if (record === undefined) continue;
    found.push({ at, record });
    if (/^[yn]$/i.test(tagsOf(record).get('psd') ?? '')) break;
  }
  return found;
}

async function dmarcVerdict(domain: string, lookup: DnsLookup): Promise<Pick<PublicDnsFinding, 'state' | 'detail'>> {
  const found = await walk(domain, lookup);
  if (!Array.isArray(found)) return notAnswered(found);
  const organisation = organisationalDomain(domain, found);
  const policy = found.find(({ at }) => at === domain) ?? found.find(({ at }) => at === organisation) ?? found[0];
  const verdict = judgeDmarc(policy?.record);
  return policy === undefined || policy.at === domain ? verdict : { ...verdict, detail: `of ${policy.at}: ${verdict.detail}` };
}

/** Gmail asks for one of the two to align, Microsoft for both. */
async function checkAlignment(sender: string, needs: DnsNeeds, lookup: DnsLookup): Promise<PublicDnsFinding> {
  const finding = { check: 'alignment', domain: sender } as const;
  const relay = findKnownRelay(needs.relayHost ?? '');
  const signing = needs.key ? (needs.key.domain ?? sender) : undefined;
  const envelope = needs.bounceDomain ?? (relay?.include === undefined ? undefined : sender);
  const [own, ...others] = await Promise.all(
    [sender, signing ?? sender, envelope ?? sender].map((domain) => organisationOf(domain, lookup)),
  );
  if ([own, ...others].includes(undefined)) return { ...finding, state: 'unknown', detail: 'DNS did not answer' };
  const [signs, bounces] = [signing, envelope].map((domain, index) => (domain === undefined ? undefined : others[index] === own));
  const words = { true: 'aligns', false: 'does not align', undefined: 'is up to the relay' };
  const detail = `d= ${words[`${signs}`]}, the envelope ${words[`${bounces}`]}`;
  if (signs === false || bounces === false) return { ...finding, state: 'wrong', detail };
  return { ...finding, state: signs && bounces ? 'ok' : 'unknown', detail };
}

async function organisationOf(domain: string, lookup: DnsLookup): Promise<string | undefined> {
  const found = await walk(domain, lookup);
  return Array.isArray(found) ? organisationalDomain(domain, found) : undefined;
}
