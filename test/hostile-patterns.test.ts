import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startCpuTimer } from './support/cpu-time.ts';
import { findPatterns, patternsOf, type FoundPattern } from './support/find-patterns.ts';
import { inputText, worstInputs, type WorstInput } from './support/worst-inputs.ts';

/*
 * Every regular expression of the program against inputs that are made to keep it busy: what is written later is found by itself. The inputs come from
 * the pattern's own pieces, so that one whose time grows faster than its input shows, whatever text it is meant for.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const longest = 100_000;
const allowedMs = 20;
/** Lengths at which all inputs are tried, after a few repetitions that show what doubles with each. */
const trialLengths = [1_000, 10_000];
const trialCounts = [20, 26, 32];
/** At the longest trial a pattern that is linear takes a tenth of this. */
const suspiciousMs = 0.3;

/** Patterns that no text from outside meets, or that are put together while the program runs, each with the reason why they may stay. */
const allowed: Readonly<Record<string, string>> = {
  'src/mail/smtp-reply.ts new RegExp(…)': 'a list of escaped addresses and parts of them: it has no quantifier',
  'scripts/gazette.ts new RegExp(…)': 'the names of our commands: it has no quantifier',
  'scripts/preview.ts new RegExp(…)':
    'meets names of files in the folder that staff named, which no file system lets grow beyond 255 bytes',
};

const patterns = findPatterns(root, ['src', 'scripts']);

/** Runs a pattern over a whole text as its flags have it; milliseconds of processor time. */
function timeOf(pattern: RegExp, text: string): number {
  pattern.lastIndex = 0;
  const usedMs = startCpuTimer();
  if (pattern.global) text.replace(pattern, '');
  else pattern.test(text);
  return usedMs();
}

const control = /\p{L}/gu;
const controlText = 'é'.repeat(longest);
/** What the control takes where the limit was set, on a machine that does nothing else (3.7 ms), with a little room. */
const usualControlMs = 5;

/** How many times slower than usual the machine is at the moment: others on its cores slow the processor's own time too. */
function slowness(): number {
  return Math.max(1, bestTimeOf(control, controlText, 5) / usualControlMs);
}

/** The best of some runs: a collection of garbage in one of them is not the pattern's. */
function bestTimeOf(pattern: RegExp, text: string, runs: number): number {
  let best = Infinity;
  for (let run = 0; run < runs && best > suspiciousMs; run++) best = Math.min(best, timeOf(pattern, text));
  return best;
}

const moreLooks = 5;
const betweenLooksMs = 2_000;
const patientRuns = 60;
/** What is tried to see how a time grows is so many times shorter: one of its runs is over before others get their turn. */
const shorter = 10;
/**
 * How much slower a linear pattern is late in the suite: an isolate that has compiled about a megabyte of expressions, as a worker of Jest has by then,
 * compiles further ones without optimisation. What grows faster than its text gets no such allowance.
 */
const unoptimised = 2.5;
/** How much more than linear a time may grow before it counts: the square grows by `shorter` times as much. */
const disturbance = 4;

/**
 * The time of a pattern that seemed to take too long, as it would be on a machine that does nothing else: where it grows with its text, what a short text
 * takes undisturbed says it better than a long one that others disturbed.
 */
function patientTimeOf(pattern: RegExp, input: WorstInput, count: number): number {
  const text = inputText(input, count);
  let best = Infinity;
  for (let run = 0; run < patientRuns && best >= allowedMs; run++) best = Math.min(best, timeOf(pattern, text));
  if (best < allowedMs) return best;
  let short = Infinity;
  for (let run = 0; run < patientRuns; run++) short = Math.min(short, timeOf(pattern, inputText(input, Math.ceil(count / shorter))));
  const expected = short * shorter;
  return (best <= disturbance * expected ? expected / unoptimised : best) / slowness();
}

interface SlowInput {
  readonly input: WorstInput;
  readonly length: number;
  readonly ms: number;
}

