import { expect, test } from '@jest/globals';
import { createDeadImageFinder } from '../../src/editions/dead-images.ts';

const never = (): Promise<void> => new Promise(() => {});

test('a picture that answers 404 or 410 is dead, any other answer or none leaves it in', async () => {
  const statuses: Record<string, number | undefined> = { a: 200, b: 404, c: 410, d: 500, e: undefined };
  const find = createDeadImageFinder(
    async (url) => statuses[url],
    () => 0,
    never,
  );
  expect([...(await find(['a', 'b', 'c', 'd', 'e']))].sort()).toEqual(['b', 'c']);
});

test('a host that fails to answer costs no picture', async () => {
  const find = createDeadImageFinder(
    async () => {
      throw new Error('no answer');
    },
    () => 0,
    never,
  );
  expect((await find(['a'])).size).toBe(0);
});

test('a slow host is waited for no longer than the patience', async () => {
  const find = createDeadImageFinder(
    (url) => (url === 'slow' ? new Promise(() => {}) : Promise.resolve(404)),
    () => 0,
    async () => {
      await new Promise((resolve) => setImmediate(resolve));
    },
  );
  expect([...(await find(['dead', 'slow']))]).toEqual(['dead']);
});

test('each picture is asked once in ten minutes, however many renditions show it', async () => {
  let time = 0;
  let count = 0;
  const find = createDeadImageFinder(
    async () => {
      count += 1;
      return 200;
    },
    () => time,
    never,
  );
  await find(['a']);
  await find(['a']);
  expect(count).toBe(1);
  time = 600_001;
  await find(['a']);
  expect(count).toBe(2);
});
