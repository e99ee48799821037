/*
 * How often the same person, network or domain may try something on public pages. What is counted is held in Postgres, so that all processes share it,
 * under keyed hashes: neither an address nor an IP is stored for it.
 */
import { isIP } from 'node:net';
import type { Address } from '../../mail/address.ts';

/** What is counted. `guess`: links that are none. */
export type LimitName =
  'sign_up_network' | 'sign_up_expected' | 'sign_up_address' | 'sign_up_domain' | 'link_network' | 'link_address' | 'new_address' | 'guess';

/** So many in so many seconds. */
export interface Limit {
  readonly points: number;
  readonly seconds: number;
}

/*
 * A school or an office may be one network: thirty people of a fair's stand sign up within an hour, and no more than that is taken from one /64. An
 * address is asked for again by somebody who waits for the mail; a domain has as many people as a form can bring in a day. Where staff expect many (a
 * fair), one network may bring them all; the ceiling of all sign-ups holds there too. An address that people want to have instead of their own is mailed
 * about it three times a day, whoever wants it: it may be a stranger's.
 */
export const limits: Readonly<Record<LimitName, Limit>> = {
  sign_up_network: { points: 30, seconds: 3_600 },
  sign_up_expected: { points: 2_000, seconds: 3_600 },
  sign_up_address: { points: 5, seconds: 3_600 },
  sign_up_domain: { points: 300, seconds: 3_600 },
  link_network: { points: 30, seconds: 3_600 },
  link_address: { points: 5, seconds: 3_600 },
  new_address: { points: 3, seconds: 86_400 },
  guess: { points: 60, seconds: 600 },
};

/** The network that an IP in its one form counts for: an IPv4 address is one, of IPv6 the first 64 bits are what one customer has. */
export function networkOf(ip: string): string {
  if (isIP(ip) !== 6) return ip;
  const [head = '', tail] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The mailbox that an address counts for: what follows a plus is the reader's own label, and dots are nothing to the largest host. */
export function mailboxOf({ normal, domain }: Pick<Address, 'normal' | 'domain'>): string {
  const local = normal.slice(0, normal.lastIndexOf('@'));
  return `${local.replace(/\+.*$/s, '').replaceAll('.', '')}@${domain}`;
}
