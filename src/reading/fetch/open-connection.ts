import { lookup } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import { buildConnector } from 'undici';
import { createHostLimit } from './host-limit.ts';
import { isPrivateAddress } from './private-address.ts';
import { SourceError } from '../source-error.ts';

/** Opens the connection of one request. */
export type Connector = ReturnType<typeof buildConnector>;

/** Who may be connected to. */
export interface AddressPolicy {
  readonly allowPrivateAddresses: boolean;
  /** Origins (scheme, host, port) that may be private: the server's own. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** Resolves names; node's own where undefined. */
  readonly lookup?: LookupFunction;
}

/**
 * A connector that refuses private and reserved addresses: literal ones before, names when they are resolved, and once more by the
 * address that was reached, so that no name server can change its mind in between.
 */
export function createConnector(origin: string, policy: AddressPolicy, timeoutMs: number): Connector {
  const mayBePrivate = policy.allowPrivateAddresses || policy.allowedOrigins.has(origin);
  const resolve: LookupFunction = policy.lookup ?? lookup;
  const connect = buildConnector({ timeout: timeoutMs, lookup: mayBePrivate ? resolve : publicLookup(resolve) });
  if (mayBePrivate) return connect;
  return (options, callback) => {
    const host = new URL(origin).hostname;
    if (/^[\d.]+$|:/.test(host) && isPrivateAddress(host)) return callback(refusal(host), null);
    connect(options, (...result) => {
      // On failure undici calls back with the error alone.
      const socket: Socket | null | undefined = result[1];
      const remote = socket?.remoteAddress;
      if (!socket || (remote !== undefined && !isPrivateAddress(remote))) return callback(...result);
      socket.destroy();
      callback(refusal(host), null);
    });
  };
}

function publicLookup(resolve: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 4);
      const open = Array.isArray(addresses) ? addresses.filter(({ address }) => !isPrivateAddress(address)) : [];
      const [first] = open;
      if (first === undefined) return callback(refusal(hostname), '', 4);
      if (options.all === true) return callback(null, open);
      callback(null, first.address, first.family);
    });
  };
}

/**
 * Look-ups of which only so many are under way. Node has four threads for all names and all files of the process, and a look-up that hangs
 * cannot be taken back: many of them must leave threads to others. One that waits longer than `patienceMs` is not begun.
 */
export function createSparingLookup(maxCount: number, patienceMs: number, resolve: LookupFunction = lookup): LookupFunction {
  const places = createHostLimit(maxCount, maxCount);
  return (hostname, options, callback) => {
    places.enter('', AbortSignal.timeout(patienceMs)).then(
      (leave) =>
        resolve(hostname, options, (...result) => {
          leave();
          callback(...result);
        }),
      () => callback(Object.assign(new Error('Expected a look-up in time, got no turn'), { code: 'ETIMEDOUT' }), '', 4),
    );
  };
}

function refusal(host: string): SourceError {
  return new SourceError(
    'private_address',
    `Expected a public address, got ${host}, which is private or reserved (ALLOW_PRIVATE_SOURCES lets it through)`,
  );
}
