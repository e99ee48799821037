import { createSampleSite } from '../../sample/sample-site.ts';
import type { EditionPorts } from '../editions/edition-ports.ts';
import { decideByLink, findLinkedDecision, findLinkedDigest } from '../editions/decide/decide-by-link.ts';
import { queueWelcome } from '../editions/queue-welcome.ts';
import { noteFeedAddress } from '../feeds/feed-store.ts';
import { createFeedPublisher } from '../feeds/publish-feed.ts';
import { createNoticeRenderer } from '../render/mails/render-notice.ts';
import { createPageRenderer } from '../render/pages/render-page.ts';
import { changeAddress, findWaitingAddress } from '../subscribers/own-data/change-address.ts';
import { createLimiter } from '../web/limits/limiter-store.ts';
import { createWebServer } from '../web/web-server.ts';
import type { WebServer } from '../web/web.ts';
import { outboxFolder } from './open-mailers.ts';
import type { Store } from './open-store.ts';
import { templatesFolder } from '../kernel/package-root.ts';

/** Whether an address can only be one of this machine. */
export function isLocalUrl(url: string): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname);
}

/**
 * Starts the web server of this process. The outbox shows mail with its links to whoever can open it, so it is served only where PUBLIC_URL is an
 * address of this machine. @throws ConflictError when the port is taken
 */
export async function startWeb(store: Store, editing: EditionPorts): Promise<WebServer> {
  const { config, database, clock, log, secrets } = store;
  await noteFeedAddress(database, editing.publicUrl);
  const welcome = {
    enqueue: store.queue.enqueue,
    notices: await createNoticeRenderer({ templatesFolder }),
    links: { publicUrl: editing.publicUrl, tokenKeys: secrets.tokenKeys },
  };
  const addressPorts = { database, clock, enqueue: welcome.enqueue, notices: welcome.notices, ...welcome.links };
  return createWebServer(
    {
      database,
      clock,
      log,
      publicUrl: editing.publicUrl,
      tokenKeys: secrets.tokenKeys,
      pages: await createPageRenderer({ templatesFolder }),
      feeds: createFeedPublisher({ database, publicUrl: editing.publicUrl }),
      signUps: { enqueue: store.queue.enqueue, addressKeySecret: secrets.addressKey, keepsIp: config.CONSENT_IP },
      addresses: {
        find: (token) => findWaitingAddress(addressPorts, token),
        change: (token) => changeAddress(addressPorts, token),
      },
      limiter: createLimiter({ database, secret: secrets.addressKey }),
      ...(config.TRUSTED_PROXIES ? { trustedProxies: config.TRUSTED_PROXIES } : {}),
      joinReachDays: config.JOIN_REACH_DAYS,
      welcome: (tx, subscriptionId, editionId) => queueWelcome(tx, welcome, subscriptionId, editionId),
      decisions: {
        find: (linkId, action) => findLinkedDecision(editing, linkId, action),
        findDigest: (linkId, action, renditionId) => findLinkedDigest(editing, linkId, action, renditionId),
        decide: (linkId, action, shown) => decideByLink(editing, linkId, action, shown),
      },
      sampleSite: createSampleSite({ baseUrl: editing.publicUrl }),
      ...(isLocalUrl(editing.publicUrl)
        ? { local: { outboxFolder: outboxFolder(config), hasMailServer: config.SMTP_URL !== undefined } }
        : {}),
    },
    { host: config.HOST, port: config.PORT },
  );
}
