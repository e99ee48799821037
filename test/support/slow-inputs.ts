import { startCpuTimer } from './cpu-time.ts';
import { inputText, worstInputs, type WorstInput } from './worst-inputs.ts';

/** An input that keeps a pattern busy for longer than it may. */
export interface SlowInput {
  readonly input: WorstInput;
  readonly length: number;
  /** Milliseconds of processor time. */
  readonly ms: number;
}

const longest = 100_000;
const allowedMs = 20;
/** A few repetitions, which show what doubles with each; then a short text and a long one. */
const trialCounts = [20, 26, 32];
const shortTrial = 1_000;
const longTrial = 10_000;
/** What takes less for the short text needs no long one: half a million steps, the square of its length, take several times as much. */
const livelyMs = 0.02;
/** At the longest trial a pattern that is linear takes a tenth of this. */
const suspiciousMs = 0.3;
/** So many of the inputs that take longest are grown: of hundreds that differ in a letter each would say the same. */
const maxGrown = 40;
const patientRuns = 60;
/** So many runs are enough where the time grows faster than the text: that is no disturbance by others. */
const enoughRuns = 5;
/** What is tried to see how a time grows is so many times shorter: one of its runs is over before others get their turn. */
const shorter = 10;
/** How much more than linear a time may grow before it counts: the square grows by `shorter` times as much. */
const disturbance = 4;

const control = /\p{L}/gu;
const controlText = 'é'.repeat(longest);
/** What the control takes where the limit was set, on a machine that does nothing else (3.7 ms), with a little room. */
const usualControlMs = 5;

const timesIn =
  (length: number) =>
  ({ pump }: WorstInput): number =>
    Math.ceil(length / pump.length);
const inShortText = timesIn(shortTrial);
const inLongText = timesIn(longTrial);

/** An input that keeps the pattern busy for longer than it may, undefined where there is none. */
export function findSlowInput(pattern: RegExp): SlowInput | undefined {
  let inputs = worstInputs(pattern);
  for (const countOf of [...trialCounts.map((count) => () => count), inShortText, inLongText]) {
    const tried: { readonly input: WorstInput; readonly ms: number }[] = [];
    for (const input of inputs) {
      const ms = bestTimeOf(pattern, inputText(input, countOf(input)), 2);
      const slow = ms > allowedMs ? grow(pattern, input, countOf(input)) : undefined;
      if (slow !== undefined) return slow;
      tried.push({ input, ms });
    }
    const suspicious = tried.filter(({ ms }) => ms > suspiciousMs).sort((one, other) => other.ms - one.ms);
    for (const { input } of suspicious.slice(0, maxGrown)) {
      const slow = grow(pattern, input, countOf(input));
      if (slow !== undefined) return slow;
    }
    if (countOf === inShortText) inputs = tried.filter(({ ms }) => ms > livelyMs).map(({ input }) => input);
  }
  return undefined;
}

/** Grows an input step by step, so that what takes its square, or doubles with each repetition, is known before it takes hours. */
function grow(pattern: RegExp, input: WorstInput, from: number): SlowInput | undefined {
  for (let count = from; ; count = count < 60 ? count + 2 : count * 3) {
    const repeated = Math.min(count, Math.ceil(longest / input.pump.length));
    const text = inputText(input, repeated);
    const first = bestTimeOf(pattern, text, 1);
    // Ten times what it may is no accident, and need not be waited for again.
    const ms = first >= allowedMs * 10 || first < allowedMs ? first : patientTimeOf(pattern, input, repeated);
    if (ms >= allowedMs) return { input, length: text.length, ms };
    if (text.length >= longest) return undefined;
  }
}

/**
 * The time of a pattern that seemed to take too long, as it would be on a machine that does nothing else: where it grows with its text, what a short text
 * takes undisturbed says it better than a long one that others disturbed.
 */
function patientTimeOf(pattern: RegExp, input: WorstInput, count: number): number {
  const text = inputText(input, count);
  const shortText = inputText(input, Math.ceil(count / shorter));
  let short = Infinity;
  for (let run = 0; run < patientRuns; run++) short = Math.min(short, timeOf(pattern, shortText));
  const expected = short * shorter;
  let best = Infinity;
  for (let run = 0; run < patientRuns && best >= allowedMs; run++) {
    if (run === enoughRuns && best > disturbance * expected) break;
    best = Math.min(best, timeOf(pattern, text));
  }
  if (best < allowedMs) return best;
  return (best <= disturbance * expected ? expected : best) / slowness();
}

/** How many times slower than usual the machine is at the moment: others on its cores slow the processor's own time too. */
function slowness(): number {
  return Math.max(1, bestTimeOf(control, controlText, 5) / usualControlMs);
}

/**
 * The best of some runs: a collection of garbage in one of them is not the pattern's. The first is measured by the clock on the wall, which shows no less than
 * the processor's time and is asked in a hundredth of it: of a million runs all but a few are over soon.
 */
function bestTimeOf(pattern: RegExp, text: string, runs: number): number {
  let best = wallTimeOf(pattern, text);
  for (let run = 0; run < runs && best > suspiciousMs; run++) best = Math.min(best, timeOf(pattern, text));
  return best;
}

function wallTimeOf(pattern: RegExp, text: string): number {
  const startedAt = performance.now();
  runOver(pattern, text);
  return performance.now() - startedAt;
}

/** Runs a pattern over a whole text; milliseconds of processor time. */
function timeOf(pattern: RegExp, text: string): number {
  const usedMs = startCpuTimer();
  runOver(pattern, text);
  return usedMs();
}

/** Runs a pattern over a whole text as its flags have it. */
function runOver(pattern: RegExp, text: string): void {
  pattern.lastIndex = 0;
  if (pattern.global) text.replace(pattern, '');
  else pattern.test(text);
}
