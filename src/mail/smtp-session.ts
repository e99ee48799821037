import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpReply } from './message.ts';
import type { SmtpAccount } from './smtp-account.ts';
import { parseSmtpReply } from './smtp-reply.ts';

/** How long to wait for the server, in milliseconds. */
export interface SmtpTimeouts {
  /** Name look-up, TCP and TLS until the server greets. */
  readonly connectMs: number;
  /** Silence after a command or the data. RFC 5321 4.5.3.2 asks for 10 minutes after the data: shorter means doubt. */
  readonly replyMs: number;
}

/** How far a message got. `ended`: the final dot was handed to the socket, so the server may have taken the message. */
export type TransactionStage = 'envelope' | 'data' | 'ended';

/** What became of one message transaction. `reply` is undefined where the connection was lost first. */
export interface TransactionResult {
  readonly stage: TransactionStage;
  readonly reply?: SmtpReply;
  readonly reason: string;
}

/** One message for one recipient, ready for the wire. */
export interface WireMessage {
  readonly from: string;
  readonly to: string;
  readonly bytes: Buffer;
}

/** A connection that is greeted, encrypted and logged in. */
export interface SmtpSession {
  /** Hands over one message. The first byte of MAIL FROM goes out before this returns its promise. Never rejects. */
  transact(message: WireMessage): Promise<TransactionResult>;
  /** Makes it fit for the next message after a refused one. False where it is not. */
  reset(): Promise<boolean>;
  readonly isOpen: boolean;
  /** Whether the server takes addresses outside ASCII (RFC 6531). */
  readonly takesUtf8Addresses: boolean;
  /** Says goodbye. */
  quit(): void;
  /** Drops the connection now; a message under way ends with the stage that it reached. */
  destroy(): void;
}

/** No session came about. `isAccount`: our login was refused, which somebody has to mend. */
export interface SmtpSessionFailure {
  readonly reason: string;
  readonly reply?: SmtpReply;
  readonly isAccount: boolean;
}

// The final dot is never written before the source of the data has ended, and small pieces keep the time between the two short.
const pieceBytes = 16_384;

// A server that does not answer QUIT must not hold the process.
const farewellMs = 2000;

/** Opens a session. Resolves to a failure instead of throwing: what a server or a network does is no exception. */
export async function openSmtpSession(account: SmtpAccount, timeouts: SmtpTimeouts): Promise<SmtpSession | SmtpSessionFailure> {
  const connection = new SMTPConnection(connectionOptions(account, timeouts));
  const takers: Takers = { error: undefined };
  connection.on('error', (error: SmtpError) => takers.error?.(error));
  connection.on('end', () => {
    // After a 421 the end comes just before the callback that knows the reply: that one goes first.
    const taker = takers.error;
    queueMicrotask(() => {
      if (taker && takers.error === taker) taker(new Error('Connection closed'));
    });
  });
  const connectError = await once(takers, (done) => connection.connect(done));
  if (connectError) return failed(connection, connectError, false);
  // The last reply before the login is the one to EHLO.
  const takesUtf8Addresses = /^250[ -]SMTPUTF8\b/im.test(connection.lastServerResponse || '');
  if (account.credentials) {
    const { user, password } = account.credentials;
    const loginError = await once(takers, (done) => connection.login({ user, pass: password }, done));
    if (loginError) return failed(connection, loginError, loginError.responseCode !== undefined && loginError.responseCode >= 500);
  }
  return sessionOver(connection, takers, takesUtf8Addresses);
}

/** What nodemailer adds to its errors. */
interface SmtpError extends Error {
  readonly code?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly command?: string | undefined;
}

interface Takers {
  error: ((error: SmtpError) => void) | undefined;
}

function connectionOptions(account: SmtpAccount, timeouts: SmtpTimeouts): SMTPConnection.Options {
  return {
    host: account.host,
    port: account.port,
    secure: account.isSecure,
    requireTLS: !account.isSecure && account.tls === 'required',
    ignoreTLS: account.tls === 'off',
    tls: { rejectUnauthorized: !account.isLoopback && account.tls !== 'unverified' },
    ...(account.clientName === undefined ? {} : { name: account.clientName }),
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.connectMs,
    dnsTimeout: timeouts.connectMs,
    socketTimeout: timeouts.replyMs,
    socketCloseTimeout: 1000,
    allowInternalNetworkInterfaces: account.isLoopback,
    logger: false,
  };
}

