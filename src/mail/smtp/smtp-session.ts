import type { Socket } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { AccountTrouble, SmtpReply } from '../message.ts';
import { chooseMechanism } from '../oauth/bearer-login.ts';
import type { AccessToken } from '../oauth/token-answer.ts';
import type { TokenSource } from '../oauth/token-source.ts';
import type { SmtpAccount, SmtpCredentials } from './smtp-account.ts';
import { longestReply } from './reply-reader.ts';
import { createSmtpDialog, type ServerAbilities, type SmtpDialog } from './smtp-dialog.ts';
import { reasonOf, replyOf, troubleAtStart, type SmtpError } from './smtp-error.ts';
import { bearerHandlers, withoutToken } from './smtp-login.ts';
import type { SmtpTimeouts } from './smtp-timeouts.ts';

/** A connection that is greeted, encrypted and logged in. */
export interface SmtpSession extends Pick<SmtpDialog, 'transact' | 'canBeFollowed' | 'onFollowable' | 'isOpen' | 'quit' | 'destroy'> {
  /** Says MAIL FROM and takes it back; what the server answered, undefined where the connection was lost. Never rejects. */
  trySender(from: string): Promise<SmtpReply | undefined>;
  /** Makes it fit for the next message after a refused one. False where it is not. */
  reset(): Promise<boolean>;
  /** Whether the server takes addresses outside ASCII (RFC 6531). */
  readonly takesUtf8Addresses: boolean;
}

/** No session came about: nobody who is written to has a part in it. */
export interface SmtpSessionFailure {
  readonly trouble: AccountTrouble;
  readonly reason: string;
  readonly reply?: SmtpReply;
}

/**
 * Opens a session: nodemailer connects, encrypts and logs in. Resolves to a failure instead of throwing: what a server or a network does is no exception.
 * A login with a token that is refused is tried once more with another token.
 */
export async function openSmtpSession(
  account: SmtpAccount,
  timeouts: SmtpTimeouts,
  tokens?: TokenSource,
): Promise<SmtpSession | SmtpSessionFailure> {
  if (account.credentials?.kind !== 'oauth2') return openWith(account, timeouts, undefined);
  // Before the connection: nobody is called for nothing where there is no token.
  const token = await tokens?.get();
  if (!token || 'trouble' in token) return token ?? { trouble: 'login', reason: 'login needs a token server' };
  const session = await openWith(account, timeouts, token);
  if ('transact' in session || session.reply?.code !== 535 || session.trouble !== 'login') return session;
  const renewed = await tokens!.renew(token);
  return 'trouble' in renewed ? renewed : openWith(account, timeouts, renewed);
}

async function openWith(
  account: SmtpAccount,
  timeouts: SmtpTimeouts,
  token: AccessToken | undefined,
): Promise<SmtpSession | SmtpSessionFailure> {
  const connection = new SMTPConnection(connectionOptions(account, timeouts, token));
  const takers = listen(connection);
  // As a whole: nodemailer waits anew after each byte.
  let stopWaiting = (): void => {};
  const connectError = await once(takers, timeouts.connectMs + timeouts.greetingMs, (done) => {
    stopWaiting = giveUpConnecting(connection, timeouts.connectMs, done);
    connection.connect(done);
  });
  // An error may end it without the callback: what waits for nothing must not hold the process.
  stopWaiting();
  if (connectError) return failed(connection, connectError);
  // The last reply before the login is the one to EHLO.
  const ehlo = connection.lastServerResponse || '';
  if (account.credentials) {
    const data = loginData(account.credentials, ehlo);
    if (!data) {
      connection.close();
      return { trouble: 'login', reason: 'server takes no login with OAuth 2: it offers neither XOAUTH2 nor OAUTHBEARER' };
    }
    const loginError = await once(takers, timeouts.greetingMs, (done) => connection.login(data, done));
    if (loginError) return failed(connection, loginError, token);
  }
  if (hasUnheard(connection)) return failed(connection, Object.assign(new Error('Unexpected reply'), { code: 'EPROTOCOL' }));
  return sessionOver(takeSocket(connection), abilitiesIn(ehlo), timeouts);
}

function listen(connection: SMTPConnection): Takers {
  const takers: Takers = { error: undefined };
  connection.on('error', (error: SmtpError) => takers.error?.(error));
  connection.on('end', () => {
    // After a 421 the end comes just before the callback that knows the reply: that one goes first.
    const taker = takers.error;
    queueMicrotask(() => {
      if (taker && takers.error === taker) taker(new Error('Connection closed'));
    });
  });
  return takers;
}

/** What nodemailer logs in with; undefined where the server takes no token. */
function loginData(credentials: SmtpCredentials, ehlo: string): SMTPConnection.AuthenticationType | undefined {
  const { user } = credentials;
  if (credentials.kind === 'password') return { user, pass: credentials.password };
  const method = chooseMechanism(ehlo);
  if (!method) return undefined;
  // Without this mark nodemailer takes another mechanism than XOAUTH2, if one is offered; the handlers of ours are asked in any case.
  return { user, method, oauth2: {} as never };
}

