/*
 * What is said on a connection that is greeted, encrypted and logged in: transactions, one after the other. Commands go out together where the server takes
 * that (RFC 2920), the message in one piece, and behind it the commands of the next: so each takes one round trip. Ours and not nodemailer's because a
 * message is ready bytes, of which nothing has to be read again.
 * Invariants: each reply answers the command that waits longest; a reply for which nothing waits ends the connection; a message is in doubt exactly when its
 * final dot was handed to the network and no answer came; at most one message follows another before that is answered.
 */
import type { Socket } from 'node:net';
import type { SmtpReply } from '../message.ts';
import type { SmtpCommand } from '../refusal.ts';
import { createReplyReader, type ReplyReader } from './reply-reader.ts';
import { parseSmtpReply } from './smtp-reply.ts';
import type { CommandTimeouts } from './smtp-timeouts.ts';

/** What a server says that it can do (EHLO). */
export interface ServerAbilities {
  readonly pipelining: boolean;
  /** RFC 6531: addresses outside ASCII. */
  readonly smtpUtf8: boolean;
  readonly eightBitMime: boolean;
  /** RFC 1870; undefined: SIZE is not offered. 0: no limit is stated. */
  readonly maxBytes: number | undefined;
}

/** How far a message got. `ended`: the final dot was handed to the network, so the server may have taken the message. */
export type TransactionStage = 'envelope' | 'data' | 'ended';

/** What became of one message transaction: a reply and the command that it answers, or none where the connection was lost first. */
export type TransactionResult =
  | {
      readonly stage: TransactionStage;
      readonly command: SmtpCommand;
      readonly reply: SmtpReply;
      readonly reason: string;
      /** The server was not asked: by what it announced it would have said so. */
      readonly isForeseen?: true;
    }
  | {
      readonly stage: TransactionStage;
      readonly reply?: undefined;
      readonly reason: string;
      /** The server may take it ill that one message follows another: it said nothing to this one, or that nothing may stand there, or hung up on both. */
      readonly endsFollowing?: true;
    };

/** One message for one recipient, ready for the wire but for its final dot. */
export interface WireMessage {
  readonly from: string;
  readonly to: string;
  /** In order; the last ends with CRLF, and no line begins with a single dot. */
  readonly pieces: readonly Buffer[];
}

/** A conversation on one connection. */
export interface SmtpDialog {
  /**
   * Hands over one message, when none is under way or that one can be followed. The first byte of MAIL FROM goes out before this returns its promise. Never
   * rejects. `mayGoOn` is asked before the data of a message that followed another: false drops the connection, since what began may not be ended otherwise.
   */
  transact(message: WireMessage, mayGoOn?: () => boolean): Promise<TransactionResult>;
  /** Whether the message under way is out but not answered, so that another may follow it (RFC 2920 3.1: commands may stand behind the data). */
  readonly canBeFollowed: boolean;
  /** Set by whoever has messages: called as soon as one can be followed. */
  onFollowable: (() => void) | undefined;
  /** Says one line; what the server answers, undefined where the connection was lost. Never rejects. */
  ask(line: string): Promise<SmtpReply | undefined>;
  readonly isOpen: boolean;
  /** Says goodbye. */
  quit(): void;
  /** Drops the connection now; a message under way ends with the stage that it reached. */
  destroy(): void;
}

/** A reply that is waited for. */
interface Awaited {
  readonly limitMs: number;
  take(reply: string): void;
}

/** A message under way. */
interface Transaction {
  readonly message: WireMessage;
  readonly isFollower: boolean;
  readonly mayGoOn: () => boolean;
  stage: TransactionStage;
  endsFollowing: boolean;
  /** The first refusal: those that follow it follow from it. */
  refusal?: { readonly command: SmtpCommand; readonly reply: SmtpReply };
  readonly end: (result: TransactionResult) => void;
}

/** One conversation: changed by the functions below alone. */
interface Dialog {
  readonly socket: Socket;
  readonly abilities: ServerAbilities;
  readonly timeouts: CommandTimeouts;
  readonly reader: ReplyReader;
  readonly awaited: Awaited[];
  /** Called when the connection is lost, with why. */
  readonly losers: Set<(reason: string) => void>;
  /** Begun and not ended, in order: two at most. */
  readonly underWay: Transaction[];
  onFollowable: (() => void) | undefined;
  deadlineAt: number;
  timer: NodeJS.Timeout | undefined;
  timerAt: number;
  isOpen: boolean;
}

