import { afterEach, describe, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import { silentLog, type Log } from '../../src/kernel/log.ts';
import { hasServerSpoken, type Mailer, type OutgoingMessage } from '../../src/mail/message.ts';
import { buildMail, type NewMail } from '../../src/mail/mime/build-mail.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { headerOf, startScriptedSmtp, type ScriptedSmtp, type SmtpScript } from '../support/smtp-server.ts';
import { waitFor } from '../support/wait-for.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(
  script: SmtpScript = {},
  options: { maxConnections?: number; query?: string; login?: string; log?: Log; isHasty?: boolean } = {},
): Promise<{ server: ScriptedSmtp; mailer: Mailer }> {
  const server = await startScriptedSmtp(script);
  const url = server.url.replace('://', `://${options.login ?? ''}`) + (options.query ?? '');
  const mailer = createSmtpMailer(url, {
    maxConnections: options.maxConnections ?? 2,
    log: options.log ?? silentLog,
    // For servers that never answer; all others have the usual time, whatever else the machine does.
    ...(options.isHasty && { timeouts: { greetingMs: 1_000, mailMs: 500, dataMs: 500, messageMs: 500 } }),
  });
  closers.push(
    () => server.close(),
    () => mailer.close(),
  );
  return { server, mailer };
}

function message(changes: Partial<NewMail> = {}): OutgoingMessage {
  return buildMail({
    from: { name: 'The Letter', address: 'letter@example.org' },
    to: { name: 'Ann Lee', address: 'Ann@Example.org' },
    subject: 'News of the week',
    date: new Date('2026-03-06T08:00:00Z'),
    messageId: '<d1.e1.x@example.org>',
    headers: [['List-Id', '<weekly.example.org>']],
    html: '<p>Hello <b>Ann</b></p>',
    text: 'Hello Ann',
    envelopeFrom: 'bounces@example.org',
    ...changes,
  });
}

