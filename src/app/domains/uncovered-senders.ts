import { asciiDomainOf, isWithin } from '../../mail/domain-name.ts';
import { domainOf } from '../../mail/address.ts';
import type { SigningConfig } from './open-signer.ts';

/** The senders that the configured domain does not sign for: nothing of theirs can be sent. */
export function uncoveredSenders<Sender extends { readonly senderAddress: string }>(
  { DKIM, DKIM_DOMAIN }: Pick<SigningConfig, 'DKIM' | 'DKIM_DOMAIN'>,
  senders: readonly Sender[],
): readonly Sender[] {
  const own = DKIM_DOMAIN === undefined ? undefined : asciiDomainOf(DKIM_DOMAIN);
  if (DKIM === 'relay' || own === undefined) return [];
  return senders.filter(({ senderAddress }) => !isWithin(asciiDomainOf(domainOf(senderAddress)) ?? '', own));
}