interface Takers {
  error: ((error: SmtpError) => void) | undefined;
}

function connectionOptions(account: SmtpAccount, timeouts: SmtpTimeouts, token: AccessToken | undefined): SMTPConnection.Options {
  return {
    host: account.host,
    port: account.port,
    secure: account.isSecure,
    requireTLS: !account.isSecure && account.tls === 'required',
    ignoreTLS: account.tls === 'off',
    tls: { rejectUnauthorized: !account.isLoopback && account.tls !== 'unverified' },
    ...(account.clientName === undefined ? {} : { name: account.clientName }),
    // nodemailer counts the greeting as part of connecting.
    connectionTimeout: timeouts.connectMs + timeouts.greetingMs,
    greetingTimeout: timeouts.greetingMs,
    dnsTimeout: timeouts.connectMs,
    socketTimeout: timeouts.greetingMs,
    maxResponseSize: longestReply,
    socketCloseTimeout: 1000,
    allowInternalNetworkInterfaces: account.isLoopback,
    logger: false,
    ...(token === undefined ? {} : { customAuth: bearerHandlers(account, token) }),
  };
}

/** A machine that takes no connection is given up long before one that has taken it and is slow to greet. */
function giveUpConnecting(connection: SMTPConnection, connectMs: number, done: (error: SmtpError) => void): () => void {
  const timer = setTimeout(() => {
    const socket = connection._socket;
    if (socket && !socket.connecting) return;
    done(timedOut());
  }, connectMs);
  return () => clearTimeout(timer);
}

/** Runs one step; its callback, an error of the connection, its end or the end of its time settles it, whichever comes first. */
async function once(
  takers: Takers,
  limitMs: number,
  start: (done: (error?: SmtpError | null) => void) => void,
): Promise<SmtpError | undefined> {
  return new Promise((resolve) => {
    const settle = (error?: SmtpError | null) => {
      clearTimeout(timer);
      takers.error = undefined;
      resolve(error ?? undefined);
    };
    // Where this process itself stood still, what the server said meanwhile is read first.
    const timer = setTimeout(() => setImmediate(() => settle(timedOut())), limitMs);
    takers.error = settle;
    start(settle);
  });
}

function timedOut(): SmtpError {
  return Object.assign(new Error('Connection timeout'), { code: 'ETIMEDOUT', command: 'CONN' });
}

function failed(connection: SMTPConnection, error: SmtpError, token?: AccessToken): SmtpSessionFailure {
  connection.close();
  const reply = replyOf(error);
  const shown = reply && token ? withoutToken(reply, token) : reply;
  return { trouble: troubleAtStart(error), reason: reasonOf(error), ...(shown ? { reply: shown } : {}) };
}

/** What EHLO announced (RFC 5321 4.1.1.1). */
function abilitiesIn(ehlo: string): ServerAbilities {
  const offers = (keyword: string): boolean =>
    ehlo.split(/\r?\n/).some((line) => line.slice(4).trim().toUpperCase().split(' ')[0] === keyword);
  const size = /^250[ -]SIZE(?: (\d{1,15}))?\s*$/im.exec(ehlo);
  return {
    pipelining: offers('PIPELINING'),
    smtpUtf8: offers('SMTPUTF8'),
    eightBitMime: offers('8BITMIME'),
    maxBytes: size ? Number(size[1] ?? 0) : undefined,
  };
}

/** What was said and nobody asked for: it would be taken for the answer to the first command of ours. */
function hasUnheard(connection: SMTPConnection): boolean {
  const { _responseQueue: replies, _remainder: rest } = connection as unknown as { _responseQueue: string[]; _remainder: string };
  return replies.length > 0 || rest.trim() !== '';
}

/** From here on nodemailer hears nothing of the connection: listeners of its own go, those of node stay. */
function takeSocket(connection: SMTPConnection): Socket {
  const socket = connection._socket;
  if (!socket) throw new Error('Expected an open connection, found none');
  const listeners = connection as unknown as Readonly<Record<string, () => void>>;
  for (const event of ['Data', 'Error', 'Close', 'End', 'Timeout'] as const)
    socket.removeListener(event.toLowerCase(), listeners[`_onSocket${event}`]!);
  return socket;
}

function sessionOver(socket: Socket, abilities: ServerAbilities, timeouts: SmtpTimeouts): SmtpSession {
  const dialog = createSmtpDialog(socket, abilities, timeouts);
  const reset = async (): Promise<boolean> => (await dialog.ask('RSET'))?.code === 250;
  const trySender = async (from: string): Promise<SmtpReply | undefined> => {
    const isAscii = /^[\0-\x7F]*$/.test(from);
    const reply = await dialog.ask(`MAIL FROM:<${from}>${isAscii ? '' : ' SMTPUTF8'}`);
    if (dialog.isOpen) await reset();
    return reply;
  };
  return Object.assign(dialog, { takesUtf8Addresses: abilities.smtpUtf8, trySender, reset });
}
