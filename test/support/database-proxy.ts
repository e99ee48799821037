import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to Postgres that can be lost. */
export interface DatabaseProxy {
  readonly url: string;
  /** Cuts every client off; Postgres does not notice and goes on with what it was asked. */
  cutClients(): void;
  /** From now on the connections that are open carry nothing any more and do not end; new ones do. */
  swallow(): void;
  /** From now on, or until it is false again, whoever connects is cut off at once, as by a server that is down. */
  refuse(isRefusing: boolean): void;
  close(): void;
}

/** Starts a TCP proxy before the server of a postgres:// URL. */
export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const pairs = new Set<{ client: Socket; upstream: Socket; isSwallowed: boolean }>();
  let isRefusing = false;
  const server = createServer((client) => {
    if (isRefusing) {
      client.on('error', () => {});
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    const pair = { client, upstream, isSwallowed: false };
    pairs.add(pair);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => {});
      from.on('data', (bytes) => {
        if (!pair.isSwallowed) to.write(bytes);
      });
    }
    upstream.on('close', () => client.destroy());
    client.on('end', () => upstream.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cutClients: () => pairs.forEach(({ client }) => client.destroy()),
    refuse: (now) => void (isRefusing = now),
    swallow: () => pairs.forEach((pair) => (pair.isSwallowed = true)),
    close() {
      for (const { client, upstream } of pairs) {
        client.destroy();
        upstream.destroy();
      }
      server.close();
    },
  };
}
