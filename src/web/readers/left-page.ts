import type { FastifyReply } from 'fastify';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { leavingReasons } from '../../subscribers/leaving/leaving-reason.ts';
import { newsletterLink, readerFrame } from '../page-parts.ts';
import { sendPage } from '../route.ts';
import type { WebPorts } from '../web.ts';

/** One newsletter that was left; `undoUrl` where the reader who did it may take it back. */
export interface LeftNewsletter {
  readonly newsletter: Newsletter;
  readonly undoUrl?: string;
}

/** Sends the page after a leaving, in the reader's language: with a way back, and a question why, only for whoever left by a page. */
export async function showLeft(
  ports: WebPorts,
  reply: FastifyReply,
  [first, ...others]: readonly [LeftNewsletter, ...LeftNewsletter[]],
  { language, hasReason = false }: { readonly language: string; readonly hasReason?: boolean },
): Promise<FastifyReply> {
  const left = [first, ...others];
  const model = {
    ...readerFrame(ports, first.newsletter, language),
    newsletter: newsletterLink(ports.publicUrl, first.newsletter),
    left: left.map(({ newsletter }) => newsletter.name),
    undos: left.flatMap(({ newsletter, undoUrl }) => (undoUrl === undefined ? [] : [{ newsletter: newsletter.name, actionUrl: undoUrl }])),
    reasons: leavingReasons,
    hasReason,
  };
  return sendPage(reply, await ports.pages.render('unsubscribed', model));
}
