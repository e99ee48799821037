/*
 * Builds dist/ from the sources. `npm run prepare` runs it after an installation; the launcher runs it when dist/ is missing or older than
 * the sources, because npm may have been told to run no scripts. Types are checked by `npm run check`, not here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
/** The program that the launcher runs; its age is that of the build. */
export const builtProgram = join(dist, 'scripts', 'gazette.js');
/** How long nobody waits without a word; the commands have the same. */
const sayAfterMs = 1_000;
const sources = ['src', 'scripts', 'bench', 'sample', 'tsconfig.json', 'tsconfig.build.json'];

/** Builds when there is need; throws an Error whose message is for people when that is not possible. `say` hears of it when it takes a while. */
export async function buildWhenStale(say = () => {}) {
  const isBuilt = existsSync(builtProgram);
  if (isBuilt && !(isCheckout() && newestSource() > statSync(builtProgram).mtimeMs)) return;
  const compiler = findCompiler();
  if (!compiler) {
    if (isBuilt) return;
    throw new Error('Expected dist/ or the TypeScript compiler to build it, found neither; run npm ci, with development dependencies');
  }
  const timer = setTimeout(say, sayAfterMs, 'building from the sources, which were changed or never built …');
  try {
    await build(compiler);
  } finally {
    clearTimeout(timer);
  }
}

function isCheckout() {
  return existsSync(join(root, 'src')) && existsSync(join(root, 'tsconfig.build.json'));
}

function newestSource() {
  return Math.max(...sources.map((name) => newestIn(join(root, name))));
}

function newestIn(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const entries = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory() || entry.name.endsWith('.ts'));
  return Math.max(0, ...entries.map((entry) => newestIn(join(path, entry.name))));
}

function findCompiler() {
  try {
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
    return join(dirname(manifest), 'bin', 'tsc');
  } catch {
    return undefined;
  }
}

/** Programs of threads, each of which is one file in the end: it starts in half the time that its hundreds of modules take to load. */
const threadPrograms = ['src/sources/collecting/source-thread.js', 'src/render/templates/mjml-worker.js'];

/** Puts all that a program of a thread loads into its file. Where the bundler is not installed the programs stay as they are, which work too. */
async function bundleThreads(folder) {
  const programs = threadPrograms.map((name) => join(folder, name)).filter((path) => existsSync(path));
  const bundler = programs.length === 0 ? undefined : await import('esbuild').catch(() => undefined);
  if (!bundler) return;
  await bundler.build({
    entryPoints: programs,
    outdir: folder,
    outbase: folder,
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // What is no module asks for others with `require`.
    banner: { js: `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);` },
    logLevel: 'error',
  });
}

/** Beside dist/ and then renamed: a process that starts meanwhile sees the old build or the new one, never half of it. */
async function build(compiler) {
  const half = `${dist}.${process.pid}.tmp`;
  const old = `${half}.old`;
  try {
    const { status, output } = await run(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--noCheck', '--outDir', half]);
    if (status !== 0) throw new Error(`Expected the sources to build, but the compiler says:\n${output}`);
    await bundleThreads(half);
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(half, dist);
  } catch (error) {
    // Another process was as quick, and its build is as good.
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code) || !existsSync(builtProgram)) throw error;
  } finally {
    for (const folder of [half, old]) rmSync(folder, { recursive: true, force: true });
  }
}

async function run(program, words) {
  const child = spawn(program, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [status] = await once(child, 'close');
  return { status, output };
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    if (process.argv.includes('--always')) await build(findCompiler());
    else await buildWhenStale();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
