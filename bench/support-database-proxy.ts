import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to Postgres that can be lost. */
export interface DatabaseProxy {
  readonly url: string;
  /** Cuts every client off; Postgres does not notice and goes on with what it was asked. */
  cutClients(): void;
  /** From now on the connections that are open carry nothing any more and do not end; new ones do. */
  swallow(): void;
  /**
   * From now on nothing passes, in neither direction and for new connections neither, and nobody is told; once it is false again all that was said and done
   * meanwhile arrives, in order, as after a network that was away: TCP says again what was lost.
   */
  hold(isHeld: boolean): void;
  /** From now on, or until it is false again, whoever connects is cut off at once, as by a server that is down. */
  refuse(isRefusing: boolean): void;
  close(): void;
}

/** Starts a TCP proxy before the server of a postgres:// URL. */
export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const pairs = new Set<{ client: Socket; upstream: Socket; isSwallowed: boolean }>();
  let isRefusing = false;
  let held: (() => void)[] | undefined;
  const pass = (step: () => void): void => {
    if (held) held.push(step);
    else step();
  };
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
        if (!pair.isSwallowed) pass(() => to.write(bytes));
      });
    }
    upstream.on('close', () => pass(() => client.destroy()));
    client.on('end', () => pass(() => upstream.end()));
    // What a process that was killed had not read yet makes its end an error.
    client.on('error', () => pass(() => upstream.destroy()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cutClients: () => pairs.forEach(({ client }) => client.destroy()),
    hold(isHeld) {
      const waiting = held;
      held = isHeld ? (held ?? []) : undefined;
      if (!isHeld) for (const step of waiting ?? []) step();
    },
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