describe('a message', () => {
  test('arrives with its headers, text and html, sent to the form typed', async () => {
    const { server, mailer } = await start();
    const outcome = await mailer.send(message({ replyTo: { address: 'editor@example.org' } }));
    expect(outcome).toEqual({ kind: 'accepted', reply: { code: 250, enhanced: '2.0.0', text: 'Taken' } });
    const [received] = server.received;
    expect(received?.envelope).toEqual({ from: 'bounces@example.org', to: ['Ann@Example.org'] });
    const mail = await PostalMime.parse(received?.raw ?? '');
    expect(mail).toMatchObject({
      subject: 'News of the week',
      messageId: '<d1.e1.x@example.org>',
      html: '<p>Hello <b>Ann</b></p>\n',
      text: 'Hello Ann\n',
    });
    expect(mail.from).toMatchObject({ name: 'The Letter', address: 'letter@example.org' });
    expect(mail.to).toMatchObject([{ name: 'Ann Lee', address: 'Ann@Example.org' }]);
    expect(mail.replyTo).toMatchObject([{ address: 'editor@example.org' }]);
    expect(received && headerOf(received.raw, 'list-id')).toBe('<weekly.example.org>');
    expect(received && headerOf(received.raw, 'date')).toBe('Fri, 06 Mar 2026 08:00:00 +0000');
  });

  test('survives every script: lines of dots, long lines, emoji, other scripts', async () => {
    const { server, mailer } = await start();
    const text = `.\n..\n.hidden\n${'long '.repeat(400)}\nПривет 👋 你好`;
    await mailer.send(
      message({
        subject: 'Über 你好 👋',
        from: { name: 'Ünï, "Quoted"', address: 'letter@example.org' },
        text,
        html: `<p>${'x'.repeat(5000)}é</p>`,
      }),
    );
    const mail = await PostalMime.parse(server.received[0]?.raw ?? '');
    expect(mail.subject).toBe('Über 你好 👋');
    expect(mail.from?.name).toBe('Ünï, "Quoted"');
    expect(mail.text?.trimEnd()).toBe(text);
    expect(mail.html?.trimEnd()).toBe(`<p>${'x'.repeat(5000)}é</p>`);
    expect(
      server.received[0]?.raw
        .toString('latin1')
        .split('\r\n')
        .every((line) => line.length <= 998),
    ).toBe(true);
  });

  test('has one recipient whatever the name holds, and an international domain in A-labels', async () => {
    const { server, mailer } = await start();
    await mailer.send(message({ to: { name: 'a@b.org, <c@d.org>', address: 'Ann@Bücher.example' } }));
    // The server shows what it got as xn--bcher-kva in its own script; a raw ü would have needed SMTPUTF8.
    expect(server.received[0]?.envelope.to).toEqual(['Ann@bücher.example']);
    expect(server.received[0]?.raw.toString('latin1')).toContain('<Ann@xn--bcher-kva.example>');
    expect((await PostalMime.parse(server.received[0]?.raw ?? '')).to).toHaveLength(1);
  });

  test('reaches a quoted local part', async () => {
    const { server, mailer } = await start();
    // The server of these tests refuses quoted parts with blanks or dots, so what MIME makes of those is looked at before the wire.
    expect(await mailer.send(message({ to: { address: '"Ann"@example.org' } }))).toMatchObject({ kind: 'accepted' });
    expect(server.received[0]?.envelope.to).toEqual(['"Ann"@example.org']);
    expect(headerOf(message({ to: { address: '"Ann, Lee"@example.org' } }).headers, 'to')).toBe('"Ann, Lee"@example.org');
  });

  test('without html is text alone', async () => {
    const { server, mailer } = await start();
    await mailer.send(message({ html: undefined }));
    expect(headerOf(server.received[0]?.raw ?? Buffer.alloc(0), 'content-type')).toContain('text/plain');
  });

  test.each([
    { messageId: '<x@y.org>\r\nBcc: z@example.org' },
    { headers: [['List-Id', 'a\r\nBcc: z@example.org']] as const },
    { headers: [['X\r\nBcc', 'z@example.org']] as const },
    { from: { name: 'A\u0000B', address: 'letter@example.org' } },
  ])('that would smuggle a header is refused: %j', (changes) => {
    expect(() => message(changes)).toThrow(/^Expected/);
  });

  test('never reads a file or a URL, whatever its content looks like', async () => {
    const { server, mailer } = await start();
    await mailer.send(message({ text: 'file:///etc/passwd', html: '<img src="file:///etc/passwd">' }));
    expect(server.received[0]?.raw.toString()).not.toContain('root:');
  });
});

