/*
 * Slow, mute and lying servers: each is so on its first connection alone, and behaves well on the others. What is on that connection ends as it must, within
 * its time; everything else goes on.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { silentLog } from '../../src/kernel/log.ts';
import type { OutgoingMessage } from '../../src/mail/message.ts';
import { buildMail } from '../../src/mail/mime/build-mail.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import type { SmtpTimeouts } from '../../src/mail/smtp/smtp-timeouts.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWireServer, type Wire, type WireAct, type WireStep } from '../support/wire-server.ts';

/** What would take minutes takes seconds, where a test waits for it and nowhere else: on a busy machine what is good needs its time. */
const shortTimes: Readonly<Partial<Record<WireStep, Partial<SmtpTimeouts>>>> = {
  mail: { mailMs: 4_000 },
  data: { dataMs: 4_000, blockMs: 4_000 },
  // The time for handing it over is the shorter of the two in every setting.
  message: { blockMs: 4_000, messageMs: 4_000 },
};
const shortOpening: Partial<SmtpTimeouts> = { connectMs: 2_000, greetingMs: 4_000 };
const messageCount = 6;

function message(text = 'Hello'): OutgoingMessage {
  return buildMail({
    from: { name: 'The Letter', address: 'letter@example.org' },
    to: { address: 'ann@example.org' },
    subject: 'News of the week',
    date: new Date('2026-03-06T08:00:00Z'),
    messageId: '<d1.e1.x@example.org>',
    headers: [['List-Id', '<weekly.example.org>']],
    html: undefined,
    text,
    envelopeFrom: 'bounces@example.org',
  });
}

/** Of a server that hangs: it does not go on with what comes next either. */
const silence: WireAct = () => new Promise(() => {});
const say =
  (text: string): WireAct =>
  (wire) =>
    wire.say(text);
/** To the first message alone: a connection on which one was refused carries the next. */
const sayOnce = (text: string): WireAct => {
  const said = new WeakSet<Wire>();
  return (wire) => {
    wire.say(said.has(wire) ? '250 Well\r\n' : text);
    said.add(wire);
  };
};
const hangUp: WireAct = (wire) => void wire.socket.end();

/** Says it again and again, as long as somebody listens, no faster than it is heard. */
const sayForEver =
  (text: string, everyMs = 0): WireAct =>
  async (wire) => {
    while (!wire.socket.destroyed) {
      if (wire.socket.writableLength < 1_000_000) wire.say(text);
      await delay(everyMs);
    }
  };

const tenMegabytes = 'x'.repeat(10_000_000);
const lost = { kind: 'account', trouble: 'unreachable' };
const deferred = { kind: 'deferred', subject: 'host' };
const inDoubt = { kind: 'in_doubt' };

interface Case {
  readonly name: string;
  readonly acts: Partial<Record<WireStep, WireAct>>;
  readonly offers?: readonly string[];
  readonly text?: string;
  readonly outcome: object;
}

/** What no clock is needed for. */
const lies: readonly Case[] = [
  { name: 'greets without an end', acts: { greet: sayForEver('220-Welcome to all of you\r\n'.repeat(1_000)) }, outcome: lost },
  { name: 'greets in a line of 10 MB', acts: { greet: say(`220 ${tenMegabytes}`) }, outcome: lost },
  { name: 'answers before it was asked', acts: { greet: say(`220 Hello\r\n${'250 Well\r\n'.repeat(9)}`) }, outcome: lost },
  { name: 'answers EHLO and what was not asked yet', acts: { ehlo: say('250 wire.example\r\n250 Well\r\n250 Well\r\n25') }, outcome: lost },
  {
    name: 'hangs up in the middle of STARTTLS',
    offers: ['STARTTLS'],
    acts: {
      async starttls(wire) {
        wire.say('220 Go on\r\n');
        await once(wire.socket, 'data');
        wire.socket.destroy();
      },
    },
    outcome: lost,
  },
  { name: 'wants data at MAIL', acts: { mail: say('354 Go on\r\n') }, outcome: deferred },
  { name: 'says 250 to everything, and more often than asked', acts: { mail: say('250 Well\r\n'.repeat(9)) }, outcome: deferred },
  { name: 'says 250 to DATA', acts: { data: say('250 Well\r\n') }, outcome: deferred },
  // The message went out whole before that was heard, so the server may have it.
  { name: 'takes a message with the words that ask for it', acts: { data: say('354 Go on\r\n250 Taken\r\n') }, outcome: inDoubt },
  {
    name: 'takes a message twice with the words that ask for it',
    acts: { data: say('354 Go on\r\n250 Taken\r\n250 Taken\r\n') },
    outcome: inDoubt,
  },
  {
    name: 'takes a message with the words that ask for it, over TLS',
    offers: ['STARTTLS'],
    acts: { data: say('354 Go on\r\n250 Taken\r\n') },
    outcome: inDoubt,
  },
  {
    name: 'says half a reply to the message and hangs up',
    acts: {
      message(wire) {
        wire.say('25');
        wire.socket.end();
      },
    },
    outcome: inDoubt,
  },
  { name: 'hangs up after the message', acts: { message: hangUp }, outcome: inDoubt },
  { name: 'answers the message in a line of 10 MB', acts: { message: say(`250 ${tenMegabytes}\r\n`) }, outcome: inDoubt },
  { name: 'answers the message without an end', acts: { message: sayForEver('250-Taken\r\n'.repeat(1_000)) }, outcome: inDoubt },
  { name: 'answers the message with a NUL for a digit', acts: { message: say('2\x0050 Taken\r\n') }, outcome: inDoubt },
  { name: 'answers the message with 354', acts: { message: say('354 Go on\r\n') }, outcome: inDoubt },
  {
    name: 'refuses in bytes that are no text',
    acts: { message: sayOnce('554 5.7.1 \x00Spam\x1B[2J \xFF\xFE\r\n') },
    outcome: { kind: 'rejected', reply: { text: expect.stringMatching(/^\P{Cc}+$/u) } },
  },
  {
    name: 'takes it in bytes that are no text',
    acts: { message: say('250 2.0.0 \x00\x07Taken \xFF\xFE\r\n') },
    outcome: { kind: 'accepted', reply: { text: expect.stringMatching(/^\P{Cc}+$/u) } },
  },
];

