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
 * the processor time tells more. For the first run each is a process of its own. And what a whole digest costs, from its posts to its parts.
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
  figures.push({ figure: '20-posts-whole-digest-cpu', value: await wholeDigest(20, runs), unit: 'ms' });
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

/** The processor time of a digest of so many posts, in ms, posts made ready and text part and all. */
async function wholeDigest(posts: number, runs: number): Promise<number> {
  const renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates') });
  const model = specimenModel('digest', { posts, titles: 0 });
  const articles = model.posts.map((post, index) => ({
    ...post,
    title: `Article ${index}`,
    html: articleOf(index),
    position: BigInt(index + 1),
  }));
  const times: number[] = [];
  for (let i = 0; i < runs * 2; i++) {
    const before = process.cpuUsage();
    await renderer.render({ ...model, posts: articles });
    const { user, system } = process.cpuUsage(before);
    if (i >= runs) times.push((user + system) / 1_000);
  }
  return median(times);
}

/** An article as sites write them: 3 kB, with a heading, a list, a picture and links. */
function articleOf(index: number): string {
  const sentence = (length: number) =>
    `Paragraph ${length} of article ${index} says <a href="https://example.org/${index}/${length}">what was found</a> and what is left to ask. `;
  const paragraphs = Array.from({ length: 6 }, (_, at) => `<p>${sentence(at).repeat(3)}</p>`);
  return [
    ...paragraphs.slice(0, 3),
    `<figure><img src="https://example.org/${index}.png" alt="A chart" width="1200" height="600"><figcaption>By week.</figcaption></figure>`,
    '<h2>What was measured</h2><ul><li>One thing</li><li>Another, more <em>surprising</em></li></ul>',
    ...paragraphs.slice(3),
  ].join('');
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
