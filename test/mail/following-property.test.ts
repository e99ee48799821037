/*
 * Many messages over few connections to a server that answers as chance has it: whatever it does, each message settles once, as the server answered its data.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { silentLog } from '../../src/kernel/log.ts';
import type { Mailer, OutgoingMessage, SendOutcome } from '../../src/mail/message.ts';
import { buildMail } from '../../src/mail/mime/build-mail.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWireServer, type Wire, type WireAct, type WireServer, type WireStep } from '../support/wire-server.ts';

/** What the server does at a step in place of the usual: cut, hang up with 421 or answer so. `late`: the usual, some turns later. */
type Fault = 'cut' | 'late' | '421' | '450' | '550' | 'spent';
type Faulty = 'mail' | 'rcpt' | 'data' | 'message';

/** One message as it is sent. */
interface Letter {
  readonly isUrgent: boolean;
  readonly isLarge: boolean;
  readonly isUtf8: boolean;
  /** After so many questions whether it may start or go on the answer is no. */
  readonly wantedFor: number;
}

interface World {
  readonly offers: readonly string[];
  readonly maxConnections: number;
  readonly messagesPerSession: number;
  readonly letters: readonly Letter[];
  /** Used one after the other, whoever is served; undefined: as usual. */
  readonly faults: readonly (Fault | undefined)[];
  /** After so many outcomes everything is aborted. */
  readonly abortAfter: number | undefined;
}

/** What the server said to the data of a message, by its recipient: in order, since it may be sent again where it may. */
type Verdicts = Map<string, ('taken' | 'refused' | 'silent')[]>;

const faultOf = fc.option(fc.constantFrom<Fault>('cut', 'late', 'late', '421', '450', '550', 'spent'), { freq: 2, nil: undefined });
const rare = (freq: number): fc.Arbitrary<boolean> => fc.integer({ min: 1, max: freq }).map((n) => n === freq);
const letterOf = fc.record<Letter>({
  isUrgent: rare(6),
  isLarge: rare(10),
  isUtf8: rare(10),
  wantedFor: fc.constantFrom(0, 1, 2, ...Array<number>(12).fill(Infinity)),
});
const worldOf = fc.record<World>({
  offers: fc.constantFrom(['PIPELINING'], ['PIPELINING', 'SIZE 4000'], ['PIPELINING', 'SMTPUTF8'], ['SIZE 4000']),
  maxConnections: fc.integer({ min: 1, max: 3 }),
  messagesPerSession: fc.constantFrom(1, 2, 5, 100),
  letters: fc.array(letterOf, { minLength: 10, maxLength: 20 }),
  faults: fc.array(faultOf, { maxLength: 60 }),
  abortAfter: fc.option(fc.integer({ min: 1, max: 9 }), { freq: 5, nil: undefined }),
});

const recipientOf = (at: number, { isUtf8 }: Letter): string => `${isUtf8 ? 'jörg' : 'reader'}${at}@example.org`;
const usualAnswers: Readonly<Record<Faulty, string>> = {
  mail: '250 Well',
  rcpt: '250 Well',
  data: '354 Go on',
  message: '250 2.0.0 Taken',
};
const refusals = {
  '421': '421 4.3.2 Shutting down',
  '450': '450 4.2.0 Later',
  '550': '550 5.7.1 No',
  spent: '452 4.3.0 Too many in this session',
};

/** A server that keeps to RFC 5321 and RFC 2920 but for what `faults` say. */
async function startFaulty({ offers, faults }: World): Promise<{ server: WireServer; verdicts: Verdicts }> {
  const verdicts: Verdicts = new Map();
  const left = [...faults];
  const acts = (): Partial<Record<WireStep, WireAct>> => {
    let recipient: string | undefined;
    let isGone = false;
    const answerAs = (wire: Wire, step: Faulty, fault: Fault | undefined): void => {
      isGone = fault === 'cut' || fault === '421';
      if (fault === 'cut') wire.socket.destroy();
      else wire.say(`${isUsual(fault) ? usualAnswers[step] : refusals[fault]}\r\n`);
      if (isGone) wire.socket.end();
    };
    const act =
      (step: Faulty): WireAct =>
      async (wire, line) => {
        if (isGone) return 'refused';
        const isOutOfOrder = step === 'data' && recipient === undefined;
        const fault = left.shift();
        for (let turns = fault === 'late' ? 9 : 0; turns > 0; turns -= 1) await turn();
        if (step === 'message') {
          const verdict = isUsual(fault) ? 'taken' : fault === 'cut' ? 'silent' : 'refused';
          verdicts.set(recipient!, [...(verdicts.get(recipient!) ?? []), verdict]);
        }
        if (step !== 'data') recipient = undefined;
        if (step === 'rcpt' && isUsual(fault)) recipient = Buffer.from(/<(.*?)>/.exec(line)![1]!, 'latin1').toString();
        if (isOutOfOrder && isUsual(fault)) wire.say('503 5.5.1 Nobody to send to\r\n');
        else answerAs(wire, step, fault);
        return isOutOfOrder || !isUsual(fault) ? 'refused' : undefined;
      };
    return { mail: act('mail'), rcpt: act('rcpt'), data: act('data'), message: act('message') };
  };
  return { server: await startWireServer({ offers, acts }), verdicts };
}

