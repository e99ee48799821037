import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { createLiquid, parseTemplate, renderTemplate } from '../../src/render/liquid.ts';
import { loadLanguages } from '../../src/render/load-languages.ts';

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
