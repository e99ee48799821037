import { createHmac } from 'node:crypto';
import type { MessageSetup } from '../../deliveries/messages/build-message.ts';
import type { UnsubscribeInput } from '../../mail/mime/list-headers.ts';
import type { NoticeSetup } from '../../notices/notice-message.ts';
import { archiveUrl, editionUrl, unsubscribePageUrl } from '../../kernel/site-urls.ts';
import { preferencesUrl, unsubscribeToken } from '../../subscribers/tokens/signed-links.ts';
import type { KeyRing } from '../../subscribers/tokens/token.ts';
import type { Config } from '../config.ts';

/** What all messages of an installation have in common: links to its own pages, where bounces and complaints come, what makes Message-IDs. */
export function messageSetupOf(
  { INBOUND_ADDRESS, BOUNCE_DOMAIN }: Pick<Config, 'INBOUND_ADDRESS' | 'BOUNCE_DOMAIN'>,
  { addressKey, tokenKeys }: { readonly addressKey: Buffer; readonly tokenKeys: KeyRing },
  publicUrl: string,
): MessageSetup & NoticeSetup {
  const linkPorts = { publicUrl, tokenKeys };
  const leaving = (reader: Parameters<NoticeSetup['leaving']>[0]): UnsubscribeInput => {
    const token = unsubscribeToken(linkPorts, reader);
    return {
      unsubscribeUrl: unsubscribePageUrl(publicUrl, token),
      unsubscribeMailbox: INBOUND_ADDRESS === undefined ? undefined : { address: INBOUND_ADDRESS, subject: `unsubscribe ${token}` },
    };
  };
  return {
    links(reader) {
      const { unsubscribeUrl, unsubscribeMailbox } = leaving(reader);
      return {
        unsubscribe: unsubscribeUrl,
        preferences: preferencesUrl(linkPorts, reader),
        browser: editionUrl(publicUrl, reader.newsletterSlug, reader.editionId),
        unsubscribeMailbox,
      };
    },
    leaving,
    archiveUrl: (slug) => archiveUrl(publicUrl, slug),
    // From the one secret that never changes, so that a repeat carries the same Message-ID even after the keys of links were changed.
    messageIdSecret: createHmac('sha256', addressKey).update('gazette message-id').digest(),
    bounceDomain: BOUNCE_DOMAIN,
    complaintAddress: INBOUND_ADDRESS,
  };
}
