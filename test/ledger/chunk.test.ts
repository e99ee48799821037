import { describe, expect, test } from '@jest/globals';
import { firstChunkSize, largestChunk, nextChunkSize } from '../../src/ledger/freeze/chunk.ts';

describe('the size of a chunk', () => {
  test('starts small and grows to 2,000 while chunks are quick', () => {
    expect(firstChunkSize(largestChunk)).toBe(500);
    expect(nextChunkSize(500, 8, largestChunk)).toBe(1_000);
    expect(nextChunkSize(1_500, 15, largestChunk)).toBe(2_000);
  });

  test('stays while a chunk holds its locks for up to 40 ms', () => {
    expect(nextChunkSize(1_000, 16, largestChunk)).toBe(1_000);
    expect(nextChunkSize(1_000, 40, largestChunk)).toBe(1_000);
  });

  test('is halved when it was longer, down to 125', () => {
    expect(nextChunkSize(2_000, 41, largestChunk)).toBe(1_000);
    expect(nextChunkSize(200, 500, largestChunk)).toBe(125);
    expect(nextChunkSize(125, 500, largestChunk)).toBe(125);
  });

  test('never passes what the caller asked for', () => {
    expect(firstChunkSize(2)).toBe(2);
    expect(nextChunkSize(2, 1, 2)).toBe(2);
    expect(nextChunkSize(2, 500, 2)).toBe(2);
  });
});
