import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { silentLog, type Log } from '../../src/kernel/log.ts';
import type { Mailer, OutgoingMessage } from '../../src/mail/message.ts';
import { buildMail } from '../../src/mail/mime/build-mail.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { probeSmtp } from '../../src/mail/smtp/smtp-probe.ts';
import { startScriptedSmtp, type ScriptedSmtp, type SmtpScript } from '../support/smtp-server.ts';
import { firstOf, limitConnections, limitQuota, limitRate, refuseWhile } from '../support/smtp-steps.ts';
import { waitFor } from '../support/wait-for.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function mailerTo(url: string, options: { maxConnections?: number; log?: Log } = {}): Mailer {
  const mailer = createSmtpMailer(url, { maxConnections: options.maxConnections ?? 2, log: options.log ?? silentLog });
  closers.push(() => mailer.close());
  return mailer;
}

async function start(
  script: SmtpScript = {},
  options: { maxConnections?: number; login?: string; query?: string } = {},
): Promise<{ server: ScriptedSmtp; mailer: Mailer }> {
  const server = await startScriptedSmtp(script);
  closers.push(() => server.close());
  return { server, mailer: mailerTo(server.url.replace('://', `://${options.login ?? ''}`) + (options.query ?? ''), options) };
}

function message(to = 'ann@example.org'): OutgoingMessage {
  return buildMail({
    from: { name: 'The Letter', address: 'letter@example.org' },
    to: { address: to },
    subject: 'News of the week',
    date: new Date('2026-03-06T08:00:00Z'),
    messageId: '<d1.e1.x@example.org>',
    headers: [],
    text: 'Hello',
    envelopeFrom: 'letter@example.org',
  });
}