// A server that does not answer QUIT must not hold the process.
const farewellMs = 2_000;
// Of the time for a reply to MAIL, for that of a message that follows another.
const followersShare = 10;
// What servers say to MAIL behind the data where they want nothing there, whatever they announced: Haraka from 3.3.4 on 503 to each line of it, Exim 554.
// What is the message's own fault is said again on the connection that it goes over next.
const outOfTurnCodes: ReadonlySet<number> = new Set([500, 503, 554]);
const finalDot = Buffer.from('.\r\n');

/** Takes over a socket on which nothing is under way. */
export function createSmtpDialog(socket: Socket, abilities: ServerAbilities, timeouts: CommandTimeouts): SmtpDialog {
  const dialog: Dialog = {
    socket,
    abilities,
    timeouts,
    reader: createReplyReader(),
    awaited: [],
    losers: new Set(),
    underWay: [],
    onFollowable: undefined,
    deadlineAt: Infinity,
    timer: undefined,
    timerAt: Infinity,
    isOpen: true,
  };
  socket.setTimeout(0);
  socket.on('data', (chunk) => hear(dialog, chunk));
  socket.on('error', (error: NodeJS.ErrnoException) => loseToServer(dialog, `connection failed (${error.code ?? 'ESOCKET'})`));
  socket.on('end', () => loseToServer(dialog, 'connection closed (ECONNECTION)'));
  socket.on('close', () => loseToServer(dialog, 'connection closed (ECONNECTION)'));
  return {
    transact: (message, mayGoOn) => transact(dialog, message, mayGoOn),
    get canBeFollowed() {
      return canBeFollowed(dialog);
    },
    set onFollowable(listener: (() => void) | undefined) {
      dialog.onFollowable = listener;
    },
    get onFollowable() {
      return dialog.onFollowable;
    },
    ask: (line) => ask(dialog, line),
    get isOpen() {
      return dialog.isOpen && !socket.destroyed;
    },
    quit: () => quit(dialog),
    destroy: () => lose(dialog, 'connection dropped by us (ECONNECTION)'),
  };
}

function hear(dialog: Dialog, chunk: Buffer): void {
  if (!dialog.isOpen) return;
  const heard = dialog.reader.read(chunk);
  for (const reply of heard.replies) {
    const next = dialog.isOpen ? dialog.awaited.shift() : undefined;
    if (!next) {
      lose(dialog, reply.startsWith('421') ? 'connection closed (ECONNECTION)' : 'server answered out of turn (EPROTOCOL)');
      return;
    }
    next.take(reply);
  }
  if (heard.fault !== undefined) lose(dialog, `${heard.fault} (EPROTOCOL)`);
  // A reply that never ends is silence.
  else if (heard.replies.length > 0) watch(dialog);
}

/** Silence is measured from when a command began to be the one that waits longest. */
function watch(dialog: Dialog): void {
  const [first] = dialog.awaited;
  dialog.deadlineAt = first ? performance.now() + first.limitMs : Infinity;
  // A later deadline is looked at when the timer of the earlier one is up: most messages need no timer of their own.
  if (dialog.deadlineAt < dialog.timerAt) setAlarm(dialog);
}

function setAlarm(dialog: Dialog): void {
  clearTimeout(dialog.timer);
  dialog.timerAt = dialog.deadlineAt;
  dialog.timer = setTimeout(() => lookAtClock(dialog), Math.max(1, dialog.deadlineAt - performance.now())).unref();
}

function lookAtClock(dialog: Dialog): void {
  dialog.timerAt = Infinity;
  if (dialog.deadlineAt === Infinity) return;
  const { deadlineAt } = dialog;
  if (performance.now() < deadlineAt) {
    setAlarm(dialog);
    return;
  }
  // Where this process itself stood still, what the server said meanwhile is read first.
  setImmediate(() => {
    if (dialog.deadlineAt === deadlineAt) loseToSilence(dialog);
    else if (dialog.deadlineAt !== Infinity) setAlarm(dialog);
  });
}

function loseToServer(dialog: Dialog, reason: string): void {
  // A server that hangs up on whatever stands behind the data would leave message after message in doubt.
  const [first, follower] = dialog.underWay;
  if (first && follower) first.endsFollowing = true;
  lose(dialog, reason);
}

function loseToSilence(dialog: Dialog): void {
  const [first] = dialog.underWay;
  // The one that it followed is answered.
  if (first?.isFollower && first.stage === 'envelope') first.endsFollowing = true;
  lose(dialog, 'server did not answer in time (ETIMEDOUT)');
}

function lose(dialog: Dialog, reason: string): void {
  if (!dialog.isOpen) return;
  dialog.isOpen = false;
  clearTimeout(dialog.timer);
  dialog.awaited.length = 0;
  // A message that was written in this very turn is known to be only in the next: a server may answer in the words that ask for it.
  setImmediate(() => {
    dialog.socket.destroy();
    for (const loser of dialog.losers) loser(reason);
    dialog.losers.clear();
  });
}

