import type { FastifyInstance, FastifyRequest } from 'fastify';
import { respondWith } from '../feeds/published-document.ts';
import { inTime } from '../kernel/in-time.ts';
import { sitePaths } from '../kernel/site-urls.ts';
import { findNewestMigration } from './health-store.ts';
import { addRoute, parameter } from './route.ts';
import type { SampleSitePort, WebPorts } from './web.ts';

const healthTimeoutMs = 3_000;

/** `/feeds/<newsletter>.atom`: no hooks but these, so that a 304 costs next to nothing. */
export function addFeedRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.feed, {
    get: async (request, reply) => {
      const slug = /^(.{1,63})\.atom$/.exec(parameter(request, 'file'))?.[1];
      const document = slug === undefined ? undefined : await ports.feeds.find(slug);
      if (!document) return reply.code(404).type('text/plain; charset=utf-8').send('There is no such feed.\n');
      const { status, headers, body } = respondWith(document, {
        acceptEncoding: request.headers['accept-encoding'],
        ifNoneMatch: request.headers['if-none-match'],
        ifModifiedSince: request.headers['if-modified-since'],
      });
      return reply
        .code(status)
        .headers({ ...headers, 'x-content-type-options': 'nosniff' })
        .send(body);
    },
  });
}

/** `/healthz`: 200 while the database answers and has its tables, else 503; says nothing that a stranger should not know. */
export function addHealthRoute(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.health, {
    get: async (_request, reply) => {
      const schema = await inTime(healthTimeoutMs, findNewestMigration(ports.database), () => undefined).catch(() => undefined);
      const body = schema === undefined ? { status: 'unavailable' } : { status: 'ok', schema };
      return reply
        .code(schema === undefined ? 503 : 200)
        .header('cache-control', 'no-store')
        .send(body);
    },
  });
}

/** `/styles.css`, the style sheet of all pages, beside it one for each newsletter's colour, and an empty `/favicon.ico`, which browsers ask for unbidden. */
export function addStyleRoutes(app: FastifyInstance, ports: WebPorts): void {
  const headers = {
    'content-type': 'text/css; charset=utf-8',
    'cache-control': 'public, max-age=3600',
    'x-content-type-options': 'nosniff',
  };
  addRoute(app, sitePaths.styles, { get: async (_request, reply) => reply.headers(headers).send(ports.pages.styles) });
  addRoute(app, sitePaths.accent, {
    get: async (request, reply) => {
      const colour = /^([0-9a-f]{6})\.css$/.exec(parameter(request, 'file'))?.[1];
      if (colour === undefined) return reply.code(404).type('text/plain; charset=utf-8').send('There is no such style sheet.\n');
      return reply.headers(headers).send(ports.pages.accentStyles(`#${colour}`));
    },
  });
  addRoute(app, sitePaths.icon, {
    get: async (_request, reply) => reply.code(204).header('cache-control', 'public, max-age=86400').send(),
  });
}

/** `/sample/…`: the site that the sample newsletter reads. Its pictures are shown in mails, so anybody may embed them. */
export function addSampleRoutes(app: FastifyInstance, sampleSite: SampleSitePort): void {
  const get = async (request: FastifyRequest, reply: Parameters<Parameters<typeof addRoute>[2]['get']>[1]): Promise<unknown> => {
    const answer = sampleSite.handle(request.url, request.headers);
    if (!answer) return reply.code(404).type('text/plain; charset=utf-8').send('The sample site has no such page.\n');
    const headers = { etag: answer.etag, 'last-modified': answer.lastModified, 'x-content-type-options': 'nosniff' };
    if (answer.status === 304) return reply.code(304).headers(headers).send();
    // Plain pages and files, no script: whatever stands in them cannot act here.
    return reply
      .code(200)
      .headers({ ...headers, 'content-type': answer.contentType, 'content-security-policy': sampleDirectives })
      .send(answer.body);
  };
  addRoute(app, sitePaths.sample, { get });
  addRoute(app, sitePaths.sampleFile, { get });
}

const sampleDirectives =
  "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
