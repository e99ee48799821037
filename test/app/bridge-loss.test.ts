import { describe, expect, test } from '@jest/globals';
import { createBridge, DatabaseLostError, StoppedError } from '../../src/app/bridge-loss.ts';

const never = new Promise<void>(() => {});
const loss = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

/** A clock that goes on by a minute with each look. */
function minutesClock(): () => number {
  let now = 0;
  return () => (now += 60_000);
}

describe('a bridge over a lost database', () => {
  test('asks again until it answers, and tells once what it waits for', async () => {
    const said: string[] = [];
    const bridge = createBridge({ stopped: never, say: (line) => void said.push(line) });
    let turn = 0;
    const answer = bridge.ask(async () => {
      turn += 1;
      if (turn < 4) throw loss();
      return 'here';
    });
    expect(await answer).toBe('here');
    expect(said).toEqual([expect.stringMatching(/^the database was lost: .*ECONNREFUSED.*up to 5 minutes$/), 'the database answers again']);
    expect([bridge.isLost(), bridge.wasLost()]).toEqual([false, true]);
  });

  test('has an end to its patience, and says so', async () => {
    const bridge = createBridge({ stopped: never, say: () => {}, monotonic: minutesClock() });
    const asked = bridge.ask(async () => Promise.reject(loss()));
    await expect(asked).rejects.toThrow(DatabaseLostError);
    await expect(asked).rejects.toThrow(/did not come back within 5 minutes: .*ECONNREFUSED/);
    expect(bridge.isLost()).toBe(true);
  });

  test('takes an answer that does not come for a loss', async () => {
    const bridge = createBridge({ stopped: never, say: () => {}, answerWithinMs: 5, patienceMs: 0 });
    await expect(bridge.ask(async () => never)).rejects.toThrow(DatabaseLostError);
  });

  test('passes on every other failure at once', async () => {
    const bridge = createBridge({ stopped: never, say: () => {} });
    await expect(bridge.ask(async () => Promise.reject(new Error('no such table')))).rejects.toThrow('no such table');
    expect(bridge.wasLost()).toBe(false);
  });

  test('ends as soon as it is asked to, while it waits for an answer, for the database or for time', async () => {
    let stop = (): void => {};
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    const bridge = createBridge({ stopped, say: () => {} });
    const waits = [bridge.ask(async () => never), bridge.ask(async () => Promise.reject(loss())), bridge.wait(600_000)];
    stop();
    for (const wait of waits) await expect(wait).rejects.toThrow(StoppedError);
  });
});
