/** Runs work that may take long, and says what it is should it do so. `tell` gives other words when something else is begun. */
export type Saying = <Result>(what: string, work: (tell: (what: string) => void) => Promise<Result>) => Promise<Result>;

/** Runs it and says nothing. */
export const silently: Saying = (_what, work) => work(() => {});

/**
 * Says what is under way once somebody has waited for `afterMs` without a word; what is quicker stays unsaid, and nothing is said twice. Work that was
 * quick counts towards the wait of the next: ten half seconds are five. `since`: from when on somebody waits for the first, by `performance.now()`,
 * such as 0, the start of the process.
 */
export function createSaying(say: (what: string) => void, afterMs: number, since?: number): Saying {
  const said = new Set<string>();
  let silentMs = 0;
  let waitingSince = since;
  return async (what, work) => {
    let quietSince = performance.now();
    if (waitingSince !== undefined) silentMs = quietSince - waitingSince;
    waitingSince = undefined;
    let current = what;
    let timer: NodeJS.Timeout | undefined;
    const speakIn = (ms: number): void => {
      timer = setTimeout(() => {
        timer = undefined;
        silentMs = 0;
        quietSince = performance.now();
        if (!said.has(current)) say(current);
        said.add(current);
      }, ms).unref();
    };
    let isDone = false;
    speakIn(Math.max(0, afterMs - silentMs));
    try {
      return await work((next) => {
        if (isDone || next === current) return;
        current = next;
        // Where a timer runs, it says the newest words.
        if (timer === undefined) speakIn(afterMs);
      });
    } finally {
      isDone = true;
      if (timer !== undefined) silentMs += performance.now() - quietSince;
      clearTimeout(timer);
    }
  };
}