/** A server that says what it is told to, line by line, and hangs up when told: for what no real one can be made to do. */
async function startCrudeServer(converse: (line: string, socket: Socket) => void, greeting = '220 crude.example'): Promise<string> {
  const server = createServer((socket) => {
    let rest = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) converse(line, socket);
    });
    socket.write(`${greeting}\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => void server.close());
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const login = { user: 'ann', password: 'right' };

describe('a refusal is charged to whom it is about', () => {
  test.each([
    ['connect', '421 4.7.0 Too many connections', { kind: 'account', trouble: 'connections' }],
    ['connect', '554 5.7.1 Not you', { kind: 'account', trouble: 'unreachable' }],
    ['connect', 'cut', { kind: 'account', trouble: 'unreachable' }],
    ['ehlo', '550 5.7.1 Bad name', { kind: 'account', trouble: 'unreachable' }],
    ['ehlo', '421 4.3.2 Shutting down', { kind: 'account', trouble: 'unreachable' }],
    ['ehlo', 'cut', { kind: 'account', trouble: 'unreachable' }],
    ['starttls', '454 4.7.0 TLS not available', { kind: 'account', trouble: 'unreachable' }],
    ['starttls', 'cut', { kind: 'account', trouble: 'unreachable' }],
    ['auth', '535 5.7.8 Wrong', { kind: 'account', trouble: 'login', reply: { code: 535 } }],
    ['auth', '454 4.7.0 Temporary authentication failure', { kind: 'account', trouble: 'unreachable' }],
    ['auth', '454-4.7.0 Too many login attempts,\n454 4.7.0 please try again later.', { kind: 'account', trouble: 'rate' }],
    ['auth', '421 4.7.0 Enough', { kind: 'account', trouble: 'rate' }],
    ['auth', 'cut', { kind: 'account', trouble: 'unreachable' }],
    ['mail', '550 5.1.0 Sender rejected', { kind: 'account', trouble: 'sender', reply: { code: 550 } }],
    ['mail', '550 5.1.1 No such user', { kind: 'account', trouble: 'sender' }],
    ['mail', '530 5.7.0 Authentication required', { kind: 'account', trouble: 'login' }],
    ['mail', '421 4.3.2 Shutting down', { kind: 'account', trouble: 'unreachable' }],
    ['mail', '454 4.7.1 Throttled', { kind: 'account', trouble: 'rate' }],
    ['mail', '552 5.3.4 Too large', { kind: 'rejected', subject: 'message' }],
    ['mail', 'cut', { kind: 'deferred', subject: 'host' }],
    ['rcpt', '550 5.1.1 No such user', { kind: 'rejected', subject: 'address' }],
    ['rcpt', '421 4.7.0 Not now', { kind: 'deferred', subject: 'host', reply: { code: 421 } }],
    ['rcpt', '550 5.4.5 Daily sending quota exceeded', { kind: 'account', trouble: 'quota' }],
    ['rcpt', 'cut', { kind: 'deferred', subject: 'host' }],
    ['data', '451 4.3.0 Later', { kind: 'account', trouble: 'unreachable' }],
    ['data', '554 5.7.1 No', { kind: 'account', trouble: 'sender' }],
    ['data', '421 4.3.2 Shutting down', { kind: 'account', trouble: 'unreachable' }],
    ['data', 'cut', { kind: 'deferred', subject: 'host' }],
    ['message', '454 Throttling failure: Maximum sending rate exceeded.', { kind: 'account', trouble: 'rate' }],
    [
      'message',
      '552-5.2.2 The mailbox\n552 5.2.2 is full',
      { kind: 'rejected', subject: 'mailbox', reply: { text: 'The mailbox is full' } },
    ],
    ['message', '554 5.7.1 Spam', { kind: 'rejected', subject: 'policy' }],
    ['message', 'cut', { kind: 'in_doubt' }],
  ] as const)('at %s: %j gives %j, commands pipelined or not', async (step, action, expected) => {
    for (const hidePipelining of [false, true]) {
      const { mailer } = await start(
        { [step]: () => action, hidePipelining, login, ...(step === 'starttls' ? { tls: 'starttls' as const } : {}) },
        { login: 'ann:right@' },
      );
      expect(await mailer.send(message())).toMatchObject(expected);
    }
  });

  test('and the replies that merely follow a refused command are not looked at', async () => {
    const { server, mailer } = await start({ mail: () => '550 5.1.0 Not you' }, { maxConnections: 1 });
    expect(await mailer.send(message())).toMatchObject({ kind: 'account', trouble: 'sender', reply: { enhanced: '5.1.0' } });
    // The session stays fit for the next.
    server.rescript({ mail: () => undefined });
    expect(await mailer.send(message())).toMatchObject({ kind: 'accepted' });
    expect(server.connectionCount).toBe(1);
  });

  test.each([
    ['MAIL', '550 5.1.0 Sender rejected', { kind: 'account', trouble: 'sender' }],
    ['RCPT', '550 5.1.1 No such user', { kind: 'rejected', subject: 'address' }],
  ])('when the server hangs up right after refusing %s, before it answers the rest', async (command, reply, expected) => {
    const url = await startCrudeServer((line, socket) => {
      if (line.startsWith('EHLO')) socket.write('250-crude.example\r\n250 PIPELINING\r\n');
      else if (line.startsWith(command)) socket.end(`${reply}\r\n`);
      else if (line.startsWith('MAIL')) socket.write('250 2.1.0 Go on\r\n');
    });
    expect(await mailerTo(url).send(message())).toMatchObject(expected);
  });

  test('and a line that was never finished is no refusal', async () => {
    const url = await startCrudeServer((line, socket) => {
      if (line.startsWith('EHLO')) socket.write('250-crude.example\r\n250 PIPELINING\r\n');
      else if (line.startsWith('MAIL')) socket.end('550 5.1.1 No such');
    });
    expect(await mailerTo(url).send(message())).toMatchObject({ kind: 'deferred', subject: 'host' });
  });

  test("whatever the reader's address looks like", async () => {
    const { mailer } = await start({ rcpt: ({ to }) => `550 5.1.1 <${to}>: User unknown` });
    expect(await mailer.send(message('daily.sending.quota@example.org'))).toMatchObject({
      kind: 'rejected',
      subject: 'address',
      reply: { text: '<[address]>: User unknown' },
    });
  });

  test('a reader outside ASCII whom the server cannot take stops nobody else', async () => {
    const { mailer } = await start({ mail: ({ from }) => (from === '' ? undefined : '555 5.5.4 Unsupported option: SMTPUTF8') });
    expect(await mailer.send(message('añn@example.org'))).toMatchObject({ kind: 'rejected', subject: 'message' });
    expect(await mailer.send(message())).toMatchObject({ kind: 'account' });
  });
});

describe('a relay with limits', () => {
  test('of connections says so to the one message that is too many, and serves those that wait over the others', async () => {
    const { server, mailer } = await start({ connect: limitConnections(3), delayMs: 20 }, { maxConnections: 4 });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => mailer.send(message())));
    const told = outcomes.map((outcome) => ('trouble' in outcome ? outcome.trouble : outcome.kind));
    expect(told.filter((one) => one !== 'accepted')).toEqual(['connections']);
    expect(server.refused).toMatchObject([{ step: 'connect' }]);
  });

  test('of connections is asked for one more when it may have relented', async () => {
    let count = 1;
    const { server, mailer } = await start({ connect: (context) => limitConnections(count)(context) }, { maxConnections: 2 });
    const sendMany = (length: number) => Promise.all(Array.from({ length }, () => mailer.send(message())));
    await sendMany(4);
    await waitFor(() => server.openConnectionCount === 1);
    count = 2;
    for (let round = 0; round < 12; round += 1) await sendMany(10);
    await waitFor(() => server.openConnectionCount === 2);
    expect(server.refused).toHaveLength(1);
  });

  test.each(['mail', 'rcpt', 'message'] as const)('of messages in a while, told at %s, refuses nobody', async (step) => {
    const { server, mailer } = await start({ [step]: limitRate(5, 60_000) }, { maxConnections: 1 });
    const outcomes = [];
    for (let count = 0; count < 8; count += 1) outcomes.push(await mailer.send(message()));
    expect(outcomes.slice(0, 5).every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(outcomes.slice(5)).toMatchObject(Array.from({ length: 3 }, () => ({ kind: 'account', trouble: 'rate' })));
    expect(server.accepted()).toHaveLength(5);
  });

  test('of messages in a day goes on when it relents', async () => {
    const quota = limitQuota(2);
    const { mailer } = await start({ message: quota }, { maxConnections: 1 });
    const kinds = [];
    for (let count = 0; count < 4; count += 1) kinds.push(await mailer.send(message()));
    quota.lift();
    kinds.push(await mailer.send(message()));
    expect(kinds).toMatchObject([
      { kind: 'accepted' },
      { kind: 'accepted' },
      { kind: 'account', trouble: 'quota' },
      { kind: 'account', trouble: 'quota' },
      { kind: 'accepted' },
    ]);
  });

  test.each(['452 4.5.3 Too many messages in this connection', '421 4.7.0 Too many messages per session'] as const)(
    'of messages per session (%s) is met with a new session',
    async (reply) => {
      const { server, mailer } = await start(
        { mail: firstOf(({ acceptedOnConnection }) => (acceptedOnConnection >= 2 ? reply : undefined)) },
        { maxConnections: 1 },
      );
      for (let count = 0; count < 6; count += 1) expect(await mailer.send(message())).toMatchObject({ kind: 'accepted' });
      expect(server.connectionCount).toBe(3);
    },
  );

  test('whose password changes amid a send refuses our login, and nobody who is written to', async () => {
    let hasChanged = false;
    const { server, mailer } = await start(
      { login, auth: refuseWhile(() => hasChanged, '535 5.7.8 Wrong user or password') },
      { login: 'ann:right@', maxConnections: 1 },
    );
    expect(await mailer.send(message())).toMatchObject({ kind: 'accepted' });
    hasChanged = true;
    server.cutAll();
    await waitFor(() => server.openConnectionCount === 0);
    expect(await mailer.send(message())).toMatchObject({
      kind: 'account',
      trouble: 'login',
      reason: 'login refused (EAUTH at AUTH PLAIN)',
    });
  });

  test('that wants a login where none is set says so at MAIL FROM', async () => {
    const { mailer } = await start({ login });
    expect(await mailer.send(message())).toMatchObject({ kind: 'account', trouble: 'login', reply: { code: 530 } });
  });
});

describe('an urgent message', () => {
  test('gets the next free connection, before all that wait', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const { server, mailer } = await start({ message: async () => released.then(() => undefined) }, { maxConnections: 1 });
    const waiting = new Set<string>();
    const send = (name: string, isUrgent = false) => {
      const to = `${name}@example.org`;
      // The envelope is looked at right before it asks for a connection.
      const envelope = { from: 'letter@example.org', to };
      const outgoing = Object.defineProperty(message(to), 'envelope', { get: () => waiting.add(name) && envelope });
      return mailer.send(outgoing, { isUrgent });
    };
    const sending = [send('first')];
    await waitFor(() => waiting.has('first'));
    sending.push(send('second'), send('third'), send('notice', true), send('other', true));
    await waitFor(() => waiting.size === 5);
    release();
    await Promise.all(sending);
    const served = server.received.map(({ envelope }) => envelope.to[0]?.split('@')[0]);
    expect([new Set(served.slice(1, 3)), new Set(served.slice(3))]).toEqual([new Set(['notice', 'other']), new Set(['second', 'third'])]);
  });
});

describe('an account', () => {
  test('is named by its server and its login, which nobody can read from it', () => {
    const named = (url: string) => mailerTo(url).account;
    expect(named('smtp://mail.example.org:2525')).toBe('mail.example.org:2525');
    expect(named('smtps://ann%40example.org:secret@Mail.example.org')).toMatch(/^mail\.example\.org:465#[0-9a-f]{8}$/);
    expect(named('smtps://ann:one@mail.example.org')).toBe(named('smtps://ann:two@mail.example.org'));
    expect(named('smtps://ann:one@mail.example.org')).not.toBe(named('smtps://bob:one@mail.example.org'));
  });
});

describe('a failed handshake', () => {
  // An address that is the loopback interface and does not look like it: there certificates are checked.
  const elsewhere = (url: string) => url.replace('127.0.0.1', '[::ffff:127.0.0.1]');

  test.each(['starttls', 'implicit'] as const)('says that a certificate has expired (%s)', async (tls) => {
    const { server } = await start({ tls });
    expect(await mailerTo(elsewhere(server.url)).send(message())).toMatchObject({
      kind: 'account',
      trouble: 'unreachable',
      reason: 'encryption failed: the certificate has expired (CERT_HAS_EXPIRED)',
    });
  });

  test('says that the server is too old', async () => {
    const server = createTlsServer({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'aNULL:@SECLEVEL=0' });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => void server.close());
    expect(await mailerTo(`smtps://127.0.0.1:${(server.address() as AddressInfo).port}`).send(message())).toMatchObject({
      kind: 'account',
      trouble: 'unreachable',
      reason: expect.stringContaining('the server speaks only a protocol version that is too old'),
    });
  });

  test('says that the server speaks no TLS', async () => {
    const { server } = await start();
    expect(await mailerTo(server.url.replace('smtp:', 'smtps:')).send(message())).toMatchObject({
      kind: 'account',
      trouble: 'unreachable',
      reason: expect.stringContaining('the server speaks no TLS there'),
    });
  });
});

