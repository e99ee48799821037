import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sitePaths, unsubscribePageUrl } from '../../kernel/site-urls.ts';
import type { LinkTarget } from '../../subscribers/joining/confirm-subscription.ts';
import { findUnsubscribe, unsubscribe } from '../../subscribers/leaving/unsubscribe.ts';
import { countOneClick } from '../../subscribers/leaving/leaving-burst-store.ts';
import { undoUrl } from '../../subscribers/tokens/signed-links.ts';
import { clientIp } from '../caller.ts';
import { sendDeadLink } from '../failures.ts';
import { networkOf } from '../limits/attempt-limits.ts';
import { newsletterLink, readerFrame } from '../page-parts.ts';
import { addRoute, parameter, sendPage } from '../route.ts';
import type { WebPorts } from '../web.ts';
import { showLeft } from './left-page.ts';

/** `/unsubscribe/<token>`: GET shows, POST acts; the token is all the authority that is needed. */
export function addLinkRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.unsubscribe, {
    isPrivate: true,
    get: async (request, reply) => {
      const token = parameter(request, 'token');
      const target = await findUnsubscribe(ports, token);
      if (target.kind === 'dead') return sendDeadLink(ports, reply);
      if (target.subscription.state === 'left') return showUnsubscribed(ports, reply, target, undefined);
      const model = { ...modelOf(ports, target), actionUrl: unsubscribePageUrl(ports.publicUrl, token) };
      return sendPage(reply, await ports.pages.render('unsubscribe', model));
    },
    post: async (request, reply) => {
      const source = isOneClick(request) ? 'one-click' : 'page';
      const target = await unsubscribe(ports, parameter(request, 'token'), source);
      if (target.kind === 'dead') return sendDeadLink(ports, reply);
      if (source === 'one-click' && target.eventId !== undefined) await count(ports, request, target.newsletter.id);
      // The answer to a mail program is nobody's to act on.
      return showUnsubscribed(ports, reply, target, source === 'page' ? target.eventId : undefined);
    },
  });
}

/** For staff, who may see that a scanner clicked. The leaving stands, whether it can be counted or not. */
async function count(ports: WebPorts, request: FastifyRequest, newsletterId: string): Promise<void> {
  const network = ports.limiter.hashOf('one_click', networkOf(clientIp(request)));
  try {
    await countOneClick(ports.database, { newsletterId, network, at: ports.clock() });
  } catch {
    ports.log.warn('leaving.not_counted', { newsletterId });
  }
}

type Found = Extract<LinkTarget, { kind: 'found' }>;

async function showUnsubscribed(
  ports: WebPorts,
  reply: FastifyReply,
  { newsletter, subscription }: Found,
  eventId: string | undefined,
): Promise<FastifyReply> {
  const back = eventId === undefined ? {} : { undoUrl: undoUrl(ports, subscription.id, eventId, ports.clock()) };
  return showLeft(ports, reply, [{ newsletter, ...back }], { language: subscription.language });
}

function modelOf(ports: WebPorts, target: Found) {
  const { newsletter, subscription } = target;
  return {
    ...readerFrame(ports, newsletter, subscription.language),
    newsletter: newsletterLink(ports.publicUrl, newsletter),
  };
}

/** RFC 8058 3.1: mail programs post `List-Unsubscribe=One-Click`. It only tells the log who asked; the page's own button works as well. */
function isOneClick(request: FastifyRequest): boolean {
  return typeof request.body === 'string' && request.body.includes('List-Unsubscribe') && request.body.includes('One-Click');
}
