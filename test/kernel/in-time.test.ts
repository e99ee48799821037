import { expect, test } from '@jest/globals';
import { inTime } from '../../src/kernel/in-time.ts';

const never = new Promise<string>(() => {});

test('gives what the work comes to, and throws what it throws', async () => {
  expect(await inTime(60_000, Promise.resolve('done'), () => 'late')).toBe('done');
  await expect(inTime(60_000, Promise.reject(new Error('broken')), () => 'late')).rejects.toThrow('broken');
});

test('gives what is said of work that takes too long, or throws it', async () => {
  expect(await inTime(1, never, () => 'late')).toBe('late');
  const late = inTime(1, never, () => {
    throw new Error('late');
  });
  await expect(late).rejects.toThrow('late');
});

test('lets late work fail with nobody listening', async () => {
  let fail: (error: Error) => void = () => {};
  const work = new Promise<string>((_resolve, reject) => {
    fail = reject;
  });
  expect(await inTime(1, work, () => 'late')).toBe('late');
  fail(new Error('too late'));
  await expect(work).rejects.toThrow('too late');
});