describe('a probe', () => {
  test('tells what the server says to each sender, names no recipient, and leaves nothing behind', async () => {
    const recipients: string[] = [];
    const { server } = await start({
      mail: ({ from }) => (from === 'bad@example.org' ? '550 5.7.60 Client does not have permissions to send as this sender' : undefined),
      rcpt: ({ to }) => void recipients.push(to),
    });
    expect(await probeSmtp(server.url, ['bad@example.org', 'good@example.org', 'bad@example.org'])).toEqual([
      { what: '' },
      { sender: 'bad@example.org', trouble: 'sender', what: '550 5.7.60 Client does not have permissions to send as this sender' },
      { sender: 'good@example.org', what: '' },
    ]);
    expect(recipients).toEqual([]);
    expect(server.connectionCount).toBe(1);
    await waitFor(() => server.openConnectionCount === 0);
  });

  test('goes on to the next sender when the server hangs up on one', async () => {
    const { server } = await start({ mail: ({ from }) => (from === 'bad@example.org' ? '421 4.7.0 Go away' : undefined) });
    expect(await probeSmtp(server.url, ['bad@example.org', 'good@example.org'])).toMatchObject([
      { what: '' },
      { sender: 'bad@example.org', trouble: 'rate' },
      { sender: 'good@example.org', what: '' },
    ]);
  });

  test('tells a refused login, with the words of the server', async () => {
    const { server } = await start({ login });
    expect(await probeSmtp(server.url.replace('://', '://ann:wrong@'), ['good@example.org'])).toEqual([
      { trouble: 'login', what: 'login refused (EAUTH at AUTH PLAIN): 535 5.7.8 Wrong user or password' },
    ]);
  });
});
