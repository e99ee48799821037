import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

/**
 * What the server does at one step of a transaction. A text is the whole reply, "451 4.3.0 Try again"; `cut` destroys the connection
 * without a reply; `hang` never answers. Nothing: it goes well.
 */
export type SmtpAction = SmtpReply | 'cut' | 'hang' | undefined;

/** Code, and mostly an enhanced code, and a text: "550 5.1.1 No such person". */
export type SmtpReply = `${number} ${string}`;

/** A message that arrived whole, whatever the server then answered. */
export interface ReceivedMessage {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly raw: Buffer;
  /** With its angle brackets; '' when there is none. */
  readonly messageId: string;
  /** Number of the connection that it came over, from 1. */
  readonly connection: number;
  readonly action: 'accepted' | 'refused' | 'cut' | 'hang';
  /** The reply that was given, '' when there was none. */
  readonly reply: string;
}

type Script<T> = (about: T, context: { connection: number; messageCount: number }) => SmtpAction | Promise<SmtpAction>;

/** The script of a server; each part is asked at its step and may say how the server behaves. */
export interface SmtpScript {
  readonly onConnect?: Script<{ remoteAddress: string }>;
  readonly onMail?: Script<string>;
  readonly onRcpt?: Script<string>;
  /** Asked when the message is there in full: 'cut' is the connection lost after the data, the case that leaves a delivery in doubt. */
  readonly onData?: Script<Omit<ReceivedMessage, 'action' | 'reply'>>;
  /** Cuts the connection in the middle of the data, once this many bytes of the message have come. */
  readonly cutDuringDataAt?: (envelope: ReceivedMessage['envelope']) => number | undefined;
  /** Waits so long before it answers a whole message. */
  readonly delayMs?: number;
  /** 'starttls' offers it with a self-signed certificate, 'implicit' speaks TLS from the first byte. Default: none. */
  readonly tls?: 'none' | 'starttls' | 'implicit';
  /** The login to ask for; without it none is offered. */
  readonly login?: { readonly user: string; readonly password: string };
  readonly hidePipelining?: boolean;
  readonly maxMessageBytes?: number;
}

/** A running scripted server. */
export interface ScriptedSmtp {
  /** smtp:// or smtps:// URL without a login. */
  readonly url: string;
  readonly port: number;
  /** Messages that arrived whole, in order. */
  readonly received: readonly ReceivedMessage[];
  /** Those of them that were answered with 2xx. */
  accepted(): ReceivedMessage[];
  /** Connections since the start, and those open now. */
  readonly connectionCount: number;
  readonly openConnectionCount: number;
  /** Destroys every connection, as a crash of the server's machine would. */
  cutAll(): void;
  /** Behaves otherwise from now on; what is not given stays as it is. TLS, login and limits cannot change. */
  rescript(script: SmtpScript): void;
  close(): Promise<void>;
}

