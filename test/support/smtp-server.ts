import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { SmtpAction, SmtpReply, StepContext, Steps } from './smtp-steps.ts';

export type { SmtpReply } from './smtp-steps.ts';

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

/**
 * The script of a server; each part is asked at its step and may say how the server behaves. The steps by name (`mail`, `rcpt`, …) are asked before
 * those that begin with `on`.
 */
export interface SmtpScript extends Steps {
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
  /** What was refused, in order. */
  readonly refused: readonly { readonly step: keyof Steps; readonly reply: string; readonly connection: number }[];
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
  const refused: { step: keyof Steps; reply: string; connection: number }[] = [];
  const acceptedOn = new Map<number, number>();
  const letIn = new Set<number>();
  let acceptedCount = 0;
  let connectionCount = 0;
  const contextOf = (session: SMTPServerSession) => ({ connection: connections.get(session.id) ?? 0, messageCount: received.length });
  const stepContextOf = (session: SMTPServerSession, at: { from?: string; to?: string } = {}): StepContext => {
    const { connection, messageCount } = contextOf(session);
    const { from, to } = envelopeOf(session);
    return {
      connection,
      messageCount,
      acceptedCount,
      acceptedOnConnection: acceptedOn.get(connection) ?? 0,
      openConnectionCount: letIn.size + (letIn.has(session.remotePort) ? 0 : 1),
      nowMs: performance.now(),
      from: at.from ?? from,
      to: at.to ?? to[0] ?? '',
    };
  };
  const ask = (step: keyof Steps, session: SMTPServerSession, at?: { from?: string; to?: string }): Promise<SmtpAction> | undefined => {
    const asked = script[step];
    if (!asked) return undefined;
    return decide(async () => asked(stepContextOf(session, at)));
  };
  const note = (step: keyof Steps, session: SMTPServerSession, action: SmtpAction): void => {
    if (action !== undefined && !isSuccess(action)) refused.push({ step, reply: action, connection: contextOf(session).connection });
  };
  /** Asks a step before the server's own handling of a command. */
  const intercept = (session: SMTPServerSession): void => {
    const connection = [...server.connections].find(({ id }) => id === session.id);
    if (!connection) return;
    for (const [handler, step] of Object.entries(stepOfHandler) as [Handler, keyof Steps][]) {
      const handle = connection[handler].bind(connection);
      connection[handler] = (command, done) => {
        const { mailFrom, rcptTo } = session.envelope;
        // Commands out of turn are the server's to refuse: they follow from one that was refused.
        const isOutOfTurn = (step === 'rcpt' && mailFrom === false) || (step === 'data' && rcptTo.length === 0);
        settle(isOutOfTurn ? undefined : ask(step, session, addressIn(step, command.toString())), (action) => {
          note(step, session, action);
          if (action === undefined || isSuccess(action)) handle(command, done);
          else if (action === 'cut') sockets.get(session.remotePort)?.destroy();
          else if (action !== 'hang') {
            connection.send(Number(action.slice(0, 3)), linesOf(action), false);
            done();
          }
        });
      };
    }
  };
  const perform = (step: keyof Steps, session: SMTPServerSession, action: SmtpAction, done: (error?: Error | null) => void): void => {
    note(step, session, action);
    if (action === undefined) done();
    else if (action === 'cut') sockets.get(session.remotePort)?.destroy();
    else if (action !== 'hang') done(isSuccess(action) ? null : refusal(action));
  };

  const server = new SMTPServer({
    ...protocolOptions(initial),
    onConnect(session, done) {
      connectionCount += 1;
      connections.set(session.id, connectionCount);
      intercept(session);
      const asked = ask('connect', session)?.then((action) => action ?? script.onConnect?.(session, contextOf(session)));
      settle(asked ?? script.onConnect?.(session, contextOf(session)), (action) => {
        if (action === undefined && sockets.has(session.remotePort)) letIn.add(session.remotePort);
        perform('connect', session, action, done);
      });
    },
    onAuth({ username, password }, _session, done) {
      const isRight = username === initial.login?.user && password === initial.login?.password;
      done(isRight ? null : refusal('535 5.7.8 Wrong user or password'), isRight ? { user: username } : undefined);
    },
    onMailFrom({ address }, session, done) {
      settle(script.onMail?.(address, contextOf(session)), (action) => perform('mail', session, action, done));
    },
    onRcptTo({ address }, session, done) {
      settle(script.onRcpt?.(address, contextOf(session)), (action) => perform('rcpt', session, action, done));
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
        const asked = ask('message', session)?.then(async (action) => action ?? answer(script, message, context));
        settle(asked ?? answer(script, message, context), (action) => {
          const outcome = outcomeOf(action);
          const reply = action === undefined ? '250 2.0.0 Taken' : action === 'cut' || action === 'hang' ? '' : action;
          received.push({ ...message, action: outcome, reply });
          if (outcome === 'accepted') {
            acceptedCount += 1;
            acceptedOn.set(context.connection, (acceptedOn.get(context.connection) ?? 0) + 1);
            done(null, reply.slice(4));
          } else perform('message', session, action, done);
        });
      });
    },
  });
  // Clients that vanish and connections that we cut are what this server is for.
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.once('close', () => {
      sockets.delete(port);
      letIn.delete(port);
    });
  });
  server.listen(initial.port ?? 0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const cutAll = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: `${initial.tls === 'implicit' ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    port,
    received,
    refused,
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

type Handler = `handler_${'EHLO' | 'HELO' | 'STARTTLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA'}`;

const stepOfHandler: Readonly<Record<Handler, keyof Steps>> = {
  handler_EHLO: 'ehlo',
  handler_HELO: 'ehlo',
  handler_STARTTLS: 'starttls',
  handler_AUTH: 'auth',
  handler_MAIL: 'mail',
  handler_RCPT: 'rcpt',
  handler_DATA: 'data',
};

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

async function decide(step: () => Promise<SmtpAction>): Promise<SmtpAction> {
  try {
    return await step();
  } catch (error) {
    return `451 4.3.0 The script threw: ${String(error)}`;
  }
}

function addressIn(step: keyof Steps, command: string): { from?: string; to?: string } {
  if (step !== 'mail' && step !== 'rcpt') return {};
  const address = /<([^>]*)>/.exec(command)?.[1] ?? '';
  return step === 'mail' ? { from: address } : { to: address };
}

/** The lines of a reply without their codes. */
function linesOf(reply: SmtpReply): string[] {
  return reply.split(/\r?\n/).map((line) => line.slice(4));
}

function outcomeOf(action: SmtpAction): ReceivedMessage['action'] {
  if (action === undefined) return 'accepted';
  if (action === 'cut' || action === 'hang') return action;
  return isSuccess(action) ? 'accepted' : 'refused';
}

function isSuccess(action: string): boolean {
  return /^2\d\d /.test(action);
}

function refusal(reply: SmtpReply): Error {
  const lines = linesOf(reply);
  // The server writes a list of lines as a reply of several lines, also in the place of an error's message.
  return Object.assign(new Error(lines[0]), { responseCode: Number(reply.slice(0, 3)), ...(lines.length > 1 ? { message: lines } : {}) });
}

function envelopeOf({ envelope }: SMTPServerSession): ReceivedMessage['envelope'] {
  return { from: envelope.mailFrom ? envelope.mailFrom.address : '', to: envelope.rcptTo.map(({ address }) => address) };
}

function messageIdOf(raw: Buffer): string {
  return headerOf(raw, 'message-id') ?? '';
}
