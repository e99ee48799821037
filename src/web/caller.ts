import { BlockList, isIP } from 'node:net';
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

/**
 * The IP of who asks, in its one form, as a network counts and as the log of consent keeps it. It is what the last proxy that is trusted says; where that
 * says none (`unknown`, a hidden name, anything), it is the nearest one that is known: that proxy itself.
 */
export function clientIp(request: Pick<FastifyRequest, 'ip' | 'ips'>): string {
  // A client that is gone has no address any more; nobody reads the answer.
  return (request.ips ?? [request.ip]).map((hop) => canonicalIp(hop)).findLast((ip) => ip !== undefined) ?? '0.0.0.0';
}

/** Whether a hop is one of these proxies, each an IP or a network, with whatever port or zone the hop is written. */
export function trustOf(proxies: readonly string[]): (hop: string | undefined) => boolean {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address = '', length] = proxy.split('/');
    const ip = canonicalIp(address)!;
    const bits = isIP(ip) === 4 ? 32 : 128;
    // Of an IPv4 network that is written as IPv6, the first 96 bits say no more than that.
    const prefix = length === undefined ? bits : Number(length) - (bits === 32 && isIP(address) === 6 ? 96 : 0);
    trusted.addSubnet(ip, Math.max(0, prefix), familyOf(ip));
  }
  return (hop) => {
    const ip = canonicalIp(hop);
    return ip !== undefined && trusted.check(ip, familyOf(ip));
  };
}

function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return isIP(ip) === 4 ? 'ipv4' : 'ipv6';
}

/** An IP as proxies write it, without its port and zone, an IPv4 address in IPv6 as what it is; undefined where it is none. */
function canonicalIp(hop: string | undefined): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\](?::\d*)?|(.*))$/s.exec(hop?.trim() ?? '')!;
  const ip = (bracketed ?? plain!.replace(/^(\d+\.\d+\.\d+\.\d+):\d*$/, '$1')).replace(/%.*$/s, '');
  if (isIP(ip) !== 6) return isIP(ip) === 4 ? ip : undefined;
  const canonical = new URL(`http://[${ip}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(canonical);
  if (!mapped) return canonical;
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
