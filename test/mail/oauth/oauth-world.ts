import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Log } from '../../../src/kernel/log.ts';
import type { OutgoingMessage } from '../../../src/mail/message.ts';
import { buildMail } from '../../../src/mail/mime/build-mail.ts';

/** A token server on the loopback interface. */
export interface TokenServer {
  readonly url: string;
  /** The forms that came, in order. */
  readonly forms: readonly Readonly<Record<string, string>>[];
  close(): Promise<void>;
}

/** Answers one form; `count` is its number, from 1. */
export type TokenAnswer = (response: ServerResponse, form: Readonly<Record<string, string>>, count: number) => void | Promise<void>;

/** Tokens `token-1`, `token-2`, … that live for an hour. */
export const givesTokens: TokenAnswer = (response, _form, count) =>
  respond(response, 200, { access_token: `token-${count}`, token_type: 'Bearer', expires_in: 3_600 });

export function respond(response: ServerResponse, status: number, answer: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

export async function startTokenServer(answer: TokenAnswer = givesTokens): Promise<TokenServer> {
  const forms: Record<string, string>[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    response.on('error', () => {});
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
      void answer(response, form, forms.push(form));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    forms,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A real SMTP server that takes tokens, and no other login. */
export interface BearerSmtp {
  readonly url: string;
  /** User and token of each login that was tried. */
  readonly logins: readonly { readonly user: string; readonly token: string }[];
  readonly messageCount: number;
  /** Ends all connections, and takes new ones. */
  cutAll(): void;
  close(): Promise<void>;
}

/** One that lets in who has a token that `isGood`, and says to others first what is wrong and then no (XOAUTH2). */
export async function startBearerSmtp(isGood: (token: string) => boolean): Promise<BearerSmtp> {
  const logins: { user: string; token: string }[] = [];
  let messageCount = 0;
  const server = new SMTPServer({
    name: 'bearer.example',
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    // As providers do it: the token is one way among others.
    authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 100,
    onAuth({ method, username = '', accessToken = '' }, _session, done) {
      logins.push({ user: username, token: accessToken });
      if (method === 'XOAUTH2' && isGood(accessToken)) done(null, { user: username });
      else done(null, { data: { status: '401', schemes: 'bearer', scope: 'https://mail.example/' } });
    },
    onData(stream, _session, done) {
      stream.resume();
      stream.once('end', () => {
        messageCount += 1;
        done();
      });
    },
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    url: urlOf((server.server.address() as AddressInfo).port),
    logins,
    get messageCount() {
      return messageCount;
    },
    cutAll: () => server.connections.forEach((connection) => connection.close()),
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}

/** The account of Ann at a server on this machine. */
export function urlOf(port: number): string {
  return `smtp://ann%40example.org@127.0.0.1:${port}?auth=oauth2`;
}

/** A log whose lines can be read. */
export function keptLog(): { readonly log: Log; readonly text: () => string } {
  const lines: string[] = [];
  const keep = (event: string, fields: object = {}): void => void lines.push(`${event} ${JSON.stringify(fields)}`);
  return { log: { error: keep, warn: keep, info: keep, debug: keep }, text: () => lines.join('\n') };
}

export function aMessage(): OutgoingMessage {
  return buildMail({
    from: { address: 'ann@example.org' },
    to: { address: 'bob@example.net' },
    subject: 'News',
    date: new Date('2026-03-06T08:00:00Z'),
    messageId: '<d1.e1.x@example.org>',
    headers: [],
    text: 'Hello',
    envelopeFrom: 'ann@example.org',
  });
}
