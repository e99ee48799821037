import { expect, test } from '@jest/globals';
import { keepFigures } from '../../../src/app/metrics/keep-figures.ts';

const patience = { keepMs: 5_000, patienceMs: 60_000, giveUpMs: 60_000 };

/** Readings that are answered when the test says so. */
function createReadings() {
  const answers: ((figures: string | Error) => void)[] = [];
  const read = () =>
    new Promise<string>((resolve, reject) => answers.push((figures) => (figures instanceof Error ? reject(figures) : resolve(figures))));
  return { read, answers };
}

test('however many look, the database is asked once in five seconds, and by one at a time', async () => {
  const { read, answers } = createReadings();
  let now = 0;
  const look = keepFigures(read, () => now, patience);
  const looks = [look(), look(), look()];
  answers[0]!('first');
  expect(await Promise.all(looks)).toEqual(['first', 'first', 'first']);
  now = 4_999;
  expect([await look(), answers.length]).toEqual(['first', 1]);
  now = 5_000;
  const again = look();
  answers[1]!('second');
  expect([await again, answers.length]).toEqual(['second', 2]);
});

test('a failure is told as such, and stands as long: who looks often does not ask a database in trouble more often', async () => {
  const { read, answers } = createReadings();
  let now = 0;
  const look = keepFigures(read, () => now, patience);
  const failing = look();
  answers[0]!(new Error('away'));
  expect([await failing, await look(), answers.length]).toEqual([undefined, undefined, 1]);
  now = 5_000;
  const back = look();
  answers[1]!('back');
  expect(await back).toBe('back');
});

test('who looks waits no longer than its patience; the reading goes on, and no other begins beside it', async () => {
  const { read, answers } = createReadings();
  let now = 0;
  const look = keepFigures(read, () => now, { ...patience, patienceMs: 1 });
  expect([await look(), await look(), answers.length]).toEqual([undefined, undefined, 1]);
  answers[0]!('late');
  await new Promise(setImmediate);
  expect(await look()).toBe('late');
  // One that is never answered is given up, and what it says after all counts no more.
  now = 5_000;
  expect([await look(), answers.length]).toEqual([undefined, 2]);
  now = 65_000;
  expect([await look(), answers.length]).toEqual([undefined, 3]);
  answers[2]!('new');
  answers[1]!('old');
  await new Promise(setImmediate);
  expect(await look()).toBe('new');
});
