import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { AccountTrouble, SmtpReply } from '../message.ts';
import type { SmtpCommand } from '../refusal.ts';
import type { SmtpAccount } from './smtp-account.ts';
import { commandOf, reasonOf, replyOf, troubleAtStart, type SmtpError } from './smtp-error.ts';
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

/** What became of one message transaction: a reply and the command that it answers, or none where the connection was lost first. */
export type TransactionResult =
  | {
      readonly stage: TransactionStage;
      readonly command: SmtpCommand;
      readonly reply: SmtpReply;
      readonly reason: string;
      /** The server was not asked: by what it announced it would have said so. */
      readonly isForeseen?: true;
    }
  | { readonly stage: TransactionStage; readonly reply?: undefined; readonly reason: string };

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
  /** Says MAIL FROM and takes it back; what the server answered, undefined where the connection was lost. Never rejects. */
  trySender(from: string): Promise<SmtpReply | undefined>;
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

/** No session came about: nobody who is written to has a part in it. */
export interface SmtpSessionFailure {
  readonly trouble: AccountTrouble;
  readonly reason: string;
  readonly reply?: SmtpReply;
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
  if (connectError) return failed(connection, connectError);
  // The last reply before the login is the one to EHLO.
  const takesUtf8Addresses = /^250[ -]SMTPUTF8\b/im.test(connection.lastServerResponse || '');
  if (account.credentials) {
    const { user, password } = account.credentials;
    const loginError = await once(takers, (done) => connection.login({ user, pass: password }, done));
    if (loginError) return failed(connection, loginError);
  }
  return sessionOver(connection, takers, takesUtf8Addresses);
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

function failed(connection: SMTPConnection, error: SmtpError): SmtpSessionFailure {
  connection.close();
  const reply = replyOf(error);
  return { trouble: troubleAtStart(error), reason: reasonOf(error), ...(reply ? { reply } : {}) };
}

function sessionOver(connection: SMTPConnection, takers: Takers, takesUtf8Addresses: boolean): SmtpSession {
  const reset = async (): Promise<boolean> => !(await once(takers, (done) => connection.reset(done)));
  return {
    takesUtf8Addresses,
    get isOpen() {
      return !connection.destroyed;
    },
    transact: (message) => transact(connection, takers, message),
    async trySender(from) {
      const isAscii = /^[\0-\x7F]*$/.test(from);
      const reply = await ask(connection, takers, `MAIL FROM:<${from}>${isAscii ? '' : ' SMTPUTF8'}`);
      if (!connection.destroyed) await reset();
      return reply;
    },
    reset,
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
  const envelope: SentEnvelope = { from: message.from, to: [message.to], size: message.bytes.length };
  const error = await once(takers, (done) => {
    connection.send(envelope, source, (sendError, info) => {
      if (!sendError) reached.response = info.response;
      done(sendError);
    });
  });
  source.destroy();
  const { stage } = reached;
  if (!error) return resultOf(stage, 'message', parseSmtpReply(reached.response), 'replied');
  return resultOfError(stage, error, envelope);
}

/** One command outside a message. The public way of nodemailer to say a line of one's own is a method of logging in that one brings along. */
async function ask(connection: SMTPConnection, takers: Takers, line: string): Promise<SmtpReply | undefined> {
  let response = '';
  connection.customAuth.set('LINE', ({ sendCommand, resolve }) =>
    sendCommand(line, (_error, data) => {
      ({ response } = data);
      resolve();
    }),
  );
  const error = await once(takers, (done) => connection.login({ method: 'LINE' }, done));
  return error ? undefined : parseSmtpReply(response);
}

/** What nodemailer notes on the envelope that it is given, as replies come in. */
interface SentEnvelope extends SMTPConnection.Envelope {
  readonly mailError?: SmtpError;
  readonly rejectedErrors?: readonly SmtpError[];
}

function resultOfError(stage: TransactionStage, error: SmtpError, { mailError, rejectedErrors }: SentEnvelope): TransactionResult {
  const reason = reasonOf(error);
  // The server announced a limit (RFC 1870) that the message exceeds: it was not offered at all.
  if (error.code === 'EMESSAGE' && error.response === undefined)
    return { stage, command: 'mail', reply: tooLarge, reason, isForeseen: true };
  const command = commandOf(error);
  if (command) return resultOf(stage, command, replyOf(error), reason);
  // Commands go out together (RFC 2920), and servers like to hang up after a refusal: what they had refused by then is the answer, and the first
  // refusal is, since the others follow from it. What the connection as a whole suffered is no answer to a message that was sent.
  const refused = stage === 'envelope' ? (mailError ?? rejectedErrors?.[0]) : undefined;
  if (refused) return resultOf(stage, commandOf(refused) ?? 'mail', replyOf(refused), reasonOf(refused));
  return { stage, reason };
}

function resultOf(stage: TransactionStage, command: SmtpCommand, reply: SmtpReply | undefined, reason: string): TransactionResult {
  return reply ? { stage, command, reply, reason } : { stage, reason };
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

const tooLarge: SmtpReply = { code: 552, enhanced: '5.3.4', text: 'The message is larger than the server takes' };
