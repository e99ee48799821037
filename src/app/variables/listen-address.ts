import { isIP } from 'node:net';

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `9464` (of this machine alone), `10.0.0.5:9464`, `[::1]:9464` or `name:9464`; undefined where it is none of these. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const colon = text.lastIndexOf(':');
  const host = colon === -1 ? '127.0.0.1' : hostOf(text.slice(0, colon));
  const digits = text.slice(colon + 1);
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : Infinity;
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

function hostOf(text: string): string | undefined {
  const isBracketed = text.startsWith('[') && text.endsWith(']');
  if (isBracketed) return isIP(text.slice(1, -1)) === 6 ? text.slice(1, -1) : undefined;
  return isIP(text) === 4 || (/^[\w.-]+$/.test(text) && URL.canParse(`http://${text}`)) ? text : undefined;
}