function isUsual(fault: Fault | undefined): fault is 'late' | undefined {
  return fault === undefined || fault === 'late';
}

function letterMessage(at: number, letter: Letter): OutgoingMessage {
  return buildMail({
    from: { address: 'letter@example.org' },
    to: { address: recipientOf(at, letter) },
    subject: 'News',
    date: new Date('2026-03-06T08:00:00Z'),
    messageId: `<${at}@example.org>`,
    headers: [],
    html: undefined,
    text: 'Hello '.repeat(letter.isLarge ? 1_000 : 1),
    envelopeFrom: 'bounces@example.org',
  });
}

/** Sends them all at once, as long as each is wanted; the mailer is aborted after so many outcomes. */
async function sendAll(mailer: Mailer, { letters, abortAfter }: World): Promise<SendOutcome[]> {
  let settledCount = 0;
  return Promise.all(
    letters.map(async (letter, at) => {
      let askedCount = 0;
      const isWanted = (): boolean => askedCount++ < letter.wantedFor;
      const outcome = await mailer.send(letterMessage(at, letter), { mayStart: isWanted, mayGoOn: isWanted, isUrgent: letter.isUrgent });
      settledCount += 1;
      if (settledCount === abortAfter) mailer.abort();
      return outcome;
    }),
  );
}

/** What an outcome says is what the server said last to the data of that message, or that it had none of it. */
function expectAgreement(outcome: SendOutcome, verdicts: Verdicts, recipient: string, mayBeLost: boolean): void {
  const said = verdicts.get(recipient) ?? [];
  const last = said.at(-1);
  expect({ recipient, said, takenCount: said.filter((verdict) => verdict === 'taken').length }).toMatchObject({
    takenCount: last === 'taken' ? 1 : 0,
  });
  // A message goes over another connection where it had not begun its data on the first: no data was ended twice.
  expect({ recipient, said, isOnce: said.length < 2 }).toMatchObject({ isOnce: true });
  if (outcome.kind === 'accepted') expect({ recipient, last }).toEqual({ recipient, last: 'taken' });
  else if (last === 'taken') expect({ recipient, kind: outcome.kind, mayBeLost }).toEqual({ recipient, kind: 'in_doubt', mayBeLost: true });
  if (last === 'silent') expect({ recipient, kind: outcome.kind }).toEqual({ recipient, kind: 'in_doubt' });
  if (outcome.kind === 'not_started') expect({ recipient, said }).toEqual({ recipient, said: [] });
}

const runs = Number(process.env['PROPERTY_RUNS'] ?? 30);

test('every message settles as the server answered its data, whatever befalls those around it', async () => {
  await fc.assert(
    fc.asyncProperty(worldOf, async (world) => {
      const { server, verdicts } = await startFaulty(world);
      const { maxConnections, messagesPerSession } = world;
      const mailer = createSmtpMailer(server.url, { maxConnections, use: { idleMs: 60_000, messagesPerSession }, log: silentLog });
      try {
        const outcomes = await sendAll(mailer, world);
        // What cuts a connection may cut an answer off with it.
        const mayBeLost = world.faults.includes('cut') || world.abortAfter !== undefined;
        world.letters.forEach((letter, at) => expectAgreement(outcomes[at]!, verdicts, recipientOf(at, letter), mayBeLost));
        await mailer.close();
        await waitFor(() => server.open.size === 0 && mailer.connectionCount!() === 0);
      } finally {
        await mailer.close();
        await server.close();
      }
    }),
    { numRuns: runs },
  );
});
