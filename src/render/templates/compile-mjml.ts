import { InvalidInputError } from '../../kernel/errors.ts';
import { createThreadPool, threadProgram } from '../../kernel/threads/thread-pool.ts';
import type { ThreadLimits } from '../../kernel/threads/thread-task.ts';
import type { ParsedTemplate } from './liquid.ts';
import type { MjmlAnswer, MjmlFault } from './mjml-task.ts';
import { lineAt, templateError } from './template-error.ts';

/** Compiles MJML in a thread of its own: the library takes half a second to load, and a hostile template takes it for minutes. */
export interface MjmlCompiler {
  /**
   * @throws InvalidInputError naming file and line of the template, also where it is too long or takes too long; `instrumented` renders it again
   * with line marks for that. @throws BusyError when the machine had no time for it.
   */
  compile(mjml: string, template: ParsedTemplate, instrumented: (source: string) => string): Promise<string>;
  /** Loads the library, for a template to come. */
  warmUp(): void;
  close(): Promise<void>;
}

/** The most MJML that is compiled, in UTF-16 units, posts apart, which come in later. A digest of 20 posts has 17,000; of so much, MJML makes 6 MB of html. */
const maxMjmlLength = 250_000;

/** A digest of 20 posts takes 30 ms when the library is warm; the first takes 300. */
const defaultLimits: ThreadLimits = {
  // The second lets others go on while a template computes up to its deadline.
  maxThreads: 2,
  heapMb: 256,
  stackMb: 4,
  taskCpuMs: 5_000,
  taskCeilingMs: 300_000,
  idleMs: 120_000,
};

/** A compiler; nothing is loaded yet. Its threads end when nobody needs them for a while and keep no process alive. */
export function createMjmlCompiler(overrides: Partial<ThreadLimits> = {}): MjmlCompiler {
  const limits = { ...defaultLimits, ...overrides };
  const threads = createThreadPool<string, MjmlAnswer>(() => threadProgram('./mjml-worker.js', import.meta.url), limits);
  return {
    async compile(mjml, template, instrumented) {
      const lineOfFault = (fault: MjmlFault): number => templateLine(mjml, fault, instrumented(markLines(template.source)));
      if (mjml.length > maxMjmlLength) {
        const message = `Expected at most ${counted(maxMjmlLength)} characters of MJML when Liquid has run, got ${counted(mjml.length)}`;
        throw templateError(template.file, lineOfFault({ line: lineAt(mjml, maxMjmlLength) }), message);
      }
      const outcome = await threads.run(mjml);
      if (outcome.kind === 'closed') throw new InvalidInputError('Expected an open renderer, got one that was closed');
      if (outcome.kind !== 'done') throw templateError(template.file, 1, endMessage(outcome.kind, mjml, limits), outcome);
      const answer = outcome.result;
      if (answer.kind === 'compiled') return answer.html;
      if (answer.kind === 'failed') throw templateError(template.file, 1, `Expected MJML: ${answer.reason}`);
      const { fault } = answer;
      const message = `${fault.message ?? 'Invalid MJML'} (${fault.tagName ?? 'mjml'})`;
      throw templateError(template.file, fault.line === undefined ? 1 : lineOfFault(fault), message);
    },
    warmUp: () => threads.warmUp(),
    close: () => threads.close(),
  };
}

/** The compiler of this process: whoever renders shares its threads, as they would share a library that is loaded once. */
export const processMjmlCompiler: MjmlCompiler = createMjmlCompiler();

function endMessage(kind: 'too_long' | 'too_large' | 'broken', mjml: string, { taskCpuMs, heapMb }: ThreadLimits): string {
  const got = `got ${counted(mjml.length)} characters of it that`;
  switch (kind) {
    case 'too_long':
      return `Expected MJML that compiles in ${counted(taskCpuMs)} ms of processor time, ${got} take longer`;
    case 'too_large':
      return `Expected MJML that compiles within ${heapMb} MB of memory, ${got} take more`;
    case 'broken':
      return `Expected MJML that compiles, ${got} broke the thread`;
  }
}

function counted(value: number): string {
  return value.toLocaleString('en-US');
}

/** The template's own line numbers, as marks before each MJML tag. */
function markLines(source: string): string {
  let [line, end] = [1, 0];
  return source.replaceAll(/<\/?mj/g, (tag, offset: number) => {
    for (; end < offset; end++) if (source[end] === '\n') line++;
    return `\uFDD4${line}\uFDD5${tag}`;
  });
}

/** Where in the template the fault's line of the MJML came from: the last marked tag of that name up to the end of that line. */
function templateLine(mjml: string, fault: MjmlFault, marked: string): number {
  const lines = marked.split('\n').slice(0, fault.line);
  const upToFault = lines.join('\n');
  const marks = [...upToFault.matchAll(/\uFDD4(\d+)\uFDD5<\/?([a-z-]+)/g)];
  const found = marks.findLast((mark) => mark[2] === fault.tagName) ?? marks.at(-1);
  return found ? Number(found[1]) : Math.min(fault.line ?? 1, mjml.split('\n').length);
}
