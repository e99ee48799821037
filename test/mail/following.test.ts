/*
 * A message follows another on its connection before that one is answered (RFC 2920 3.1): a round trip less for each, and nothing else is changed by it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { silentLog } from '../../src/kernel/log.ts';
import type { Mailer, OutgoingMessage } from '../../src/mail/message.ts';
import { buildMail } from '../../src/mail/mime/build-mail.ts';
import { parseSmtpUrl } from '../../src/mail/smtp/smtp-account.ts';
import { createSmtpMailer, type SmtpMailerOptions } from '../../src/mail/smtp/smtp-mailer.ts';
import { createSmtpPool, type SmtpLease } from '../../src/mail/smtp/smtp-pool.ts';
import { smtpTimeouts } from '../../src/mail/smtp/smtp-timeouts.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWireServer, type Wire, type WireAct, type WireServer, type WireStep } from '../support/wire-server.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(
  acts: Partial<Record<WireStep, WireAct>>,
  { offers = ['PIPELINING'], ...options }: { offers?: string[] } & Partial<SmtpMailerOptions> = {},
): Promise<{ server: WireServer; mailer: Mailer }> {
  const server = await startWireServer({ offers, acts: (connection) => (connection === 1 ? acts : {}) });
  const mailer = createSmtpMailer(server.url, { maxConnections: 1, log: silentLog, ...options });
  closers.push(
    () => server.close(),
    () => mailer.close(),
  );
  return { server, mailer };
}

function message(name: string): OutgoingMessage {
  return buildMail({
    from: { address: 'letter@example.org' },
    to: { address: `${name}@example.org` },
    subject: 'News',
    date: new Date('2026-03-06T08:00:00Z'),
    messageId: `<${name}@example.org>`,
    headers: [],
    html: undefined,
    text: 'Hello',
    envelopeFrom: 'bounces@example.org',
  });
}

/** Answers the first message with this, once the next has come behind it; what comes then is answered as usual, or as the test says. */
function afterNext(reply: string, then: (wire: Wire) => void = (wire) => wire.say('250 Well\r\n')): WireAct {
  let isFirst = true;
  return async (wire) => {
    if (!isFirst) {
      wire.say('250 Taken\r\n');
      return;
    }
    isFirst = false;
    const next = await wire.line();
    if (!next.startsWith('MAIL')) throw new Error(`Expected MAIL behind the data, got ${next}`);
    wire.say(reply);
    then(wire);
  };
}

const linesOf = ({ lines }: WireServer, connection: number): string[] =>
  lines.filter((line) => line.connection === connection).map(({ line }) => line.split(' ')[0]!);
const sendBoth = async (mailer: Mailer): Promise<string[]> => {
  const outcomes = await Promise.all([mailer.send(message('ann')), mailer.send(message('bob'))]);
  return outcomes.map(({ kind }) => kind);
};

