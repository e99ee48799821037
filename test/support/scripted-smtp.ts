import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A message that the server took, or was offered. */
export interface TakenMessage {
  readonly from: string;
  readonly to: string;
  /** As it came over the wire, dot-stuffing undone. */
  readonly source: string;
  readonly messageId: string;
}

/** What the server does at a step: a reply line, or `cut` to drop the connection. Undefined: the usual reply. */
export type ScriptedAnswer = string | 'cut' | undefined;

/** Where a script may step in. */
export interface SmtpScript {
  readonly extensions?: readonly string[];
  onConnect?: () => ScriptedAnswer;
  onMail?: (from: string) => ScriptedAnswer;
  onRcpt?: (to: string) => ScriptedAnswer;
  /** At the DATA command, before any data. */
  onData?: () => ScriptedAnswer;
  /** After the final dot. A message counts as taken when the answer is 2xx, the usual reply, or `cut`. */
  onMessage?: (message: TakenMessage) => ScriptedAnswer | Promise<ScriptedAnswer>;
}

/** A real SMTP server whose replies a test writes. */
export interface ScriptedSmtp {
  readonly url: string;
  readonly port: number;
  readonly messages: readonly TakenMessage[];
  readonly connectionCount: number;
  readonly openCount: number;
  /** Replaces the script for what comes from now on. */
  setScript(script: SmtpScript): void;
  /** Drops all connections that are open. */
  cutAll(): void;
  close(): Promise<void>;
}

/** Starts the server on a free port of loopback. */
export async function startScriptedSmtp(initial: SmtpScript = {}): Promise<ScriptedSmtp> {
  let script = initial;
  const messages: TakenMessage[] = [];
  const sockets = new Set<Socket>();
  let connectionCount = 0;
  const server = createServer((socket) => {
    connectionCount += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    serve(socket, () => script, messages);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    messages,
    get connectionCount() {
      return connectionCount;
    },
    get openCount() {
      return sockets.size;
    },
    setScript(next) {
      script = next;
    },
    cutAll() {
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function serve(socket: Socket, script: () => SmtpScript, messages: TakenMessage[]): void {
  let buffered = '';
  let inData = false;
  let isBusy = false;
  let from = '';
  let to = '';
  const answer = (stated: ScriptedAnswer, usual: string): string => {
    const reply = stated ?? usual;
    if (reply === 'cut') socket.destroy();
    else socket.write(`${reply}\r\n`, 'latin1');
    return reply;
  };
  const command = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') socket.write(['250-test', ...(script().extensions ?? ['PIPELINING', '8BITMIME'])].map((name, at) => (at === 0 ? name : `250-${name}`)).concat('250 SIZE 10000000\r\n').join('\r\n'));
    else if (verb === 'MAIL') {
      from = /<(.*?)>/.exec(line)?.[1] ?? '';
      if (!answer(script().onMail?.(from), '250 2.1.0 OK').startsWith('2')) from = '';
    } else if (verb === 'RCPT') {
      to = /<(.*?)>/.exec(line)?.[1] ?? '';
      if (!answer(script().onRcpt?.(to), '250 2.1.5 OK').startsWith('2')) to = '';
    } else if (verb === 'DATA') {
      if (to === '') answer(undefined, '503 5.5.1 No recipient');
      else inData = answer(script().onData?.(), '354 Go ahead').startsWith('3');
    } else if (verb === 'RSET') {
      to = '';
      answer(undefined, '250 2.0.0 OK');
    } else if (verb === 'QUIT') {
      socket.end('221 2.0.0 Bye\r\n');
    } else answer(undefined, '502 5.5.2 Unknown');
  };
  const takeMessage = async (raw: string): Promise<void> => {
    const source = Buffer.from(raw.replaceAll(/^\.\./gm, '.'), 'latin1').toString('utf8');
    const message = { from, to, source, messageId: /^Message-ID:\s*(\S+)/im.exec(source)?.[1] ?? '' };
    to = '';
    const stated = (await script().onMessage?.(message)) ?? '250 2.0.0 Taken';
    if (stated === 'cut' || stated.startsWith('2')) messages.push(message);
    answer(stated, '');
  };
  const pump = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    for (;;) {
      const end = inData ? buffered.indexOf('\r\n.\r\n') : buffered.indexOf('\r\n');
      if (end === -1) break;
      const part = buffered.slice(0, end);
      buffered = buffered.slice(end + (inData ? 5 : 2));
      if (inData) {
        inData = false;
        await takeMessage(`${part}\r\n`);
      } else command(part);
    }
    isBusy = false;
  };
  socket.on('data', (chunk) => {
    buffered += chunk.toString('latin1');
    void pump();
  });
  answer(script().onConnect?.(), '220 test ESMTP');
}
