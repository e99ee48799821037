import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { packageRoot } from '../../src/kernel/package-root.ts';

/** What a module takes from another. */
export interface SourceImport {
  readonly specifier: string;
  readonly isType: boolean;
  /** The names that it takes, as the other calls them; undefined where it takes the module as a whole. */
  readonly names?: readonly string[] | undefined;
}

/** A file of ours. */
export interface SourceFile {
  /** From the root of the project, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly SourceImport[];
}

/** Every TypeScript file below these folders of the project. */
export function readSourceFiles(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) => {
    if (!existsSync(join(packageRoot, folder))) return [];
    return readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => {
        const path = join(folder, name).replaceAll('\\', '/');
        const text = readFileSync(join(packageRoot, path), 'utf8');
        return { path, text, imports: importsOf(text) };
      });
  });
}

/** What the text of a module imports or exports from elsewhere. */
function importsOf(text: string): SourceImport[] {
  const statement =
    /^(?:import|export)( type)?\s([^;'"]*?)from '([^']+)'|^import '([^']+)'|(?:(?:const|let) \{([^}]*)\} = )?(?:\(?await )?\bimport\('([^']+)'\)\)?(?:\.(\w+))?/gm;
  return [...text.matchAll(statement)].map(([, type, clause, from, bare, taken, dynamic, member]) => ({
    specifier: from ?? bare ?? dynamic ?? '',
    isType: type !== undefined,
    names: member === undefined ? namesIn(clause ?? (taken === undefined ? '' : `{${taken}}`)) : [member],
  }));
}

function namesIn(clause: string): string[] | undefined {
  const braces = /\{([^}]*)\}/.exec(clause)?.[1];
  return braces
    ?.split(',')
    .map((each) =>
      each
        .trim()
        .replace(/^type /, '')
        .split(/ as |:/)[0]!
        .trim(),
    )
    .filter((each) => each !== '');
}

/** The path of the file that a relative import of another leads to. */
export function targetOf(path: string, specifier: string): string {
  return normalize(join(dirname(path), specifier)).replaceAll('\\', '/');
}
