/** How far what is waited for has come. */
export interface SendProgress {
  /** Deliveries that are decided, of whatever end. */
  readonly done: number;
  /** Those of all editions that are waited for, also of one that was begun before. */
  readonly total: number;
}

/** The same, seen at a moment. */
export interface SendSample extends SendProgress {
  /** Milliseconds that never jump. */
  readonly atMs: number;
}

/** How fast it goes. */
export interface SendPace extends SendProgress {
  readonly perSecond: number;
  /** At this rate; undefined where nothing moves, and nobody can say. */
  readonly secondsLeft: number | undefined;
}

/** Long enough that a limit by the minute looks even, short enough that a mended account shows. */
const windowMs = 60_000;

/** Samples with one more: those that a rate is still taken of. One older than the window stays, so that it is always covered. */
export function withSample(samples: readonly SendSample[], sample: SendSample): readonly SendSample[] {
  const first = samples.findLastIndex(({ atMs }) => atMs <= sample.atMs - windowMs);
  return [...samples.slice(Math.max(0, first)), sample];
}

/** How fast it went over the samples; undefined where there are none. */
export function paceOf(samples: readonly SendSample[]): SendPace | undefined {
  const [oldest, newest] = [samples[0], samples.at(-1)];
  if (oldest === undefined || newest === undefined) return undefined;
  const [doneCount, seconds] = [newest.done - oldest.done, (newest.atMs - oldest.atMs) / 1_000];
  const perSecond = seconds > 0 && doneCount > 0 ? doneCount / seconds : 0;
  const secondsLeft = perSecond > 0 ? (newest.total - newest.done) / perSecond : undefined;
  return { done: newest.done, total: newest.total, perSecond, secondsLeft };
}
