import { BlockList, isIP } from 'node:net';

/*
 * Which addresses are nobody's on the public internet. A source may name any host, so a reader without this rule could be made to
 * read the operator's own network (IANA special-purpose registries, RFC 6890).
 */

const reserved = new BlockList();

const reservedIpv4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** IPv6 is a white list turned round: only 2000::/3 is in use, and of it these are not public. */
const reservedIpv6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

for (const [net, prefix] of reservedIpv4) reserved.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of reservedIpv6) reserved.addSubnet(net, prefix, 'ipv6');

const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** True for an address (not a name) that is private, reserved, or no address at all. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').split('%', 1)[0]!;
  const family = isIP(plain);
  if (family === 4) return reserved.check(plain, 'ipv4');
  if (family !== 6) return true;
  const embedded = embeddedIpv4(plain);
  if (embedded !== undefined) return isPrivateAddress(embedded);
  return !globalUnicast.check(plain, 'ipv6') || reserved.check(plain, 'ipv6');
}

/** The IPv4 address inside ::ffff:a.b.c.d and inside NAT64's 64:ff9b::a.b.c.d. */
function embeddedIpv4(address: string): string | undefined {
  const groups = expand(address);
  const prefix = groups.slice(0, 6).join(':');
  if (prefix !== '0:0:0:0:0:ffff' && prefix !== '64:ff9b:0:0:0:0') return undefined;
  const [high, low] = [Number.parseInt(groups[6] ?? '0', 16), Number.parseInt(groups[7] ?? '0', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address, in hexadecimal without leading zeros; the URL parser knows every spelling. */
function expand(address: string): string[] {
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
}