/** What ends when its time is up. */
const silences: readonly Case[] = [
  { name: 'greets after minutes', acts: { greet: silence }, outcome: lost },
  { name: 'greets with half a word', acts: { greet: say('22') }, outcome: lost },
  { name: 'greets byte by byte', acts: { greet: sayForEver('2', 50) }, outcome: lost },
  { name: 'answers EHLO byte by byte', acts: { ehlo: sayForEver('2', 50) }, outcome: lost },
  { name: 'answers EHLO line by line without an end', acts: { ehlo: sayForEver('250-HELP\r\n', 50) }, outcome: lost },
  { name: 'answers EHLO with half a line and no more', acts: { ehlo: say('250-wire.example\r\n250 HE') }, outcome: lost },
  { name: 'falls silent in the middle of STARTTLS', offers: ['STARTTLS'], acts: { starttls: say('220 Go on\r\n\x16\x03') }, outcome: lost },
  { name: 'answers STARTTLS byte by byte', offers: ['STARTTLS'], acts: { starttls: sayForEver('2', 50) }, outcome: lost },
  { name: 'answers the login byte by byte', acts: { auth: sayForEver('2', 50) }, outcome: lost },
  { name: 'says nothing to the login', acts: { auth: silence }, outcome: lost },
  { name: 'says nothing to MAIL', acts: { mail: silence }, outcome: deferred },
  { name: 'says nothing to DATA', acts: { data: silence }, outcome: deferred },
  { name: 'wants data without an end', acts: { data: sayForEver('354-Go on\r\n', 50) }, outcome: deferred },
  {
    name: 'wants data and reads none',
    acts: {
      data(wire) {
        wire.say('354 Go on\r\n');
        wire.socket.pause();
      },
    },
    // More than the buffers of the machine hold.
    text: 'line of text\n'.repeat(1_000_000),
    outcome: deferred,
  },
  { name: 'says nothing to the message', acts: { message: silence }, outcome: inDoubt },
  { name: 'says half a reply to the message', acts: { message: say('25') }, outcome: inDoubt },
  { name: 'answers the message byte by byte', acts: { message: sayForEver('2', 50) }, outcome: inDoubt },
  { name: 'answers the message line by line without an end', acts: { message: sayForEver('250-Taken\r\n', 50) }, outcome: inDoubt },
];

/** Before a session stands commands go out one by one in any case. */
function bothWays(cases: readonly Case[]): (Case & { readonly isPipelining: boolean })[] {
  const ofSession = cases.filter(({ acts }) => acts.mail ?? acts.data ?? acts.message);
  return [...cases.map((one) => ({ ...one, isPipelining: true })), ...ofSession.map((one) => ({ ...one, isPipelining: false }))];
}

async function meet({ acts, offers = [], text, outcome, isPipelining }: Case & { isPipelining: boolean }, timeouts: Partial<SmtpTimeouts>) {
  const server = await startWireServer({
    offers: [...(isPipelining ? ['PIPELINING'] : []), ...offers],
    acts: (connection) => (connection === 1 ? acts : {}),
  });
  const other = await startWireServer();
  const mailer = createSmtpMailer(server.url.replace('://', '://ann:secret@'), { maxConnections: 2, log: silentLog, timeouts });
  const otherMailer = createSmtpMailer(other.url, { maxConnections: 1, log: silentLog });
  try {
    const ofOther = Promise.all([otherMailer.send(message()), otherMailer.send(message())]);
    const first = mailer.send(message(text));
    await waitFor(() => server.connectionCount === 1);
    const rest = await Promise.all(Array.from({ length: messageCount - 1 }, () => mailer.send(message())));
    expect(rest.map(({ kind }) => kind)).toEqual(rest.map(() => 'accepted'));
    expect((await ofOther).map(({ kind }) => kind)).toEqual(['accepted', 'accepted']);
    expect(await first).toMatchObject(outcome);
    server.resumeAll();
    if (!['accepted', 'rejected'].includes((await first).kind))
      await waitFor(() => !server.open.has(1), { what: 'an end of the connection' });
  } finally {
    await Promise.all([mailer.close(), otherMailer.close()]);
    await Promise.all([server.close(), other.close()]);
  }
}

test.each(bothWays(lies))('a server that $name hurts what is on that connection alone (pipelining: $isPipelining)', async (lie) => {
  await meet(lie, {});
});

describe('in its time', () => {
  // All at once: each does nothing but wait.
  let met: ReadonlyMap<string, Promise<unknown>>;
  const nameOf = ({ name, isPipelining }: { name: string; isPipelining: boolean }): string => `${name} ${isPipelining}`;

  beforeAll(() => {
    met = new Map(
      bothWays(silences).map((slow) => {
        const [step] = Object.keys(slow.acts) as WireStep[];
        return [nameOf(slow), meet(slow, shortTimes[step!] ?? shortOpening).catch((error: unknown) => error)];
      }),
    );
  });

  test.each(bothWays(silences))('a server that $name hurts what is on that connection alone (pipelining: $isPipelining)', async (slow) => {
    expect(await met.get(nameOf(slow))).toBeUndefined();
  });
});
