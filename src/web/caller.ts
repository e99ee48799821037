import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { WebPorts } from './web.ts';

/** Who asks: somebody at this machine, a proxy on it for somebody who may be anywhere, or another machine. */
export type Caller = 'here' | 'forwarded' | 'elsewhere';

/**
 * Whoever runs this machine asks from it, whatever addresses the server listens on, and under PUBLIC_URL's name, as localhost or by number: with DNS
 * rebinding a page on the web makes a browser ask this machine under a name of that page. What a proxy or a tunnel brings comes from this machine too, as
 * it seems: it is told by what such a one adds.
 */
export function callerOf(ports: Pick<WebPorts, 'publicUrl'>, request: FastifyRequest): Caller {
  if (!isLoopback(request.socket.remoteAddress)) return 'elsewhere';
  const name = request.hostname.replace(/^\[|\]$/g, '');
  const isOurs = name === new URL(ports.publicUrl).hostname || name === 'localhost' || (isIP(name) !== 0 && isLoopback(name));
  return isOurs && !isForwarded(request) ? 'here' : 'forwarded';
}

/** What proxies, tunnels and content networks add to a request, by the beginnings of the names; no browser sends any of it. */
const forwardingHeaders =
  /^(?:forwarded|via|x-forwarded|x-original-|x-real-ip|x-client-ip|x-cluster-client-ip|x-envoy-|x-proxy|true-client-ip|client-ip|cf-|cdn-|fastly-|x-arr-|x-azure-|x-amz|ngrok-|tailscale-|fly-|x-appengine-|x-cloud-trace)/;

function isForwarded(request: FastifyRequest): boolean {
  return Object.keys(request.headers).some((name) => forwardingHeaders.test(name));
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address);
}
