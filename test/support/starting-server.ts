import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A Postgres that says to the first who connect that it is starting up, as after a crash. */
export interface StartingServer {
  readonly url: string;
  refusedCount(): number;
  close(): void;
}

/** Starts one before the server of a postgres:// URL, which it then leads to. */
export async function startStartingServer(databaseUrl: string, refusals: number): Promise<StartingServer> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let refusedCount = 0;
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => {});
    if (refusedCount < refusals) {
      refusedCount += 1;
      client.once('data', () => client.end(refusal('57P03', 'the database system is starting up')));
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    sockets.add(upstream);
    upstream.on('error', () => {});
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    refusedCount: () => refusedCount,
    close() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}

/** An ErrorResponse of the protocol (PostgreSQL manual, 54.7). */
function refusal(code: string, text: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
