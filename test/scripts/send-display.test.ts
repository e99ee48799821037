import { describe, expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { createSendDisplay, type SendDisplay } from '../../scripts/send-display.ts';

interface Shown {
  readonly display: SendDisplay;
  readonly lines: string[];
  /** What a terminal was sent. */
  written(): string;
  /** Lets time pass. */
  pass(ms: number): void;
}

function open({ isTTY }: { isTTY: boolean }): Shown {
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    columns: 120,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  const lines: string[] = [];
  let [nowMs, written] = [5_000, ''];
  stream.setEncoding('utf8').on('data', (text: string) => void (written += text));
  const display = createSendDisplay({ stream, warn: (line) => void lines.push(line), monotonic: () => nowMs });
  return { display, lines, written: () => written, pass: (ms) => void (nowMs += ms) };
}

describe('where there is no terminal', () => {
  test('a line every ten seconds says how far it is, how fast it goes and how long it takes', () => {
    const { display, lines, pass } = open({ isTTY: false });
    for (let second = 0; second <= 25; second += 1) {
      display.update({ done: second * 10, total: 1_000 });
      pass(1_000);
    }
    expect(lines).toEqual(['100 of 1000 done, 10 a second, about 2 minutes left', '200 of 1000 done, 10 a second, about 2 minutes left']);
  });

  test('slow is said by the minute, standing still as what it is, and done without more', () => {
    const { display, lines, pass } = open({ isTTY: false });
    const at = (done: number): void => {
      pass(60_000);
      display.update({ done, total: 100 });
    };
    [40, 70, 70, 70, 100].forEach(at);
    expect(lines).toEqual([
      '40 of 100 done, nothing went lately',
      '70 of 100 done, 30 a minute, about 1 minute left',
      '70 of 100 done, nothing went lately',
      '70 of 100 done, nothing went lately',
      '100 of 100 done',
    ]);
  });

  test('nothing is said of a send that is over within ten seconds, or has no deliveries yet', () => {
    const { display, lines, pass } = open({ isTTY: false });
    display.update({ done: 0, total: 5 });
    pass(9_999);
    display.update({ done: 5, total: 5 });
    pass(60_000);
    display.update({ done: 0, total: 0 });
    display.close();
    expect(lines).toEqual([]);
  });
});

test('on a terminal a bar shows the same, makes room for what else is said, and goes', () => {
  const { display, lines, written, pass } = open({ isTTY: true });
  display.update({ done: 0, total: 1_000 });
  pass(10_000);
  display.update({ done: 500, total: 1_000 });
  display.say('waiting. Something else');
  display.update({ done: 500, total: 1_000 });
  display.close();
  expect(lines).toEqual(['waiting. Something else']);
  expect(written()).toMatch(/0 of 1000/);
  expect(written()).toMatch(/[=-]+ 500 of 1000, 50 a second, less than a minute left/);
});