function say(dialog: Dialog, line: string, awaited: readonly Awaited[]): void {
  const isFirst = dialog.awaited.length === 0;
  dialog.awaited.push(...awaited);
  dialog.socket.write(line);
  if (isFirst) watch(dialog);
}

async function ask(dialog: Dialog, line: string): Promise<SmtpReply | undefined> {
  return new Promise((resolve) => {
    if (!dialog.isOpen) {
      resolve(undefined);
      return;
    }
    const loser = (): void => resolve(undefined);
    dialog.losers.add(loser);
    const take = (reply: string): void => {
      dialog.losers.delete(loser);
      resolve(parseSmtpReply(reply));
      if (reply.startsWith('421')) lose(dialog, 'connection closed (ECONNECTION)');
    };
    say(dialog, `${line}\r\n`, [{ limitMs: dialog.timeouts.mailMs, take }]);
  });
}

function quit(dialog: Dialog): void {
  if (!dialog.isOpen) return;
  void ask(dialog, 'QUIT').then(() => lose(dialog, 'connection closed (ECONNECTION)'));
  setTimeout(() => lose(dialog, 'connection closed (ECONNECTION)'), farewellMs).unref();
}

function canBeFollowed({ isOpen, abilities, underWay }: Dialog): boolean {
  return isOpen && abilities.pipelining && underWay.length === 1 && underWay[0]!.stage !== 'envelope';
}

async function transact(dialog: Dialog, message: WireMessage, mayGoOn = () => true): Promise<TransactionResult> {
  const { maxBytes } = dialog.abilities;
  // The server announced a limit that the message exceeds (RFC 1870): it is not offered at all.
  if (maxBytes && sizeOf(message) > maxBytes)
    return { stage: 'envelope', command: 'mail', reply: tooLarge, reason: 'refused (EMESSAGE at MAIL FROM)', isForeseen: true };
  return new Promise((resolve) => {
    if (!dialog.isOpen) {
      resolve({ stage: 'envelope', reason: 'connection closed (ECONNECTION)' });
      return;
    }
    const loser = (reason: string): void => transaction.end(resultOfLoss(transaction, reason));
    const transaction: Transaction = {
      message,
      isFollower: dialog.underWay.length > 0,
      mayGoOn,
      stage: 'envelope',
      endsFollowing: false,
      end(result) {
        dialog.losers.delete(loser);
        const at = dialog.underWay.indexOf(transaction);
        if (at !== -1) dialog.underWay.splice(at, 1);
        resolve(result);
      },
    };
    dialog.underWay.push(transaction);
    dialog.losers.add(loser);
    offerEnvelope(dialog, transaction);
  });
}

/** What a server had refused before it hung up is its answer; what the connection as a whole suffered is no answer to a message that was sent. */
function resultOfLoss({ stage, refusal, endsFollowing }: Transaction, reason: string): TransactionResult {
  if (stage === 'envelope' && refusal) return { stage, ...refusal, reason: reasonOf(refusal.command) };
  return { stage, reason, ...(endsFollowing ? { endsFollowing } : {}) };
}

function offerEnvelope(dialog: Dialog, transaction: Transaction): void {
  const { timeouts } = dialog;
  // A server that lost what stood behind the data is told soon: it has just answered, and the message goes over another connection.
  const mailMs = transaction.isFollower ? timeouts.mailMs / followersShare : timeouts.mailMs;
  const mail = mailCommand(dialog.abilities, transaction.message);
  const rcpt = `RCPT TO:<${transaction.message.to}>\r\n`;
  const take =
    (command: 'mail' | 'rcpt', next?: () => void) =>
    (reply: string): void => {
      noteEnvelope(dialog, transaction, command, reply, next);
    };
  const awaitData: Awaited = { limitMs: timeouts.dataMs, take: (reply) => takeData(dialog, transaction, reply) };
  if (dialog.abilities.pipelining) {
    const awaitMail = { limitMs: mailMs, take: take('mail') };
    say(dialog, `${mail}${rcpt}DATA\r\n`, [awaitMail, { limitMs: timeouts.mailMs, take: take('rcpt') }, awaitData]);
    return;
  }
  const sayData = (): void => say(dialog, 'DATA\r\n', [awaitData]);
  const sayRcpt = (): void => say(dialog, rcpt, [{ limitMs: timeouts.mailMs, take: take('rcpt', sayData) }]);
  say(dialog, mail, [{ limitMs: timeouts.mailMs, take: take('mail', sayRcpt) }]);
}

