import type { DnsRecord } from './dns-record.ts';
import { findKnownRelay, type KnownRelay } from './known-relays.ts';

/** What of a configuration DNS has to know. Domains are in A-labels. */
export interface DnsNeeds {
  /** The domains of the senders, each once. */
  readonly senders: readonly string[];
  /** The host that takes our mail. */
  readonly relayHost?: string;
  /** Our key; undefined where the relay signs. `domain` undefined: each sender's own. */
  readonly key?: { readonly domain?: string; readonly selector: string; readonly record: string };
  /** The domain of the envelope, where it is not that of the sender. */
  readonly bounceDomain?: string;
  /** The domains that take mail for us, and the host that does. */
  readonly inbound?: { readonly domains: readonly string[]; readonly host: string };
  /** Who gets the reports of receivers. Default: postmaster of each domain. */
  readonly reportAddress?: string;
}

/** One thing that DNS has to say. */
export interface NeededRecord {
  readonly purpose: 'spf' | 'dkim' | 'dmarc' | 'mx';
  readonly domain: string;
  /** Undefined where we cannot know it: `detail` says who does. */
  readonly record?: DnsRecord;
  readonly detail: string;
}

/** The records that a configuration needs: for each domain SPF, DKIM and DMARC, then what takes mail. */
export function recordsFor(needs: DnsNeeds): readonly NeededRecord[] {
  const relay = needs.relayHost === undefined ? undefined : findKnownRelay(needs.relayHost);
  const envelopes = needs.bounceDomain === undefined ? needs.senders : [needs.bounceDomain];
  const mx = needs.inbound ? needs.inbound.domains.map((domain) => mxFor(domain, needs.inbound!.host)) : [];
  return [
    ...envelopes.map((domain) => spfFor(domain, relay, needs.relayHost)),
    ...dkimFor(needs, relay),
    ...needs.senders.map((domain) => dmarcFor(domain, needs.reportAddress)),
    ...mx,
  ];
}

function spfFor(domain: string, relay: KnownRelay | undefined, host: string | undefined): NeededRecord {
  const needed = { purpose: 'spf', domain } as const;
  if (relay === undefined) {
    const who = host === undefined ? 'no mail server is set' : `the relay ${host} is not known here`;
    return { ...needed, detail: `${who}: ask its operator what SPF has to include, and whether the sender of the envelope stays ours` };
  }
  if (relay.include === undefined)
    return {
      ...needed,
      detail: `${relay.name} puts its own address into the envelope; for it to align set a return path of ${domain} there`,
    };
  const value = `v=spf1 include:${relay.include} ~all`;
  return {
    ...needed,
    record: { type: 'TXT', name: domain, value },
    detail: `lets ${relay.name} send; where there is an SPF record already, add include:${relay.include} to it`,
  };
}

function dkimFor({ senders, key }: DnsNeeds, relay: KnownRelay | undefined): NeededRecord[] {
  if (key) {
    const domains = key.domain === undefined ? senders : [key.domain];
    return domains.map((domain) => ({
      purpose: 'dkim',
      domain,
      record: { type: 'TXT', name: `${key.selector}._domainkey.${domain}`, value: key.record },
      detail: 'the public half of our key',
    }));
  }
  const names = relay?.selectors?.map((selector) => `${selector}._domainkey`).join(', ');
  const who = relay?.name ?? 'the relay';
  const detail = names === undefined ? `${who} signs, with names and keys that it shows you` : `${who} signs, with keys at ${names}`;
  return senders.map((domain) => ({ purpose: 'dkim', domain, detail }));
}

/** RFC 9989 has no pct, rf and ri any more. p=none asks for reports alone: stricter once they show that all mail of the domain aligns. */
function dmarcFor(domain: string, reportAddress = `postmaster@${domain}`): NeededRecord {
  const value = `v=DMARC1; p=none; rua=mailto:${reportAddress}`;
  return { purpose: 'dmarc', domain, record: { type: 'TXT', name: `_dmarc.${domain}`, value }, detail: 'asks receivers for reports' };
}

function mxFor(domain: string, exchange: string): NeededRecord {
  return { purpose: 'mx', domain, record: { type: 'MX', name: domain, preference: 10, exchange }, detail: 'takes mail for us' };
}
