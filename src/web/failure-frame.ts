import Negotiator from 'negotiator';
import type { FastifyReply } from 'fastify';
import { homeUrl } from '../kernel/site-urls.ts';
import { findNewsletter, listCurrentNewsletters } from '../newsletters/newsletter-store.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import type { PageFrame } from '../render/pages/pages.ts';
import { frameOf, readerFrame } from './page-parts.ts';
import { parameter } from './route.ts';
import type { WebPorts } from './web.ts';

/**
 * What a page about something that failed says about itself. Where the path names a newsletter, the page is in its language; else it is in the reader's, and
 * where there is one newsletter only, it is that one's page. That nothing is here can be said without a database too.
 */
export async function failureFrame(ports: WebPorts, reply: FastifyReply): Promise<PageFrame> {
  try {
    const slug = parameter(reply.request, 'newsletter');
    const own = slug === '' ? undefined : await findNewsletter(ports.database, slug);
    return own ? frameOf(ports, own) : generalFrame(ports, reply, await listCurrentNewsletters(ports.database, 2));
  } catch {
    return generalFrame(ports, reply, []);
  }
}

/** The same where no newsletter is named: `current` are those that there are, two of them or more standing for many. Says on what the answer depends. */
export function generalFrame(ports: WebPorts, reply: FastifyReply, current: readonly Newsletter[]): PageFrame {
  const only = current.length === 1 ? current[0] : undefined;
  const language = languageOf(reply.request.headers['accept-language'], ports.pages.languages, only?.language);
  void reply.header('vary', 'Accept-Language');
  return only ? readerFrame(ports, only, language) : { language, homeUrl: homeUrl(ports.publicUrl) };
}

// Browsers send some 100 characters for people who read ten languages. Each range is compared with each language: thousands would take a tenth of a second.
const maxHeaderLength = 500;

/** The language that an Accept-Language (RFC 9110, 12.5.4) asks for among those that pages come in; else the `usual` one, where they come in that, else English. */
function languageOf(header: string | undefined, shipped: readonly string[], usual = 'en'): string {
  const fallback = shipped.some((tag) => `${usual}-`.toLowerCase().startsWith(`${tag}-`)) ? usual : 'en';
  if (header === undefined || header.length > maxHeaderLength) return fallback;
  // The first of them is what `*` comes to.
  const available = [fallback, ...shipped.filter((tag) => tag !== fallback)];
  return new Negotiator({ headers: { 'accept-language': header } }).language(available) ?? fallback;
}
