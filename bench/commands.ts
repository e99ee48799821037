import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbedded } from '../src/db/server/embedded.ts';
import { silentLog } from '../src/kernel/log.ts';
import { packageRoot } from '../src/kernel/package-root.ts';
import { printFigures, type Figure } from './support-figures.ts';

/*
 * What a command costs before it does anything: the processor time of its process, user and system, of the launcher to the exit. The control
 * is a Node that does nothing, in turns in the same run. An embedded server that runs already is not in it; attaching to it is.
 */

const launcher = join(packageRoot, 'bin', 'gazette.mjs');
/** Node does not say what a child took, and the child itself not what its end takes; a shell does. */
const script = `TIMEFORMAT='%U %S'; time "$@" > /dev/null 2>&1`;

const lines = {
  version: ['--version'],
  help: ['--help'],
  'help-of-a-command': ['sources', 'add', '--help'],
  'unknown-command': ['sendd'],
  'newsletters-list': ['newsletters', 'list'],
  'sources-list': ['sources', 'list'],
  'posts-list': ['posts', 'list'],
  'subscribers-list': ['subscribers', 'list'],
  'editions-list': ['editions', 'list'],
};

/** Measures. `--quick` for medians of three instead of nine, `--json` one line per figure. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { quick: { type: 'boolean' }, json: { type: 'boolean' } } });
  const rounds = values.quick === true ? 3 : 9;
  const folder = await mkdtemp(join(tmpdir(), 'gazette-bench-'));
  const server = await openEmbedded({ dataFolder: folder, log: silentLog });
  try {
    const outside = { DATA_FOLDER: folder, DATABASE_URL: server.url };
    // Makes the tables.
    await secondsOf([launcher, 'migrate'], outside);
    const ways: [figure: string, words: readonly string[], env: Readonly<Record<string, string>>][] = [
      ['control-empty-node', ['-e', ''], {}],
      ...Object.entries(lines).map(([name, words]) => [name, [launcher, ...words], outside] as (typeof ways)[number]),
      ['newsletters-list-embedded', [launcher, ...lines['newsletters-list']], { DATA_FOLDER: folder }],
    ];
    const times = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++)
      for (const [figure, words, env] of ways) times.set(figure, [...(times.get(figure) ?? []), await secondsOf(words, env)]);
    printFigures(figuresOf(times), { json: values.json === true, digits: 3 });
  } finally {
    await server.close();
    await rm(server.folder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

function figuresOf(times: ReadonlyMap<string, readonly number[]>): Figure[] {
  const control = median(times.get('control-empty-node') ?? []);
  return [...times].flatMap(([figure, seconds]) => [
    { figure: `${figure}-cpu`, value: median(seconds), unit: 's' },
    ...(figure === 'control-empty-node' ? [] : [{ figure: `${figure}-to-control`, value: median(seconds) / control, unit: 'times' }]),
  ]);
}

async function secondsOf(words: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  // The unknown command ends with 2, as it should.
  const shell = spawn('bash', ['-c', `${script}; true`, 'bash', process.execPath, ...words], {
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let written = '';
  shell.stderr.on('data', (chunk: Buffer) => (written += chunk.toString()));
  await once(shell, 'close');
  return written
    .trim()
    .split(' ')
    .reduce((sum, seconds) => sum + Number(seconds), 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
