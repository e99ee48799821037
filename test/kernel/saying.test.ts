import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createSaying, type Saying } from '../../src/kernel/saying.ts';

const afterMs = 1_000;
let lines: string[];
let saying: Saying;

beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  saying = createSaying((line) => void lines.push(line), afterMs);
});
afterEach(() => void jest.useRealTimers());

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

/** Starts work that goes on until it is let go. */
function begin(what: string) {
  let letGo = (): void => {};
  let tell: (what: string) => void = () => {};
  const result = saying(what, (teller) => {
    tell = teller;
    return new Promise<string>((resolve) => (letGo = () => resolve('result')));
  });
  return {
    tell: (next: string) => tell(next),
    end() {
      letGo();
      return result;
    },
  };
}

describe('what is under way', () => {
  test('is said once somebody has waited, while it goes on', async () => {
    const work = begin('starting');
    await pass(afterMs - 1);
    expect(lines).toEqual([]);
    await pass(1);
    expect(lines).toEqual(['starting']);
    await pass(60_000);
    expect(await work.end()).toBe('result');
    expect(lines).toEqual(['starting']);
  });

  test('stays unsaid where it is quick, and where it fails, which is said elsewhere', async () => {
    expect(await saying('starting', async () => 1)).toBe(1);
    await expect(saying('starting', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await pass(60_000);
    expect(lines).toEqual([]);
  });

  test('is said in the newest words', async () => {
    const work = begin('looking');
    await pass(500);
    work.tell('starting');
    await pass(500);
    expect(lines).toEqual(['starting']);
    work.tell('waiting');
    await pass(afterMs);
    expect(lines).toEqual(['starting', 'waiting']);
    await work.end();
  });

  test('is said once, however often it comes to that', async () => {
    const work = begin('starting');
    await pass(afterMs);
    for (const what of ['waiting', 'starting', 'waiting', 'starting']) {
      work.tell(what);
      await pass(afterMs);
    }
    await work.end();
    const again = begin('waiting');
    await pass(afterMs);
    await again.end();
    expect(lines).toEqual(['starting', 'waiting']);
  });

  test('is not said after its end', async () => {
    const work = begin('starting');
    await pass(afterMs);
    await work.end();
    work.tell('too late');
    await pass(60_000);
    expect(lines).toEqual(['starting']);
  });

  test('counts what somebody has waited before', async () => {
    saying = createSaying((line) => void lines.push(line), afterMs, performance.now());
    await pass(5_000);
    const work = begin('starting');
    await pass(0);
    expect(lines).toEqual(['starting']);
    await work.end();
  });

  test('counts what was quick before it', async () => {
    const first = begin('first');
    await pass(700);
    await first.end();
    const second = begin('second');
    await pass(300);
    expect(lines).toEqual(['second']);
    await second.end();
    const third = begin('third');
    await pass(700);
    expect(lines).toEqual(['second']);
    await third.end();
  });
});
