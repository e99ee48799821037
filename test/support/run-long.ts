/*
 * `npm run test:long`: what takes too long for the suite. The properties over many more histories, the chaos runs, the quiet tick of many open deliveries.
 * Each step runs whatever became of those before; the end says what ran, what was skipped and why. Half an hour on two idle cores. `npm run test:long -- chaos`
 * runs the steps that are named.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface LongStep {
  readonly name: string;
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What its output must say beside an exit code of 0; returns what is wrong. */
  readonly judge?: (output: string) => string | undefined;
}

/** What a quiet minute may read, whatever is open. */
const quietBuffers = 1_000;

const jest = 'node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js --runInBand';
const bench = 'node --expose-gc dist/bench/run.js';

const steps: readonly LongStep[] = [
  { name: 'ledger', command: `${jest} test/ledger/property`, env: { PROPERTY_RUNS: '10000' } },
  { name: 'topics', command: `${jest} test/topics/property test/editions/who-gets-nothing`, env: { PROPERTY_RUNS: '20000' } },
  { name: 'words', command: `${jest} test/render/every-word-is-shown`, env: { PROPERTY_RUNS: '5000' } },
  { name: 'worlds', command: `${jest} test/sources/worlds test/sources/listing-worlds`, env: { WORLDS: '350' } },
  { name: 'relays', command: `${jest} test/deliveries/account.test`, env: { READERS: '2000' } },
  { name: 'quiet-tick', command: `${bench} quiet-tick --size 200000 --json`, judge: judgeQuietTick },
  { name: 'chaos', command: `${bench} chaos` },
  { name: 'chaos-deliver', command: `${bench} chaos-deliver` },
];

/** What neither this nor the suite holds here. */
const skips: readonly { readonly what: string; readonly why: string | undefined }[] = [
  { what: 'the suite itself', why: '"npm test" runs it' },
  { what: 'the other benches', why: 'they measure and judge nothing: "npm run bench -- <name>"' },
  { what: 'the quiet tick at 10 x 1,000,000', why: 'it takes gigabytes: "npm run bench -- quiet-tick"' },
  {
    what: 'documents of others (test/reading/shared-feeds)',
    why: existsSync(join(root, '..', 'shared', 'feeds')) ? undefined : '../shared/feeds is not there; the suite skips them too',
  },
  {
    what: 'pages in a browser',
    why: existsSync(process.env['CHROMIUM'] ?? '/usr/bin/chromium') ? undefined : 'there is no Chromium; CHROMIUM names one',
  },
  {
    what: 'the chaos runs on the server of TEST_DATABASE_URL',
    why:
      process.env['TEST_DATABASE_URL'] === undefined
        ? undefined
        : 'they stop their Postgres, so each has one of its own; the properties use yours',
  },
];

function judgeQuietTick(output: string): string | undefined {
  const figures = output.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as { value: number; unit: string }] : []));
  const most = Math.max(...figures.filter(({ unit }) => unit === 'buffers').map(({ value }) => value));
  return most < quietBuffers ? undefined : `expected under ${quietBuffers} buffers, got ${most}`;
}

/** Runs a step with its output in view; returns what is wrong, or nothing. */
async function runStep({ command, env = {}, judge }: LongStep): Promise<string | undefined> {
  const [program = '', ...args] = command.split(' ');
  const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    process.stdout.write(chunk);
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  return exitCode === 0 ? judge?.(output) : `it ended with ${exitCode ?? 'a signal'}`;
}

const named = process.argv.slice(2);
const unknown = named.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  process.stderr.write(`Expected names of steps (${steps.map(({ name }) => name).join(', ')}), got "${unknown.join(' ')}"\n`);
  process.exit(2);
}
const summary: string[] = [];
for (const step of steps) {
  if (named.length > 0 && !named.includes(step.name)) {
    summary.push(`skipped  ${step.name}: not named`);
    continue;
  }
  const settings = Object.entries(step.env ?? {}).map(([name, value]) => `${name}=${value} `);
  process.stdout.write(`\n=== ${step.name}: ${settings.join('')}${step.command}\n`);
  const began = performance.now();
  const fault = await runStep(step);
  if (fault !== undefined) process.exitCode = 1;
  const took = `${((performance.now() - began) / 1_000).toFixed(0)} s`;
  summary.push(fault === undefined ? `passed   ${step.name} (${took})` : `FAILED   ${step.name} (${took}): ${fault}`);
}
for (const { what, why } of skips) if (why !== undefined) summary.push(`skipped  ${what}: ${why}`);
process.stdout.write(`\n${summary.join('\n')}\n`);