/** A parameter is named where the server knows it; RFC 6531 3.6: who asks for SMTPUTF8 has a header outside ASCII. */
function mailCommand({ maxBytes, eightBitMime }: ServerAbilities, message: WireMessage): string {
  const isAscii = /^[\0-\x7F]*$/.test(message.from + message.to);
  const size = maxBytes === undefined ? '' : ` SIZE=${sizeOf(message)}`;
  return `MAIL FROM:<${message.from}>${size}${isAscii ? '' : `${eightBitMime ? ' BODY=8BITMIME' : ''} SMTPUTF8`}\r\n`;
}

function sizeOf({ pieces }: WireMessage): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** `next` where commands go out one by one; else all of them are answered. */
function noteEnvelope(dialog: Dialog, transaction: Transaction, command: 'mail' | 'rcpt', text: string, next?: () => void): void {
  if (text.startsWith('2')) {
    next?.();
    return;
  }
  const reply = parseSmtpReply(text);
  if (!reply || !/^[45]/.test(text)) {
    lose(dialog, 'server answered out of turn (EPROTOCOL)');
    return;
  }
  if (transaction.isFollower && command === 'mail' && outOfTurnCodes.has(reply.code)) {
    transaction.endsFollowing = true;
    lose(dialog, 'server takes nothing behind the data (EPROTOCOL)');
    return;
  }
  transaction.refusal ??= { command, reply };
  if (next) endRefused(transaction, transaction.refusal);
  // RFC 5321 3.8: whoever says so hangs up.
  if (reply.code === 421) lose(dialog, 'connection closed (ECONNECTION)');
}

function endRefused(transaction: Transaction, { command, reply }: NonNullable<Transaction['refusal']>): void {
  transaction.end({ stage: transaction.stage, command, reply, reason: reasonOf(command) });
}

function takeData(dialog: Dialog, transaction: Transaction, text: string): void {
  const { refusal } = transaction;
  if (text.startsWith('354') && !refusal) {
    if (!transaction.isFollower || transaction.mayGoOn()) writeMessage(dialog, transaction);
    // Too much time went by over the message before it.
    else lose(dialog, 'connection dropped by us (ECONNECTION)');
    return;
  }
  const reply = parseSmtpReply(text);
  const isRefusal = reply !== undefined && /^[45]/.test(text);
  const answer = refusal ?? (isRefusal ? { command: 'data' as const, reply } : undefined);
  if (answer) endRefused(transaction, answer);
  // A server that wants data for nobody, or none after all, is not one to go on with.
  if (!isRefusal) lose(dialog, 'server answered out of turn (EPROTOCOL)');
  else if (reply.code === 421) lose(dialog, 'connection closed (ECONNECTION)');
}

/** The final dot is the last byte of one write: as long as that is not through, the server has no whole message. */
function writeMessage(dialog: Dialog, transaction: Transaction): void {
  const { socket, timeouts } = dialog;
  transaction.stage = 'data';
  dialog.awaited.unshift({ limitMs: timeouts.blockMs, take: (reply) => takeVerdict(dialog, transaction, reply) });
  socket.cork();
  for (const piece of transaction.message.pieces) socket.write(piece);
  socket.write(finalDot, (error) => {
    // What a socket that is destroyed calls written may have gone nowhere.
    if (error || socket.destroyed || transaction.stage !== 'data') return;
    transaction.stage = 'ended';
    dialog.deadlineAt = performance.now() + timeouts.messageMs;
  });
  socket.uncork();
  // In a write of its own: in one with the dot, that would count as written only with the last byte of what follows, and the answer may come before that.
  dialog.onFollowable?.();
}

function takeVerdict(dialog: Dialog, transaction: Transaction, text: string): void {
  const reply = parseSmtpReply(text);
  const isAnswer = reply !== undefined && (/^[45]/.test(text) || (text.startsWith('2') && transaction.stage === 'ended'));
  if (!isAnswer) {
    // What takes a message before it has all of it takes anything.
    lose(dialog, 'server answered out of turn (EPROTOCOL)');
    return;
  }
  const isWhole = transaction.stage === 'ended';
  transaction.end({ stage: transaction.stage, command: 'message', reply, reason: text.startsWith('2') ? 'replied' : reasonOf('message') });
  if (!isWhole || reply.code === 421) lose(dialog, 'connection closed (ECONNECTION)');
}

/** A short reason without what the server said: that is the reply's part. */
function reasonOf(command: SmtpCommand): string {
  const names: Partial<Record<SmtpCommand, string>> = {
    mail: 'EENVELOPE at MAIL FROM',
    rcpt: 'EENVELOPE at RCPT TO',
    data: 'EENVELOPE at DATA',
  };
  return `refused (${names[command] ?? 'EMESSAGE at DATA'})`;
}

const tooLarge: SmtpReply = { code: 552, enhanced: '5.3.4', text: 'The message is larger than the server takes' };
