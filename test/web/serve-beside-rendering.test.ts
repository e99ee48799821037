import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { packageRoot } from '../../src/kernel/package-root.ts';
import { createMjmlCompiler } from '../../src/render/templates/compile-mjml.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { hostileMjml } from '../support/hostile-template.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { startSite, type TestSite } from './site.ts';

let site: TestSite;

beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

test('while a hostile template compiles the server answers everybody, and then the template is refused', async () => {
  const { folder, remove } = await makeTempFolder();
  const templates = join(folder, 'mail', 'mine');
  await cp(join(packageRoot, 'templates'), folder, { recursive: true });
  await cp(join(folder, 'mail', 'letter'), templates, { recursive: true });
  await writeFile(join(templates, 'digest.mjml.liquid'), hostileMjml);
  const inner = createMjmlCompiler({ taskCpuMs: 3_000 });
  let hasBegun = false;
  const compiler: typeof inner = {
    ...inner,
    compile: (...task) => {
      hasBegun = true;
      return inner.compile(...task);
    },
  };
  const renderer = await createDigestRenderer({ templatesFolder: folder, compiler });
  try {
    let refused: unknown;
    const checking = renderer.check('mine').catch((error: unknown) => (refused = error));
    await waitFor(() => hasBegun);
    const statuses: number[] = [];
    for (const path of ['/healthz', '/', '/healthz', '/outbox', '/healthz']) statuses.push((await site.request(path)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    expect(refused).toBeUndefined();
    await checking;
    expect(refused).toMatchObject({ code: 'invalid_input', message: expect.stringContaining('digest.mjml.liquid:1: ') });
    expect((await site.request('/healthz')).status).toBe(200);
  } finally {
    await inner.close();
    await remove();
  }
});
