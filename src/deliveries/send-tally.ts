import type { SendOutcome } from '../mail/message.ts';

/** What became of a message that was claimed. */
export interface TalliedMessage {
  /** Its server and login, as outages name it. */
  readonly account: string;
  readonly outcome: SendOutcome['kind'];
  /** Of the reader's address. */
  readonly domain: string;
  /** From its first byte to its answer; undefined where no byte went out. */
  readonly tookMs: number | undefined;
}

/** Counts what a worker does, for whoever watches it. It is asked for each message: it must cost next to nothing, and never throw. */
export interface SendTally {
  message(landed: TalliedMessage): void;
  /** One statement that records and claims; `isAnswered`: whether it is known to have been carried out. */
  tick(ended: { readonly tookMs: number; readonly isAnswered: boolean }): void;
}

/** Nobody watches. */
export const noTally: SendTally = { message() {}, tick() {} };
