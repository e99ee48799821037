import { domainOf } from '../../mail/address.ts';
import { dkimRecord } from '../../mail/dkim/dkim-key.ts';
import type { DnsNeeds } from '../../mail/dns/records-for.ts';
import { asciiDomainOf } from '../../mail/domain-name.ts';
import type { Config } from '../config.ts';
import { ownDkimKey } from './open-signer.ts';

/** What DNS has to say for a configuration and its newsletters. @throws ConfigError where we are to sign and the key cannot */
export function dnsNeeds(config: Config, newsletters: readonly { readonly senderAddress: string }[]): DnsNeeds {
  const domains = newsletters.map(({ senderAddress }) => asciiDomainOf(domainOf(senderAddress)) ?? domainOf(senderAddress));
  const key = ownDkimKey(config);
  const signing = config.DKIM_DOMAIN === undefined ? undefined : asciiDomainOf(config.DKIM_DOMAIN);
  return {
    senders: [...new Set(domains)],
    ...(config.SMTP_URL === undefined ? {} : { relayHost: new URL(config.SMTP_URL).hostname }),
    ...(key ? { key: { ...(signing ? { domain: signing } : {}), selector: config.DKIM_SELECTOR, record: dkimRecord(key) } } : {}),
    ...(config.BOUNCE_DOMAIN === undefined ? {} : { bounceDomain: config.BOUNCE_DOMAIN }),
    ...(config.STAFF_ADDRESS === undefined ? {} : { reportAddress: config.STAFF_ADDRESS }),
  };
}