/** Starts a real SMTP server on a loopback port (a free one, or `port`) that behaves as the script says. */
export async function startScriptedSmtp(initial: SmtpScript & { readonly port?: number } = {}): Promise<ScriptedSmtp> {
  let script: SmtpScript = initial;
  const received: ReceivedMessage[] = [];
  const sockets = new Map<number, Socket>();
  const connections = new Map<string, number>();
  let connectionCount = 0;
  const contextOf = (session: SMTPServerSession) => ({ connection: connections.get(session.id) ?? 0, messageCount: received.length });
  const perform = (session: SMTPServerSession, action: SmtpAction, done: (error?: Error | null) => void): void => {
    if (action === undefined) done();
    else if (action === 'cut') sockets.get(session.remotePort)?.destroy();
    else if (action !== 'hang') done(isSuccess(action) ? null : refusal(action));
  };

  const server = new SMTPServer({
    ...protocolOptions(initial),
    onConnect(session, done) {
      connectionCount += 1;
      connections.set(session.id, connectionCount);
      settle(script.onConnect?.({ remoteAddress: session.remoteAddress }, contextOf(session)), (action) => perform(session, action, done));
    },
    onAuth({ username, password }, _session, done) {
      const isRight = username === initial.login?.user && password === initial.login?.password;
      done(isRight ? null : refusal('535 5.7.8 Wrong user or password'), isRight ? { user: username } : undefined);
    },
    onMailFrom({ address }, session, done) {
      settle(script.onMail?.(address, contextOf(session)), (action) => perform(session, action, done));
    },
    onRcptTo({ address }, session, done) {
      settle(script.onRcpt?.(address, contextOf(session)), (action) => perform(session, action, done));
    },
    onData(stream, session, done) {
      const envelope = envelopeOf(session);
      const cutAt = script.cutDuringDataAt?.(envelope) ?? Infinity;
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (stream.byteLength >= cutAt) sockets.get(session.remotePort)?.destroy();
      });
      stream.once('end', () => {
        if (stream.byteLength >= cutAt) return;
        const raw = Buffer.concat(chunks);
        const context = contextOf(session);
        const message = { envelope, raw, messageId: messageIdOf(raw), connection: context.connection };
        settle(answer(script, message, context), (action) => {
          const outcome = outcomeOf(action);
          const reply = action === undefined ? '250 2.0.0 Taken' : action === 'cut' || action === 'hang' ? '' : action;
          received.push({ ...message, action: outcome, reply });
          if (outcome === 'accepted') done(null, reply.slice(4));
          else perform(session, action, done);
        });
      });
    },
  });
  // Clients that vanish and connections that we cut are what this server is for.
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.once('close', () => sockets.delete(port));
  });
  server.listen(initial.port ?? 0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const cutAll = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: `${initial.tls === 'implicit' ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    port,
    received,
    accepted: () => received.filter(({ action }) => action === 'accepted'),
    get connectionCount() {
      return connectionCount;
    },
    get openConnectionCount() {
      return sockets.size;
    },
    cutAll,
    rescript: (changes) => {
      script = { ...script, ...changes };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutAll();
      }),
  };
}

/** The value of a header of a raw message, unfolded; undefined when it has none. */
export function headerOf(raw: Buffer, name: string): string | undefined {
  const head = raw.toString('latin1').split('\r\n\r\n')[0] ?? '';
  const line = head
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .find((candidate) => candidate.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim();
}

function protocolOptions(script: SmtpScript): ConstructorParameters<typeof SMTPServer>[0] {
  const disabled = [script.tls === 'starttls' ? [] : ['STARTTLS'], script.login ? [] : ['AUTH']].flat();
  return {
    name: 'scripted.example',
    secure: script.tls === 'implicit',
    disabledCommands: disabled,
    authOptional: !script.login,
    allowInsecureAuth: true,
    hidePIPELINING: script.hidePipelining ?? false,
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 100,
    ...(script.maxMessageBytes === undefined ? {} : { size: script.maxMessageBytes }),
  };
}

async function answer(
  script: SmtpScript,
  message: Omit<ReceivedMessage, 'action' | 'reply'>,
  context: Parameters<Script<string>>[1],
): Promise<SmtpAction> {
  if (script.delayMs) await delay(script.delayMs);
  return script.onData?.(message, context);
}

/** Asks the script; an error in it shows as a reply, so that a test fails visibly instead of hanging. */
function settle(action: SmtpAction | Promise<SmtpAction>, perform: (action: SmtpAction) => void): void {
  if (!(action instanceof Promise)) {
    perform(action);
    return;
  }
  action.then(perform, (error: unknown) => perform(`451 4.3.0 The script threw: ${String(error)}`));
}

function outcomeOf(action: SmtpAction): ReceivedMessage['action'] {
  if (action === undefined) return 'accepted';
  if (action === 'cut' || action === 'hang') return action;
  return isSuccess(action) ? 'accepted' : 'refused';
}

function isSuccess(action: SmtpReply): boolean {
  return /^2\d\d /.test(action);
}

function refusal(reply: SmtpReply): Error {
  return Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) });
}

function envelopeOf({ envelope }: SMTPServerSession): ReceivedMessage['envelope'] {
  return { from: envelope.mailFrom ? envelope.mailFrom.address : '', to: envelope.rcptTo.map(({ address }) => address) };
}

function messageIdOf(raw: Buffer): string {
  return headerOf(raw, 'message-id') ?? '';
}
