import type { FastifyReply } from 'fastify';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { newsletterLink, readerFrame } from '../page-parts.ts';
import { sendPage } from '../route.ts';
import type { WebPorts } from '../web.ts';

/** Says kindly that a newsletter has ended, and where what it published stands. */
export async function sendEnded(
  ports: WebPorts,
  reply: FastifyReply,
  newsletter: Newsletter,
  language = newsletter.language,
): Promise<FastifyReply> {
  const model = { ...readerFrame(ports, newsletter, language), newsletter: newsletterLink(ports.publicUrl, newsletter), hasEnded: true };
  return sendPage(reply, await ports.pages.render('subscribe-closed', model), 403);
}
