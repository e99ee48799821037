/*
 * An SMTP server that is told byte by byte what to say: for slow, mute and lying ones, which no real server can be made to be. Left alone it behaves well.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { SMTPServer } from 'smtp-server';

/** Where a server may behave as a test says; `message` is the whole message with its final dot. */
export type WireStep = 'greet' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'message';

/** One connection as the server has it. */
export interface Wire {
  /** From 1. */
  readonly connection: number;
  /** Bytes as they are (latin1), without a line end of their own. */
  say(text: string): void;
  /** The next line of the client; never settles once the connection is gone. */
  line(): Promise<string>;
  /** How many lines have come for which nobody has asked. */
  readonly unread: number;
  /** Whether TLS protects it. */
  readonly isSecure: boolean;
  readonly socket: Socket;
}

/** What is done instead of the usual reply to a line ('' for the greeting and the message). `refused` for DATA: no message follows. */
export type WireAct = (wire: Wire, line: string) => void | 'refused' | Promise<void | 'refused'>;

/** A running server. */
export interface WireServer {
  readonly url: string;
  readonly port: number;
  /** Bodies of messages that were answered with 250 or behind an act, in order. */
  readonly taken: readonly { readonly connection: number; readonly text: string }[];
  /** All lines outside of messages, with the number of their connection. */
  readonly lines: readonly { readonly connection: number; readonly line: string; readonly isSecure: boolean }[];
  /** Numbers of the connections that are open. */
  readonly open: ReadonlySet<number>;
  readonly connectionCount: number;
  /** Lets sockets that an act paused be read, and so see their end. */
  resumeAll(): void;
  close(): Promise<void>;
}

interface WireOptions {
  /** Lines that EHLO announces besides its name. Default: PIPELINING. */
  readonly offers?: readonly string[] | ((wire: Wire) => readonly string[]);
  /** What each connection does otherwise. */
  readonly acts?: (connection: number) => Partial<Record<WireStep, WireAct>>;
}

interface Line {
  readonly text: string;
}

/** Starts one on a free port of the loopback interface. */
export async function startWireServer({ offers = ['PIPELINING'], acts = () => ({}) }: WireOptions = {}): Promise<WireServer> {
  const taken: { connection: number; text: string }[] = [];
  const lines: { connection: number; line: string; isSecure: boolean }[] = [];
  const open = new Map<number, Socket>();
  let connectionCount = 0;
  const server = createServer((socket) => {
    connectionCount += 1;
    const connection = connectionCount;
    open.set(connection, socket);
    socket.once('close', () => open.delete(connection));
    void converse(openWire(socket, connection), acts(connection), {
      offersOf: (wire) => (typeof offers === 'function' ? offers(wire) : offers),
      onLine: (line, isSecure) => lines.push({ connection, line, isSecure }),
      onMessage: (text) => taken.push({ connection, text }),
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    taken,
    lines,
    get open() {
      return new Set(open.keys());
    },
    get connectionCount() {
      return connectionCount;
    },
    resumeAll: () => open.forEach((socket) => socket.resume()),
    async close() {
      server.close();
      for (const socket of open.values()) socket.destroy();
      await once(server, 'close');
    },
  };
}

interface OpenWire extends Wire {
  socket: Socket;
  isSecure: boolean;
  secure(): void;
}

/** Of smtp-server, which brings a certificate for localhost. */
const context = new SMTPServer().secureContext.get('*') as SecureContext;

function openWire(plain: Socket, connection: number): OpenWire {
  let rest = '';
  const heard: Line[] = [];
  const waiters: ((line: string) => void)[] = [];
  const listen = (socket: Socket): void => {
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString('latin1')).split('\r\n');
      rest = parts.pop() ?? '';
      for (const text of parts) {
        const waiter = waiters.shift();
        if (waiter) waiter(text);
        else heard.push({ text });
      }
    });
  };
  const wire: OpenWire = {
    connection,
    socket: plain,
    isSecure: false,
    say: (text) => void wire.socket.write(Buffer.from(text, 'latin1')),
    line: () => {
      const first = heard.shift();
      return first ? Promise.resolve(first.text) : new Promise((resolve) => waiters.push(resolve));
    },
    get unread() {
      return heard.length;
    },
    secure() {
      plain.removeAllListeners('data');
      wire.socket = new TLSSocket(plain, { isServer: true, secureContext: context });
      wire.isSecure = true;
      listen(wire.socket);
    },
  };
  listen(plain);
  return wire;
}

interface Ears {
  readonly offersOf: (wire: Wire) => readonly string[];
  readonly onLine: (line: string, isSecure: boolean) => void;
  readonly onMessage: (text: string) => void;
}

async function converse(wire: OpenWire, acts: Partial<Record<WireStep, WireAct>>, ears: Ears): Promise<void> {
  const perform = async (step: WireStep, line: string, usual: string): Promise<void | 'refused'> => {
    const act = acts[step];
    if (act) return act(wire, line);
    wire.say(usual);
  };
  await perform('greet', '', '220 wire.example\r\n');
  for (;;) {
    const line = await wire.line();
    ears.onLine(line, wire.isSecure);
    const step = stepOf(line);
    if (step === 'ehlo')
      await perform('ehlo', line, ['250-wire.example', ...ears.offersOf(wire).map((offer) => `250-${offer}`), '250 HELP', ''].join('\r\n'));
    else if (step === 'starttls') {
      await perform('starttls', line, '220 Go on\r\n');
      if (!acts.starttls) wire.secure();
    } else if (step === 'data') {
      if ((await perform('data', line, '354 Go on\r\n')) === 'refused') continue;
      ears.onMessage(await messageOn(wire));
      await perform('message', '', '250 2.0.0 Taken\r\n');
    } else if (step) await perform(step, line, step === 'auth' ? '235 Welcome\r\n' : '250 Well\r\n');
    else if (/^quit/i.test(line)) wire.socket.end('221 Bye\r\n');
    else wire.say('250 Well\r\n');
  }
}

function stepOf(line: string): WireStep | undefined {
  const command = /^(EHLO|STARTTLS|AUTH|MAIL|RCPT|DATA)\b/i.exec(line)?.[1];
  return command?.toLowerCase() as WireStep | undefined;
}

async function messageOn(wire: Wire): Promise<string> {
  const lines: string[] = [];
  for (let line = await wire.line(); line !== '.'; line = await wire.line()) lines.push(line);
  return lines.join('\r\n');
}
