import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError, ConflictError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { ListenAddress } from '../variables/listen-address.ts';

/** Where the document is. */
const path = '/metrics';

/** What is told, and as what. */
export interface ScrapedDocument {
  write(): Promise<string>;
  readonly contentType: string;
}

/** A running server. */
export interface MetricsServer {
  /** The address of the document. */
  readonly url: string;
  close(): Promise<void>;
}

// Whoever asks is a machine nearby.
const requestMs = 10_000;
const mostConnections = 50;

/** Serves the document at its own address, to GET and HEAD; everything else is not there. @throws ConflictError, ConfigError where it cannot listen */
export async function startMetricsServer(address: ListenAddress, document: ScrapedDocument, log: Log): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: requestMs, headersTimeout: requestMs, connectionsCheckingInterval: 5_000 });
  server.maxConnections = mostConnections;
  server.on('request', (request, response) => {
    answer(document, request, response).catch((error: unknown) => {
      log.warn('metrics.failed', { error });
      response.destroy();
    });
  });
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return {
    url: `http://${host}:${port}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(document: ScrapedDocument, { method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-store');
  if (url.split('?')[0] !== path || (method !== 'GET' && method !== 'HEAD')) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end('Not found.\n');
    return;
  }
  const body = Buffer.from(await document.write());
  response.writeHead(200, { 'content-type': document.contentType, 'content-length': body.length });
  response.end(method === 'HEAD' ? undefined : body);
}

async function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'no code';
    if (code === 'EADDRINUSE')
      throw new ConflictError(
        `METRICS_LISTEN: expected a free port, but ${port} on ${host} is taken: each process of Gazette has metrics, and needs an address, of its own`,
        { cause },
      );
    throw new ConfigError(`METRICS_LISTEN: expected an address that this process may listen on, got ${host} and ${port} (${code})`, {
      cause,
    });
  }
}
