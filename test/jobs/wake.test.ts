import { expect, test } from '@jest/globals';
import { startWaking } from '../../src/jobs/wake.ts';
import { silentLog } from '../../src/kernel/log.ts';

/** Work that ends when it is told to. */
function createWork() {
  const ends: (() => void)[] = [];
  let runningCount = 0;
  let mostAtOnce = 0;
  return {
    work: async (): Promise<void> => {
      runningCount += 1;
      mostAtOnce = Math.max(mostAtOnce, runningCount);
      await new Promise<void>((resolve) => ends.push(resolve));
      runningCount -= 1;
    },
    endOne: () => ends.shift()?.(),
    startedCount: () => ends.length,
    mostAtOnce: () => mostAtOnce,
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a wake-up during a run is run after it, never beside it', async () => {
  const { work, endOne, mostAtOnce, startedCount } = createWork();
  const waker = startWaking(work, silentLog);
  const wakes = [waker.wake(), waker.wake(), waker.wake()];
  for (let i = 0; i < 3; i += 1) {
    await turn();
    expect(startedCount()).toBe(1);
    endOne();
  }
  await Promise.all(wakes);
  expect(mostAtOnce()).toBe(1);
  await waker.close();
});

test('a run that fails is logged and does not stop the next', async () => {
  const events: string[] = [];
  let runs = 0;
  const waker = startWaking(
    async () => {
      runs += 1;
      throw new Error('a bad minute');
    },
    { ...silentLog, error: (event) => events.push(event) },
  );
  await waker.wake();
  await waker.wake();
  expect([runs, events]).toEqual([2, ['jobs.tick_failed', 'jobs.tick_failed']]);
  await waker.close();
});

test('closing waits for the run under way, and nothing runs after it', async () => {
  const { work, endOne, startedCount } = createWork();
  const waker = startWaking(work, silentLog);
  const wake = waker.wake();
  let isClosed = false;
  const closing = waker.close().then(() => (isClosed = true));
  await turn();
  expect(isClosed).toBe(false);
  endOne();
  await Promise.all([wake, closing]);
  await waker.wake();
  expect(startedCount()).toBe(0);
});
