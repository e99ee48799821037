import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** What a name answers: records, no such name, a fault, or silence. A TXT record is the list of its strings. */
export type ZoneEntry =
  | { readonly txt?: readonly (string | readonly string[])[]; readonly mx?: readonly (readonly [preference: number, exchange: string])[] }
  | 'nxdomain'
  | 'servfail'
  | 'silence';

/** A DNS server on loopback. */
export interface DnsServer {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Which names were asked, in order. */
  readonly asked: string[];
  readonly zone: Map<string, ZoneEntry>;
  close(): Promise<void>;
}

/** Longer answers are cut over UDP and have to be asked for over TCP (RFC 1035 4.2.1). */
const maxUdpBytes = 512;

/** Starts a server of the zone; what the zone does not hold is no name. Over UDP and TCP at one port. */
export async function startDnsServer(entries: Readonly<Record<string, ZoneEntry>> = {}): Promise<DnsServer> {
  const zone = new Map(Object.entries(entries));
  const asked: string[] = [];
  const tcp = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const reply = replyTo(data.subarray(2), zone, asked);
      if (reply) socket.end(Buffer.concat([u16(reply.length), reply]));
    });
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp4');
  udp.on('message', (query, from) => {
    const reply = replyTo(query, zone, asked);
    if (reply) udp.send(reply.length > maxUdpBytes ? cut(query) : reply, from.port, from.address);
  });
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  return {
    address: `127.0.0.1:${port}`,
    asked,
    zone,
    async close() {
      udp.close();
      tcp.close();
    },
  };
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function nameBytes(name: string): Buffer {
  return Buffer.concat([
    ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

function header(query: Buffer, flags: number, answerCount: number): Buffer {
  return Buffer.concat([query.subarray(0, 2), u16(flags), u16(1), u16(answerCount), u16(0), u16(0)]);
}

function cut(query: Buffer): Buffer {
  return Buffer.concat([header(query, 0x83_80, 0), query.subarray(12, readQuestion(query).end)]);
}

function replyTo(query: Buffer, zone: ReadonlyMap<string, ZoneEntry>, asked: string[]): Buffer | undefined {
  const { name, type, end } = readQuestion(query);
  asked.push(name);
  const entry = zone.get(name) ?? 'nxdomain';
  if (entry === 'silence') return undefined;
  const question = query.subarray(12, end);
  if (typeof entry === 'string') return Buffer.concat([header(query, entry === 'nxdomain' ? 0x81_83 : 0x81_82, 0), question]);
  const data =
    type === 16
      ? (entry.txt ?? []).map(txtBytes)
      : type === 15
        ? (entry.mx ?? []).map(([preference, host]) => Buffer.concat([u16(preference), nameBytes(host)]))
        : [];
  // The name of each answer is a pointer to the question's.
  const answers = data.map((each) => Buffer.concat([u16(0xc0_0c), u16(type), u16(1), Buffer.alloc(4), u16(each.length), each]));
  return Buffer.concat([header(query, 0x81_80, answers.length), question, ...answers]);
}

function txtBytes(record: string | readonly string[]): Buffer {
  const strings = typeof record === 'string' ? [record] : record;
  return Buffer.concat(strings.map((each) => Buffer.concat([Buffer.from([each.length]), Buffer.from(each, 'latin1')])));
}
