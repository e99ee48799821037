import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidInputError } from '../../kernel/errors.ts';
import { personalLinkUrl, sitePaths } from '../../kernel/site-urls.ts';
import { parseAddress, type Address } from '../../mail/address.ts';
import { findNewsletter } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { askForLink } from '../../subscribers/links/ask-for-link.ts';
import { clientIp } from '../caller.ts';
import { sendNotFound, sendTooMany } from '../failures.ts';
import { readForm } from '../form.ts';
import { mailboxOf, networkOf } from '../limits/attempt-limits.ts';
import { newsletterLink, readerFrame } from '../page-parts.ts';
import { addRoute, parameter, sendPage } from '../route.ts';
import type { WebPorts } from '../web.ts';

/** `/link/<newsletter>`: who subscribes already has their own link mailed; the answer is the same for every address. */
export function addPersonalLinkRoutes(app: FastifyInstance, ports: WebPorts): void {
  const withNewsletter = async (
    request: FastifyRequest,
    reply: FastifyReply,
    answer: (newsletter: Newsletter) => Promise<unknown>,
  ): Promise<unknown> => {
    const newsletter = await findNewsletter(ports.database, parameter(request, 'newsletter'));
    return newsletter && ports.signUps ? answer(newsletter) : sendNotFound(ports, reply);
  };
  addRoute(app, sitePaths.personalLink, {
    get: (request, reply) => withNewsletter(request, reply, (newsletter) => show(ports, reply, newsletter, {})),
    post: (request, reply) =>
      withNewsletter(request, reply, async (newsletter) => {
        const frame = readerFrame(ports, newsletter);
        const network = await ports.limiter.take('link_network', networkOf(clientIp(request)));
        if (!network.isTaken) return sendTooMany(ports, reply, network.retryAfterSeconds, frame);
        const typed = readForm(request).text('address') ?? '';
        const address = addressIn(typed);
        if (!address) return show(ports, reply, newsletter, { address: typed, isFault: true }, 400);
        const person = await ports.limiter.take('link_address', mailboxOf(address));
        if (!person.isTaken) return sendTooMany(ports, reply, person.retryAfterSeconds, frame);
        await askForLink({ ...ports, ...ports.signUps! }, { kind: 'link', newsletterId: newsletter.id, address });
        return show(ports, reply, newsletter, { isSent: true });
      }),
  });
}

async function show(
  ports: WebPorts,
  reply: FastifyReply,
  newsletter: Newsletter,
  { address = '', isFault = false, isSent = false }: { readonly address?: string; readonly isFault?: boolean; readonly isSent?: boolean },
  status = 200,
): Promise<FastifyReply> {
  const model = {
    ...readerFrame(ports, newsletter),
    newsletter: newsletterLink(ports.publicUrl, newsletter),
    actionUrl: personalLinkUrl(ports.publicUrl, newsletter.slug),
    address,
    isFault,
    isSent,
  };
  return sendPage(reply, await ports.pages.render('personal-link', model), status);
}

/** What was typed as an address; undefined where it is none. */
export function addressIn(text: string): Address | undefined {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}
