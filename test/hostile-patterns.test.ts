import { beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { findPatterns, patternsOf, type FoundPattern } from './support/find-patterns.ts';
import type { SlowInput } from './support/slow-inputs.ts';

/*
 * Every regular expression of the program against inputs that are made to keep it busy: what is written later is found by itself. The inputs come from
 * the pattern's own pieces, so that one whose time grows faster than its input shows, whatever text it is meant for.
 */

const root = fileURLToPath(new URL('..', import.meta.url));

/** Patterns that no text from outside meets, or that are put together while the program runs, each with the reason why they may stay. */
const allowed: Readonly<Record<string, string>> = {
  'scripts/gazette.ts new RegExp(…)': 'the names of our commands: it has no quantifier',
  'scripts/preview.ts new RegExp(…)':
    'meets names of files in the folder that staff named, which no file system lets grow beyond 255 bytes',
};

const patterns = findPatterns(root, ['src', 'scripts']);

/**
 * Looks for an input that is too much for each pattern, in a fresh thread: a worker of Jest that ran many files has passed the two limits of V8 (1 MB of
 * compiled expressions, 16 MB of code), behind which it compiles expressions without optimisation.
 */
async function findSlowInputs(all: readonly RegExp[]): Promise<(SlowInput | undefined)[]> {
  const thread = new Worker(new URL('support/slow-inputs-thread.mjs', import.meta.url), { workerData: all });
  const [found] = (await once(thread, 'message')) as [(SlowInput | undefined)[]];
  await thread.terminate();
  return found;
}

function nameOf({ file, text }: FoundPattern): string {
  return `${file} ${text}`;
}

describe('regular expressions and text from outside', () => {
  test('each takes less than 20 ms for its worst input of 100 KB', async () => {
    const all = patterns.flatMap((found) =>
      found.pattern === undefined || nameOf(found) in allowed ? [] : [{ ...found, pattern: found.pattern }],
    );
    // What stands in several files is tried once.
    const known = [...new Map(all.map((found) => [found.text, found])).values()];
    const worst = await findSlowInputs(known.map(({ pattern }) => pattern));
    const slow = known.flatMap((found, index) => {
      const { ms, length, input } = worst[index] ?? {};
      return input === undefined ? [] : [`${nameOf(found)} took ${ms} ms for ${length} of ${JSON.stringify(input)}`];
    });
    expect(known.length).toBeGreaterThan(400);
    expect(slow).toEqual([]);
  }, 1_800_000);

  test('one that is put together while the program runs stands on the list with its reason, and the list names nothing else', () => {
    const unknown = patterns.filter(({ pattern }) => pattern === undefined).map(nameOf);
    expect(unknown.filter((name) => !(name in allowed))).toEqual([]);
    expect(Object.keys(allowed).filter((name) => !patterns.some((found) => nameOf(found) === name))).toEqual([]);
  });
});

const planted = [
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
];

describe('the search for slow patterns', () => {
  let slow: (SlowInput | undefined)[];
  beforeAll(async () => {
    slow = await findSlowInputs(planted.map((literal) => patternsOf('planted.ts', `export const planted = ${literal};`)[0]!.pattern!));
  }, 1_800_000);

  test.each(planted)('finds %s', (literal) => {
    expect(slow[planted.indexOf(literal)]).toEqual(expect.anything());
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