describe('the next message', () => {
  test('is begun behind the data of the one before, and both are taken', async () => {
    const { server, mailer } = await start({ message: afterNext('250 Taken\r\n') });
    expect(await sendBoth(mailer)).toEqual(['accepted', 'accepted']);
    expect(server.connectionCount).toBe(1);
    expect(server.taken.map(({ text }) => /^Message-ID: (.*)$/m.exec(text)?.[1]?.trim())).toEqual([
      '<ann@example.org>',
      '<bob@example.org>',
    ]);
  });

  test('may come while the answer is waited for', async () => {
    const { mailer, server } = await start({ message: afterNext('250 Taken\r\n') });
    const first = mailer.send(message('ann'));
    await waitFor(() => linesOf(server, 1).includes('DATA'));
    expect((await mailer.send(message('bob'))).kind).toBe('accepted');
    expect((await first).kind).toBe('accepted');
    expect(server.connectionCount).toBe(1);
  });

  test('is taken where the one before was refused, without a reset between', async () => {
    const { server, mailer } = await start({ message: afterNext('554 5.7.1 Spam\r\n') });
    expect(await sendBoth(mailer)).toEqual(['rejected', 'accepted']);
    expect(linesOf(server, 1)).not.toContain('RSET');
    expect(server.connectionCount).toBe(1);
  });

  test('goes over another connection where the server hung up', async () => {
    const { server, mailer } = await start({ message: afterNext('421 4.3.2 Shutting down\r\n', (wire) => wire.socket.end()) });
    expect(await sendBoth(mailer)).toEqual(['deferred', 'accepted']);
    expect(server.connectionCount).toBe(2);
  });

  test('goes over another connection where the answer to the one before was lost, which alone is in doubt', async () => {
    const { server, mailer } = await start({ message: afterNext('', (wire) => wire.socket.destroy()) });
    expect(await sendBoth(mailer)).toEqual(['in_doubt', 'accepted']);
    expect(server.connectionCount).toBe(2);
  });

  test('is seen through where the server has enough of the connection meanwhile', async () => {
    const { server, mailer } = await start({
      async message(wire) {
        for (let line = ''; line !== 'DATA'; line = await wire.line());
        wire.say('452 4.3.0 Too many messages in this session\r\n250 Well\r\n250 Well\r\n354 Go on\r\n');
        for (let line = ''; line !== '.'; line = await wire.line());
        wire.say('250 Taken\r\n');
      },
    });
    expect(await sendBoth(mailer)).toEqual(['deferred', 'accepted']);
    await waitFor(() => !server.open.has(1));
  });

  test('that is refused leaves the connection to others', async () => {
    const { server, mailer } = await start({
      message: afterNext('250 Taken\r\n'),
      async rcpt(wire, line) {
        wire.say(line.includes('bob') ? '550 5.1.1 Nobody\r\n' : '250 Well\r\n');
        if (line.includes('bob') && (await wire.line()) === 'DATA') wire.say('503 5.5.1 Nobody to send to\r\n');
      },
    });
    const sending = sendBoth(mailer);
    await waitFor(() => linesOf(server, 1).includes('RSET'));
    expect(await sending).toEqual(['accepted', 'rejected']);
  });

  test('is not sent when its time has passed meanwhile: not a line of it', async () => {
    const { server, mailer } = await start({ message: afterNext('250 Taken\r\n') });
    const first = mailer.send(message('ann'));
    const second = mailer.send(message('bob'), { mayGoOn: () => false, mayStart: () => server.connectionCount < 2 });
    expect((await first).kind).toBe('accepted');
    expect((await second).kind).toBe('not_started');
    await waitFor(() => !server.open.has(1));
    expect(server.taken.filter(({ text }) => text.includes('bob@'))).toEqual([]);
  });

  test('counts for the connection: none carries more than it may', async () => {
    const { server, mailer } = await start({}, { use: { idleMs: 1_000, messagesPerSession: 2 } });
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => mailer.send(message(name))));
    expect([1, 2, 3].map((one) => linesOf(server, one).filter((word) => word === 'MAIL').length)).toEqual([2, 2, 1]);
  });
});

describe('a message whose connection ended before it', () => {
  test.each([[1], [2]])('gets a new one and not one that became free meanwhile (%i connections)', async (maxConnections) => {
    const oneEach = (): Partial<Record<WireStep, WireAct>> => {
      let messageCount = 0;
      return {
        mail(wire) {
          messageCount += 1;
          wire.say(messageCount === 1 ? '250 Well\r\n' : '421 4.7.0 One is enough\r\n');
          if (messageCount > 1) wire.socket.end();
        },
      };
    };
    const server = await startWireServer({ acts: oneEach });
    const mailer = createSmtpMailer(server.url, { maxConnections, log: silentLog });
    closers.push(
      () => server.close(),
      () => mailer.close(),
    );
    const outcomes = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => mailer.send(message(name))));
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(8).fill('accepted'));
    expect(server.taken).toHaveLength(8);
  });

  test('gets a new one where the server allows fewer than we asked for', async () => {
    const server = await startWireServer({ acts: (connection) => (connection === 3 ? { greet: (wire) => wire.say('421 Busy\r\n') } : {}) });
    const pool = createSmtpPool(parseSmtpUrl(server.url), 3, smtpTimeouts());
    closers.push(
      () => server.close(),
      () => pool.abort(),
    );
    const [first] = await Promise.all([pool.acquire(), pool.acquire()]);
    expect(await pool.acquire()).toHaveProperty('trouble');
    const fresh = pool.acquire({ isFresh: true });
    pool.release(first as SmtpLease, true);
    expect(await fresh).toMatchObject({ messageCount: 0 });
    expect(pool.openCount()).toBe(2);
  });
});