/** An input that keeps the pattern busy for longer than it may, undefined where there is none. */
function findSlowInput(pattern: RegExp): SlowInput | undefined {
  const inputs = worstInputs(pattern);
  const trials = [
    ...trialCounts.map((count) => () => count),
    ...trialLengths.map(
      (length) =>
        ({ pump }: WorstInput) =>
          Math.ceil(length / pump.length),
    ),
  ];
  for (const countOf of trials) {
    for (const input of inputs) {
      const count = countOf(input);
      const slow = bestTimeOf(pattern, inputText(input, count), 2) > suspiciousMs ? grow(pattern, input, count) : undefined;
      if (slow !== undefined) return slow;
    }
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

function nameOf({ file, text }: FoundPattern): string {
  return `${file} ${text}`;
}

describe('regular expressions and text from outside', () => {
  test('each takes less than 20 ms for its worst input of 100 KB', async () => {
    const findSlow = (found: FoundPattern): [FoundPattern, string][] => {
      if (found.pattern === undefined || nameOf(found) in allowed) return [];
      const worst = findSlowInput(found.pattern);
      return worst === undefined
        ? []
        : [[found, `${nameOf(found)} took ${worst.ms} ms for ${worst.length} of ${JSON.stringify(worst.input)}`]];
    };
    let slow = patterns.flatMap(findSlow);
    // What was slow while others used the memory and the caches too is quick at another moment; what grows with the square is not.
    for (let look = 0; look < moreLooks && slow.length > 0; look += 1) {
      await delay(betweenLooksMs);
      slow = slow.flatMap(([found]) => findSlow(found));
    }
    expect(patterns.length).toBeGreaterThan(400);
    expect(slow.map(([, what]) => what)).toEqual([]);
  }, 1_800_000);

  test('one that is put together while the program runs stands on the list with its reason, and the list names nothing else', () => {
    const unknown = patterns.filter(({ pattern }) => pattern === undefined).map(nameOf);
    expect(unknown.filter((name) => !(name in allowed))).toEqual([]);
    expect(Object.keys(allowed).filter((name) => !patterns.some((found) => nameOf(found) === name))).toEqual([]);
  });
});

describe('the search for slow patterns', () => {
  test.each([
    String.raw`/\s+$/`,
    String.raw`/(a+)+$/`,
    String.raw`/\/+$/`,
    String.raw`/^["']+|["']+$/g`,
    String.raw`/<[^>]*>/g`,
    String.raw`/<!--[\s\S]*?-->/g`,
    String.raw`/\s+\S*$/u`,
    String.raw`/"((?:[^"\\]|\\.)*)"/g`,
    String.raw`/^(\w+\s?)*$/`,
    String.raw`/^\S*_\S*_\S*$/`,
    String.raw`/\burl\(\s*(["']?)(.*?)\1\s*\)/gi`,
    String.raw`/<form\b[^<>]*?\s(?:class=["']?[^"'<>]*\bhidden\b)/i`,
    String.raw`/(?:x|y)+\d*,\s*\s*z/`,
  ])('finds %s', (literal) => {
    const [found] = patternsOf('planted.ts', `export const planted = ${literal};`);
    expect(findSlowInput(found!.pattern!)).toBeDefined();
  });

  test.each([
    ['a name for the source of another', String.raw`const one = /\s+$/; const all = new RegExp(one.source, 'g');`, String.raw`/\s+$/g`],
    ['a template', 'const piece = String.raw`a+`; const whole = new RegExp(`^(?:${piece})+$`, "u");', '/^(?:a+)+$/u'],
    ['a joined list', "const list = new RegExp(['a', 'b'].join('|'));", '/a|b/'],
  ])('reads a pattern that is written as %s', (_how, code, text) => {
    expect(patternsOf('planted.ts', code).map((found) => found.text)).toContain(text);
  });

  test('finds a pattern that the program makes of what it is told', () => {
    const [found] = patternsOf('planted.ts', 'const dynamic = (words: string[]) => new RegExp(words.join("|"));');
    expect(found).toEqual({ file: 'planted.ts', text: 'new RegExp(…)', pattern: undefined });
  });
});
