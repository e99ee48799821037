/*
 * The mail server of a delivery chaos run, a process of its own: `sink-process <port> <file> <seed> <delay ms>`. It writes down what it does before it says so.
 */
import { openSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { readSinkLog, type SinkLine, writeSinkLine } from './sink-log.ts';
import { isFarewell, type SinkAct, sinkActFor } from './sink-rules.ts';

interface Talk {
  readonly socket: Socket;
  rest: string;
  isInData: boolean;
  /** Busy with a message: what came meanwhile waits. */
  isBusy: boolean;
  mail: { readonly at: number; readonly notBefore: number } | undefined;
  message: { readonly to: string; readonly attempt: number; readonly act: SinkAct } | undefined;
}

const [port = '', file = '', seedText = '', delayText = ''] = process.argv.slice(2);
const seed = Number(seedText);
const delayMs = Number(delayText);
const record = openSync(file, 'a');
const write = (line: SinkLine): void => writeSinkLine(record, line);

const attempts = new Map<string, number>();
for (const line of readSinkLog(file)) if (line.kind === 'begin') attempts.set(line.to, (attempts.get(line.to) ?? 0) + 1);

// After the process stood still the beat comes before what it then reads: that came after the beat before.
const beatMs = 20;
let [beat, beatBefore] = [Date.now(), Date.now()];
setInterval(() => ([beat, beatBefore] = [Date.now(), beat]), beatMs);

const server = createServer((socket) => {
  const talk: Talk = { socket, rest: '', isInData: false, isBusy: false, mail: undefined, message: undefined };
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    talk.rest += chunk.toString('latin1');
    goOn(talk);
  });
  socket.on('close', () => {
    // What has come whole is taken, as servers do, although nobody hears of it.
    if (talk.message && !talk.isBusy) end(talk, 'dropped');
  });
  socket.write('220 sink ESMTP\r\n');
});
server.listen(Number(port), '127.0.0.1', () => process.send?.('ready'));
process.on('disconnect', () => process.exit());

function goOn(talk: Talk): void {
  while (!talk.isBusy && !talk.socket.destroyed) {
    const mark = talk.isInData ? '\r\n.\r\n' : '\r\n';
    const at = talk.rest.indexOf(mark);
    if (talk.isInData && talk.message?.act.step === 'mid-data' && talk.rest.length > 2_000) return drop(talk);
    if (at === -1) return;
    const said = talk.rest.slice(0, at);
    talk.rest = talk.rest.slice(at + mark.length);
    if (talk.isInData) void takeMessage(talk, said);
    else hear(talk, said);
  }
}

function hear(talk: Talk, line: string): void {
  const { socket } = talk;
  const [, to = ''] = /<([^>]*)>/.exec(line) ?? [];
  switch (line.slice(0, 4).toUpperCase()) {
    case 'EHLO':
      return void socket.write('250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n');
    case 'MAIL':
      talk.mail = { at: Date.now(), notBefore: beatBefore };
      return void socket.write('250 2.1.0 Ok\r\n');
    case 'RCPT':
      return hearRcpt(talk, to);
    case 'DATA':
      return hearData(talk);
    case 'QUIT':
      return void socket.end('221 2.0.0 Bye\r\n');
    default:
      return void socket.write('250 2.0.0 Ok\r\n');
  }
}

function hearRcpt(talk: Talk, to: string): void {
  const attempt = attempts.get(to) ?? 0;
  attempts.set(to, attempt + 1);
  const act = sinkActFor(seed, to, attempt);
  talk.message = { to, attempt, act };
  write({ kind: 'begin', to, ...talk.mail! });
  if (act.step === 'before-data') return drop(talk);
  if (act.step !== 'rcpt') return void talk.socket.write('250 2.1.5 Ok\r\n');
  end(talk, act.reply.startsWith('5') ? 'rejected' : 'deferred');
  if (act.reply.startsWith('421')) talk.socket.end(`${act.reply}\r\n`);
  else talk.socket.write(`${act.reply}\r\n`);
}

function hearData(talk: Talk): void {
  talk.isInData = talk.message !== undefined;
  talk.socket.write(talk.isInData ? '354 Go on\r\n' : '503 5.5.1 Nobody to send to\r\n');
}

async function takeMessage(talk: Talk, raw: string): Promise<void> {
  const { to, attempt, act } = talk.message!;
  talk.isInData = false;
  talk.isBusy = true;
  const messageId = /^Message-ID:\s*(\S+)/im.exec(raw)?.[1] ?? '';
  await new Promise((resolve) => setTimeout(resolve, delayMs * 2 * Math.random()));
  talk.isBusy = false;
  if (act.step === 'cut') {
    end(talk, 'cut', messageId);
    talk.socket.destroy();
    return;
  }
  // What is too short to be dropped in its middle is dropped at its end.
  if (act.step === 'mid-data') return drop(talk);
  end(talk, act.reply.startsWith('2') ? 'accepted' : act.reply.startsWith('5') ? 'rejected' : 'deferred', messageId);
  const isLast = isFarewell(seed, to, attempt);
  talk.socket.write(`${act.reply}\r\n`);
  if (isLast) talk.socket.end('421 4.3.2 Going down\r\n');
  else goOn(talk);
}

function drop(talk: Talk): void {
  if (talk.message) end(talk, 'dropped');
  talk.socket.destroy();
}

function end(talk: Talk, outcome: Extract<SinkLine, { kind: 'end' }>['outcome'], messageId = ''): void {
  write({ kind: 'end', to: talk.message!.to, at: Date.now(), outcome, messageId });
  talk.message = undefined;
}