describe('nothing follows', () => {
  /** Answers a message once nothing has come behind it for a while, and keeps what has. */
  const listening =
    (heard: string[]): WireAct =>
    async (wire) => {
      await delay(300);
      if (wire.unread > 0) heard.push(await wire.line());
      wire.say('250 Taken\r\n');
    };

  test('any more once a server hung up where something stood behind the data', async () => {
    const heard: string[] = [];
    const server = await startWireServer({
      acts: (connection) => ({ message: connection === 1 ? afterNext('', (wire) => wire.socket.destroy()) : listening(heard) }),
    });
    const mailer = createSmtpMailer(server.url, { maxConnections: 1, log: silentLog });
    closers.push(
      () => server.close(),
      () => mailer.close(),
    );
    expect(await sendBoth(mailer)).toEqual(['in_doubt', 'accepted']);
    expect(await sendBoth(mailer)).toEqual(['accepted', 'accepted']);
    expect(heard).toEqual([]);
  });

  test('is not concluded from a connection that we drop ourselves', async () => {
    let hasBoth = false;
    const mute: WireAct = async (wire) => {
      await wire.line();
      hasBoth = true;
      await new Promise(() => {});
    };
    const server = await startWireServer({ acts: (connection) => ({ message: connection === 1 ? mute : afterNext('250 Taken\r\n') }) });
    const mailer = createSmtpMailer(server.url, { maxConnections: 1, log: silentLog });
    closers.push(
      () => server.close(),
      () => mailer.close(),
    );
    const sending = sendBoth(mailer);
    await waitFor(() => hasBoth);
    mailer.abort();
    expect(await sending).toEqual(['in_doubt', 'not_started']);
    // Its server waits for the next before it answers.
    expect(await sendBoth(mailer)).toEqual(['accepted', 'accepted']);
  });

  test('where the server does not take commands together', async () => {
    const heard: string[] = [];
    const { mailer } = await start({ message: listening(heard) }, { offers: [] });
    expect(await sendBoth(mailer)).toEqual(['accepted', 'accepted']);
    expect(heard).toEqual([]);
  });

  /** A server that has lost what stood behind the data, and servers that refuse each line of it (Haraka from 3.3.4 on). */
  const losing = [
    ['has lost', ''],
    ['has refused', '503 Bad sequence of commands - pipelined after end of DATA\r\n'.repeat(3)],
    ['has not understood', '500 Unrecognized command\r\n503 MAIL first\r\n503 MAIL first\r\n'],
    ['has resented', '554 SMTP synchronization error\r\n'.repeat(3)],
  ] as const;
  test.each(losing)('any more once a server %s what stood behind the data, which goes over another connection soon', async (_, answers) => {
    const heard: string[] = [];
    const deaf: WireAct = async (wire) => {
      for (let line = ''; line !== 'DATA'; line = await wire.line());
      wire.say(`250 Taken\r\n${answers}`);
    };
    const server = await startWireServer({ acts: (connection) => ({ message: connection === 1 ? deaf : listening(heard) }) });
    const mailer = createSmtpMailer(server.url, { maxConnections: 1, log: silentLog, timeouts: { mailMs: 5_000 } });
    closers.push(
      () => server.close(),
      () => mailer.close(),
    );
    expect(await sendBoth(mailer)).toEqual(['accepted', 'accepted']);
    expect(server.connectionCount).toBe(2);
    expect(await sendBoth(mailer)).toEqual(['accepted', 'accepted']);
    expect(heard).toEqual([]);
  });
});
