import type { Mailer } from '../mail/message.ts';
import type { Flight } from './flight.ts';
import type { RangeRun } from './range-run.ts';

/** One mailer with what waits for it and what is on its way: the measure of what may be claimed. */
export interface Lane {
  readonly mailer: Mailer;
  /** Ids read ahead, in order. */
  readonly candidates: { readonly id: string; readonly run: RangeRun }[];
  readonly flights: Set<Flight>;
  /** How many more messages may be claimed now. */
  room(now: number): number;
  /** Learns from an answer: how long a message takes, and whether the server can be reached at all. */
  learn(answer: { readonly tookMs: number } | 'unreachable', now: number): void;
  isPaused(now: number): boolean;
}

// With a second message at hand a fast connection never waits for a claim; on a slow one it would only go back to the queue after its second.
const slowMs = 400;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/** Creates the lane of a mailer. */
export function createLane(mailer: Mailer): Lane {
  const flights = new Set<Flight>();
  let usualMs = 0;
  let failureCount = 0;
  let pausedUntil = -Infinity;
  const isPaused = (now: number): boolean => now < pausedUntil;
  return {
    mailer,
    candidates: [],
    flights,
    isPaused,
    room(now) {
      if (isPaused(now)) return 0;
      // At most two unrecorded messages per connection: what a kill leaves in doubt (P6).
      return Math.max(0, mailer.maxConnections * (usualMs > slowMs ? 1 : 2) - flights.size);
    },
    learn(answer, now) {
      if (answer !== 'unreachable') {
        failureCount = 0;
        usualMs += (answer.tookMs - usualMs) / 8;
      } else if (!isPaused(now)) {
        // Those who fail together count once.
        pausedUntil = now + Math.min(longestPauseMs, firstPauseMs * 2 ** failureCount);
        failureCount += 1;
      }
    },
  };
}
