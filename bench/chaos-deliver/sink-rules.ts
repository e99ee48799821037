import { createHash } from 'node:crypto';

/** What the server does with a message. `mid-data`, `before-data`: it drops the connection; `cut`: it takes the message and drops the connection. */
export interface SinkAct {
  readonly step: 'rcpt' | 'before-data' | 'mid-data' | 'message' | 'cut';
  /** At `rcpt` and `message`; 250 at the latter takes it. */
  readonly reply: string;
}

/** Of each hundred attempts. */
const shares: readonly (readonly [number, SinkAct])[] = [
  [1.5, { step: 'rcpt', reply: '450 4.2.0 Greylisted, try again' }],
  [1, { step: 'rcpt', reply: '452 4.2.2 Mailbox full for now' }],
  [2, { step: 'message', reply: '451 4.7.1 Try again later' }],
  [0.5, { step: 'rcpt', reply: '421 4.3.2 Closing' }],
  [1, { step: 'before-data', reply: '' }],
  [1, { step: 'mid-data', reply: '' }],
  [1.5, { step: 'cut', reply: '' }],
];

/** For good, whoever asks how often. */
const refusals: readonly SinkAct[] = [
  { step: 'rcpt', reply: '550 5.1.1 No such person' },
  { step: 'rcpt', reply: '552 5.2.2 Mailbox full' },
  { step: 'message', reply: '554 5.7.1 Not wanted' },
];

const taken: SinkAct = { step: 'message', reply: '250 2.0.0 Taken' };

/** What becomes of the attempt with this number (from 0) for a reader: the same for a seed, whatever was killed between. Two of a hundred readers are refused for good. */
export function sinkActFor(seed: number, to: string, attempt: number): SinkAct {
  const ofReader = chance(`${seed} ${to}`);
  if (ofReader < 0.02) return refusals[Math.floor(ofReader * 50 * refusals.length)]!;
  let left = chance(`${seed} ${to} ${attempt}`) * 100;
  for (const [share, act] of shares) {
    if (left < share) return act;
    left -= share;
  }
  return taken;
}

/** After one of a hundred messages the server says 421 unasked and closes. */
export function isFarewell(seed: number, to: string, attempt: number): boolean {
  return chance(`${seed} ${to} ${attempt} farewell`) < 0.01;
}

function chance(of: string): number {
  return createHash('sha256').update(of).digest().readUInt32LE() / 2 ** 32;
}