describe('an outcome', () => {
  test.each([
    ['onMail', '451 4.3.0 Later', { kind: 'account', reply: { code: 451 } }],
    ['onMail', '550 5.7.1 Go away', { kind: 'account', trouble: 'sender', reply: { code: 550 } }],
    ['onMail', '552 5.3.4 Too large', { kind: 'rejected', subject: 'message' }],
    ['onRcpt', '450 4.7.1 Greylisted', { kind: 'deferred', subject: 'host', reply: { code: 450, enhanced: '4.7.1' } }],
    ['onRcpt', '550 5.1.1 Unknown', { kind: 'rejected', subject: 'address', reply: { code: 550, enhanced: '5.1.1', text: 'Unknown' } }],
    ['onData', '452 4.3.1 Full', { kind: 'deferred', subject: 'unclear' }],
    ['onData', '554 5.7.1 Spam', { kind: 'rejected', subject: 'policy' }],
    ['onData', '421 4.3.2 Shutting down', { kind: 'deferred', subject: 'host', reply: { code: 421 } }],
    ['onData', 'cut', { kind: 'in_doubt' }],
    ['onRcpt', 'cut', { kind: 'deferred', subject: 'host' }],
    ['onMail', 'cut', { kind: 'deferred', subject: 'host' }],
    ['onData', 'hang', { kind: 'in_doubt' }],
    ['onRcpt', 'hang', { kind: 'deferred', subject: 'host' }],
  ] as const)('of %s answered by %j is %j', async (step, action, expected) => {
    const { mailer } = await start({ [step]: () => action }, { isHasty: action === 'hang' });
    expect(await mailer.send(message())).toMatchObject(expected);
  });

  test.each([true, false])(
    'is deferred when the connection is cut in the middle of the data (pipelining hidden: %s)',
    async (hidePipelining) => {
      const { mailer } = await start({ cutDuringDataAt: () => 20_000, hidePipelining });
      // Larger than the socket buffers of the machine, so that the cut comes before the final dot.
      expect(await mailer.send(message({ text: 'line of text\n'.repeat(600_000) }))).toMatchObject({ kind: 'deferred' });
    },
  );

  test("of a refused connection is the account's, and nothing is wrong with the message", async () => {
    const { server, mailer } = await start();
    await server.close();
    expect(await mailer.send(message())).toMatchObject({ kind: 'account', trouble: 'unreachable' });
  });

  test("of a greeting that never comes or refuses is the account's", async () => {
    const hanging = await start({ onConnect: () => 'hang' }, { isHasty: true });
    const refusing = await start({ onConnect: () => '554 5.7.1 Not you' });
    expect(await Promise.all([hanging.mailer.send(message()), refusing.mailer.send(message())])).toMatchObject([
      { kind: 'account', trouble: 'unreachable' },
      { kind: 'account', trouble: 'unreachable' },
    ]);
  });

  test('of a message larger than the server announces is a refusal of the message, unsent', async () => {
    const { server, mailer } = await start({ maxMessageBytes: 1000 });
    const outcome = await mailer.send(message({ text: 'x'.repeat(5000) }));
    expect(outcome).toMatchObject({ kind: 'rejected', subject: 'message', reply: { enhanced: '5.3.4' } });
    expect(server.received).toEqual([]);
    // The server itself has said nothing of it, so that it proves nothing of the account.
    expect(hasServerSpoken(outcome)).toBe(false);
  });

  test('tells what a server said from what was lost or foreseen', async () => {
    const { mailer } = await start({
      onRcpt: (to) => (to.startsWith('no') ? '550 5.1.1 Unknown' : undefined),
      onData: ({ envelope }) => (envelope.to[0]?.startsWith('cut') ? 'cut' : undefined),
    });
    const spoken = async (name: string) => hasServerSpoken(await mailer.send(message({ to: { address: `${name}@example.org` } })));
    expect([await spoken('yes'), await spoken('no'), await spoken('cut')]).toEqual([true, true, false]);
  });

  test('of one message says nothing about the next on the same connection', async () => {
    const { server, mailer } = await start(
      { onRcpt: (to) => (to.startsWith('bad') ? '550 5.1.1 Unknown' : undefined) },
      { maxConnections: 1 },
    );
    const outcomes = [];
    for (const name of ['a', 'bad1', 'b', 'bad2', 'bad3', 'c'])
      outcomes.push((await mailer.send(message({ to: { address: `${name}@example.org` } }))).kind);
    expect(outcomes).toEqual(['accepted', 'rejected', 'accepted', 'rejected', 'rejected', 'accepted']);
    expect(server.connectionCount).toBe(1);
  });
});

describe('mayStart', () => {
  test('is asked right before the first byte, and no keeps the message here', async () => {
    const { server, mailer } = await start();
    expect(await mailer.send(message(), { mayStart: () => false })).toMatchObject({ kind: 'not_started' });
    expect(server.received).toEqual([]);
    expect(await mailer.send(message(), { mayStart: () => true })).toMatchObject({ kind: 'accepted' });
    expect(server.connectionCount).toBe(1);
  });
});

