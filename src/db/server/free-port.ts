import { createServer, type AddressInfo } from 'node:net';

/** Asks the system for a free loopback port; never 5432, which people expect to be their own server. */
export async function findFreePort(): Promise<number> {
  const port = await listenOnce(0);
  return port === 5432 ? findFreePort() : port;
}

/** Whether nobody listens on a loopback port. */
export async function isFreePort(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  );
}

/** Listens for an instant: the port, the system's choice for 0. Rejects when it cannot. */
function listenOnce(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(wanted, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
