import helmet from '@fastify/helmet';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import { ConfigError, ConflictError } from '../kernel/errors.ts';
import { addArchiveRoutes } from './archive-routes.ts';
import { trustOf } from './caller.ts';
import { addDecideRoutes } from './decide-routes.ts';
import { addFailures, makeRequestId, sendNotFound } from './failures.ts';
import { addHomeRoutes } from './home-routes.ts';
import { addAnyBodyScope, addFormScope, takeAnyBody } from './form.ts';
import { addSubscribeRoutes } from './readers/subscribe-routes.ts';
import { addConfirmRoutes } from './readers/confirm-routes.ts';
import { addLeftRoutes } from './readers/left-routes.ts';
import { addPreferencesRoutes } from './readers/preferences-routes.ts';
import { addAddressRoutes } from './readers/address-routes.ts';
import { addMineRoutes } from './readers/mine-routes.ts';
import { addPersonalLinkRoutes } from './readers/personal-link-routes.ts';
import { addLinkRoutes } from './readers/link-routes.ts';
import { addFeedRoutes, addHealthRoute, addSampleRoutes, addStyleRoutes } from './machine-routes.ts';
import { addOutboxRoutes } from './outbox-routes.ts';
import { pageHeaders } from './page-headers.ts';
import type { WebPorts, WebServer } from './web.ts';

/** Where to listen. Port 0 takes a free one. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** How long a request may take to arrive, and how often that is looked at, for tests. Default: 20 s, every 5 s. */
  readonly patience?: { readonly requestMs: number; readonly lookMs: number };
}

// The largest body that any form of ours has is a few words.
const maxBodyBytes = 16_384;
// A slow client holds a connection for so long and no longer. Node looks every 30 s where nothing is said.
const usualPatience = { requestMs: 20_000, lookMs: 5_000 };

/** Starts the web server. @throws ConflictError when the port is taken, ConfigError when it cannot be had at all. */
export async function createWebServer(ports: WebPorts, options: ListenOptions): Promise<WebServer> {
  const { requestMs, lookMs } = options.patience ?? usualPatience;
  const app = fastify({
    logger: false,
    genReqId: makeRequestId,
    bodyLimit: maxBodyBytes,
    requestTimeout: requestMs,
    http: { connectionsCheckingInterval: lookMs, headersTimeout: requestMs, requestTimeout: requestMs },
    trustProxy: ports.trustedProxies && ports.trustedProxies.length > 0 ? trustOf(ports.trustedProxies) : false,
    // An idle browser must not keep the process from ending.
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: true },
    // An address that is none, before any route: the answer repeats nothing of it.
    frameworkErrors: (error, _request, reply) => {
      void (reply as unknown as FastifyReply)
        .code(error.statusCode ?? 400)
        .header('content-security-policy', "default-src 'none'")
        .header('x-content-type-options', 'nosniff')
        .header('x-robots-tag', 'noindex')
        .type('text/plain; charset=utf-8')
        .send('This address could not be understood.\n');
    },
  });
  const paths = new Set<string>();
  app.addHook('onRoute', (route) => void paths.add(route.url));
  // What no route takes is answered by its method (405) or path (404), not by its type.
  takeAnyBody(app);
  logRequests(app, ports);
  addFailures(app, ports);
  addFeedRoutes(app, ports);
  addHealthRoute(app, ports);
  addStyleRoutes(app, ports);
  if (ports.sampleSite) addSampleRoutes(app, ports.sampleSite);
  await app.register(async (pages) => {
    await pages.register(helmet, pageHeaders(ports.publicUrl));
    // Here, so that it has the headers of pages.
    pages.setNotFoundHandler((_request, reply) => sendNotFound(ports, reply));
    addHomeRoutes(pages, ports);
    addArchiveRoutes(pages, ports);
    await addAnyBodyScope(pages, (scope) => addLinkRoutes(scope, ports));
    await addFormScope(pages, (forms) => {
      addDecideRoutes(forms, ports);
      addSubscribeRoutes(forms, ports);
      addConfirmRoutes(forms, ports);
      addPreferencesRoutes(forms, ports);
      addLeftRoutes(forms, ports);
      addPersonalLinkRoutes(forms, ports);
      addMineRoutes(forms, ports);
      addAddressRoutes(forms, ports);
    });
    if (ports.local) addOutboxRoutes(pages, ports, ports.local);
  });
  const url = await listen(app, options);
  return { url, paths: [...paths], close: () => app.close() };
}

function logRequests(app: FastifyInstance, ports: WebPorts): void {
  app.addHook('onResponse', (request, reply, done) => {
    // The route's pattern, not the URL: that may hold a token.
    ports.log.debug('web.answered', {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    });
    done();
  });
}

async function listen(app: FastifyInstance, { host, port }: ListenOptions): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') {
      throw new ConflictError(
        `PORT: expected a free port, but ${port} on ${host} is taken: is Gazette running already? Set PORT to another one`,
        { cause },
      );
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new ConfigError(`HOST and PORT: expected an address that this process may listen on, got ${host} and ${port} (${code})`, {
        cause,
      });
    }
    throw cause;
  }
}
