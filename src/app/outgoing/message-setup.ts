import { createHmac } from 'node:crypto';
import type { MessageSetup } from '../../deliveries/messages/build-message.ts';
import { archiveUrl, editionUrl, unsubscribePageUrl } from '../../kernel/site-urls.ts';
import { preferencesUrl, unsubscribeToken } from '../../subscribers/tokens/signed-links.ts';
import type { KeyRing } from '../../subscribers/tokens/token.ts';
import type { Config } from '../config.ts';

/** What all messages of an installation have in common: links to its own pages, where bounces and complaints come, what makes Message-IDs. */
export function messageSetupOf(
  { INBOUND_ADDRESS, BOUNCE_DOMAIN }: Pick<Config, 'INBOUND_ADDRESS' | 'BOUNCE_DOMAIN'>,
  { addressKey, tokenKeys }: { readonly addressKey: Buffer; readonly tokenKeys: KeyRing },
  publicUrl: string,
): MessageSetup {
  const linkPorts = { publicUrl, tokenKeys };
  return {
    links(reader) {
      const token = unsubscribeToken(linkPorts, reader);
      return {
        unsubscribe: unsubscribePageUrl(publicUrl, token),
        preferences: preferencesUrl(linkPorts, reader),
        browser: editionUrl(publicUrl, reader.newsletterSlug, reader.editionId),
        unsubscribeMailbox: INBOUND_ADDRESS === undefined ? undefined : { address: INBOUND_ADDRESS, subject: `unsubscribe ${token}` },
      };
    },
    archiveUrl: (slug) => archiveUrl(publicUrl, slug),
    // From the one secret that never changes, so that a repeat carries the same Message-ID even after the keys of links were changed.
    messageIdSecret: createHmac('sha256', addressKey).update('gazette message-id').digest(),
    bounceDomain: BOUNCE_DOMAIN,
    complaintAddress: INBOUND_ADDRESS,
  };
}