/** Runs one step; its callback, an error of the connection or its end settles it, whichever comes first. */
async function once(takers: Takers, start: (done: (error?: SmtpError | null) => void) => void): Promise<SmtpError | undefined> {
  return new Promise((resolve) => {
    const settle = (error?: SmtpError | null) => {
      takers.error = undefined;
      resolve(error ?? undefined);
    };
    takers.error = settle;
    start(settle);
  });
}

function failed(connection: SMTPConnection, error: SmtpError, isAccount: boolean): SmtpSessionFailure {
  connection.close();
  const reply = replyOf(error);
  return { reason: reasonOf(error), ...(reply ? { reply } : {}), isAccount };
}

function sessionOver(connection: SMTPConnection, takers: Takers, takesUtf8Addresses: boolean): SmtpSession {
  return {
    takesUtf8Addresses,
    get isOpen() {
      return !connection.destroyed;
    },
    transact: (message) => transact(connection, takers, message),
    reset: async () => !(await once(takers, (done) => connection.reset(done))),
    quit() {
      if (connection.destroyed) return;
      connection.quit();
      setTimeout(() => connection.close(), farewellMs).unref();
    },
    destroy() {
      const socket = connection._socket;
      connection.close();
      if (socket) socket.destroy();
      takers.error?.(new Error('Connection dropped by us'));
    },
  };
}

async function transact(connection: SMTPConnection, takers: Takers, message: WireMessage): Promise<TransactionResult> {
  const reached: { stage: TransactionStage; response: string } = { stage: 'envelope', response: '' };
  const source = piecesOf(message.bytes, (stage) => {
    reached.stage = stage;
  });
  const envelope = { from: message.from, to: [message.to], size: message.bytes.length };
  const error = await once(takers, (done) => {
    connection.send(envelope, source, (sendError, info) => {
      if (!sendError) reached.response = info.response;
      done(sendError);
    });
  });
  source.destroy();
  const { stage } = reached;
  if (!error) return { stage, ...replyField(parseSmtpReply(reached.response)), reason: 'replied' };
  // The server announced a limit (RFC 1870) that the message exceeds: it was not offered at all.
  if (error.code === 'EMESSAGE' && error.response === undefined) return { stage, reply: tooLarge, reason: reasonOf(error) };
  // A refusal names the command that it answers; what the connection as a whole suffered is no answer to this message once it is sent.
  const isAnswer = error.command !== 'CONN' || stage !== 'ended';
  return { stage, ...replyField(isAnswer ? replyOf(error) : undefined), reason: reasonOf(error) };
}

function replyField(reply: SmtpReply | undefined): { reply?: SmtpReply } {
  return reply ? { reply } : {};
}

/** The bytes in pieces, telling when the first was taken and when the last was: our listener runs before the one that ends the data. */
function piecesOf(bytes: Buffer, onStage: (stage: TransactionStage) => void): Readable {
  let offset = 0;
  const source = new Readable({
    read() {
      onStage('data');
      this.push(offset < bytes.length ? bytes.subarray(offset, offset + pieceBytes) : null);
      offset += pieceBytes;
    },
  });
  source.once('end', () => onStage('ended'));
  return source;
}

function replyOf(error: SmtpError): SmtpReply | undefined {
  return error.responseCode === undefined || error.response === undefined ? undefined : parseSmtpReply(error.response);
}

/** A short reason without what the server said: that is the reply's part. */
function reasonOf(error: SmtpError): string {
  const code = error.code ?? 'ECONNECTION';
  return `${codeWords[code] ?? 'connection failed'} (${error.command === undefined || error.command === 'CONN' ? code : `${code} at ${error.command}`})`;
}

const tooLarge: SmtpReply = { code: 552, enhanced: '5.3.4', text: 'The message is larger than the server takes' };

const codeWords: Readonly<Record<string, string>> = {
  EAUTH: 'login refused',
  ENOAUTH: 'login needs credentials',
  ECONNECTION: 'connection closed',
  EDNS: 'server name not found',
  EENVELOPE: 'refused',
  EMESSAGE: 'refused',
  EPROTOCOL: 'server answered out of turn',
  ESOCKET: 'connection failed',
  ETIMEDOUT: 'server did not answer in time',
  ETLS: 'encryption failed',
};
