import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GazetteError } from '../kernel/errors.ts';
import { personalLinkUrl } from '../kernel/site-urls.ts';
import { listCurrentNewsletters } from '../newsletters/newsletter-store.ts';
import type { PageFrame } from '../render/pages/pages.ts';
import { clientIp } from './caller.ts';
import { failureFrame, generalFrame } from './failure-frame.ts';
import { networkOf } from './limits/attempt-limits.ts';
import { sendPage } from './route.ts';
import type { WebPorts } from './web.ts';

const statuses: Readonly<Record<string, number>> = { not_found: 404, invalid_input: 400, conflict: 409 };

/** The page for an address that leads nowhere. */
export async function sendNotFound(ports: WebPorts, reply: FastifyReply): Promise<FastifyReply> {
  return sendPage(reply, await ports.pages.render('not-found', await failureFrame(ports, reply)), 404);
}

// Beyond these the home page leads to all.
const newslettersShown = 12;

/**
 * The one page for links that are forged, expired, used or outdated, with a way to a new one. Nothing on it comes from the link. Who asks for many of them
 * is guessing, and waits; a link that is good works meanwhile all the same, because somebody else may sit in the same network.
 */
export async function sendDeadLink(ports: WebPorts, reply: FastifyReply): Promise<FastifyReply> {
  const taken = await ports.limiter.take('guess', networkOf(clientIp(reply.request)));
  if (!taken.isTaken) return sendTooMany(ports, reply, taken.retryAfterSeconds);
  const current = await listCurrentNewsletters(ports.database, newslettersShown + 1);
  const offered = ports.signUps ? current : [];
  const model = {
    ...generalFrame(ports, reply, current),
    links: offered
      .slice(0, newslettersShown)
      .map(({ name, slug, language }) => ({ name, language, url: personalLinkUrl(ports.publicUrl, slug) })),
    hasMore: offered.length > newslettersShown,
  };
  return sendPage(reply, await ports.pages.render('dead-link', model), 404);
}

/** The page for somebody who tried too often, with when to come back. */
export async function sendTooMany(
  ports: WebPorts,
  reply: FastifyReply,
  retryAfterSeconds: number,
  pageFrame?: PageFrame,
): Promise<FastifyReply> {
  void reply.header('retry-after', String(retryAfterSeconds));
  return sendPage(reply, await ports.pages.render('too-many', pageFrame ?? (await failureFrame(ports, reply))), 429);
}

/** Answers what a route throws; logs only ids, the route's pattern and where in the code it happened. */
export function addFailures(app: FastifyInstance, ports: WebPorts): void {
  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    const status = statusOf(error);
    if (status < 500) {
      if (status === 404) return sendNotFound(ports, reply);
      return reply.code(status).type('text/plain; charset=utf-8').send(`This request could not be understood (${status}).\n`);
    }
    logFailure(ports, error, request);
    // What failed may be the database.
    return sendPage(reply, await ports.pages.render('error', { ...generalFrame(ports, reply, []), requestId: request.id }), 500);
  });
}

/** A short id for a request, to find it in the log. */
export function makeRequestId(): string {
  // The random digits before the version's. Node keeps random bytes for UUIDs in stock: asking for six took a fifth of what a 304 costs.
  return randomUUID().replace('-', '').slice(0, 12);
}

function statusOf(error: unknown): number {
  if (error instanceof GazetteError) return statuses[error.code] ?? 500;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

function logFailure(ports: WebPorts, error: unknown, request: FastifyRequest): void {
  // The message may quote an address or a token (a constraint's detail, a parse error), and so may the URL: neither is logged.
  const isError = error instanceof Error;
  ports.log.error('web.failed', {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    error: isError ? error.name : typeof error,
    code: isError && 'code' in error ? String(error.code) : undefined,
    stack: isError
      ? error.stack
          ?.split('\n')
          .filter((line) => line.startsWith('    at '))
          .slice(0, 10)
          .map((line) => line.trim())
      : undefined,
  });
}
