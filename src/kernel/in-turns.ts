import { setImmediate as nextTurn } from 'node:timers/promises';

/** Does work that pauses now and then, and lets others have their turn whenever it does. */
export async function inTurns<Result>(work: Generator<undefined, Result>): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}
