import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { packageRoot } from '../src/kernel/package-root.ts';
import { createMjmlCompiler } from '../src/render/templates/compile-mjml.ts';
import type { ParsedTemplate } from '../src/render/templates/liquid.ts';
import { createDigestRenderer } from '../src/render/digest/render-digest.ts';
import { specimenModel } from '../src/render/digest/specimen.ts';
import { printFigures } from './support-figures.ts';

/*
 * What it costs that MJML runs in a thread: a run for 5 and for 20 posts when all is warm, and the first run of a process with the loading of
 * the library. The control is the library called directly, in the same run, in turns; on a machine that is busy
 * the processor time tells more. For the first run each is a process of its own.
 */

const postCounts = [5, 20];
const template: ParsedTemplate = { file: 'bench', source: '', nodes: [] };

/** Measures. `--quick` for fewer runs, `--json` one line per figure. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, first: { type: 'string' } },
  });
  if (values.first !== undefined) return printFirst(values.first);
  const runs = values.quick === true ? 20 : 100;
  const figures = [];
  for (const posts of postCounts) {
    const { thread, direct } = await warmRuns(await mjmlOf(posts), runs);
    figures.push({ figure: `${posts}-posts-thread`, value: median(thread.ms), unit: 'ms' });
    figures.push({ figure: `${posts}-posts-control-direct`, value: median(direct.ms), unit: 'ms' });
    figures.push({ figure: `${posts}-posts-thread-cpu`, value: median(thread.cpuMs), unit: 'ms' });
    figures.push({ figure: `${posts}-posts-control-direct-cpu`, value: median(direct.cpuMs), unit: 'ms' });
  }
  const times = { thread: [] as number[], direct: [] as number[] };
  for (let round = 0; round < (values.quick === true ? 3 : 7); round++)
    for (const way of ['thread', 'direct'] as const) times[way].push(await firstInProcess(way));
  figures.push({ figure: 'first-thread', value: median(times.thread), unit: 'ms' });
  figures.push({ figure: 'first-control-direct', value: median(times.direct), unit: 'ms' });
  printFigures(figures, { json: values.json === true });
}

async function warmRuns(mjml: string, runs: number) {
  const compiler = createMjmlCompiler();
  const empty = () => ({ ms: [] as number[], cpuMs: [] as number[] });
  const times = { thread: empty(), direct: empty() };
  const ways = { thread: () => compiler.compile(mjml, template, () => ''), direct: () => compileDirectly(mjml) };
  for (let i = 0; i < runs * 2; i++) {
    for (const way of ['thread', 'direct'] as const) {
      const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
      await ways[way]();
      // The first half warms up.
      if (i < runs) continue;
      times[way].ms.push(performance.now() - startedAt);
      const { user, system } = process.cpuUsage(cpuBefore);
      times[way].cpuMs.push((user + system) / 1_000);
    }
  }
  await compiler.close();
  return times;
}

async function compileDirectly(mjml: string): Promise<string> {
  const { default: mjml2html } = await import('mjml');
  const { html } = await mjml2html(mjml, { validationLevel: 'strict', keepComments: false, filePath: '.', fonts: {} });
  return html;
}

/** The MJML of a digest of so many posts, as the renderer hands it over. */
async function mjmlOf(posts: number): Promise<string> {
  const inner = createMjmlCompiler();
  let last = '';
  const compiler: typeof inner = {
    ...inner,
    compile: (mjml, ...rest) => {
      last = mjml;
      return inner.compile(mjml, ...rest);
    },
  };
  const renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates'), compiler });
  await renderer.render(specimenModel('digest', { posts, titles: 0 }));
  await inner.close();
  return last;
}

async function firstInProcess(way: 'thread' | 'direct'): Promise<number> {
  const program = `import(${JSON.stringify(import.meta.url)}).then(({ run }) => run(['--first', '${way}']))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: packageRoot });
  return Number(stdout);
}

async function printFirst(way: string): Promise<void> {
  const mjml = '<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>';
  const startedAt = performance.now();
  if (way === 'direct') await compileDirectly(mjml);
  else await createMjmlCompiler().compile(mjml, template, () => '');
  process.stdout.write(String(performance.now() - startedAt));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
