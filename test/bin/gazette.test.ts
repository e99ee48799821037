import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../support/wait-for.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The launcher in a checkout of its own, with a program of a few lines. */
describe('the launcher', () => {
  let temp: Awaited<ReturnType<typeof makeTempFolder>>;
  let checkout: string;

  beforeEach(async () => {
    temp = await makeTempFolder();
    checkout = join(temp.folder, 'a check out');
    await mkdir(join(checkout, 'src'), { recursive: true });
    await mkdir(join(checkout, 'scripts'));
    for (const name of ['bin', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
      await cp(join(root, name), join(checkout, name), { recursive: true });
    await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'));
    await writeProgram('first');
  });

  afterEach(async () => {
    await temp.remove();
  });

  /** A program that prints a word, its arguments and one variable, and ends with 3. */
  async function writeProgram(word: string): Promise<void> {
    const text = `export async function main(words: string[], env: Record<string, string>): Promise<number> {
      console.log(['${word}', ...words, env['GREETING']].join(' '));
      return 3;
    }`;
    await writeFile(join(checkout, 'scripts', 'gazette.ts'), text);
  }

  function launch(...words: string[]): { status: number | null; stdout: string; stderr: string } {
    const env = { PATH: process.env['PATH'], GREETING: 'hello' };
    return spawnSync(process.execPath, [join(checkout, 'bin', 'gazette.mjs'), ...words], { cwd: temp.folder, encoding: 'utf8', env });
  }

  test('builds what was never built, from any folder, and hands over words, environment and exit code', () => {
    expect(launch('a b', '--flag')).toMatchObject({
      stdout: 'first a b --flag hello\n',
      stderr: expect.stringMatching(/^(gazette: building .*\n)?$/),
      status: 3,
    });
  });

  test('says that it builds while it does', async () => {
    await rm(join(checkout, 'node_modules'));
    await mkdir(join(checkout, 'node_modules', 'typescript', 'bin'), { recursive: true });
    await writeFile(join(checkout, 'node_modules', 'typescript', 'package.json'), '{}');
    // Takes until it is let go.
    const compiler = `const { existsSync, mkdirSync, writeFileSync } = require('node:fs');
      const folder = process.argv.at(-1) + '/scripts';
      setInterval(() => {
        if (!existsSync('go')) return;
        mkdirSync(folder, { recursive: true });
        writeFileSync(folder + '/gazette.js', 'export const main = async () => 3;');
        process.exit(0);
      }, 10);`;
    await writeFile(join(checkout, 'node_modules', 'typescript', 'bin', 'tsc'), compiler);
    const launched = spawn(process.execPath, [join(checkout, 'bin', 'gazette.mjs')], { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = once(launched, 'close');
    let stderr = '';
    launched.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await waitFor(() => /^gazette: building from the sources.*…\n$/.test(stderr));
    await writeFile(join(checkout, 'go'), '');
    expect(await ended).toEqual([3, null]);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  test('builds again when a source is newer than the build, and only then', async () => {
    launch();
    await writeProgram('second');
    await utimes(join(checkout, 'scripts', 'gazette.ts'), 1, 1);
    expect(launch().stdout).toContain('first');
    await writeProgram('second');
    await utimes(join(checkout, 'scripts', 'gazette.ts'), Date.now() / 1000 + 5, Date.now() / 1000 + 5);
    expect(launch().stdout).toContain('second');
  });

  test('runs what is built where there is no compiler and no source', async () => {
    launch();
    await rm(join(checkout, 'node_modules'));
    expect(launch().stdout).toContain('first');
    await rm(join(checkout, 'scripts'), { recursive: true });
    await rm(join(checkout, 'src'), { recursive: true });
    expect(launch().stdout).toContain('first');
  });

  test('says in one line what is missing', async () => {
    await rm(join(checkout, 'node_modules'));
    const { status, stderr } = launch();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^gazette: Expected dist\/ or the TypeScript compiler.*npm ci.*\n$/);
  });

  test('leaves the last build in place when the sources do not compile', async () => {
    launch();
    await writeFile(join(checkout, 'scripts', 'gazette.ts'), 'export const = ;');
    await utimes(join(checkout, 'scripts', 'gazette.ts'), Date.now() / 1000 + 5, Date.now() / 1000 + 5);
    expect(launch()).toMatchObject({ status: 1, stderr: expect.stringContaining('scripts/gazette.ts') });
    expect(existsSync(join(checkout, 'dist', 'scripts', 'gazette.js'))).toBe(true);
  });
});
