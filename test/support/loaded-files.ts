import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempFolder } from './temp-folder.ts';

const root = new URL('../..', import.meta.url);
const program = new URL('dist/scripts/gazette.js', root).href;

/** What command lines made a process load. */
export interface Loaded {
  readonly exitCodes: readonly number[];
  /** Files of ours, such as `src/db/db.js`. */
  readonly files: readonly string[];
  /** Packages, each with the file of ours that wants it: `pg (src/db/db.js)`. What packages load of each other is theirs to say. */
  readonly packages: readonly string[];
}

/** Runs command lines, one after the other, in one process of the built program, and says what it has loaded in the end. */
export async function loadedBy(lines: readonly (readonly string[])[], env: Readonly<Record<string, string>> = {}): Promise<Loaded> {
  const temp = await makeTempFolder();
  try {
    const path = join(temp.folder, 'imports');
    const hooks = `import { register } from 'node:module'; register(${JSON.stringify(new URL('loading-thread.mjs', import.meta.url).href)}, { data: ${JSON.stringify({ path })} });`;
    const text = `import { writeSync } from 'node:fs';
      const { main } = await import(${JSON.stringify(program)});
      for (const words of ${JSON.stringify(lines)}) writeSync(3, (await main(words, process.env)) + ' ');`;
    const child = spawn(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(hooks)}`, '--input-type=module', '-e', text],
      { env: { PATH: process.env['PATH'] ?? '', ...env }, cwd: temp.folder, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
    );
    let written = '';
    child.stdio[3]!.on('data', (chunk: Buffer) => (written += chunk.toString()));
    await once(child, 'close');
    return { exitCodes: written.trim().split(' ').map(Number), ...readImports(await readFile(path, 'utf8')) };
  } finally {
    await temp.remove();
  }
}

function readImports(text: string): Pick<Loaded, 'files' | 'packages'> {
  const built = new URL('dist/', root).href;
  const files = new Set<string>();
  const packages = new Set<string>();
  for (const line of text.trim().split('\n')) {
    const { importer, url } = JSON.parse(line) as { importer: string; url: string };
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
    if (name !== undefined && importer.startsWith(built)) packages.add(`${name} (${importer.slice(built.length)})`);
    else if (url.startsWith(built)) files.add(url.slice(built.length));
  }
  return { files: [...files], packages: [...packages] };
}
