/*
 * The mail server of a chaos run, a process of its own: `sink-process <port> <file> <seed>`. It writes each message down before it answers, so that a
 * killed one loses nothing that it took. Two of a hundred digests it puts off once.
 */
import { createHash } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { createRandom } from './random.ts';
import { readMarks } from './marks.ts';
import type { SunkMessage } from './sink.ts';

const [port = '', file = '', seed = ''] = process.argv.slice(2);
const record = openSync(file, 'a');
// Whatever a killed one left unfinished is a line of its own.
writeSync(record, '\n');
const random = createRandom(Number(seed), `sink ${Date.now()}`);
const putOff = new Set<string>();
const slownessMs = 20;

const server = new SMTPServer({
  disabledCommands: ['STARTTLS', 'AUTH'],
  authOptional: true,
  disableReverseLookup: true,
  logger: false,
  onData(stream, { envelope }, done) {
    const startedAt = Date.now();
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', () => {
      const from = envelope.mailFrom ? envelope.mailFrom.address : '';
      take(Buffer.concat(chunks), { from, to: envelope.rcptTo[0]?.address ?? '', startedAt }).then(
        (isTaken) => done(isTaken ? null : Object.assign(new Error('4.7.1 Greylisted, try again'), { responseCode: 451 })),
        (error: Error) => done(error),
      );
    });
  },
});
// Clients that are killed are what this server is for.
server.on('error', () => {});
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
process.on('disconnect', () => process.exit());

async function take(raw: Buffer, about: { from: string; to: string; startedAt: number }): Promise<boolean> {
  const endedAt = Date.now();
  const mail = await PostalMime.parse(raw);
  const messageId = mail.messageId ?? '';
  const text = mail.text ?? '';
  const confirm = /https?:\/\/\S+\/confirm\/[\w.~-]+/.exec(text)?.[0];
  const kind = messageId.startsWith('<d') ? 'digest' : confirm === undefined ? 'notice' : 'confirmation';
  if (kind === 'digest' && isPutOff(messageId)) return false;
  await delay(random.between(0, slownessMs));
  const unsubscribe = /<(https?:[^>]+)>/.exec(mail.headers.find(({ key }) => key === 'list-unsubscribe')?.value ?? '')?.[1];
  const { to, startedAt } = about;
  const newsletter = about.from.split('@')[0] ?? '';
  const message: SunkMessage = {
    to,
    newsletter,
    kind,
    messageId,
    startedAt,
    endedAt,
    ...readMarks(text),
    ...(confirm === undefined ? {} : { confirm }),
    ...(unsubscribe === undefined ? {} : { unsubscribe }),
  };
  writeSync(record, `${JSON.stringify(message)}\n`);
  return true;
}

/** Some, once each. */
function isPutOff(messageId: string): boolean {
  if (putOff.has(messageId) || createHash('sha256').update(`${seed} ${messageId}`).digest().readUInt16LE() % 100 >= 2) return false;
  putOff.add(messageId);
  return true;
}
