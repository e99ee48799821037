/*
 * `npm run bench -- <name> [options]`: runs one file of this folder. Each times its work beside a control in the same run and prints
 * a table for people, or with --json one line per figure: {"figure", "value", "unit"}. `--quick` takes a smaller size.
 */
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GazetteError } from '../src/kernel/errors.ts';

const folder = dirname(fileURLToPath(import.meta.url));
const names = readdirSync(folder)
  .map((file) => /^([a-z-]+)\.[jt]s$/.exec(file)?.[1])
  .filter((name) => name !== undefined && name !== 'run' && !name.startsWith('support'));
const [name, ...rest] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  process.stderr.write(`Expected the name of a bench (${names.join(', ')}), got ${name === undefined ? 'nothing' : `"${name}"`}\n`);
  process.exitCode = 2;
} else {
  const bench = (await import(`./${name}.js`)) as { run(args: readonly string[]): Promise<void> };
  try {
    await bench.run(rest);
  } catch (error) {
    if (!(error instanceof GazetteError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
