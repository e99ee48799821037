import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { BusyError } from '../../src/kernel/errors.ts';
import { createThreadPool, type ThreadPool } from '../../src/kernel/threads/thread-pool.ts';
import type { ThreadLimits } from '../../src/kernel/threads/thread-task.ts';
import { ownThreadAccount } from '../../src/kernel/threads/thread-time.ts';
import { waitFor } from '../support/wait-for.ts';

interface Task {
  readonly kind: 'answer' | 'spin' | 'burn' | 'match' | 'wait' | 'fill' | 'throw' | 'print';
  readonly flag?: SharedArrayBuffer;
  readonly text?: string;
  readonly cpuMs?: number;
}

const limits: ThreadLimits = { maxThreads: 2, heapMb: 32, stackMb: 4, taskCpuMs: 200, taskCeilingMs: 100_000, idleMs: 100_000 };
const pools: ThreadPool<Task, unknown>[] = [];

function createPool(overrides: Partial<ThreadLimits> = {}, program = 'scripted-thread.mjs'): ThreadPool<Task, unknown> {
  const pool = createThreadPool<Task, unknown>(() => new URL(`../support/${program}`, import.meta.url), { ...limits, ...overrides });
  pools.push(pool);
  return pool;
}

afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function createFlag(): { flag: SharedArrayBuffer; raise: () => void } {
  const flag = new SharedArrayBuffer(4);
  const cell = new Int32Array(flag);
  return {
    flag,
    raise: () => {
      Atomics.store(cell, 0, 1);
      Atomics.notify(cell, 0);
    },
  };
}

test('what a thread prints goes nowhere and is kept nowhere, and no thread listens to the output of the process', async () => {
  const listeners = (): number[] => [process.stdout, process.stderr].map((stream) => stream.listenerCount('error'));
  const before = listeners();
  for (const pool of [createPool(), createPool()]) expect(await pool.run({ kind: 'print' })).toMatchObject({ kind: 'done', result: 0 });
  expect(listeners()).toEqual(before);
});

// Elsewhere than on Linux the process is counted as a whole (decision record 0016).
const testWithAccounts = ownThreadAccount() === undefined ? test.skip : test;

describe('a task is ended by the processor time that its thread used', () => {
  testWithAccounts('and not by the time that passed: one that gets no processor goes on while one that takes it all is ended', async () => {
    const pool = createPool();
    const { flag, raise } = createFlag();
    const starved = pool.run({ kind: 'wait', flag });
    // On the same clock: by then more time has passed than a task may compute, and other threads of this process have used it.
    expect(await pool.run({ kind: 'spin' })).toEqual({ kind: 'too_long' });
    expect(await pool.run({ kind: 'spin' })).toEqual({ kind: 'too_long' });
    raise();
    expect(await starved).toMatchObject({ kind: 'done' });
  });

  test('also within one regular expression, where it answers nobody', async () => {
    expect(await createPool().run({ kind: 'match', text: `${'a'.repeat(100)}b` })).toEqual({ kind: 'too_long' });
  });

  test('from when the thread is up: a program that takes longer to load than a task may take is no fault of the task', async () => {
    expect(await createPool({}, 'slow-thread.mjs').run({ kind: 'answer' })).toMatchObject({ kind: 'done', result: 'done' });
  });

  test('of this task: what the thread used for the ones before is theirs', async () => {
    const pool = createPool({ maxThreads: 1, taskCpuMs: 400 });
    const tasks = Array.from({ length: 4 }, () => pool.run({ kind: 'burn', cpuMs: 200 }));
    expect((await Promise.all(tasks)).map(({ kind }) => kind)).toEqual(['done', 'done', 'done', 'done']);
  });
});

describe('a task whose thread is ended', () => {
  test('at the ceiling was given no time by the machine, and the error says so', async () => {
    const pool = createPool({ taskCeilingMs: 300 });
    const refused = await pool.run({ kind: 'wait', flag: createFlag().flag }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(BusyError);
    expect((refused as BusyError).message).toMatch(/^This machine is too busy: in 0\.3 s /);
  });

  test('for its memory is told from others', async () => {
    expect(await createPool({ taskCpuMs: 100_000 }).run({ kind: 'fill' })).toEqual({ kind: 'too_large' });
  });

  test('by a mistake of the program has that as its cause', async () => {
    expect(await createPool().run({ kind: 'throw' })).toMatchObject({ kind: 'broken', cause: { message: 'No answer' } });
    expect(await createPool({}, 'no-such-thread.mjs').run({ kind: 'answer' })).toMatchObject({ kind: 'broken' });
  });

  test('leaves its place to a new thread', async () => {
    const pool = createPool({ maxThreads: 1 });
    const tasks = (['answer', 'spin', 'answer', 'throw', 'answer'] as const).map((kind) => pool.run({ kind }));
    const outcomes = await Promise.all(tasks);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'too_long', 'done', 'broken', 'done']);
    expect(new Set(outcomes.flatMap((outcome) => (outcome.kind === 'done' ? [outcome.result] : []))).size).toBe(3);
  });
});

describe('a thread', () => {
  test('is kept for the next task, and one that was warmed up takes the first', async () => {
    const pool = createPool();
    pool.warmUp();
    pool.warmUp();
    const first = await pool.run({ kind: 'answer' });
    expect(await pool.run({ kind: 'answer' })).toEqual(first);
  });

  test('that nobody needs for a while ends', async () => {
    const pool = createPool({ idleMs: 1 });
    const first = await pool.run({ kind: 'answer' });
    await waitFor(async () => expect(await pool.run({ kind: 'answer' })).not.toEqual(first) === undefined);
  });

  test('that waits keeps no process alive', async () => {
    const script = `
      import { createThreadPool } from './dist/src/kernel/threads/thread-pool.js';
      const program = () => new URL('./test/support/scripted-thread.mjs', 'file://' + process.cwd() + '/');
      const pool = createThreadPool(program, ${JSON.stringify(limits)});
      console.log((await pool.run({ kind: 'answer' })).kind);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 });
    expect(stdout).toBe('done\n');
  });
});

test('a pool that is closed ends what it does and takes nothing more', async () => {
  const pool = createPool({ maxThreads: 1 });
  const tasks = [pool.run({ kind: 'wait', flag: createFlag().flag }), pool.run({ kind: 'answer' })];
  await pool.close();
  tasks.push(pool.run({ kind: 'answer' }));
  expect(await Promise.all(tasks)).toEqual([{ kind: 'closed' }, { kind: 'closed' }, { kind: 'closed' }]);
});
