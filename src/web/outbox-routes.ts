import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { homeUrl, outboxHtmlUrl, outboxMessageUrl, outboxUrl, sitePaths } from '../kernel/site-urls.ts';
import { listMessages, readMessage, type MessageSummary } from '../mail/maildir-store.ts';
import type { OutboxLink } from '../render/pages/pages.ts';
import { callerOf } from './caller.ts';
import { sendNotFound } from './failures.ts';
import { withLinksOpeningOutside } from './framed-mail.ts';
import { standingOf } from './page-parts.ts';
import { framedMail, framingPage } from './page-headers.ts';
import { addRoute, parameter, queryParameter, sendPage } from './route.ts';
import type { LocalPages, WebPorts } from './web.ts';

const pageSize = 50;

/** `/outbox`: what the local SMTP server took, for whoever tries Gazette on their own machine. Looking marks nothing as read. */
export function addOutboxRoutes(app: FastifyInstance, ports: WebPorts, local: LocalPages): void {
  const { publicUrl } = ports;
  const guarded = guardHost(ports);
  const frame = { language: 'en', homeUrl: homeUrl(publicUrl) };
  addRoute(app, sitePaths.outbox, {
    isPrivate: true,
    get: guarded(async (request, reply) => {
      const before = queryParameter(request, 'before');
      const page = await listMessages(local.outboxFolder, { limit: pageSize, ...(before === undefined ? {} : { before }) });
      const messages = page.messages.map((message) => outboxLink(publicUrl, message));
      const older = page.next === undefined ? {} : { olderUrl: `${outboxUrl(publicUrl)}?before=${encodeURIComponent(page.next)}` };
      return sendPage(reply, await ports.pages.render('outbox', { ...frame, ...(await standingOf(ports)), messages, ...older }));
    }),
  });
  addRoute(app, sitePaths.outboxMessage, {
    isPrivate: true,
    headers: framingPage(ports.publicUrl),
    get: guarded(async (request, reply) => {
      const message = await readMessage(local.outboxFolder, parameter(request, 'id'));
      const link = outboxLink(publicUrl, message);
      const html = await ports.pages.render('outbox-message', {
        ...frame,
        message: link,
        headers: message.headers.map(([name, value]) => ({ name, value })),
        ...(message.html === undefined ? {} : { frameUrl: outboxHtmlUrl(publicUrl, message.id) }),
        ...(message.text === undefined ? {} : { text: message.text }),
        outboxUrl: outboxUrl(publicUrl),
      });
      return sendPage(reply, html);
    }),
  });
  addRoute(app, sitePaths.outboxHtml, {
    isPrivate: true,
    headers: framedMail,
    get: guarded(async (request, reply) => {
      const { html } = await readMessage(local.outboxFolder, parameter(request, 'id'));
      return sendPage(reply, withLinksOpeningOutside(html ?? ''));
    }),
  });
}

type Get = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Only this machine is answered, because mail holds links that act. */
function guardHost(ports: WebPorts): (get: Get) => Get {
  return (get) => async (request, reply) => {
    const caller = callerOf(ports, request);
    if (caller === 'elsewhere') return sendNotFound(ports, reply);
    if (caller === 'here') return get(request, reply);
    return sendPage(reply, await ports.pages.render('outbox-refused', { language: 'en', homeUrl: homeUrl(ports.publicUrl) }), 403);
  };
}

function outboxLink(publicUrl: string, message: MessageSummary): OutboxLink {
  const { receivedAt, from, to, subject, sizeBytes } = message;
  return { url: outboxMessageUrl(publicUrl, message.id), receivedAt, from, to, subject, sizeBytes };
}
