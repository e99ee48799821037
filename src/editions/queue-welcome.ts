import type { Tx } from '../db/db.ts';
import type { Enqueue } from '../kernel/job.ts';
import { findRendition } from '../ledger/drafts/rendition-store.ts';
import { getNewsletterById } from '../newsletters/newsletter-store.ts';
import { originOf, queueNotice } from '../notices/queue-notice.ts';
import type { NoticeRenderer } from '../render/mails/notice-mail.ts';
import { renderOwnText } from '../render/mails/own-text.ts';
import { preferencesUrl, unsubscribeUrl, type LinkPorts } from '../subscribers/tokens/signed-links.ts';
import { editionUrl } from '../kernel/site-urls.ts';
import { findWelcomeFacts } from './welcome-store.ts';

/** What welcoming needs. */
export interface WelcomePorts {
  readonly enqueue: Enqueue;
  readonly notices: NoticeRenderer;
  readonly links: LinkPorts;
}

/**
 * Queues the welcome of a new reader: a greeting above the archive page of the edition after which they begin, so that the wait for their first one is
 * not empty and nothing in it comes again. A notice, outside the ledger. Once for each subscription, and only to a person without any delivery in the newsletter.
 */
export async function queueWelcome(tx: Tx, ports: WelcomePorts, subscriptionId: string, editionId: string | undefined): Promise<void> {
  const facts = await findWelcomeFacts(tx, subscriptionId, editionId);
  if (!facts) return;
  const newsletter = await getNewsletterById(tx, facts.newsletterId);
  const digest = facts.archiveRenditionId === null ? undefined : await findRendition(tx, facts.archiveRenditionId);
  const mail = await ports.notices.render({
    kind: 'welcome',
    language: facts.language,
    newsletter,
    ...(digest ? { digest } : {}),
    ...(newsletter.welcome === null
      ? {}
      : {
          words: renderOwnText(newsletter.welcome, {
            readerName: facts.name,
            newsletterName: newsletter.name,
            senderName: newsletter.senderName,
          }),
        }),
    values: {
      'reader.name': facts.name ?? '',
      'reader.address': facts.address,
      'links.unsubscribe': unsubscribeUrl(ports.links, { subscriptionId, tokenVersion: facts.tokenVersion }),
      'links.preferences': preferencesUrl(ports.links, { subscriptionId, tokenVersion: facts.tokenVersion }),
      'links.browser':
        facts.editionId === null ? ports.links.publicUrl : editionUrl(ports.links.publicUrl, newsletter.slug, facts.editionId),
    },
  });
  await queueNotice(tx, ports.enqueue, {
    kind: 'welcome',
    ...originOf(newsletter),
    subscriptionId,
    to: { ...(facts.name === null ? {} : { name: facts.name }), address: facts.address },
    ...mail,
    isListMessage: digest !== undefined,
    dedupeKey: `welcome:${subscriptionId}`,
  });
}