describe('the pool', () => {
  test('opens no more connections than it may, and uses them again', async () => {
    const { server, mailer } = await start({ delayMs: 5 }, { maxConnections: 3 });
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => mailer.send(message())));
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(server.connectionCount).toBe(3);
  });

  test('tries a message once more when the server had closed the idle connection', async () => {
    const { server, mailer } = await start();
    await mailer.send(message());
    server.cutAll();
    expect(await mailer.send(message())).toMatchObject({ kind: 'accepted' });
    expect(server.received).toHaveLength(2);
  });

  test('tries a message once more when the server ends the session with 421 between two messages', async () => {
    const { server, mailer } = await start({
      onMail: (_from, { connection, messageCount }) => (connection === 1 && messageCount > 0 ? '421 4.7.0 Enough for now' : undefined),
    });
    await mailer.send(message());
    expect(await mailer.send(message())).toMatchObject({ kind: 'accepted' });
    expect(server.connectionCount).toBe(2);
  });

  test('goes on with those who wait after a connection broke', async () => {
    const { server, mailer } = await start(
      { onData: (_message, { messageCount }) => (messageCount === 0 ? 'cut' : undefined) },
      { maxConnections: 1 },
    );
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => mailer.send(message())));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['in_doubt', 'accepted', 'accepted', 'accepted']);
    expect(server.connectionCount).toBe(2);
  });

  test('abort ends what is under way in doubt, turns away who waits, and the pool lives on', async () => {
    const { server, mailer } = await start({ onData: () => 'hang' }, { maxConnections: 1 });
    const sending = [mailer.send(message()), mailer.send(message())];
    await waitFor(() => server.received.length === 1);
    mailer.abort();
    expect((await Promise.all(sending)).map(({ kind }) => kind)).toEqual(['in_doubt', 'not_started']);
    server.rescript({ onData: () => undefined });
    expect(await mailer.send(message())).toMatchObject({ kind: 'accepted' });
  });

  test('close waits for what is under way and says goodbye', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    let hasData = false;
    const { server, mailer } = await start({
      onData: async () => {
        hasData = true;
        await released;
      },
    });
    const sending = mailer.send(message());
    await waitFor(() => hasData);
    const closing = mailer.close();
    release();
    await closing;
    expect(await sending).toMatchObject({ kind: 'accepted' });
    await waitFor(() => server.openConnectionCount === 0);
    expect(await mailer.send(message())).toMatchObject({ kind: 'not_started' });
  });
});

describe('protection', () => {
  test('STARTTLS is used where it is offered, and on loopback any certificate will do', async () => {
    const { mailer } = await start({ tls: 'starttls' });
    expect(await mailer.send(message())).toMatchObject({ kind: 'accepted' });
  });

  test('TLS from the first byte works', async () => {
    const { mailer } = await start({ tls: 'implicit' });
    expect(await mailer.send(message())).toMatchObject({ kind: 'accepted' });
  });

  test('a server without TLS gets nothing where TLS is required', async () => {
    const { server, mailer } = await start({}, { query: '?tls=required' });
    expect(await mailer.send(message())).toMatchObject({ kind: 'account', trouble: 'unreachable' });
    expect(server.received).toEqual([]);
  });

  test('logs in', async () => {
    const { mailer } = await start({ login: { user: 'ann@example.org', password: 'p%a:s' } }, { login: 'ann%40example.org:p%25a%3As@' });
    expect(await mailer.send(message())).toMatchObject({ kind: 'accepted' });
  });

  test('a refused login is nothing about the message, and somebody is told', async () => {
    const events: string[] = [];
    const log: Log = { ...silentLog, error: (event, fields) => events.push(`${event} ${JSON.stringify(fields)}`) };
    const { mailer } = await start({ login: { user: 'ann', password: 'right' } }, { login: 'ann:wrong-one@', log });
    expect(await mailer.send(message())).toMatchObject({ kind: 'account', trouble: 'login', reply: { code: 535 } });
    expect(events).toEqual([expect.stringContaining('smtp.login_refused')]);
    expect(events.join()).not.toContain('wrong-one');
  });
});
