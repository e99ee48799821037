/*
 * Which installation a command speaks of: the folder that its `.env` and, where nothing else is said, its data belong to. It is the same one wherever
 * a command is typed: GAZETTE_HOME, else the checkout that the program lies in, else (a program that npm installed belongs to no folder) the working folder.
 * Paths in settings are relative to it; paths that somebody types on a command line are not.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError } from '../../kernel/errors.ts';

/** Variables by name, as a process has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** One installation and what it holds. */
export interface Installation {
  readonly folder: string;
  /** What made it this folder. */
  readonly origin: 'named' | 'checkout' | 'working_folder';
  /** Its `.env`, where there is one. */
  readonly envFile: string | undefined;
  /** The variables in force: those of `.env` under those of the environment. */
  readonly env: Variables;
  /** What `.env` says, whether it is in force or not. */
  readonly stated: Variables;
  /** The names that the environment sets. */
  readonly given: ReadonlySet<string>;
  /** A `.env` in the working folder that belongs to no installation of ours and is not read. */
  readonly ignoredFile: string | undefined;
}

/** Where a program lies and where it was called. */
export interface Place {
  readonly packageRoot: string;
  readonly workingFolder: string;
}

/** The folder of the installation, by the rules above. */
export function homeOf(env: Variables, { packageRoot, workingFolder }: Place): Pick<Installation, 'folder' | 'origin'> {
  const named = env['GAZETTE_HOME'];
  if (named) return { folder: resolve(workingFolder, named), origin: 'named' };
  const isInstalled = packageRoot.split(sep).includes('node_modules');
  return isInstalled ? { folder: workingFolder, origin: 'working_folder' } : { folder: packageRoot, origin: 'checkout' };
}

/** Finds the installation and reads its `.env`. @throws ConfigError where GAZETTE_HOME is no folder or `.env` cannot be read. */
export function openInstallation(env: Variables, place: Place): Installation {
  const home = homeOf(env, place);
  if (home.origin === 'named' && !statSync(home.folder, { throwIfNoEntry: false })?.isDirectory())
    throw new ConfigError(`GAZETTE_HOME: expected a folder that there is, got "${home.folder}"`);
  const path = join(home.folder, '.env');
  const stray = join(place.workingFolder, '.env');
  const stated = readEnvFile(path);
  return {
    ...home,
    envFile: stated === undefined ? undefined : path,
    env: { ...stated, ...env },
    stated: stated ?? {},
    given: new Set(Object.keys(env)),
    ignoredFile: stray !== path && existsSync(stray) ? stray : undefined,
  };
}

function readEnvFile(path: string): Record<string, string | undefined> | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(
      `Expected a file of settings that can be read, got "${path}" (${(cause as NodeJS.ErrnoException).code ?? 'no code'})`,
      {
        cause,
      },
    );
  }
}
