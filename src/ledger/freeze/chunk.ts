/*
 * How many subscriptions one transaction of a freeze locks. Whoever signs up, leaves or gives back waits for one chunk at most, so a chunk
 * is to hold its locks for some 40 ms whatever the machine does beside it: less than half of what a patient caller (`lock_timeout` 100 ms) grants.
 */

/** The most that a chunk takes: more hardly saves time, and holds its locks longer. */
export const largestChunk = 2_000;

const firstChunk = 500;
const smallestChunk = 125;
const longHoldMs = 40;
const shortHoldMs = 16;

/** The size to start with, before anything is known about the machine. */
export function firstChunkSize(largest: number): number {
  return Math.min(firstChunk, largest);
}

/** The next size after a chunk that held its locks so long. */
export function nextChunkSize(size: number, heldMs: number, largest: number): number {
  if (heldMs > longHoldMs) return Math.min(size, Math.max(smallestChunk, Math.ceil(size / 2)));
  if (heldMs < shortHoldMs) return Math.min(largest, size * 2);
  return size;
}
