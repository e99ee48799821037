import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { ConflictError } from '../kernel/errors.ts';
import { silentLog, type Log } from '../kernel/log.ts';
import { createMaildir, writeMessage } from './maildir-store.ts';

/** Options of the local outbox. */
export interface OutboxOptions {
  /** The Maildir; made where it is missing. */
  readonly folder: string;
  /** Default 0: a free port. */
  readonly port?: number;
  /** Default 127.0.0.1; it takes mail from anybody who can connect, so never a public address. */
  readonly host?: string;
  /** Default 25 MiB. */
  readonly maxMessageBytes?: number;
  readonly log?: Log;
}

/** A local SMTP server that keeps every message. */
export interface Outbox {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  close(): Promise<void>;
}

const defaultMaxMessageBytes = 25 * 1024 * 1024;

/** Starts an SMTP server that takes every message into a Maildir. @throws ConflictError when the port is taken. */
export async function startOutbox(options: OutboxOptions): Promise<Outbox> {
  const { folder, host = '127.0.0.1', port = 0, log = silentLog } = options;
  await createMaildir(folder);
  const maxBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
  const server = new SMTPServer({
    name: 'gazette.localhost',
    banner: 'Gazette outbox',
    size: maxBytes,
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    hideSMTPUTF8: false,
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    closeTimeout: 1000,
    // Sessions of our own mailer may idle longer than a minute between two editions.
    socketTimeout: 5 * 60_000,
    onData(stream, session, done) {
      const answer = async (): Promise<RefusedError | undefined> => {
        try {
          await takeMessage(folder, stream, session, maxBytes);
          return undefined;
        } catch (cause) {
          return refusalOf(cause, log);
        }
      };
      void answer().then((refusal) => done(refusal, 'Kept'));
    },
  });
  server.on('error', (error: NodeJS.ErrnoException) => log.debug('outbox.connection_failed', { code: error.code }));
  await listen(server, port, host);
  const actual = (server.server.address() as AddressInfo).port;
  return {
    folder,
    port: actual,
    url: `smtp://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A refusal with its reply code, as smtp-server reads it. */
class RefusedError extends Error {
  readonly responseCode: number | string;

  constructor(responseCode: number | string, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

/** No room: the disk, the user's quota, the limit of a file's size, or of what inodes there are. */
const fullCodes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function refusalOf(cause: unknown, log: Log): RefusedError {
  if (cause instanceof RefusedError) return cause;
  log.error('outbox.write_failed', { error: cause });
  // RFC 3463: 4.3.1 is a full system. smtp-server would make 4.2.2 of a 452, a full mailbox, which is the reader's; a code that is a text it leaves alone.
  return fullCodes.has((cause as NodeJS.ErrnoException).code)
    ? new RefusedError('452 4.3.1', 'There is no room left to store the message')
    : new RefusedError(451, 'The message could not be stored');
}

async function listen(server: SMTPServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const message =
        cause.code === 'EADDRINUSE'
          ? `Expected a free port for the local outbox, got ${port}, which is taken`
          : 'The local outbox could not listen';
      reject(new ConflictError(message, { cause, details: { port, code: cause.code } }));
    };
    server.server.once('error', fail);
    server.listen(port, host, () => {
      server.server.removeListener('error', fail);
      resolve();
    });
  });
}

async function takeMessage(folder: string, stream: Readable, session: SMTPServerSession, maxBytes: number): Promise<void> {
  const { mailFrom, rcptTo } = session.envelope;
  const trace = [
    `Return-Path: <${mailFrom === false ? '' : oneLine(mailFrom.address)}>`,
    ...rcptTo.map(({ address }) => `Delivered-To: ${oneLine(address)}`),
    '',
  ];
  const body = await readBody(stream, maxBytes);
  await writeMessage(folder, [Buffer.from(trace.join('\n')), body]);
}

/** The data with the line ends of a Maildir. Reads to the end even when it is too large: the reply comes after it. */
async function readBody(stream: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
  }
  if (length > maxBytes) throw new RefusedError(552, `The message is larger than ${maxBytes} bytes`);
  return Buffer.from(Buffer.concat(chunks).toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ');
}
