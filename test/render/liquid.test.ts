import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { ownThreadAccount } from '../../src/kernel/threads/thread-time.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { createLiquid, parseTemplate, renderTemplate } from '../../src/render/templates/liquid.ts';
import { loadLanguages } from '../../src/render/templates/load-languages.ts';

test('a template is not refused for the time in which the machine did something else', async () => {
  const engine = createLiquid('text');
  const template = parseTemplate(engine, 'stalled.liquid', '{{ machine.stalled }}{% for word in words %} {{ word }}{% endfor %}');
  const english = (await loadLanguages(join(packageRoot, 'templates'))).get('en')!;
  const view = {
    words: Array.from({ length: 100 }, () => 'word'),
    machine: {
      get stalled() {
        // Longer than a template may compute; the processor is somebody else's meanwhile.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200);
        return 'on';
      },
    },
  };
  expect(renderTemplate(engine, template, english, view)).toMatch(/^on( word){100}$/);
});

// Elsewhere than on Linux the process is counted as a whole (decision record 0016).
const testWithAccounts = ownThreadAccount() === undefined ? test.skip : test;

testWithAccounts('nor for what other threads of the process compute meanwhile', async () => {
  const engine = createLiquid('text');
  const template = parseTemplate(engine, 'beside.liquid', '{{ machine.busy }}{% for word in words %} {{ word }}{% endfor %}');
  const english = (await loadLanguages(join(packageRoot, 'templates'))).get('en')!;
  const cells = new Int32Array(new SharedArrayBuffer(4));
  // Computes for longer than a template may, and says when it has.
  const other = new Worker(
    `const { workerData: cells } = require('node:worker_threads');
     const start = process.cpuUsage();
     for (;;) { const { user, system } = process.cpuUsage(start); if (user + system > 1_200_000) break; }
     Atomics.store(cells, 0, 1);
     Atomics.notify(cells, 0);`,
    { eval: true, workerData: cells },
  );
  const view = {
    words: Array.from({ length: 100 }, () => 'word'),
    machine: {
      get busy() {
        Atomics.wait(cells, 0, 0);
        return 'on';
      },
    },
  };
  try {
    expect(renderTemplate(engine, template, english, view)).toMatch(/^on( word){100}$/);
  } finally {
    await other.terminate();
  }
});
