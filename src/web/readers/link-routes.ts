import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sitePaths, unsubscribePageUrl } from '../../kernel/site-urls.ts';
import type { LinkTarget } from '../../subscribers/joining/confirm-subscription.ts';
import { findUnsubscribe, unsubscribe } from '../../subscribers/leaving/unsubscribe.ts';
import { sendDeadLink } from '../failures.ts';
import { newsletterLink, readerFrame } from '../page-parts.ts';
import { addRoute, parameter, sendPage } from '../route.ts';
import type { WebPorts } from '../web.ts';

/** `/unsubscribe/<token>`: GET shows, POST acts; the token is all the authority that is needed. */
export function addLinkRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.unsubscribe, {
    isPrivate: true,
    get: async (request, reply) => {
      const token = parameter(request, 'token');
      const target = await findUnsubscribe(ports, token);
      if (target.kind === 'dead') return sendDeadLink(ports, reply);
      if (target.subscription.state === 'left') return showUnsubscribed(ports, reply, target);
      const model = { ...modelOf(ports, target), actionUrl: unsubscribePageUrl(ports.publicUrl, token) };
      return sendPage(reply, await ports.pages.render('unsubscribe', model));
    },
    post: async (request, reply) => {
      const target = await unsubscribe(ports, parameter(request, 'token'), isOneClick(request) ? 'one-click' : 'page');
      return target.kind === 'dead' ? sendDeadLink(ports, reply) : showUnsubscribed(ports, reply, target);
    },
  });
}

type Found = Extract<LinkTarget, { kind: 'found' }>;

async function showUnsubscribed(ports: WebPorts, reply: FastifyReply, target: Found): Promise<FastifyReply> {
  return sendPage(reply, await ports.pages.render('unsubscribed', modelOf(ports, target)));
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
