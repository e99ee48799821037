import type { FastifyHelmetOptions } from '@fastify/helmet';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** What a path answers. HEAD comes with GET. */
export interface Route {
  readonly get: Handler;
  /** The only thing that may change anything. */
  readonly post?: Handler;
  readonly headers?: FastifyHelmetOptions;
  /** What stands behind it is for one person: no search engine lists any answer, whatever the method and the status. */
  readonly isPrivate?: true;
}

const noIndex = async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
  void reply.header('x-robots-tag', 'noindex');
};

const known = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Adds a path: GET with HEAD, POST where there is one, OPTIONS with what is allowed, 405 for the rest. */
export function addRoute(app: FastifyInstance, url: string, route: Route): void {
  const options = { ...(route.headers ? { helmet: route.headers } : {}), ...(route.isPrivate ? { onRequest: noIndex } : {}) };
  const allowed = route.post ? ['GET', 'HEAD', 'POST', 'OPTIONS'] : ['GET', 'HEAD', 'OPTIONS'];
  app.route({ method: 'GET', url, ...options, exposeHeadRoute: true, handler: route.get });
  if (route.post) app.route({ method: 'POST', url, ...options, handler: route.post });
  app.route({
    method: 'OPTIONS',
    url,
    ...options,
    handler: async (_request, reply) => reply.code(204).header('allow', allowed.join(', ')).send(),
  });
  app.route({
    method: known.filter((method) => !allowed.includes(method)),
    url,
    ...options,
    handler: async (_request, reply) =>
      reply
        .code(405)
        .header('allow', allowed.join(', '))
        .type('text/plain; charset=utf-8')
        .send('This address does not take that method.\n'),
  });
}

/** One parameter of the path, decoded; '' where the route has none of this name, or it holds what no text in the database may. */
export function parameter(request: FastifyRequest, name: string): string {
  const text = (request.params as Readonly<Record<string, string | undefined>>)[name] ?? '';
  return text.includes('\0') ? '' : text;
}

/** One parameter of the query; undefined where it is missing or stands more than once. */
export function queryParameter(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : undefined;
}

/** True for an id as the database gives them; anything else is not asked for. */
export function isId(text: string): boolean {
  return /^[1-9]\d{0,17}$/.test(text);
}

/** Sends a page. */
export function sendPage(reply: FastifyReply, html: string, status = 200): FastifyReply {
  // What a page says may change at any moment; pages behind tokens are nobody's to keep.
  return reply.code(status).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(html);
}
